import copy
import pickle

from shop.errors import (
    DuplicateProduct,
    EmptyCart,
    IllegalTransition,
    InvalidQuantity,
    ShopError,
    UnknownOrder,
    UnknownProduct,
)


def _samples():
    return [
        ShopError("closed today"),
        UnknownProduct("TEA-009"),
        DuplicateProduct("TEA-001"),
        InvalidQuantity(1.5),
        EmptyCart(),
        UnknownOrder("TL-2026-000009"),
        IllegalTransition("TL-2026-000007", "paid", "paid"),
    ]


def _values(error):
    names = ("code", "sku", "quantity", "number", "state", "action")
    return [getattr(error, name, None) for name in names]


def test_errors_survive_pickling():
    for error in _samples():
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert _values(again) == _values(error)


def test_errors_survive_copying():
    for error in _samples():
        again = copy.copy(error)
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert _values(again) == _values(error)


def test_all_codes():
    assert [type(error).code for error in _samples()] == [
        "shop",
        "unknown-product",
        "duplicate-product",
        "invalid-quantity",
        "empty-cart",
        "unknown-order",
        "illegal-transition",
    ]


def test_direct_children_and_unknown_order():
    for error in _samples()[1:]:
        assert type(error).__bases__ == (ShopError,)
    assert str(UnknownOrder("x")) == "there is no order x"
    assert UnknownOrder("x").number == "x"

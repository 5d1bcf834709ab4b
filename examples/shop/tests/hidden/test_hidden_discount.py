import pytest

from shop.cart import Cart
from shop.catalog import Catalog, Product
from shop.discount import AmountOff, PercentOff, ThreeForTwo, apply_discounts, net_lines
from shop.money import Money


def _eur(amount):
    return Money.of(amount, "EUR")


def _cart(**quantities):
    products = [
        Product("TEA-001", "Tea", _eur("4.50")),
        Product("MUG-001", "Mug", _eur("8")),
        Product("GIFT-001", "Gift", _eur(0)),
    ]
    cart = Cart(Catalog(products))
    for prefix, quantity in quantities.items():
        cart.add(f"{prefix}-001", quantity)
    return cart


def test_kinds_have_an_order_and_each_kind_keeps_its_own():
    given = [
        AmountOff(_eur(2)),
        PercentOff(50),
        ThreeForTwo("MUG-001"),
        AmountOff(_eur(1)),
        ThreeForTwo("TEA-001"),
    ]
    applied = apply_discounts(_cart(tea=3, mug=3), given)
    assert [(a.label, a.amount) for a in applied] == [
        ("3 for 2 on MUG-001", _eur(8)),
        ("3 for 2 on TEA-001", _eur("4.50")),
        ("50% off", _eur("12.50")),
        ("2.00 EUR off", _eur(2)),
        ("1.00 EUR off", _eur(1)),
    ]


def test_only_the_highest_percentage_counts():
    applied = apply_discounts(_cart(mug=1), [PercentOff(10), PercentOff(25), PercentOff(20)])
    assert [(a.label, a.amount) for a in applied] == [("25% off", _eur(2))]


def test_minimum_is_compared_before_any_discount():
    applied = apply_discounts(_cart(mug=2), [PercentOff(50), AmountOff(_eur(1), _eur(16))])
    assert [a.amount for a in applied] == [_eur(8), _eur(1)]


def test_what_takes_nothing_off_is_left_out():
    cart = _cart(tea=2)
    given = [ThreeForTwo("TEA-001"), ThreeForTwo("XX-999"), PercentOff(100), AmountOff(_eur(1))]
    assert [a.label for a in apply_discounts(cart, given)] == ["100% off"]
    assert net_lines(cart, apply_discounts(cart, given)) == [_eur(0)]
    assert cart.subtotal == _eur(9)


def test_empty_and_free_carts():
    assert apply_discounts(_cart(), [PercentOff(10)]) == []
    assert net_lines(_cart(), []) == []
    free = _cart(gift=2)
    assert apply_discounts(free, [PercentOff(10), AmountOff(_eur(1))]) == []
    assert net_lines(free, []) == [_eur(0)]


def test_percent_is_a_whole_number():
    for percent in (True, 12.5, "10"):
        with pytest.raises(ValueError) as caught:
            PercentOff(percent)
        assert str(caught.value).endswith(f"not {percent}")
    with pytest.raises(ValueError):
        AmountOff(_eur(-1))

import pytest

from shop.cart import Cart
from shop.catalog import Catalog, Product
from shop.errors import InvalidQuantity, UnknownProduct
from shop.money import Money


def _catalog(currency="EUR"):
    return Catalog(
        [
            Product("TEA-001", "Green tea", Money.of("4", currency)),
            Product("MUG-001", "Mug", Money.of("8", currency)),
        ]
    )


def test_lines_given_out_stay_as_they_were():
    cart = Cart(_catalog())
    cart.add("TEA-001", 2)
    lines = cart.lines
    cart.add("TEA-001", 3)
    cart.add("MUG-001")
    assert isinstance(lines, tuple)
    assert [(line.product.sku, line.quantity) for line in lines] == [("TEA-001", 2)]


def test_product_not_in_the_cart():
    cart = Cart(_catalog())
    cart.add("TEA-001")
    for call in (lambda: cart.remove(" mug-001"), lambda: cart.set_quantity("mug-001", 100)):
        with pytest.raises(UnknownProduct) as caught:
            call()
        assert caught.value.sku == "MUG-001"
    assert cart.item_count == 1


def test_other_currency_is_seen_before_the_quantity():
    cart = Cart(_catalog("USD"))
    with pytest.raises(ValueError) as caught:
        cart.add("TEA-001", 0)
    assert str(caught.value) == "the cart is in EUR, TEA-001 is priced in USD"
    yen = Cart(_catalog("JPY"), currency="JPY")
    assert yen.currency == "JPY"
    assert yen.subtotal == Money.zero("JPY")


def test_set_quantity_replaces_and_keeps_limits():
    cart = Cart(_catalog())
    cart.add("TEA-001", 60)
    cart.add("MUG-001")
    cart.set_quantity("TEA-001", 99)
    for quantity in (100, -1, True, 1.0):
        with pytest.raises(InvalidQuantity):
            cart.set_quantity("TEA-001", quantity)
    assert [(x.product.sku, x.quantity) for x in cart.lines] == [("TEA-001", 99), ("MUG-001", 1)]


def test_bool_is_no_quantity_and_a_removed_product_comes_back_last():
    cart = Cart(_catalog())
    with pytest.raises(InvalidQuantity):
        cart.add("TEA-001", True)
    cart.add("TEA-001")
    cart.add("MUG-001")
    cart.remove("TEA-001")
    cart.add("TEA-001", 2)
    assert [(x.product.sku, x.quantity) for x in cart.lines] == [("MUG-001", 1), ("TEA-001", 2)]

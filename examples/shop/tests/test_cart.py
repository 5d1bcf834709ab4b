import pytest

from shop.cart import Cart
from shop.catalog import Catalog, Product
from shop.errors import EmptyCart, InvalidQuantity, UnknownProduct
from shop.money import Money


def _cart():
    return Cart(
        Catalog(
            [
                Product("TEA-001", "Green tea", Money.of("4.50", "EUR"), "reduced"),
                Product("MUG-001", "Mug", Money.of("8.00", "EUR")),
            ]
        )
    )


@pytest.mark.req("shop.cart#FR-001", "shop.cart#FR-006")
def test_lines_in_order_of_adding():
    cart = _cart()
    line = cart.add("tea-001", 2)
    cart.add("MUG-001")
    assert line.product.sku == "TEA-001"
    assert [(x.product.sku, x.quantity) for x in cart.lines] == [("TEA-001", 2), ("MUG-001", 1)]


def test_adding_again_raises_the_quantity():
    cart = _cart()
    cart.add("TEA-001")
    cart.add("MUG-001")
    assert cart.add(" tea-001", 2).quantity == 3
    assert [(x.product.sku, x.quantity) for x in cart.lines] == [("TEA-001", 3), ("MUG-001", 1)]


@pytest.mark.req("shop.cart#FR-003", "shop.cart#FR-013")
def test_quantities_have_limits():
    cart = _cart()
    cart.add("TEA-001", 60)
    for quantity, told in ((0, 0), (-1, -1), (100, 100), (60, 120)):
        with pytest.raises(InvalidQuantity) as caught:
            cart.add("TEA-001", quantity)
        assert caught.value.quantity == told
    assert cart.item_count == 60


@pytest.mark.req("shop.cart#FR-004", "shop.cart#FR-005")
def test_set_quantity_and_remove():
    cart = _cart()
    cart.add("TEA-001")
    cart.add("MUG-001")
    cart.set_quantity("TEA-001", 5)
    assert cart.item_count == 6
    cart.set_quantity("TEA-001", 0)
    cart.remove("MUG-001")
    assert cart.lines == ()


@pytest.mark.req("shop.cart#FR-007", "shop.cart#FR-008")
def test_totals():
    cart = _cart()
    assert cart.subtotal == Money.zero("EUR")
    cart.add("TEA-001", 3)
    cart.add("MUG-001")
    assert [line.total for line in cart.lines] == [Money.of("13.50", "EUR"), Money.of(8, "EUR")]
    assert cart.subtotal == Money.of("21.50", "EUR")
    assert cart.item_count == 4


@pytest.mark.req("shop.cart#FR-011", "shop.cart#FR-015")
def test_unknown_products_and_empty_carts():
    cart = _cart()
    with pytest.raises(UnknownProduct):
        cart.add("TEA-009")
    with pytest.raises(EmptyCart):
        cart.require_items()
    cart.add("TEA-001")
    cart.require_items()

import pytest

from shop.cart import Cart
from shop.catalog import Catalog, Product
from shop.discount import AmountOff, PercentOff
from shop.errors import EmptyCart
from shop.money import Money
from shop.receipt import make_receipt, render


def _eur(amount):
    return Money.of(amount, "EUR")


def _cart():
    cart = Cart(
        Catalog(
            [
                Product("TEA-001", "Green tea", _eur("4.50"), "reduced"),
                Product("MUG-001", "Mug", _eur("8")),
                Product("BOOK-001", "The Book of Tea", _eur("10"), "exempt"),
            ]
        )
    )
    cart.add("TEA-001", 2)
    cart.add("MUG-001")
    return cart


@pytest.mark.req("shop.receipt#FR-001")
def test_figures():
    receipt = make_receipt(_cart(), [PercentOff(10)])
    assert receipt.subtotal == _eur(17)
    assert [discount.amount for discount in receipt.discounts] == [_eur("1.70")]
    assert [(line.category, line.net, line.tax) for line in receipt.taxes] == [
        ("standard", _eur("7.20"), _eur("1.37")),
        ("reduced", _eur("8.10"), _eur("0.57")),
    ]
    assert receipt.total == _eur("17.24")


@pytest.mark.req("shop.receipt#FR-002", "shop.receipt#FR-003")
def test_whole_receipt():
    assert render(_cart(), [AmountOff(_eur(1))], width=32).split("\n")[1:] == [
        "================================",
        "2 x Green tea           9.00 EUR",
        "1 x Mug                 8.00 EUR",
        "--------------------------------",
        "Subtotal               17.00 EUR",
        "1.00 EUR off           -1.00 EUR",
        "VAT 19% on 7.53 EUR     1.43 EUR",
        "VAT 7% on 8.47 EUR      0.59 EUR",
        "================================",
        "Total                  18.02 EUR",
        "3 items",
        "",
    ]


@pytest.mark.req("shop.receipt#FR-002")
def test_exempt_products_have_no_tax_line():
    cart = _cart()
    cart.remove("TEA-001")
    cart.remove("MUG-001")
    cart.add("BOOK-001")
    text = render(cart)
    assert "VAT" not in text
    assert text.endswith("\n1 item\n")


@pytest.mark.req("shop.receipt#FR-011")
def test_empty_cart_has_no_receipt():
    with pytest.raises(EmptyCart):
        make_receipt(Cart(Catalog()))
    with pytest.raises(EmptyCart):
        render(Cart(Catalog()))

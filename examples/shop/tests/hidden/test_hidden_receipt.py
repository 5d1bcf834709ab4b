import pytest

from shop.cart import Cart
from shop.catalog import Catalog, Product
from shop.discount import AmountOff, PercentOff, ThreeForTwo
from shop.money import Money
from shop.receipt import make_receipt, render
from shop.receipt_layout import centred, two_columns


def _eur(amount):
    return Money.of(amount, "EUR")


def _cart(name="Green tea", quantity=3):
    cart = Cart(Catalog([Product("TEA-001", name, _eur("400.50"), "reduced")]))
    cart.add("TEA-001", quantity)
    return cart


def test_the_name_of_the_shop_stands_at_the_top():
    lines = render(_cart()).split("\n")
    assert lines[0] == " " * 12 + "The Tin Lantern"
    assert lines[1] == "=" * 40


def test_no_line_is_too_long_or_ends_in_blanks():
    for width in (24, 31, 40):
        text = render(_cart("A very long name of a tea from far away"), [PercentOff(15)], width)
        for line in text.splitlines():
            assert len(line) <= width
            assert line == line.rstrip()


def test_discounts_stand_between_subtotal_and_tax():
    offers = [AmountOff(_eur(1)), ThreeForTwo("TEA-001")]
    lines = render(_cart(), offers).splitlines()
    assert lines[4].startswith("Subtotal") and lines[4].endswith(" 1,201.50 EUR")
    assert lines[5].startswith("3 for 2 on TEA-001") and lines[5].endswith(" -400.50 EUR")
    assert lines[6].startswith("1.00 EUR off") and lines[6].endswith(" -1.00 EUR")
    assert lines[7].startswith("VAT 7% on 800.00 EUR") and lines[7].endswith(" 56.00 EUR")
    assert lines[-1] == "3 items"


def test_narrow_columns():
    assert two_columns("ab", "12", 5) == "ab 12"
    assert two_columns("abc", "12", 5) == "a… 12"
    with pytest.raises(ValueError, match="^width 4 is too small$"):
        two_columns("", "12", 4)
    assert centred("longer than that", 5) == "longer than that"


def test_receipt_is_a_value_and_leaves_the_cart_alone():
    cart = _cart()
    first = make_receipt(cart, [PercentOff(10)])
    assert first == make_receipt(cart, [PercentOff(10)])
    assert isinstance(first.discounts, tuple)
    assert isinstance(first.taxes, tuple)
    assert cart.subtotal == _eur("1201.50")

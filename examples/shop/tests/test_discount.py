import pytest

from shop.cart import Cart
from shop.catalog import Catalog, Product
from shop.discount import (
    AmountOff,
    AppliedDiscount,
    PercentOff,
    ThreeForTwo,
    apply_discounts,
    net_lines,
)
from shop.money import Money


def _eur(amount):
    return Money.of(amount, "EUR")


def _cart(**quantities):
    cart = Cart(
        Catalog([Product("TEA-001", "Tea", _eur("4.50")), Product("MUG-001", "Mug", _eur("8"))])
    )
    for prefix, quantity in quantities.items():
        cart.add(f"{prefix}-001", quantity)
    return cart


@pytest.mark.req("shop.discount#FR-002")
def test_three_for_two():
    assert apply_discounts(_cart(tea=7), [ThreeForTwo("TEA-001")]) == [
        AppliedDiscount("3 for 2 on TEA-001", _eur(9))
    ]


def test_percent_is_taken_of_what_is_left():
    applied = apply_discounts(_cart(tea=3, mug=1), [PercentOff(10), ThreeForTwo("TEA-001")])
    assert applied == [
        AppliedDiscount("3 for 2 on TEA-001", _eur("4.50")),
        AppliedDiscount("10% off", _eur("1.70")),
    ]


@pytest.mark.req("shop.discount#FR-005", "shop.discount#FR-007")
def test_amount_off_from_a_minimum():
    cart = _cart(mug=2)
    offer = AmountOff(_eur(5), minimum=_eur(16))
    assert apply_discounts(cart, [offer]) == [AppliedDiscount("5.00 EUR off", _eur(5))]
    assert apply_discounts(cart, [AmountOff(_eur(5), minimum=_eur("16.01"))]) == []


def test_never_below_zero():
    applied = apply_discounts(_cart(tea=1), [AmountOff(_eur(4)), AmountOff(_eur(2))])
    assert applied == [
        AppliedDiscount("4.00 EUR off", _eur(4)),
        AppliedDiscount("2.00 EUR off", _eur("0.50")),
    ]


@pytest.mark.req("shop.discount#FR-009")
def test_net_lines_add_up():
    cart = _cart(tea=1, mug=1)
    applied = apply_discounts(cart, [AmountOff(_eur(1))])
    assert net_lines(cart, applied) == [_eur("4.14"), _eur("7.36")]


@pytest.mark.req("shop.discount#FR-020", "shop.discount#FR-021")
def test_what_is_no_discount():
    for percent in (0, 101):
        with pytest.raises(ValueError) as caught:
            PercentOff(percent)
        assert str(caught.value) == (
            f"percent must be a whole number from 1 to 100, not {percent}"
        )
    with pytest.raises(ValueError, match="^a discount must take something off$"):
        AmountOff(_eur(0))

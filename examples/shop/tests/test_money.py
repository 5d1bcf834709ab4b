from decimal import Decimal

import pytest

from shop.money import CurrencyMismatch, Money


def test_rounds_half_to_even():
    assert Money.of("2.665", "EUR").amount == Decimal("2.66")
    assert Money.of("2.675", "EUR").amount == Decimal("2.68")
    assert Money.of("2.5", "JPY").amount == Decimal("2")
    assert str(Money.of(3, "EUR").amount) == "3.00"


@pytest.mark.req("shop.money#FR-004", "shop.money#FR-023")
def test_sums_and_order_within_one_currency():
    assert Money.of("1.10", "EUR") + Money.of("2.20", "EUR") == Money.of("3.30", "EUR")
    assert Money.of("1.10", "EUR") - Money.of("2.20", "EUR") == -Money.of("1.10", "EUR")
    assert Money.of(1, "EUR") < Money.of(2, "EUR")
    with pytest.raises(CurrencyMismatch) as caught:
        Money.of(1, "EUR") + Money.of(1, "USD")
    assert str(caught.value) == "cannot combine EUR with USD"


@pytest.mark.req("shop.money#FR-006")
def test_multiplication_rounds_once():
    assert Money.of("0.05", "EUR") * Decimal("0.5") == Money.of("0.02", "EUR")
    assert 3 * Money.of("1.15", "EUR") == Money.of("3.45", "EUR")
    with pytest.raises(TypeError):
        Money.of(1, "EUR") * 0.5


def test_allocate_loses_no_cent():
    assert Money.of("1.00", "EUR").allocate([1, 1, 1]) == [
        Money.of("0.34", "EUR"),
        Money.of("0.33", "EUR"),
        Money.of("0.33", "EUR"),
    ]
    # The shares are 1.5 and 3.5 cents: both lose half, so the earlier part gets the one left.
    assert Money.of("0.05", "EUR").allocate([3, 7]) == [
        Money.of("0.02", "EUR"),
        Money.of("0.03", "EUR"),
    ]


@pytest.mark.req("shop.money#FR-009", "shop.money#FR-010")
def test_minor_units_and_format():
    assert Money.of("12.50", "EUR").minor_units == 1250
    assert Money.of("1234.5", "EUR").format() == "1,234.50 EUR"
    assert Money.of("-3.2", "GBP").format() == "-3.20 GBP"
    assert Money.of(1000, "JPY").format() == "1,000 JPY"


@pytest.mark.req("shop.money#FR-020", "shop.money#FR-021", "shop.money#FR-022")
def test_what_is_no_money():
    with pytest.raises(ValueError, match='^unknown currency "XYZ"$'):
        Money.of(1, "XYZ")
    with pytest.raises(TypeError, match="^amount must be a Decimal, int or str, not float$"):
        Money.of(1.5, "EUR")
    with pytest.raises(ValueError, match='^not an amount: "abc"$'):
        Money.of("abc", "EUR")

from decimal import Decimal

import pytest

from shop.money import CurrencyMismatch, Money


def test_constructor_rounds_and_checks_too():
    assert str(Money(Decimal("1.005"), "EUR").amount) == "1.00"
    with pytest.raises(TypeError, match="not bool$"):
        Money(True, "EUR")
    with pytest.raises(ValueError, match='^unknown currency "eur"$'):
        Money(1.5, "eur")
    with pytest.raises(ValueError, match='^not an amount: "NaN"$'):
        Money(Decimal("NaN"), "EUR")


def test_zero_has_no_sign():
    assert Money.of("-0.001", "EUR").format() == "0.00 EUR"
    assert (-Money.zero("EUR")).format() == "0.00 EUR"
    assert (Money.zero("JPY") * -3).format() == "0 JPY"


def test_allocate_follows_the_largest_loss_and_the_sign():
    # 100 cents by 1:5:6 are 8.33, 41.67 and 50: the cent that is left goes to the second part.
    parts = [8, 42, 50]
    assert [p.minor_units for p in Money.of(1, "EUR").allocate([1, 5, 6])] == parts
    assert [p.minor_units for p in Money.of(-1, "EUR").allocate([1, 5, 6])] == [-n for n in parts]
    assert [p.minor_units for p in Money.of(5, "JPY").allocate([0, 2, 0, 1])] == [0, 3, 0, 2]


def test_allocate_refuses_bad_weights():
    for weights in ([], [0, 0], [2, -1]):
        with pytest.raises(ValueError, match="^weights must be non-negative and not all zero$"):
            Money.of(1, "EUR").allocate(weights)


def test_equality_and_comparison_across_currencies():
    assert Money.of(1, "EUR") != Money.of(1, "USD")
    assert hash(Money.of("1.0", "EUR")) == hash(Money.of(1, "EUR"))
    with pytest.raises(CurrencyMismatch, match="^cannot combine USD with EUR$"):
        _ = Money.of(1, "USD") >= Money.of(1, "EUR")
    with pytest.raises(TypeError):
        Money.of(1, "EUR") * Money.of(1, "EUR")

from decimal import Decimal

import pytest

from shop.money import Money
from shop.tax import RATES, TaxLine, tax_lines, total_tax


def _eur(amount):
    return Money.of(amount, "EUR")


@pytest.mark.req("shop.tax#FR-001")
def test_rates():
    assert dict(RATES) == {"standard": 19, "reduced": 7, "exempt": 0}
    with pytest.raises(TypeError):
        RATES["luxury"] = Decimal(33)


def test_rounds_once_a_category():
    # 19% of 0.10 is 0.019; rounded one by one, three of them would make 0.06 too, but ten 0.20.
    assert tax_lines([("standard", _eur("0.10"))] * 10) == [
        TaxLine("standard", Decimal(19), _eur(1), _eur("0.19"))
    ]


@pytest.mark.req("shop.tax#FR-003", "shop.tax#FR-004")
def test_order_of_categories():
    lines = tax_lines([("exempt", _eur(5)), ("standard", _eur(100)), ("exempt", _eur(1))])
    assert [(line.category, line.net, line.tax) for line in lines] == [
        ("standard", _eur(100), _eur(19)),
        ("exempt", _eur(6), _eur(0)),
    ]


@pytest.mark.req("shop.tax#FR-005")
def test_refunds_have_negative_tax():
    assert tax_lines([("reduced", _eur(-10))])[0].tax == _eur("-0.70")


@pytest.mark.req("shop.tax#FR-006")
def test_total():
    lines = tax_lines([("standard", _eur(10)), ("reduced", _eur(10))])
    assert total_tax(lines, "EUR") == _eur("2.60")
    assert total_tax([], "JPY") == Money.zero("JPY")


@pytest.mark.req("shop.tax#FR-010")
def test_unknown_category():
    with pytest.raises(ValueError, match='^no tax rate for category "luxury"$'):
        tax_lines([("luxury", _eur(1))])

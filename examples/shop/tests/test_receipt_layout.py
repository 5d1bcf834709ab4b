import pytest

from shop.receipt_layout import centred, rule, two_columns


def test_two_columns():
    assert two_columns("Total", "9.00 EUR", 20) == "Total       9.00 EUR"
    assert two_columns("Total", "9.00 EUR", 14) == "Total 9.00 EUR"


@pytest.mark.req("shop.receipt#FR-005", "shop.receipt#FR-010")
def test_long_texts_are_cut():
    assert two_columns("Darjeeling First Flush", "12.00 EUR", 20) == "Darjeelin… 12.00 EUR"
    with pytest.raises(ValueError, match="^width 10 is too small$"):
        two_columns("Total", "9.00 EUR", 10)


@pytest.mark.req("shop.receipt#FR-006", "shop.receipt#FR-007")
def test_centred_and_rule():
    assert centred("abc", 8) == "  abc"
    assert rule(5) == "-----"
    assert rule(3, "=") == "==="

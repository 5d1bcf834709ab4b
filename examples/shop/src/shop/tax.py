"""Value-added tax by category; audited, written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from shop.money import Money

RATES: Mapping[str, Decimal] = MappingProxyType(
    {"standard": Decimal(19), "reduced": Decimal(7), "exempt": Decimal(0)}
)


@dataclass(frozen=True)
class TaxLine:
    """The tax of one category: `rate` in percent, on the sum `net`."""

    category: str
    rate: Decimal
    net: Money
    tax: Money


def tax_lines(amounts: Iterable[tuple[str, Money]]) -> list[TaxLine]:
    """Return a line for each category in `amounts` (category and net), in `RATES` order."""
    sums: dict[str, Money] = {}
    for category, net in amounts:
        if category not in RATES:
            raise ValueError(f'no tax rate for category "{category}"')
        sums[category] = sums[category] + net if category in sums else net
    # One rounding a category: rounding each amount would drift from the office's own sum.
    return [
        TaxLine(category, rate, sums[category], sums[category] * (rate / 100))
        for category, rate in RATES.items()
        if category in sums
    ]


def total_tax(lines: Iterable[TaxLine], currency: str) -> Money:
    """Return the sum of the lines' taxes, zero in `currency` where there are none."""
    return sum((line.tax for line in lines), Money.zero(currency))

"""Amounts of money, always whole in their currency's smallest unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal

_DECIMALS = {"EUR": 2, "GBP": 2, "USD": 2, "JPY": 0}

# The caller's decimal context may have any precision, rounding and traps, so none of the
# arithmetic here depends on it. Nothing is trapped: what has no finite value becomes NaN.
_EXACT = Context(
    prec=MAX_PREC,
    rounding=ROUND_HALF_EVEN,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    traps=[],
)


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were to be combined or ordered."""


@dataclass(frozen=True)
class Money:
    """An amount in one of the currencies EUR, GBP, USD and JPY.

    The constructor takes what `Money.of` takes: it rounds the amount, half to even, to
    the currency's decimals, and raises what `Money.of` raises. Zero has no sign.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Check both fields and round the amount."""
        object.__setattr__(self, "amount", _rounded(self.amount, self.currency))

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """Return the amount, rounded half to even to the currency's decimals.

        Raises `ValueError` for an unknown currency and for what is no finite number, and
        `TypeError` for an amount of another type, `float` and `bool` among them.
        """
        return cls(amount, currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing in that currency; raises `ValueError` if it is unknown."""
        return cls(Decimal(0), currency)

    @property
    def minor_units(self) -> int:
        """The amount counted in the currency's smallest unit."""
        return int(_EXACT.scaleb(self.amount, _DECIMALS[self.currency]))

    def __add__(self, other: Money) -> Money:
        """Return the sum; raises `CurrencyMismatch` for another currency."""
        self._require_same_currency(other)
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Return the difference; raises `CurrencyMismatch` for another currency."""
        self._require_same_currency(other)
        return Money(_EXACT.subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> Money:
        """Return the amount with its sign turned."""
        return Money(_EXACT.minus(self.amount), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        """Return the exact product, rounded once, half to even.

        Raises `TypeError` for a factor of another type, `float` and `bool` among them, and
        `ValueError` for a factor that is infinite or NaN.
        """
        if isinstance(factor, bool) or not isinstance(factor, Decimal | int):
            return NotImplemented
        return Money(_EXACT.multiply(self.amount, factor), self.currency)

    def __rmul__(self, factor: Decimal | int) -> Money:
        """Return the same as `money * factor`."""
        return self * factor

    def __lt__(self, other: Money) -> bool:
        """Tell if this is less; raises `CurrencyMismatch` for another currency."""
        self._require_same_currency(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        """Tell if this is not more; raises `CurrencyMismatch` for another currency."""
        self._require_same_currency(other)
        return self.amount <= other.amount

    def __gt__(self, other: Money) -> bool:
        """Tell if this is more; raises `CurrencyMismatch` for another currency."""
        self._require_same_currency(other)
        return self.amount > other.amount

    def __ge__(self, other: Money) -> bool:
        """Tell if this is not less; raises `CurrencyMismatch` for another currency."""
        self._require_same_currency(other)
        return self.amount >= other.amount

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split the amount in proportion to the weights, into one part a weight.

        The parts add up to the amount. Minor units that can't be shared exactly go to the
        parts that lost the most by cutting, the earlier first; a weight of zero gets nothing.
        Raises `ValueError` for no weights, a negative weight, or only zeros.
        """
        if not any(weights) or min(weights) < 0:
            raise ValueError("weights must be non-negative and not all zero")
        total = sum(weights)
        units = abs(self.minor_units)
        parts = [units * weight // total for weight in weights]
        losses = [units * weight % total for weight in weights]
        # Sorting is stable, so among equal losses the earlier part stays first.
        by_loss = sorted(range(len(parts)), key=lambda index: -losses[index])
        for index in by_loss[: units - sum(parts)]:
            parts[index] += 1
        sign = -1 if self.amount < 0 else 1
        exponent = -_DECIMALS[self.currency]
        return [Money(_EXACT.scaleb(sign * part, exponent), self.currency) for part in parts]

    def format(self) -> str:
        """Return the amount as people read it, such as `1,234.50 EUR`."""
        return f"{self.amount:,f} {self.currency}"

    def _require_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"cannot combine {self.currency} with {other.currency}")


def _rounded(amount: Decimal | int | str, currency: str) -> Decimal:
    if currency not in _DECIMALS:
        raise ValueError(f'unknown currency "{currency}"')
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        type_name = type(amount).__name__
        raise TypeError(f"amount must be a Decimal, int or str, not {type_name}")
    smallest_unit = _EXACT.scaleb(1, -_DECIMALS[currency])
    rounded = _EXACT.quantize(Decimal(amount, _EXACT), smallest_unit)
    if not rounded.is_finite():
        raise ValueError(f'not an amount: "{amount}"')
    # Unlike the value itself, the result of `plus` has no negative zero.
    return _EXACT.plus(rounded)

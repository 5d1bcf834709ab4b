"""What is taken off a cart, step by step, and how it is spread over the cart's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shop.cart import Cart
from shop.money import Money


@dataclass(frozen=True)
class ThreeForTwo:
    """Every third piece of a product is free; the SKU is compared as it is written."""

    sku: str


@dataclass(frozen=True)
class PercentOff:
    """A percentage off what the earlier discounts left of the subtotal.

    Raises `ValueError` for a percentage that is no `int` from 1 to 100; a `bool` is none."""

    percent: int

    def __post_init__(self) -> None:
        """Check the percentage."""
        if (
            isinstance(self.percent, bool)
            or not isinstance(self.percent, int)
            or not 1 <= self.percent <= 100
        ):
            raise ValueError(
                f"percent must be a whole number from 1 to 100, not {self.percent}"
            )


@dataclass(frozen=True)
class AmountOff:
    """An amount off, if the subtotal before any discount is at least the minimum.

    No minimum means always. Raises `ValueError` for an amount of zero or less."""

    amount: Money
    minimum: Money | None = None

    def __post_init__(self) -> None:
        """Check the amount."""
        if self.amount.minor_units <= 0:
            raise ValueError("a discount must take something off")


Discount = ThreeForTwo | PercentOff | AmountOff


@dataclass(frozen=True)
class AppliedDiscount:
    """A discount as it was applied to a cart; the amount is positive and is taken off."""

    label: str
    amount: Money


def apply_discounts(cart: Cart, discounts: Sequence[Discount]) -> list[AppliedDiscount]:
    """Return what the discounts take off the cart, in the order of application.

    Every `ThreeForTwo` comes first, then the highest `PercentOff`, then every `AmountOff`.
    None takes off more than the earlier ones left, and one that takes nothing off is not
    in the result. The cart is left as it is."""
    left = cart.subtotal
    applied = []
    for discount in _in_order_of_application(discounts):
        amount = min(_full_amount(discount, cart, left), left)
        if amount.minor_units > 0:
            applied.append(AppliedDiscount(_label(discount), amount))
            left -= amount
    return applied


def net_lines(cart: Cart, applied: Sequence[AppliedDiscount]) -> list[Money]:
    """Return each line's total less its part of the discounts, in the order of the lines.

    The discounts must be what `apply_discounts` returned for the same cart. The result adds
    up to the subtotal less the discounts, and no line in it is negative."""
    totals = [line.total for line in cart.lines]
    weights = [total.minor_units for total in totals]
    # `Money.allocate` refuses to split by no weights or by zeros alone.
    if not any(weights):
        return totals
    taken_off = sum((discount.amount for discount in applied), Money.zero(cart.currency))
    parts = taken_off.allocate(weights)
    return [total - part for total, part in zip(totals, parts, strict=True)]


def _in_order_of_application(discounts: Sequence[Discount]) -> list[Discount]:
    """Return the discounts to apply, of several percentages only the highest."""
    three_for_two = [item for item in discounts if isinstance(item, ThreeForTwo)]
    percent_off = [item for item in discounts if isinstance(item, PercentOff)]
    amount_off = [item for item in discounts if isinstance(item, AmountOff)]
    highest_first = sorted(percent_off, key=lambda item: item.percent, reverse=True)
    return [*three_for_two, *highest_first[:1], *amount_off]


def _full_amount(discount: Discount, cart: Cart, left: Money) -> Money:
    """Return what the discount takes off if enough is left; zero if it doesn't apply."""
    nothing = Money.zero(cart.currency)
    match discount:
        case ThreeForTwo(sku):
            for line in cart.lines:
                if line.product.sku == sku:
                    return line.product.price * (line.quantity // 3)
            return nothing
        case PercentOff(percent):
            return left * (Decimal(percent) / 100)
        case AmountOff(amount, minimum):
            if minimum is None or cart.subtotal >= minimum:
                return amount
            return nothing


def _label(discount: Discount) -> str:
    """Return the words that name the discount to the customer."""
    match discount:
        case ThreeForTwo(sku):
            return f"3 for 2 on {sku}"
        case PercentOff(percent):
            return f"{percent}% off"
        case AmountOff(amount):
            return f"{amount.format()} off"

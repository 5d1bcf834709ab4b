"""The bill of a cart: its figures, and its text in a fixed width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop.cart import Cart
from shop.discount import AppliedDiscount, Discount, apply_discounts, net_lines
from shop.money import Money
from shop.receipt_layout import centred, rule, two_columns
from shop.tax import TaxLine, tax_lines, total_tax

_SHOP_NAME = "The Tin Lantern"


@dataclass(frozen=True)
class Receipt:
    """The figures of a bill; the total is the subtotal less discounts plus taxes."""

    subtotal: Money
    discounts: tuple[AppliedDiscount, ...]
    taxes: tuple[TaxLine, ...]
    total: Money


def make_receipt(cart: Cart, discounts: Sequence[Discount] = ()) -> Receipt:
    """Return the figures for the cart, which is left as it is.

    Raises `EmptyCart` for a cart that holds nothing."""
    cart.require_items()
    applied = apply_discounts(cart, discounts)
    nets = net_lines(cart, applied)
    taxes = tax_lines(
        (line.product.category, net)
        for line, net in zip(cart.lines, nets, strict=True)
    )
    taken_off = sum(
        (discount.amount for discount in applied), Money.zero(cart.currency)
    )
    return Receipt(
        subtotal=cart.subtotal,
        discounts=tuple(applied),
        taxes=tuple(taxes),
        total=cart.subtotal - taken_off + total_tax(taxes, cart.currency),
    )


def render(cart: Cart, discounts: Sequence[Discount] = (), width: int = 40) -> str:
    """Return the bill as text, each line ended by a newline; the cart is left as it is.

    Lines are no longer than a width of at least 24. Raises `EmptyCart` for a cart that
    holds nothing, and `ValueError` for a width that is too small for an amount."""
    receipt = make_receipt(cart, discounts)
    lines = [centred(_SHOP_NAME, width), rule(width, "=")]
    lines.extend(
        two_columns(f"{line.quantity} x {line.product.name}", line.total.format(), width)
        for line in cart.lines
    )
    lines.append(rule(width))
    lines.append(two_columns("Subtotal", receipt.subtotal.format(), width))
    lines.extend(
        two_columns(discount.label, f"-{discount.amount.format()}", width)
        for discount in receipt.discounts
    )
    lines.extend(
        two_columns(_tax_label(tax_line), tax_line.tax.format(), width)
        for tax_line in receipt.taxes
        if tax_line.rate != 0
    )
    lines.append(rule(width, "="))
    lines.append(two_columns("Total", receipt.total.format(), width))
    lines.append(_pieces(cart.item_count))
    return "".join(f"{line}\n" for line in lines)


def _tax_label(tax_line: TaxLine) -> str:
    # Normalizing drops trailing zeros but turns 20 into 2E+1, which "f" writes out again.
    return f"VAT {tax_line.rate.normalize():f}% on {tax_line.net.format()}"


def _pieces(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"

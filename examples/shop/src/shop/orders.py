"""An order book: makes orders of carts, numbers them by year, and moves them on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from shop.cart import Cart, CartLine
from shop.errors import IllegalTransition, UnknownOrder

_FIRST_YEAR = 2000
_LAST_YEAR = 2999
# [0-9] and not \d, which takes digits of other scripts too.
_NUMBER = re.compile(r"TL-([0-9]{4})-([0-9]{6})")


class OrderState(Enum):
    """How far an order has come; the value is the word that messages use."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


_ALLOWED_FROM = {
    OrderState.PAID: frozenset({OrderState.PLACED}),
    OrderState.SHIPPED: frozenset({OrderState.PAID}),
    OrderState.CANCELLED: frozenset({OrderState.PLACED, OrderState.PAID}),
}


@dataclass(frozen=True)
class Order:
    """An order as it was at one moment; the book knows its newest state.

    `history` is every state that the order has been in, the first one first; its last
    entry is `state`."""

    number: str
    lines: tuple[CartLine, ...]
    state: OrderState
    history: tuple[OrderState, ...]


class OrderBook:
    """All orders in their present states, numbered by year.

    Methods that take a number raise `UnknownOrder` for one that is not in the book. A
    call that raises leaves the book as it was."""

    def __init__(self) -> None:
        """Start an empty book, whose counter starts at 1 in each year."""
        self._orders: dict[str, Order] = {}
        self._last_counters: dict[int, int] = {}

    def place(self, cart: Cart, year: int) -> Order:
        """Make an order of the cart's lines as they are now, and return it.

        Raises `ValueError` for a year outside 2000 to 2999, and `EmptyCart` for a cart
        that holds nothing."""
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise ValueError(
                f"year must be from {_FIRST_YEAR} to {_LAST_YEAR}, not {year}"
            )
        cart.require_items()
        counter = self._last_counters.get(year, 0) + 1
        order = Order(
            number=f"TL-{year}-{counter:06}",
            lines=cart.lines,
            state=OrderState.PLACED,
            history=(OrderState.PLACED,),
        )
        self._last_counters[year] = counter
        self._orders[order.number] = order
        return order

    def pay(self, number: str) -> Order:
        """Move an order from placed to paid and return it in its new state.

        Raises `IllegalTransition` for an order in another state."""
        return self._move(number, OrderState.PAID)

    def ship(self, number: str) -> Order:
        """Move an order from paid to shipped and return it in its new state.

        Raises `IllegalTransition` for an order in another state."""
        return self._move(number, OrderState.SHIPPED)

    def cancel(self, number: str) -> Order:
        """Move an order from placed or paid to cancelled and return it in its new state.

        Raises `IllegalTransition` for an order in another state."""
        return self._move(number, OrderState.CANCELLED)

    def get(self, number: str) -> Order:
        """Return the order with that number in its present state."""
        try:
            return self._orders[number]
        except KeyError:
            raise UnknownOrder(number) from None

    def orders(self, state: OrderState | None = None) -> list[Order]:
        """Return the orders in the order of placing, each in its present state.

        With a state, only the orders that are in it."""
        return [
            order
            for order in self._orders.values()
            if state is None or order.state is state
        ]

    def _move(self, number: str, wanted: OrderState) -> Order:
        order = self.get(number)
        if order.state not in _ALLOWED_FROM[wanted]:
            raise IllegalTransition(number, order.state.value, wanted.value)
        moved = replace(order, state=wanted, history=(*order.history, wanted))
        # A key that the dict has keeps its place, and so the order of placing stays.
        self._orders[number] = moved
        return moved


def parse_number(number: str) -> tuple[int, int]:
    """Return the year and the counter of an order number.

    Raises `ValueError` for a text of another form, for a year outside 2000 to 2999, and
    for a counter of 0."""
    match = _NUMBER.fullmatch(number)
    if match:
        year, counter = int(match[1]), int(match[2])
        if _FIRST_YEAR <= year <= _LAST_YEAR and counter >= 1:
            return year, counter
    raise ValueError(f'not an order number: "{number}"')

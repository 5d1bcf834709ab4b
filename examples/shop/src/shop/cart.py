"""What one customer is about to buy: lines of a product and a quantity."""

from __future__ import annotations

from dataclasses import dataclass

from shop.catalog import Catalog, Product
from shop.errors import EmptyCart, InvalidQuantity, UnknownProduct
from shop.money import Money

_MAX_QUANTITY = 99


def _is_whole_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class CartLine:
    """A product and how many of it are to be bought.

    Raises `InvalidQuantity` for a quantity that is no `int` from 1 to 99; a `bool` is
    none."""

    product: Product
    quantity: int

    def __post_init__(self) -> None:
        """Check the quantity."""
        if not _is_whole_number(self.quantity) or not 1 <= self.quantity <= _MAX_QUANTITY:
            raise InvalidQuantity(self.quantity)

    @property
    def total(self) -> Money:
        """The product's price times the quantity, without tax and before discounts."""
        return self.product.price * self.quantity


class Cart:
    """Lines of products from one catalog, in the order in which they were first added.

    A product stands in one line at most. Methods take a SKU in any spelling that the
    catalog's `get` takes, and raise its `UnknownProduct` for one that it doesn't have. A
    call that raises leaves the cart as it was."""

    def __init__(self, catalog: Catalog, currency: str = "EUR") -> None:
        """Start an empty cart for products that are priced in that currency."""
        self._catalog = catalog
        self._currency = currency
        self._lines: dict[str, CartLine] = {}

    def add(self, sku: str, quantity: int = 1) -> CartLine:
        """Add that many of a product and return its line as it is afterwards.

        A product that the cart holds keeps its place, and its quantity is raised. Raises
        `ValueError` for a product in another currency than the cart's, and
        `InvalidQuantity` if the quantity given, or else the one that the line would have,
        is no `int` from 1 to 99."""
        product = self._catalog.get(sku)
        if product.price.currency != self._currency:
            raise ValueError(
                f"the cart is in {self._currency}, "
                f"{product.sku} is priced in {product.price.currency}"
            )
        # The given quantity is judged by itself before it is added to what the line holds.
        line = CartLine(product, quantity)
        held = self._lines.get(product.sku)
        if held is not None:
            line = CartLine(product, held.quantity + quantity)
        self._lines[product.sku] = line
        return line

    def set_quantity(self, sku: str, quantity: int) -> None:
        """Put another quantity in the place of a line's; 0 removes the line.

        Raises `UnknownProduct` for a product that the cart doesn't hold, and
        `InvalidQuantity` for a quantity that is no `int` from 0 to 99."""
        product = self._held_line(sku).product
        if _is_whole_number(quantity) and quantity == 0:
            del self._lines[product.sku]
        else:
            self._lines[product.sku] = CartLine(product, quantity)

    def remove(self, sku: str) -> None:
        """Take a product's line out.

        Raises `UnknownProduct` for a product that the cart doesn't hold."""
        del self._lines[self._held_line(sku).product.sku]

    def require_items(self) -> None:
        """Do nothing if the cart holds something; raises `EmptyCart` otherwise."""
        if not self._lines:
            raise EmptyCart

    @property
    def currency(self) -> str:
        """The currency given to the constructor."""
        return self._currency

    @property
    def lines(self) -> tuple[CartLine, ...]:
        """The lines in order, as they are now; later changes leave the tuple alone."""
        return tuple(self._lines.values())

    @property
    def item_count(self) -> int:
        """The sum of the lines' quantities."""
        return sum(line.quantity for line in self._lines.values())

    @property
    def subtotal(self) -> Money:
        """The sum of the lines' totals, without tax and before discounts."""
        return sum(
            (line.total for line in self._lines.values()),
            start=Money.zero(self._currency),
        )

    def _held_line(self, sku: str) -> CartLine:
        product = self._catalog.get(sku)
        line = self._lines.get(product.sku)
        if line is None:
            raise UnknownProduct(product.sku)
        return line

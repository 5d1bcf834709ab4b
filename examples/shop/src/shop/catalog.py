"""What the shop sells: products, and a catalog that finds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shop.errors import DuplicateProduct, UnknownProduct
from shop.money import Money

_SKU_FORM = re.compile(r"[A-Z]{2,4}-[0-9]{3,6}")
_CATEGORIES = ("standard", "reduced", "exempt")


@dataclass(frozen=True)
class Product:
    """Something that the shop sells, at a price without tax.

    The SKU must be given exactly, such as `TEA-001`; white space in the name is tidied.
    The category is `standard`, `reduced` or `exempt`. Raises `ValueError` for a SKU of
    another form, a name without text, a negative price, or another category."""

    sku: str
    name: str
    price: Money
    category: str = "standard"

    def __post_init__(self) -> None:
        """Check the fields in their order and tidy the name."""
        if not _SKU_FORM.fullmatch(self.sku):
            raise ValueError(f'not a SKU: "{self.sku}"')
        name = " ".join(self.name.split())
        if not name:
            raise ValueError("a product needs a name")
        if self.price < Money.zero(self.price.currency):
            raise ValueError(f"the price of {self.sku} is negative")
        if self.category not in _CATEGORIES:
            raise ValueError(f'unknown category "{self.category}"')
        object.__setattr__(self, "name", name)


class Catalog:
    """Products of one currency, that of the first one added, each with its own SKU."""

    def __init__(self, products: Iterable[Product] = ()) -> None:
        """Add the products one by one; raises what `add` raises."""
        self._by_sku: dict[str, Product] = {}
        for product in products:
            self.add(product)

    def add(self, product: Product) -> None:
        """Add a product.

        Raises `DuplicateProduct` if its SKU is there already, and `ValueError` if its
        currency is not that of the products there."""
        if product.sku in self._by_sku:
            raise DuplicateProduct(product.sku)
        first = next(iter(self._by_sku.values()), product)
        if product.price.currency != first.price.currency:
            raise ValueError(
                f"the catalog is in {first.price.currency}, "
                f"{product.sku} is priced in {product.price.currency}"
            )
        self._by_sku[product.sku] = product

    def get(self, sku: str) -> Product:
        """Return the product with that SKU, ignoring case and surrounding white space.

        Raises `UnknownProduct`, with the SKU stripped and in upper case, if there is none."""
        normalised = _normalise(sku)
        if normalised not in self._by_sku:
            raise UnknownProduct(normalised)
        return self._by_sku[normalised]

    def search(self, text: str) -> list[Product]:
        """Return the products whose names contain every word of the text, sorted by SKU.

        A word may be any part of the name, and case is ignored. A text without words finds
        nothing."""
        words = text.casefold().split()
        if not words:
            return []
        return [
            product
            for product in self
            if all(word in product.name.casefold() for word in words)
        ]

    def __contains__(self, sku: object) -> bool:
        """Tell if `get` would find the SKU; what is no `str` is never there."""
        return isinstance(sku, str) and _normalise(sku) in self._by_sku

    def __iter__(self) -> Iterator[Product]:
        """Iterate over the products there are now, sorted by SKU."""
        # Not a generator: that would look at the products only when its first one is asked for.
        return iter([self._by_sku[sku] for sku in sorted(self._by_sku)])

    def __len__(self) -> int:
        """Return the number of products."""
        return len(self._by_sku)


def _normalise(sku: str) -> str:
    return sku.strip().upper()

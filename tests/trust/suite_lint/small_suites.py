"""A spec with a suite on one page: what `examine` finds there."""

from regen.specs import native
from regen.trust.static import examine
from regen.units.unit import unit_from

CART = """\
---
target: src/shop/cart.py
tests: [tests/test_cart.py]
---
# Cart
What a customer is about to buy.

## Interface

```python
class Cart:
    def __init__(self, limit: int = 99) -> None: ...
    def add(self, sku: str, quantity: int = 1) -> None: ...
    def total(self) -> int: ...
    @property
    def items(self) -> list[str]: ...

def price_of(sku: str) -> int: ...
```

## Requirements
- **FR-001** `add` puts a product into the cart; `items` returns the SKUs in the order of adding.
- **FR-002** `total` returns the sum of the prices in cents.

## Errors
- **FR-010** A quantity of zero raises `ValueError("quantity must be positive")`.

## Invariants
- A call that raises leaves the cart unchanged.

## Limits
- Adding takes constant time. Nothing is written to disk or sent over the network.

## Out of scope
- Discounts and tax.
"""

STRONG = """\
import pytest

from shop.cart import Cart, price_of


@pytest.mark.req("FR-001")
def test_items_keep_their_order():
    cart = Cart()
    cart.add("TEA")
    cart.add("MUG", 2)
    assert cart.items == ["TEA", "MUG"]


@pytest.mark.req("FR-002")
def test_total_is_the_sum():
    cart = Cart()
    cart.add("TEA", 2)
    assert cart.total() == 900


@pytest.mark.req("FR-010")
@pytest.mark.parametrize("quantity", [0, -1])
def test_quantity_is_positive(quantity):
    cart = Cart()
    with pytest.raises(ValueError, match="quantity must be positive"):
        cart.add("TEA", quantity)
    assert cart.items == []
"""


def findings(spec: str, tests: str, path: str = "tests/test_cart.py") -> list[tuple[str, int]]:
    """Return kind and line of each finding."""
    return [(finding.kind, finding.line) for finding in whole_findings(spec, tests, path)]


def whole_findings(spec: str, tests: str, path: str = "tests/test_cart.py"):
    read, problems = native.parse("specs/cart.md", spec)
    assert not problems
    assert read is not None
    unit = unit_from(read, read.front, "cart")
    return examine(read, unit, {path: tests}, {})[1]


def with_test(body: str, head: str = "") -> str:
    """Return the strong suite with one more test of FR-001."""
    return f'{head}{STRONG}\n\n@pytest.mark.req("FR-001")\n{body}\n'

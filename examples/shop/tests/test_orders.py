import pytest

from shop.cart import Cart
from shop.catalog import Catalog, Product
from shop.errors import EmptyCart, IllegalTransition, UnknownOrder
from shop.money import Money
from shop.orders import OrderBook, OrderState, parse_number


def _cart():
    cart = Cart(Catalog([Product("TEA-001", "Green tea", Money.of("4.50", "EUR"))]))
    cart.add("TEA-001", 2)
    return cart


@pytest.mark.req("shop.orders#FR-001")
def test_numbers_count_by_year():
    book = OrderBook()
    numbers = [book.place(_cart(), year).number for year in (2026, 2026, 2027, 2026)]
    assert numbers == ["TL-2026-000001", "TL-2026-000002", "TL-2027-000001", "TL-2026-000003"]


def test_order_keeps_its_lines():
    cart = _cart()
    order = OrderBook().place(cart, 2026)
    cart.set_quantity("TEA-001", 9)
    assert order.state is OrderState.PLACED
    assert [(line.product.sku, line.quantity) for line in order.lines] == [("TEA-001", 2)]


@pytest.mark.req("shop.orders#FR-003", "shop.orders#FR-004", "shop.orders#FR-005")
def test_the_usual_way():
    book = OrderBook()
    placed = book.place(_cart(), 2026)
    assert book.pay(placed.number).state is OrderState.PAID
    shipped = book.ship(placed.number)
    assert shipped.history == (OrderState.PLACED, OrderState.PAID, OrderState.SHIPPED)
    assert book.get(placed.number) == shipped
    assert placed.state is OrderState.PLACED


@pytest.mark.req("shop.orders#FR-013")
def test_no_other_moves():
    book = OrderBook()
    number = book.place(_cart(), 2026).number
    with pytest.raises(IllegalTransition) as caught:
        book.ship(number)
    error = caught.value
    assert (error.number, error.state, error.action) == (number, "placed", "shipped")
    book.cancel(number)
    with pytest.raises(IllegalTransition):
        book.pay(number)


@pytest.mark.req("shop.orders#FR-006")
def test_orders_by_state():
    book = OrderBook()
    first, second, third = (book.place(_cart(), 2026).number for _ in range(3))
    book.pay(second)
    assert [order.number for order in book.orders()] == [first, second, third]
    assert [order.number for order in book.orders(OrderState.PLACED)] == [first, third]


@pytest.mark.req("shop.orders#FR-011", "shop.orders#FR-012")
def test_what_cannot_be_ordered_or_found():
    book = OrderBook()
    with pytest.raises(EmptyCart):
        book.place(Cart(Catalog()), 2026)
    with pytest.raises(UnknownOrder) as caught:
        book.get("TL-2026-000001")
    assert caught.value.number == "TL-2026-000001"


@pytest.mark.req("shop.orders#FR-007", "shop.orders#FR-014")
def test_parse_number():
    assert parse_number("TL-2026-000001") == (2026, 1)
    with pytest.raises(ValueError) as caught:
        parse_number("TL-26-1")
    assert str(caught.value) == 'not an order number: "TL-26-1"'

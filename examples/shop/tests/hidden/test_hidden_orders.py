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


def _moves(book, number):
    return {"paid": book.pay, "shipped": book.ship, "cancelled": book.cancel}, number


@pytest.mark.parametrize(
    ("way", "allowed"),
    [
        ((), {"paid", "cancelled"}),
        (("paid",), {"shipped", "cancelled"}),
        (("paid", "shipped"), set()),
        (("cancelled",), set()),
        (("paid", "cancelled"), set()),
    ],
)
def test_every_move_from_every_state(way, allowed):
    for wanted in ("paid", "shipped", "cancelled"):
        book = OrderBook()
        moves, number = _moves(book, book.place(_cart(), 2026).number)
        for step in way:
            moves[step](number)
        before = book.get(number)
        if wanted in allowed:
            assert moves[wanted](number).history == (*before.history, OrderState(wanted))
        else:
            with pytest.raises(IllegalTransition) as caught:
                moves[wanted](number)
            assert caught.value.state == before.state.value
            assert caught.value.action == wanted
            assert book.get(number) == before


def test_an_empty_cart_uses_up_no_number():
    book = OrderBook()
    with pytest.raises(EmptyCart):
        book.place(Cart(Catalog()), 2026)
    assert book.place(_cart(), 2026).number == "TL-2026-000001"
    assert OrderBook().place(_cart(), 2026).number == "TL-2026-000001"


def test_year_is_checked_before_the_cart():
    for year in (1999, 3000):
        with pytest.raises(ValueError) as caught:
            OrderBook().place(Cart(Catalog()), year)
        assert str(caught.value) == f"year must be from 2000 to 2999, not {year}"


def test_numbers_of_another_form():
    for text in (
        "tl-2026-000001",
        "TL-2026-00001",
        "TL-2026-0000001",
        "TL-2026-000000",
        "TL-1999-000001",
        "TL-3000-000001",
        " TL-2026-000001",
        "TL-2026-000001\n",
        "TL-2026-00000\u0661",
    ):
        with pytest.raises(ValueError) as caught:
            parse_number(text)
        assert str(caught.value) == f'not an order number: "{text}"'
    assert parse_number("TL-2999-999999") == (2999, 999999)


def test_unknown_numbers_everywhere():
    book = OrderBook()
    for call in (book.get, book.pay, book.ship, book.cancel):
        with pytest.raises(UnknownOrder) as caught:
            call("nonsense")
        assert caught.value.number == "nonsense"


def test_orders_show_the_present_state():
    book = OrderBook()
    first = book.place(_cart(), 2027).number
    second = book.place(_cart(), 2026).number
    book.pay(first)
    assert [(o.number, o.state.value) for o in book.orders()] == [
        (first, "paid"),
        (second, "placed"),
    ]
    assert book.orders(OrderState.CANCELLED) == []

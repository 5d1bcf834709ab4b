"""What a build may spend."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from regen.budget import Budget, Reservation, Spent
from regen.ports import Usage
from regen.testing.memory import FakeClock
from regen.units.settings import BuildSettings


def budget(clock=None, **limits):
    return Budget(BuildSettings(**limits), clock or FakeClock())


def test_without_limits_everything_is_allowed_at_an_unknown_price_too():
    assert budget().reserve(10**9, None) == Reservation(10**9, 0.0)


def test_a_limit_of_money_allows_no_call_of_unknown_price():
    assert budget(max_cost=100.0).reserve(1, None) == (
        "the price is unknown, so max_cost can't be kept; give price_input and price_output"
    )


def test_exactly_the_limit_fits():
    assert isinstance(budget(max_cost=1.0, max_tokens=10).reserve(10, 1.0), Reservation)


def test_what_is_reserved_by_others_counts():
    shared = budget(max_tokens=10)
    first = shared.reserve(6, 0.0)
    assert shared.reserve(5, 0.0) == "a call of up to 5 tokens does not fit into max_tokens = 10 (6 used or reserved)"
    shared.settle(first, Usage(input_tokens=1, output_tokens=1))
    assert isinstance(shared.reserve(8, 0.0), Reservation)
    assert isinstance(shared.reserve(1, 0.0), str)


def test_a_call_without_a_reply_gives_back_what_it_reserved():
    shared = budget(max_cost=1.0)
    shared.settle(shared.reserve(5, 1.0), None)
    assert shared.spent == Spent()
    assert isinstance(shared.reserve(5, 1.0), Reservation)


def test_a_call_whose_cost_stays_unknown_counts_as_what_it_could_cost():
    shared = budget(max_cost=1.0)
    shared.settle(shared.reserve(5, 0.7), Usage(), (3, 2))
    assert shared.spent == Spent(calls=1, input_tokens=3, output_tokens=2, cost=0.0, unknown_costs=1)
    assert shared.reserve(5, 0.7) == (
        "a call of up to $0.7000 does not fit into max_cost = $1.00 ($0.7000 used or reserved)"
    )


def test_time_runs_out():
    clock = FakeClock()
    shared = budget(clock, max_seconds=60.0)
    clock.advance(59.0)
    assert shared.seconds_left() == 1.0
    assert isinstance(shared.reserve(1, 0.0), Reservation)
    clock.advance(2.0)
    assert shared.seconds_left() == 0.0
    assert shared.reserve(1, 0.0) == "the time budget of 60 s is used up"


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 5), st.floats(0, 1)), max_size=30))
def test_no_order_of_calls_spends_more_than_was_allowed(calls):
    shared = budget(max_tokens=100, max_cost=10.0)
    for tokens, cost, share in calls:
        reserved = shared.reserve(tokens, cost)
        if isinstance(reserved, Reservation):
            shared.settle(reserved, Usage(input_tokens=int(tokens * share), output_tokens=0, cost_usd=cost * share))
    assert shared.spent.input_tokens <= 100
    assert shared.spent.cost <= 10.0 + 1e-9

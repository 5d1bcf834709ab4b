"""Run graphs of functions that only note that they were called."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.schedule import Gate, critical_path, run_graph


@st.composite
def graphs(draw):
    """An order and what each uses: only units before it."""
    size = draw(st.integers(0, 12))
    order = [f"u{number}" for number in range(size)]
    uses = {
        unit: draw(st.lists(st.sampled_from(order[:place]), max_size=4)) if place else []
        for place, unit in enumerate(order)
    }
    return order, uses


@settings(deadline=None, max_examples=60)
@given(graphs(), st.integers(1, 5))
def test_every_unit_once_and_never_before_what_it_uses(graph, threads):
    order, uses = graph
    done, guard = [], threading.Lock()

    def work(unit):
        with guard:
            assert set(uses[unit]) <= set(done)
            done.append(unit)

    run_graph(order, uses, work, threads=threads, stop=threading.Event())
    assert sorted(done) == sorted(order)


def test_what_is_used_but_not_part_of_the_order_is_not_waited_for():
    done = []
    run_graph(["b"], {"b": ["a"]}, done.append, threads=2, stop=threading.Event())
    assert done == ["b"]


def test_the_longest_chain_goes_first():
    uses = {"short": [], "long": [], "middle": ["long"], "end": ["middle"]}
    done = []
    run_graph(list(uses), uses, done.append, threads=1, stop=threading.Event())
    assert done[0] == "long"
    assert critical_path(list(uses), {"long": ["middle"], "middle": ["end"]}) == {
        "short": 1, "long": 3, "middle": 2, "end": 1,
    }  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(graphs().filter(lambda graph: graph[0]), st.integers(1, 4), st.data())
def test_an_error_surfaces_and_nothing_that_uses_the_unit_is_started(graph, threads, data):
    order, uses = graph
    bad = data.draw(st.sampled_from(order))
    started = []

    def work(unit):
        started.append(unit)
        if unit == bad:
            raise KeyError(unit)

    with pytest.raises(KeyError, match=bad):
        run_graph(order, uses, work, threads=threads, stop=threading.Event())
    assert not [unit for unit in started if bad in uses[unit]]


def test_stop_is_honoured():
    stop, done = threading.Event(), []

    def work(unit):
        done.append(unit)
        stop.set()

    run_graph(["a", "b", "c"], {"b": ["a"]}, work, threads=1, stop=stop)
    assert done == ["a"]


def test_a_stop_before_the_start_starts_nothing():
    stop = threading.Event()
    stop.set()
    run_graph(["a"], {}, lambda unit: pytest.fail("was started"), threads=3, stop=stop)


def test_independent_units_run_side_by_side():
    both = threading.Barrier(2, timeout=60)
    run_graph(["a", "b"], {}, lambda unit: both.wait(), threads=2, stop=threading.Event())


class Waiting:
    """Threads that come to a gate one by one; each is known to wait, or to be in, before the next one comes."""

    def __init__(self, gate):
        self.gate, self.entered, self.crew = gate, [], []
        self.moved = threading.Semaphore(0)
        wait = gate._changed.wait

        def told_wait(*args):
            self.moved.release()
            return wait(*args)

        gate._changed.wait = told_wait

    def come(self, weight):
        def enter():
            with self.gate.held(weight):
                self.entered.append(weight)
                self.moved.release()

        self.crew.append(threading.Thread(target=enter))
        self.crew[-1].start()
        assert self.moved.acquire(timeout=60)

    def leave(self):
        for thread in self.crew:
            thread.join(60)
            assert not thread.is_alive()


def test_a_gate_lets_in_no_more_than_its_slots_and_the_weightiest_first():
    gate = Gate(1)
    waiting = Waiting(gate)
    with gate.held(0):
        for weight in (1, 5, 3, 5):
            waiting.come(weight)
        assert waiting.entered == []
    waiting.leave()
    assert waiting.entered == [5, 5, 3, 1]


def test_a_gate_of_two_slots_lets_in_two():
    gate = Gate(2)
    waiting = Waiting(gate)
    with gate.held(0):
        waiting.come(1)
        waiting.leave()
        assert waiting.entered == [1]
        with gate.held(0):
            waiting.come(2)
            assert waiting.entered == [1]
    waiting.leave()


def test_a_gate_is_free_again_after_an_error():
    gate = Gate(1)
    with pytest.raises(KeyError), gate.held(0):
        raise KeyError
    with gate.held(0):
        pass


def test_a_slot_given_back_early_lets_the_next_one_in_once():
    gate, inside = Gate(1), []
    with gate.held(0) as give_back:
        give_back()
        give_back()
        with gate.held(0):  # would wait for ever if the slot were still taken
            other = threading.Thread(target=lambda: _enter(gate, inside), daemon=True)
            other.start()
            other.join(0.05)
            assert inside == []  # twice given back is one slot, not two
    other.join(10)
    assert inside == ["in"]


def _enter(gate, inside):
    with gate.held(0):
        inside.append("in")

"""Whose turn a retry is, among calls that wait for a place."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from regen.retrying import Retries
from regen.schedule import Gate
from regen.testing.memory import MemoryLedger
from regen.trust.spending import Call, Progress

RETRIES = Retries(MemoryLedger(), ["a"], 0.0)


def call(chance):
    return Call(unit="a", model="m", kind="feedback", chance=chance, why="")


@given(st.integers(1, 500), st.integers(1, 9), st.floats(0, 0.99))
def test_a_first_try_comes_before_any_retry(first, failures, chance):
    weight = RETRIES.weight(call(chance), Progress(unit="a", failures=failures), first)
    assert weight < RETRIES.weight(None, Progress(unit="b"), first)


@given(st.integers(1, 9), st.floats(0, 0.99), st.floats(0, 0.99))
def test_fewer_failures_come_first_then_the_better_chance(failures, one, other):
    fewer = RETRIES.weight(call(one), Progress(unit="a", failures=failures), 1)
    more = RETRIES.weight(call(other), Progress(unit="b", failures=failures + 1), 1)
    assert fewer >= more
    same = RETRIES.weight(call(other), Progress(unit="b", failures=failures), 1)
    assert (fewer > same) <= (one > other)


def test_the_gate_lets_the_heavier_in_first():
    gate, order, waiting = Gate(1), [], threading.Semaphore(0)

    def work(name, weight):
        waiting.release()
        with gate.held(weight):
            order.append(name)

    calls = {"retry": RETRIES.weight(call(0.9), Progress(unit="a", failures=1), 1), "first": 1}
    with gate.held(0):
        threads = [threading.Thread(target=work, args=pair) for pair in calls.items()]
        for thread in threads:
            thread.start()
        for _ in threads:
            waiting.acquire()
        while len(gate._waiting) < len(threads):
            pass
    for thread in threads:
        thread.join()
    assert order == ["first", "retry"]


def test_nothing_was_tried_yet():
    assert RETRIES.next(Progress(unit="a"), "m") is None

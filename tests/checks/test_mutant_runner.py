"""Mutants behind one pair of walls get the verdict that each would get as a candidate of its own."""

from __future__ import annotations

import sys
import threading
from textwrap import dedent

import msgspec
import pytest

from regen.checks.python_tests import open_python_test_runner
from regen.experiments.mutation import BatchMutantRunner
from regen.ports import TestJob
from regen.sandboxes import open_sandbox
from regen.trust.evidence import Mutant
from regen.trust.mutants.generate import mutants_of
from regen.units.unit import Target, Unit

UNIT = Unit(id="unit", spec="specs/unit.md", title="Unit", targets=(Target("src/unit.py"),))
CODE = '''
"""Shops."""
from __future__ import annotations
import functools
from dataclasses import dataclass, field

RATE = 3
NAMES = {"a": 1, "b": RATE + 1}

def early(n=RATE):
    return n + 1

TABLE = [early(k) for k in range(3)]

@functools.lru_cache
def cached(n):
    return n * RATE

def kept(function):
    @functools.wraps(function)
    def inner(*args):
        if not args:
            raise TypeError("no arguments")
        return function(*args)
    return inner

@kept
def doubled(n):
    total = n
    total += n
    return total

@dataclass
class Cart:
    lines: list = field(default_factory=list)

    def add(self, price: int, count: int = 1) -> None:
        if count < 1:
            raise ValueError(count)
        self.lines.append((price, count))

    @property
    def total(self):
        return sum(price * count for price, count in self.lines)

    @classmethod
    def of(cls, *prices):
        cart = cls()
        for price in prices:
            cart.add(price)
        return cart

    @staticmethod
    def named(name):
        return NAMES.get(name) or 0

class Big(Cart):
    def add(self, price, count=1):
        super().add(price, count)
        while count > 3:
            count -= 1

def counter(start):
    def step():
        nonlocal start
        start += 1
        return start
    return step

def numbers(limit):
    for n in range(limit):
        if n == 2:
            continue
        yield n

async def later(n):
    return n - 1

def never(n):
    return n ** 2
'''
PLAIN = """
import asyncio
import unittest
from unit import Big, Cart, TABLE, cached, counter, doubled, later, numbers

def test_table(): assert TABLE == [1, 2, 3]
def test_cached(): assert cached(2) == 6
def test_doubled(): assert doubled(4) == 8
def test_cart(): assert Cart.of(1, 2).total == 3
def test_names(): assert Cart.named("b") == 4
def test_numbers(): assert list(numbers(4)) == [0, 1, 3]
def test_later(): assert asyncio.run(later(3)) == 2

def test_counter():
    step = counter(1)
    step()
    assert step() == 3

class TestErrors(unittest.TestCase):
    def test_count(self):
        with self.assertRaises(ValueError):
            Big().add(1, 0)

    def test_big(self):
        cart = Big()
        cart.add(2, 5)
        self.assertEqual(cart.total, 10)
"""
PYTEST = """
import asyncio
import pytest
from unit import Big, Cart, TABLE, cached, counter, doubled, later, numbers

@pytest.mark.parametrize(("n", "want"), [(2, 6), (3, 9)])
def test_cached(n, want): assert cached(n) == want

def test_table(): assert TABLE == [1, 2, 3]
def test_doubled(): assert doubled(4) == 8

def test_nothing():
    with pytest.raises(TypeError, match="no arguments"):
        doubled()

class TestCart:
    def test_total(self): assert Cart.of(1, 2).total == 3
    def test_names(self): assert Cart.named("b") == 4

def test_numbers(): assert list(numbers(4)) == [0, 1, 3]
def test_later(): assert asyncio.run(later(3)) == 2
"""
FIXTURES = (
    PYTEST
    + """
@pytest.fixture
def step(tmp_path):
    (tmp_path / "used").write_text("x")
    return counter(1)

def test_counter(step):
    step()
    assert step() == 3
"""
)
SUITES = {"plain": PLAIN, "pytest": PYTEST, "fixtures": FIXTURES}


class Bench:
    def __init__(self, root, warm, suite):
        (root / "tests").mkdir()
        (root / "src").mkdir()
        (root / "tests/test_unit.py").write_text(suite)
        self.root, self.warm, self.files = root, warm, {"src/unit.py": CODE}

    def jobs(self, unit, files):
        names = [line.partition("def ")[2].partition("(")[0] for line in (self.root / "tests/test_unit.py").open()]
        del unit, names
        return (TestJob(unit="unit", root=str(self.root), files=dict(files), tests=("tests/test_unit.py",),
                        expected=self.expected()),)  # fmt: skip

    def expected(self):
        import ast

        tree = ast.parse((self.root / "tests/test_unit.py").read_text())
        found = []
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                found.append(f"tests/test_unit.py::{node.name}")
            elif isinstance(node, ast.ClassDef):
                found += [f"tests/test_unit.py::{node.name}::{inner.name}" for inner in node.body]
        return tuple(found)

    def run(self, mutants, only=()):
        runner = BatchMutantRunner(self.warm, self.jobs, 2)
        found = runner.run(UNIT, self.files, mutants, threading.Event(), only=only)
        return {result.mutant.id: result for result in found.results}

    def alone(self, mutant):
        job = msgspec.structs.replace(self.jobs(UNIT, self.files)[0], files={"src/unit.py": mutant.text})
        return self.warm.run(job, threading.Event()).outcome


@pytest.fixture(scope="module")
def warm():
    runner = open_python_test_runner(open_sandbox("bubblewrap"), sys.executable)
    yield runner
    runner.close()


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_every_mutant_gets_the_verdict_of_a_candidate(tmp_path, warm, suite):
    bench = Bench(tmp_path, warm, suite)
    mutants = mutants_of("src/unit.py", CODE)
    found = bench.run(mutants)
    assert len(mutants) > 80
    kinds = {"killed": "failed", "timed out": "inconclusive", "survived": "passed", "not covered": "passed"}
    # A time-out of a mutant is a second here, of a candidate thirty: those are few, and left out.
    judged = [mutant for mutant in mutants if found[mutant.id].outcome != "timed out"]
    differing = {
        mutant.id: (found[mutant.id].outcome, found[mutant.id].reason, alone)
        for mutant in judged
        if kinds[found[mutant.id].outcome] != (alone := bench.alone(mutant))
    }
    assert differing == {}
    assert {result.outcome for result in found.values()} >= {"killed", "survived", "not covered"}


def mutant(before, after, name="m"):
    line = CODE[: CODE.index(before)].count("\n") + 1
    return Mutant(id=name, path="src/unit.py", line=line, operator="by hand", before=before, after=after,
                  text=CODE.replace(before, after, 1))  # fmt: skip


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_what_goes_wrong_in_a_mutant_is_a_kill_and_the_next_one_is_judged(tmp_path, warm, suite):
    bench = Bench(tmp_path, warm, suite)
    ways = {
        "hangs": "while True: pass",
        "leaves": "import os; os._exit(0)",
        "exits": "raise SystemExit(0)",
        "crashes": "import ctypes; ctypes.string_at(0)",
        "recurses": "return doubled(n)",
        "survives": "total = n + 0",
    }
    mutants = [mutant("total = n\n", way + "\n", name) for name, way in ways.items()]
    found = bench.run(mutants)
    assert {name: result.outcome for name, result in found.items()} == {
        "hangs": "timed out", "leaves": "killed", "exits": "killed", "crashes": "killed", "recurses": "killed",
        "survives": "survived",
    }  # fmt: skip


def test_a_mutant_names_the_test_that_killed_it_and_those_that_run_its_line(tmp_path, warm):
    bench = Bench(tmp_path, warm, PLAIN)
    found = bench.run([mutant("start += 1", "start += 2"), mutant("n ** 2", "n ** 3", "never")])
    assert (found["m"].outcome, found["m"].test) == ("killed", "tests/test_unit.py::test_counter")
    assert found["m"].tests == ("tests/test_unit.py::test_counter",)
    assert found["never"].outcome == "not covered"


def test_only_the_tests_that_are_asked_for_are_run(tmp_path, warm):
    bench = Bench(tmp_path, warm, PLAIN)
    change = mutant("start += 1", "start += 2")
    assert bench.run([change], only=["tests/test_unit.py::test_cart"])["m"].outcome == "not covered"


def test_files_that_one_mutant_leaves_are_gone_for_the_next(tmp_path, warm):
    bench = Bench(tmp_path, warm, PLAIN)
    leaves = 'open("/tmp/left", "x").close(); total = n'
    found = bench.run([mutant("total = n\n", leaves + "\n", name) for name in ("first", "second")])
    assert {result.outcome for result in found.values()} == {"survived"}


def test_a_suite_that_fails_on_the_accepted_code_judges_nothing(tmp_path, warm):
    bench = Bench(tmp_path, warm, dedent(PLAIN).replace("== 3", "== 4"))
    found = bench.run([mutant("start += 1", "start += 2")])
    assert found["m"].outcome == "not judged"
    assert found["m"].reason.startswith("the accepted code does not pass its own tests: tests/test_unit.py::test_")

"""Suites in another process than the candidate: the same verdict for what is right, and none to forge."""

from __future__ import annotations

import threading
from textwrap import dedent

import pytest

from regen.ports import Limits, TestJob

LIMITS = Limits(wall_seconds=10, cpu_seconds=8, memory_bytes=256 << 20, processes=24)
PLAIN = "from unit import double\n\ndef test_two():\n    assert double(2) == 4\n"
SUITES = {
    "plain": PLAIN,
    "pytest": "import pytest\n" + PLAIN,
    "with a fixture": "import pytest\n\n@pytest.fixture(autouse=True)\ndef nothing():\n    yield\n\n" + PLAIN,
    "unittest": """
        import unittest
        from unit import double

        class TestDouble(unittest.TestCase):
            def test_two(self):
                self.assertEqual(double(2), 4)
        """,
}


def name_in(kind: str) -> str:
    return "TestDouble::test_two" if kind == "unittest" else "test_two"


@pytest.mark.parametrize("kind", SUITES)
def test_right_code_passes_and_wrong_code_fails(apart, kind):
    right = apart.run("def double(n): return n * 2", SUITES[kind], name_in(kind))
    wrong = apart.run("def double(n): return n * 3", SUITES[kind], name_in(kind))
    assert (right.outcome, wrong.outcome, wrong.reason) == ("passed", "failed", "1 of 1 tests failed")
    assert wrong.tests[0].failure.actual == "6"


FORGERIES = {
    "equals whatever it is asked": "class S:\n    def __eq__(self, o): return True\ndef double(n): return S()",
    "equals what numbers are": "class S:\n    def __eq__(self, o): return type(o) is int\ndef double(n): return S()",
    "equals the first it is asked": """
        class S:
            def __init__(self): self.asked = 0
            def __eq__(self, other):
                self.asked += 1
                return self.asked == 1
        def double(n): return S()
        """,
    "a number that compares as it likes": """
        class I(int):
            def __eq__(self, other): return isinstance(other, int)
            __hash__ = int.__hash__
        def double(n): return I(7)
        """,
    "every process's reports": """
        import json
        class Forged(json.JSONEncoder):
            def encode(self, o):
                if isinstance(o, dict) and 'two' in str(o.get('id')):
                    o['outcome'], o['failure'] = 'passed', None
                return super().encode(o)
        json._default_encoder = Forged()
        def double(n): return 0
        """,
    "ends the process": "import os\ndef double(n): os._exit(0)",
    "ends at import": "import os\nos._exit(0)",
    "raises a skip": "import importlib\ndef double(n): raise importlib.import_module('unit' + 'test').SkipTest('x')",
    "writes to every descriptor": """
        import os
        def double(n):
            for number in range(3, 256):
                try: os.write(number, b'{"answer": 4}' * 9)
                except OSError: pass
            return 0
        """,
}


@pytest.mark.parametrize("kind", SUITES)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_shares_no_process_with_the_tests_can_not_bend_them(apart, forgery, kind):
    check = apart.run(FORGERIES[forgery], SUITES[kind], name_in(kind))
    assert check is None or check.outcome != "passed", check


def test_nothing_of_hidden_tests_is_where_the_candidate_is(apart):
    code = """
        import os

        def double(n):
            seen = [name for folder, _, names in os.walk('.') for name in names if 'test_unit' in name]
            return 4 if not seen else 0
        """
    check = apart.run(code, PLAIN, "test_two", hidden=True)
    assert (check.outcome, check.reason) == ("passed", "")


def test_classes_errors_and_containers_are_as_beside(apart):
    code = """
        import collections
        from dataclasses import dataclass
        from enum import Enum

        class ShopError(ValueError):
            def __init__(self, code, message):
                super().__init__(message)
                self.code = code

        @dataclass
        class Point:
            x: int
            y: int = 0
            def norm(self): return abs(self.x) + abs(self.y)

        class Color(Enum):
            RED = 1
            BLUE = 2

        Pair = collections.namedtuple("Pair", "a b")

        class Stack:
            def __init__(self): self.kept = []
            def push(self, one): self.kept.append(one)
            def __len__(self): return len(self.kept)
            def __iter__(self): return iter(self.kept)

        class Held:
            def __enter__(self): return 5
            def __exit__(self, kind, error, _): return kind is ValueError

        class Money(int):
            def __add__(self, other): return Money(int(self) + int(other))

        def fail(): raise ShopError(7, "bad thing")
        def sorted_here(numbers): numbers.sort(); return numbers
        def squares(count):
            for number in range(count): yield number * number
        def apply(function, values): return [function(value) for value in values]
        def pair(): return Pair(1, [2])
        class Unseen:
            def __init__(self, number): self.number = number

        def unseen(): return {"left": [Unseen(1), Unseen(2)], "right": Unseen(3)}
        def nested(): return {"a": [1.5, None, ("x", b"y")], 2: {3}, "big": 10 ** 40}
        """
    tests = """
        import math
        import pytest
        import unit
        from unit import *

        def test_errors():
            with pytest.raises(ShopError, match="bad") as caught:
                fail()
            assert caught.value.code == 7 and str(caught.value) == "bad thing"
            assert isinstance(caught.value, ValueError)
            with pytest.raises(TypeError):
                sorted_here(None, 2)

        def test_containers_are_the_same_on_both_sides():
            numbers = [3, 1, 2]
            out = sorted_here(numbers)
            out.append(9)
            assert numbers == [1, 2, 3, 9]
            stack = Stack()
            stack.push(numbers)
            numbers.append(0)
            assert list(stack) == [[1, 2, 3, 9, 0]] and len(stack) == 1
            stack.kept.append(4)
            assert len(stack) == 2 and isinstance(stack, Stack)

        def test_generators_and_callbacks():
            seen = []
            assert list(squares(4)) == [0, 1, 4, 9]
            assert apply(lambda one: seen.append(one) or one + 1, [1, 2]) == [2, 3]
            assert seen == [1, 2]
            with pytest.raises(KeyError):
                apply({}.pop, ["missing"])

        def test_objects():
            point = Point(3, -4)
            assert point.norm() == 7 and point == Point(3, -4) and point != Point(1)
            point.x = 10
            assert repr(point) == "Point(x=10, y=-4)"
            assert Color.RED == Color(1) and [color.name for color in Color] == ["RED", "BLUE"]
            assert {Color.RED: 1}[Color(1)] == 1 and len(Color) == 2
            assert pair() == (1, [2]) and pair().a == 1
            assert Money(1) + 2 == 3 and isinstance(Money(1) + 2, Money)

        def test_objects_of_classes_that_were_not_asked_for():
            found = unseen()
            assert [one.number for one in found["left"]] == [1, 2] and found["right"].number == 3

        def test_contexts():
            with Held() as held:
                assert held == 5
                raise ValueError
            with pytest.raises(KeyError), Held():
                raise KeyError(1)

        def test_values():
            assert nested() == {"a": [1.5, None, ("x", b"y")], 2: {3}, "big": 10 ** 40}
            assert unit.Pair(1, 2) != (1, 3) and math.isclose(nested()["a"][0], 1.5)
        """
    apart.agrees(code, tests)


NEIGHBOURS = {
    "src/shop/item.py": """
from dataclasses import dataclass, field
from enum import Enum

class ShopError(Exception):
    def __init__(self, item, *, code):
        super().__init__(f"no {item}")
        self.code = code

class Size(Enum):
    SMALL = "s"
    LARGE = "l"

@dataclass(frozen=True, slots=True)
class Item:
    name: str
    cents: int
    size: Size = Size.SMALL

@dataclass
class Cart:
    items: list = field(default_factory=list)
    def count(self): return len(self.items)
""",
    "src/shop/__init__.py": "",
}


def test_classes_of_other_modules_are_the_same_on_both_sides(project):
    for path, text in NEIGHBOURS.items():
        project.write(path, text)
    code = """
        from shop.item import Cart, Item, ShopError, Size

        def cheapest(items):
            if not items:
                raise ShopError("items", code=3)
            return min(items, key=lambda item: item.cents)

        def put(cart, *items):
            cart.items.extend(items)
            return cart

        def by_size(items):
            return {size: {item for item in items if item.size is size} for size in Size}
        """
    tests = """
        import pytest
        from shop.item import Cart, Item, ShopError, Size
        from shop.total import by_size, cheapest, put

        TEA, CUP = Item("tea", 5), Item("cup", 7, Size.LARGE)

        def test_items():
            assert cheapest([CUP, TEA]) == TEA and isinstance(cheapest([CUP]), Item)
            with pytest.raises(ShopError, match="no items") as caught:
                cheapest([])
            assert caught.value.code == 3

        def test_carts():
            cart = Cart()
            assert put(cart, TEA).count() == 1 and cart.items == [TEA]
            cart.items.append(CUP)
            assert put(cart, TEA) == Cart([TEA, CUP, TEA])

        def test_sets():
            assert by_size([TEA, CUP]) == {Size.SMALL: {TEA}, Size.LARGE: {CUP}}
        """
    project.write("tests/test_total.py", tests)
    names = tuple(f"tests/test_total.py::test_{name}" for name in ("items", "carts", "sets"))
    for text, outcome in ((code, "passed"), (code.replace("min(", "max("), "failed")):
        job = TestJob(
            unit="total",
            root=str(project.root),
            files={"src/shop/total.py": dedent(text)},
            tests=("tests/test_total.py",),
            expected=names,
            limits=LIMITS,
        )
        check = project.runner.run_apart(job, threading.Event())
        assert check.outcome == project.runner.run(job, threading.Event()).outcome == outcome, check


def test_the_first_file_of_a_package_is_found(project):
    project.write("tests/test_new.py", "from brand.new import double\n\ndef test_two():\n    assert double(2) == 4\n")
    job = TestJob(
        unit="new",
        root=str(project.root),
        files={"src/brand/new.py": "def double(n): return n * 2\n"},
        tests=("tests/test_new.py",),
        expected=("tests/test_new.py::test_two",),
        limits=LIMITS,
    )
    check = project.runner.run_apart(job, threading.Event())
    assert (check.outcome, check.reason) == ("passed", "")


def test_an_end_is_no_error_that_a_test_expects(apart):
    tests = """
        import pytest
        from unit import double

        def test_text():
            with pytest.raises(Exception):
                double("a")
        """
    assert apart.run("def double(n): raise TypeError(n)", tests, "test_text").outcome == "passed"
    assert apart.run("import os\ndef double(n): os._exit(0)", tests, "test_text").outcome == "failed"


REACHING_IN = {
    "too many questions": "from unit import double\n\ndef test_two():\n    for n in range(6_000):\n        double(2)\n",
    "a patch": "from unittest import mock\nimport unit\n\ndef test_two():\n    assert unit.double(2) == 4\n",
    "a fixture of the process": "from unit import double\n\ndef test_two(capsys):\n    assert double(2) == 4\n",
    "the clock": "import time\nfrom unit import double\n\ndef test_two():\n    assert double(2) == 4\n",
    "identity": "from unit import double\n\ndef test_two():\n    assert double is double\n",
    "a class of the tests'": "from unit import double\n\nclass Fake:\n    n = 2\n\ndef test_two():\n    assert double(2)\n",
    "a value that can't cross": "import re\nfrom unit import double\n\ndef test_two():\n    assert double(re.compile('2')) == 0\n",
}


@pytest.mark.parametrize("reason", REACHING_IN)
def test_what_has_another_meaning_apart_is_not_judged_there(apart, reason):
    assert apart.run("def double(n): return 2 * n if n == 2 else 0", REACHING_IN[reason], "test_two") is None


def test_an_endless_candidate_is_not_judged_and_the_next_one_is(apart):
    limits = Limits(wall_seconds=1, cpu_seconds=1)
    check = apart.run("def double(n):\n    while True: pass", PLAIN, "test_two", limits=limits)
    assert (check.outcome, check.reason) == (
        "inconclusive",
        "took longer than 1 s while tests/test_unit.py::test_two was running",
    )
    assert apart.run("def double(n): return n * 2", PLAIN, "test_two").outcome == "passed"

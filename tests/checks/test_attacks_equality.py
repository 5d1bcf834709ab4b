"""Values that are equal to what they are not are found out; values with an honest `__eq__` of their own are not."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

SUITES = {
    "==": "assert make(2) == {0}",
    "!= denied": "assert not make(2) != {0}",
    "== and more": "assert make(2) == {0} and True",
    "a chain": "assert {0} == make(2) == {0}",
    "in": "assert make(2) in [None, {0}]",
    "in, the other way": "assert {0} in [None, make(2)]",
    "all": "assert all(make(n) == {0} for n in [2])",
    "in a list": "assert [make(2)] == [{0}]",
    "in a dict": "assert {{'a': [make(2)]}} == {{'a': [{0}]}}",
    "in a named tuple": "assert Pair(1, make(2)) == Pair(1, {0})",
    "in a deque": "assert deque([make(2)]) == deque([{0}])",
    "in a dataclass": "assert Held(make(2)) == Held({0})",
    "as a message's value": "assert make(2) == {0}, 'differs'",
}
HEAD = """
from collections import deque, namedtuple
from dataclasses import dataclass
from unit import make

Pair = namedtuple("Pair", "a b")

@dataclass
class Held:
    value: object
"""

LIARS = {
    "always": "class Sly:\n    def __eq__(self, other): return True\n",
    "truthy": "class Sly:\n    def __eq__(self, other): return 1\n",
    "for some kinds": "class Sly:\n    def __eq__(self, other): return type(other) in (int, list)\n",
    "not for strangers": """
        class Sly:
            def __eq__(self, other):
                if type(other).__name__.startswith("_"):
                    raise TypeError
                return True
        """,
    "by a name of unittest's": """
        class Sly:
            __module__ = bytes.fromhex("756e6974746573742e6d6f636b").decode()
            def __eq__(self, other): return True
        """,
    "with a metaclass that equals int": """
        class Kind(type):
            def __eq__(self, other): return True
            def __hash__(self): return hash(int)
        class Sly(metaclass=Kind):
            def __eq__(self, other): return True
        """,
    "once": """
        class Sly:
            count = 0
            def __eq__(self, other):
                self.count += 1
                return self.count == 1
        """,
    "a number": """
        class Sly(int):
            def __eq__(self, other): return isinstance(other, int)
            __hash__ = int.__hash__
        """,
    "by the wrong rule": "class Sly(int):\n    __eq__ = int.__le__\n    __hash__ = int.__hash__\n",
}


def check(project, suite, code, head=""):
    body = indent(dedent(suite).strip(), "    ")
    test = project.write("tests/test_unit.py", f"{head}{HEAD}\ndef test_a():\n{body}\n")
    return project.check(code, f"{test}::test_a")


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("suite", SUITES)
def test_a_value_that_equals_what_it_is_not_is_found_out(project, suite, liar):
    code = (
        f"{dedent(LIARS[liar])}\nSly.__ne__ = lambda self, other: not self == other\ndef make(n):\n    return Sly()\n"
    )
    assert check(project, SUITES[suite].format(4), code).outcome == "failed"
    assert check(project, SUITES[suite].format(4), "def make(n):\n    return n * 2\n").outcome == "passed"


MORE = {
    "a list": (
        "assert make(2) == [4]",
        "class Sly(list):\n    def __eq__(self, other): return isinstance(other, list)\ndef make(n): return Sly()",
    ),
    "a dict": (
        "assert make(2) == {'a': 1}",
        "class Sly(dict):\n    def __eq__(self, other): return isinstance(other, dict)\ndef make(n): return Sly()",
    ),
    "a text": (
        "assert make(2) == 'four'",
        "class Sly(str):\n    def __eq__(self, other): return True\n    __hash__ = str.__hash__\ndef make(n): return Sly()",
    ),
    "a text that learns": (
        "assert make(2) == 'four'",
        """
        class Sly(str):
            seen = None
            def __eq__(self, other):
                if type(other) is str:
                    self.seen = other
                return str.__eq__(self.seen or "", other)
            __hash__ = str.__hash__
        def make(n):
            return Sly()
        """,
    ),
    "a container": (
        "assert 4 in make(2)",
        "class Sly:\n    def __contains__(self, other): return True\ndef make(n): return Sly()",
    ),
    "an object of the unit's own": (
        "import unit\nassert make(2) == unit.Point(2, 4)",
        """
        class Point:
            def __init__(self, x, y): self.x, self.y = x, y
            def __eq__(self, other): return isinstance(other, Point)
        def make(n):
            return Point(0, 0)
        """,
    ),
    "a field": (
        "import unit\nassert make(2) == unit.Point(2, 4)",
        """
        from dataclasses import dataclass
        class Sly:
            def __eq__(self, other): return True
        @dataclass
        class Point:
            x: object
            y: object
        def make(n):
            return Point(Sly(), Sly())
        """,
    ),
    "about": (
        "import pytest\nassert make(2) == pytest.approx(4.0)",
        "class Sly(float):\n    def __eq__(self, other): return True\ndef make(n): return Sly()",
    ),
    "about, by its difference": (
        "import pytest\nassert make(2) == pytest.approx(4.0)",
        "class Sly:\n    def __rsub__(self, other): return 0.0\n    def __sub__(self, other): return 0.0\ndef make(n): return Sly()",
    ),
    "about, in a list": (
        "import pytest\nassert [make(2)] == pytest.approx([4.0])",
        "class Sly(float):\n    def __eq__(self, other): return True\ndef make(n): return Sly()",
    ),
    "unittest's": (
        "import unittest\nunittest.TestCase().assertAlmostEqual(make(2), 4)",
        "class Sly:\n    def __eq__(self, other): return True\ndef make(n): return Sly()",
    ),
    "unittest's in": (
        "import unittest\nunittest.TestCase().assertIn(make(2), [4])",
        "class Sly:\n    def __eq__(self, other): return True\ndef make(n): return Sly()",
    ),
    "unittest's truth": (
        "import unittest\nunittest.TestCase().assertTrue(make(2) == 4)",
        "class Sly:\n    def __eq__(self, other): return True\ndef make(n): return Sly()",
    ),
    "unittest's ANY": (
        "assert make(2) == 4",
        """
        import importlib
        ANY = importlib.import_module(bytes.fromhex("756e6974746573742e6d6f636b").decode()).ANY
        def make(n): return ANY
        """,
    ),
}


@pytest.mark.parametrize("way", MORE)
def test_more_ways_to_equal_too_much_are_found_out(project, way):
    suite, code = MORE[way]
    assert check(project, suite, dedent(code)).outcome == "failed"


HONEST = {
    "a dataclass": (
        "import unit\nassert make(2) == unit.Point(2, [4])",
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n    y: list\ndef make(n): return Point(n, [n * 2])",
    ),
    "a frozen dataclass with slots": (
        "import unit\nassert make(2) == unit.Point(2) and {make(2)} == {unit.Point(2)}",
        "from dataclasses import dataclass\n@dataclass(frozen=True, slots=True)\nclass Point:\n    x: int\ndef make(n): return Point(n)",
    ),
    "fields left out": (
        "import unit\nassert make(2) == unit.Point(2, 5)",
        """
        from dataclasses import dataclass, field
        @dataclass
        class Point:
            x: int
            seen: int = field(default=0, compare=False)
        def make(n): return Point(n, 7)
        """,
    ),
    "an object equal by its key": (
        "import unit\nassert make(2) == unit.User(2, 'Bo')",
        """
        class User:
            def __init__(self, key, name): self.key, self.name = key, name
            def __eq__(self, other): return isinstance(other, User) and self.key == other.key
            def __hash__(self): return hash(self.key)
        def make(n): return User(n, "Ann")
        """,
    ),
    "an object without fields": (
        "import unit\nassert make(2) == unit.Nothing()",
        "class Nothing:\n    def __eq__(self, other): return isinstance(other, Nothing)\ndef make(n): return Nothing()",
    ),
    "money that equals a number": (
        "assert make(2) == 4",
        """
        class Money:
            def __init__(self, cents): self.cents = cents
            def __eq__(self, other): return self.cents == getattr(other, "cents", other)
        def make(n): return Money(n * 2)
        """,
    ),
    "a named tuple": (
        "assert make(2) == (2, 4)\nassert make(2).y == 4",
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: int\ndef make(n): return P(n, n * 2)",
    ),
    "enumerations": (
        "import unit\nassert make(2) == ['a', 1, unit.Letter.A] and make(1)[0] == 'a' and make(1)[1] in (1, 2)",
        """
        import enum
        class Letter(enum.StrEnum):
            A = "a"
        class Number(enum.IntEnum):
            ONE = 1
        def make(n): return [Letter.A, Number.ONE, Letter.A]
        """,
    ),
    "numbers of every kind": (
        """
        import math, unit
        assert make(2) == [4, 4.0, 4, 4 + 0j] and make(2)[0] == 4 and make(2)[1] == 4.0
        assert math.isnan(unit.nan) and unit.nans == unit.nans and unit.inf == float("inf")
        """,
        """
        from decimal import Decimal
        from fractions import Fraction
        nan, inf = float("nan"), float("inf")
        nans = [nan]
        class Metres(float):
            def __repr__(self): return "m"
        def make(n): return [Decimal(4), Fraction(4), Metres(4), True + 3]
        """,
    ),
    "collections": (
        """
        from collections import Counter, OrderedDict, UserDict, UserList, UserString
        assert make(2) == [Counter("aa"), deque([1]), OrderedDict(a=1), {"a": [1]}, UserString("x"), ["y"], {"z": 1}]
        assert make(2) == [{"a": 2}, deque([1]), {"a": 1}, {"a": [1]}, "x", UserList(["y"]), UserDict(z=1)]
        assert make(2)[0] == Counter(a=2, b=0) and make(2)[3].keys() == {"a"} and make(2)[2].items() == {("a", 1)}
        """,
        """
        from collections import *
        def make(n):
            lists = defaultdict(list)
            lists["a"].append(1)
            return [Counter(a=2), deque([1]), OrderedDict(a=1), lists, UserString("x"), UserList(["y"]), UserDict(z=1)]
        """,
    ),
    "times, paths, identifiers": (
        """
        import datetime, pathlib, uuid
        assert make(2) == [datetime.date(2020, 1, 2), datetime.timedelta(2), pathlib.Path("a/b"), uuid.UUID(int=2)]
        assert make(2)[2] == pathlib.PurePosixPath("a/b") and make(2)[0] in {datetime.date(2020, 1, 2)}
        """,
        """
        import datetime, pathlib, uuid
        def make(n):
            return [datetime.date(2020, 1, n), datetime.timedelta(n), pathlib.Path("a") / "b", uuid.UUID(int=n)]
        """,
    ),
    "a mapping of its own": (
        "assert make(2) == {'A': 4} and make(2) == {'a': 4} and 'A' in make(2) and 'x' not in make(2)",
        """
        from collections.abc import Mapping
        class Folded(Mapping):
            def __init__(self, data): self.data = {key.lower(): value for key, value in data.items()}
            def __getitem__(self, key): return self.data[key.lower()]
            def __iter__(self): return iter(self.data)
            def __len__(self): return len(self.data)
            def __eq__(self, other): return dict(self) == {key.lower(): value for key, value in dict(other).items()}
        def make(n): return Folded({"a": 4})
        """,
    ),
    "a vector that has no truth": (
        "assert all(make(2) == [2, 4]) and (make(2) == [2, 4]).all() and not (make(2) != [2, 4]).any()",
        """
        class Vector:
            def __init__(self, values): self.values = values
            def __eq__(self, other): return Vector([a == b for a, b in zip(self.values, getattr(other, "values", other))])
            def __ne__(self, other): return Vector([a != b for a, b in zip(self.values, getattr(other, "values", other))])
            def __bool__(self): raise ValueError("ambiguous")
            def __iter__(self): return iter(self.values)
            def all(self): return all(self.values)
            def any(self): return any(self.values)
        def make(n): return Vector([n, n * 2])
        """,
    ),
    "exact builtins in depth": (
        "assert make(2) == {'a': [(2, {4}), [None, b'x', ...]]} and 3 not in make(2) and 'a' in make(2)",
        "def make(n): return {'a': [(n, {n * 2}), [None, b'x', ...]]}",
    ),
    "approx": (
        """
        import pytest
        from decimal import Decimal
        assert make(2) == pytest.approx(4.0) and [make(2)] == pytest.approx([4]) and {"a": make(2)} == {"a": pytest.approx(4)}
        assert Decimal("0.1") == pytest.approx(Decimal("0.1")) and pytest.approx(4) == make(2)
        """,
        "class Metres(float):\n    pass\ndef make(n): return Metres(n * 2)",
    ),
    "ANY and calls": (
        """
        from unittest.mock import ANY, MagicMock, call
        seen = MagicMock()
        make(seen)
        assert seen.mock_calls == [call(1, key=ANY)] and seen.call_args == call(1, key=2) and seen.call_args == ((1,), {"key": 2})
        assert {"a": make(seen)} == {"a": ANY}
        """,
        "def make(f): return f(1, key=2)",
    ),
    "what is another": (
        "import unit\nassert make(2) != 5 and make(2) != unit.Point(9) and not make(2) == 5 and 7 not in [make(2)]",
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\ndef make(n): return Point(n)",
    ),
    "unittest's": (
        """
        import unittest
        from decimal import Decimal
        case = unittest.TestCase()
        case.assertEqual(first=make(2), second=4)
        case.assertAlmostEqual(make(2) / 3, 1.33333, places=3)
        case.assertAlmostEqual(Decimal("0.1"), Decimal("0.1"))
        case.assertAlmostEqual(make(2), Decimal(4), delta=Decimal(1))
        case.assertIn(make(2), range(9))
        case.assertIn("a", "abc")
        case.assertNotEqual(make(2), 5)
        case.assertTrue(make(2) == 4, "message")
        case.assertDictEqual({"a": make(2)}, {"a": 4})
        case.assertSetEqual({make(2)}, {4})
        case.assertCountEqual([make(2), 1], [1, 4])
        """,
        "def make(n): return n * 2",
    ),
}


@pytest.mark.parametrize("way", HONEST)
def test_honest_values_are_equal(project, way):
    suite, code = HONEST[way]
    checked = check(project, suite, dedent(code))
    assert checked.outcome == "passed", checked

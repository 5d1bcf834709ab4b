"""All kinds of objects, asked from another process: each test passes there as it does beside the code."""

CODE = r"""
from __future__ import annotations
import collections, functools, contextlib, re, datetime, decimal, operator
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum, Flag, IntEnum, StrEnum
from typing import NamedTuple, TypedDict


def counter():
    n = 0

    def step():
        nonlocal n
        n += 1
        return n

    return step


class Shape(ABC):
    kind = "shape"

    @abstractmethod
    def area(self): ...
    def __lt__(self, o):
        return self.area() < o.area()


class Square(Shape):
    def __init__(self, s):
        self.s = s

    def area(self):
        return self.s**2

    @property
    def side(self):
        return self.s

    @side.setter
    def side(self, v):
        if v < 0:
            raise ValueError("negative")
        self.s = v

    @classmethod
    def unit(cls):
        return cls(1)

    @staticmethod
    def name():
        return "sq"

    def __hash__(self):
        return hash(self.s)

    def __eq__(self, o):
        return isinstance(o, Square) and o.s == self.s


@dataclass(frozen=True, order=True)
class V:
    x: int
    tags: tuple = ()

    def __add__(self, o):
        return V(self.x + o.x)

    def __mul__(self, k):
        return V(self.x * k)

    __rmul__ = __mul__

    def __format__(self, spec):
        return format(self.x, spec)

    def __bool__(self):
        return self.x != 0


class P(NamedTuple):
    a: int
    b: str = "z"

    def both(self):
        return f"{self.a}{self.b}"


class Perm(Flag):
    R = 1
    W = 2


class Lvl(IntEnum):
    LO = 1
    HI = 2


class Nm(StrEnum):
    A = "a"
    B = "b"


def dd():
    d = collections.defaultdict(list)
    d["a"].append(1)
    return d


def cnt(t):
    return collections.Counter(t)


def dq(n):
    return collections.deque(range(n), maxlen=2)


@contextlib.contextmanager
def ctx(log):
    log.append("in")
    try:
        yield 3
    finally:
        log.append("out")


def echo():
    got = None
    while True:
        got = yield got


@functools.lru_cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def chain():
    try:
        {}["k"]
    except KeyError as e:
        raise RuntimeError("wrapped") from e


class Grid:
    def __init__(self):
        self.d = {}

    def __getitem__(self, k):
        return self.d[k]

    def __setitem__(self, k, v):
        self.d[k] = v

    def __contains__(self, k):
        return k in self.d

    def __len__(self):
        return len(self.d)

    def __iter__(self):
        return iter(sorted(self.d))


class Seq:
    def __getitem__(self, i):
        if i > 2:
            raise IndexError
        return i * 10


def match(s):
    return re.match(r"(\w)(\d)", s)


def when():
    return datetime.datetime(2024, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)


def kw(*a, **k):
    return a, k


def adder(n):
    return functools.partial(operator.add, n)


class Base(Exception):
    pass


class Sub(Base, KeyError):
    def __init__(self, what):
        self.what = what
        super().__init__(what)

    def __str__(self):
        return f"<{self.what}>"


def boom():
    raise Sub("q")


def grp():
    raise ExceptionGroup("g", [ValueError(1)])


class Node:
    def __init__(self, v, n=None):
        self.v = v
        self.next = n


def linked(xs):
    h = None
    for x in reversed(xs):
        h = Node(x, h)
    return h


def mutate(d):
    d["new"] = {"deep": [1]}
    del d["old"]


def take(it):
    return [x for _, x in zip(range(3), it)]


PI = 3.25
TABLE = {"a": [1, 2]}
"""

TESTS = r"""
import json, math, itertools, collections, datetime, decimal
import pytest
import unit
from unit import *
from unit import Square, V, Shape, PI


def test_closures():
    c = counter()
    assert (c(), c()) == (1, 2)
    assert counter()() == 1


def test_abc():
    with pytest.raises(TypeError):
        Shape()
    s = Square(3)
    assert (
        s.area() == 9
        and s.side == 3
        and Square.unit().s == 1
        and Square.name() == "sq"
        and Square.kind == "shape"
    )
    s.side = 5
    assert s.area() == 25
    with pytest.raises(ValueError, match="neg"):
        s.side = -1
    assert isinstance(s, Shape) and issubclass(Square, Shape)
    assert sorted([Square(3), Square(1)])[0].s == 1 and min(Square(2), Square(1)) == Square(1)
    assert len({Square(1), Square(1), Square(2)}) == 2
    assert s != 5 and Square(2) in [Square(2)]


def test_v():
    assert (
        V(1) + V(2) == V(3)
        and 3 * V(2) == V(6)
        and V(1) < V(2)
        and f"{V(7):>3}" == "  7"
        and not V(0)
        and bool(V(1))
    )
    with pytest.raises(AttributeError):
        V(1).x = 2
    with pytest.raises(TypeError):
        V()
    assert repr(V(1)) == "V(x=1, tags=())" and hash(V(1)) == hash(V(1)) and {V(1): 2}[V(1)] == 2
    assert hasattr(V(1), "x") and not hasattr(V(1), "nope") and getattr(V(1), "nope", 4) == 4


def test_p():
    p = P(1)
    assert p == (1, "z") and p.both() == "1z" and p._replace(a=2) == P(2) and list(p) == [1, "z"] and p[0] == 1
    a, b = p
    assert (a, b) == (1, "z") and isinstance(p, tuple) and isinstance(p, P)


def test_enum():
    assert (
        Perm.R | Perm.W == Perm(3)
        and Perm.R in Perm(3)
        and Lvl.HI > Lvl.LO
        and Lvl.HI == 2
        and Nm.A == "a"
        and Nm("b") == Nm.B
        and [n.value for n in Nm] == ["a", "b"]
    )
    assert Nm.A.upper() == "A" and str(Nm.A) == "a" and Lvl(2).name == "HI" and int(Lvl.HI) + 1 == 3
    with pytest.raises(ValueError):
        Nm("zz")


def test_containers():
    assert (
        dd() == {"a": [1]}
        and dd()["zz"] == []
        and cnt("aab") == {"a": 2, "b": 1}
        and cnt("aab").most_common(1) == [("a", 2)]
        and list(dq(4)) == [2, 3]
    )
    assert isinstance(cnt("a"), collections.Counter) and json.dumps(unit.TABLE) == '{"a": [1, 2]}'


def test_ctx():
    log = []
    with ctx(log) as v:
        assert v == 3 and log == ["in"]
    assert log == ["in", "out"]


def test_gen():
    g = echo()
    assert next(g) is None and g.send(4) == 4
    g.close()
    with pytest.raises(StopIteration):
        next(g)


def test_cache():
    assert fib(20) == 6765


def test_chain():
    with pytest.raises(RuntimeError) as e:
        chain()
    assert str(e.value) == "wrapped"


def test_grid():
    g = Grid()
    g["b"] = 1
    g["a"] = [2]
    assert "a" in g and len(g) == 2 and list(g) == ["a", "b"] and g["a"] == [2]
    with pytest.raises(KeyError):
        g["q"]
    assert list(Seq()) == [0, 10, 20]


def test_match():
    m = match("a1")
    assert m and m.group(1) == "a" and m.groups() == ("a", "1") and match("!") is None


def test_when():
    assert when() == datetime.datetime(2024, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)


def test_kw():
    assert kw(1, *[2], x=3) == ((1, 2), {"x": 3})


def test_partial():
    assert adder(2)(3) == 5


def test_err():
    with pytest.raises(Sub) as e:
        boom()
    assert e.value.what == "q" and str(e.value) == "<q>" and isinstance(e.value, KeyError)
    with pytest.raises(Base):
        boom()
    with pytest.raises(ExceptionGroup) as e:
        grp()
    assert isinstance(e.value.exceptions[0], ValueError)


def test_linked():
    n = linked([1, 2])
    assert n.v == 1 and n.next.v == 2 and n.next.next is None
    n.next.next = Node(9)
    assert n.next.next.v == 9


def test_mutate():
    d = {"old": 1}
    mutate(d)
    assert d == {"new": {"deep": [1]}}
    d["new"]["deep"].append(2)
    assert d["new"] == {"deep": [1, 2]}


def test_iter():
    assert (
        take(itertools.count(5)) == [5, 6, 7]
        and take(iter([1])) == [1]
        and take(x * 2 for x in [1, 2]) == [2, 4]
    )


def test_const():
    assert PI == pytest.approx(3.25) and math.floor(unit.PI) == 3 and unit.TABLE["a"] == [1, 2]


def test_sum():
    assert sum(V(1).x for _ in range(3)) == 3 and max([V(1), V(3)], key=lambda v: v.x) == V(3)
"""


def test_objects_mean_from_afar_what_they_mean_beside(apart):
    apart.agrees(CODE, TESTS)

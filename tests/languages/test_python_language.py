"""What regen sees of Python: interfaces, declarations, definitions, and forms that formatting does not change."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regen.languages import language_of, python, text

MODULE = '''\
"""Money."""
from __future__ import annotations
import re

__all__ = ["cents", "Money"]
RATE: float = 0.5
LIMIT = 3
_secret = 1
a, b = 1, 2


def cents(amount: float, /, *, up: bool = True, **rest: int) -> int:
    """Count cents.

    Half up.
    """
    helper = 1
    return round(amount * 100)


async def fetch(): return 1


def _hidden(): ...


@dataclass(frozen=True)
class Money(Base, metaclass=Meta):
    """Some."""

    amount: int
    currency: str = "EUR"
    _cache = {}

    def __init__(self): self.x = 1

    @property
    def whole(self) -> int:
        return 1

    def _inner(self): ...


class Empty: pass
'''

STUB = '''\
"""Money."""
__all__ = ['cents', 'Money']
RATE: float = ...
LIMIT = ...
def cents(amount: float, /, *, up: bool=True, **rest: int) -> int:
    """Count cents.

    Half up."""
async def fetch(): ...
@dataclass(frozen=True)
class Money(Base, metaclass=Meta):
    """Some."""
    amount: int
    currency: str = ...
    def __init__(self): ...
    @property
    def whole(self) -> int: ...
class Empty: ...
'''


def test_an_interface_is_signatures_types_and_docstrings():
    assert python.interface(MODULE) == STUB


@pytest.mark.parametrize(
    ("old", "new"),
    [("round(amount * 100)", "int(amount)"), ("_secret = 1", "_other = 2"), ("def _hidden(): ...", ""),
     ("LIMIT = 3", "LIMIT = 4"), ("import re", "import os"), ("_cache = {}", "_cache = []"), ("    helper = 1\n", "")],
)  # fmt: skip
def test_bodies_and_private_names_are_no_interface(old, new):
    assert old in MODULE
    assert python.interface(MODULE.replace(old, new)) == STUB


@pytest.mark.parametrize(
    ("old", "new"),
    [("amount: float", "amount: int"), ('-> int:\n    "', '-> str:\n    "'), ("Half up", "Half down"), ("up: bool = True", "up: bool = False"),
     ("LIMIT", "LIMITS"), ("RATE: float", "RATE: int"), ("frozen=True", "frozen=False"), ("@property\n    ", ""),
     ("async def", "def"), ('"Money"]', '"Coin"]'), ("Base,", "Other,")],
)  # fmt: skip
def test_what_dependents_see_is_interface(old, new):
    assert old in MODULE
    assert python.interface(MODULE.replace(old, new)) != STUB


@pytest.mark.parametrize("broken", ["def f(:", "\0", "x = " + "-" * 50_000 + "1"])
def test_text_that_is_no_python_is_its_own_interface_and_form(broken):
    assert python.interface(broken) == broken
    assert python.test_form(broken) == broken
    assert python.syntax_error(broken) is not None
    assert python.test_functions(broken) == ()
    assert python.imported_modules(broken) == frozenset()
    assert python.definition(broken, "f") is None
    assert python.missing_declarations("def f(): ...", broken) == ()
    assert python.declared_form(broken) == broken.strip()


def test_nesting_that_parses_and_can_not_be_walked_is_survived():
    deep = "x = " + "+".join(["1"] * 700)
    assert python.syntax_error(deep) is None
    assert python.test_form(deep)
    assert python.interface(f"def f(a={deep[4:]}): ...")


# ── declarations ────────────────────────────────────────────────────────────────────────────────

DECLARED = textwrap.dedent("""
    import decimal
    LIMIT: int
    def f(a, /, b: int, *args, c=1, **rest) -> int: ...
    async def g(): ...
    class C(Exception):
        field: int
        def m(self, x): ...
""")
KEPT = textwrap.dedent("""
    LIMIT = 3
    def f(a, /, b, *args, c=2, **rest): return 1
    async def g(): return 2
    class C:
        def m(self, x): return 3
""")


def test_all_that_is_declared_is_there():
    assert python.missing_declarations(DECLARED, KEPT) == ()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("LIMIT = 3", "", "`LIMIT` is not defined"),
        ("def f(a, /, b, *args, c=2, **rest): return 1", "", "`f` is not defined"),
        ("a, /, b", "a, b", "`f` takes (a, b, *args, c, **rest), the spec declares (a, /, b, *args, c, **rest)"),
        ("*args, ", "*, ", "`f` takes (a, /, b, *, c, **rest), the spec declares (a, /, b, *args, c, **rest)"),
        ("async def g", "def g", "`g` is not async, unlike the spec's"),
        ("class C:", "class D:", "`C` is not defined"),
        ("def m(self, x)", "def m(self)", "`C.m` takes (self), the spec declares (self, x)"),
        ("def m(self, x)", "def n(self, x)", "`C.m` is not defined"),
    ],
)
def test_what_is_missing_is_a_sentence(old, new, sentence):
    assert old in KEPT
    assert python.missing_declarations(DECLARED, KEPT.replace(old, new)) == (sentence,)


@pytest.mark.parametrize(
    "found",
    [
        "from elsewhere import f",
        "f = make()",
        "if X:\n    def f(a): ...",
        "try:\n    from x import f\nexcept E:\n    f = None",
    ],
)
def test_names_bound_in_other_ways_are_there(found):
    assert python.missing_declarations("def f(a): ...", found) == ()


def test_inherited_methods_may_come_from_the_base():
    assert python.missing_declarations("class C:\n    def m(self): ...", "class C(Base): pass") == ()


# ── definitions ─────────────────────────────────────────────────────────────────────────────────

SPANS = "import re\n\n@one\n@two(\n    3,\n)\ndef f():\n    return (\n        1)\n\n\nclass C:\n    x = 1\n\n    @d\n    async def m(self):\n        pass\n\ndef f(): return 2\n"


@pytest.mark.parametrize(
    ("symbol", "span"), [("C", (11, 17)), ("C.m", (14, 17)), ("f", (18, 19)), ("g", None), ("C.x", None), ("f.g", None)]
)
def test_definitions_with_their_decorators_and_the_last_one_counts(symbol, span):
    assert python.definition(SPANS, symbol) == span


def test_decorators_belong_to_the_definition():
    assert python.definition(SPANS.rpartition("def f")[0], "f") == (2, 9)


# ── forms of tests ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1  # one"),
        ("x = 'a'", 'x = "a"'),
        ("f(1, 2)", "f(\n    1,\n    2,\n)"),
        ("x = 'ab'", "x = (\n    'a'\n    'b'\n)"),
        ("assert a == b, c", "assert (\n    a == b\n), c"),
        ("x = 1\ny = 2", "x = 1\n\n\n\ny = 2"),
        ("x = u'a'", "x = 'a'"),
        ("x = 0xFF", "x = 255"),
        ("def f():\n  return 1", "def f():\n    return 1"),
        ("x = 1  # type: int", "x = 1"),
    ],
)
def test_formatting_is_no_form(one, other):
    assert python.test_form(one) == python.test_form(other)
    assert python.declared_form(one) == python.declared_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("x = 1", "x = 2"), ("x = 1", "x = 1.0"), ("x = 'a'", "x = b'a'"), ("x = 'a b'", "x = 'a  b'"), ("f(a=1)", "f(b=1)"),
     ("x = (1)", "x = (1,)"), ("a\nb", "b\na"), ("f'{a}'", "f'{a!r}'"), ("async def f(): ...", "def f(): ...")],
)  # fmt: skip
def test_meaning_is_form(one, other):
    assert python.test_form(one) != python.test_form(other)


def test_forms_name_no_version_of_python():
    """The exact text: another one would make every unit of every team stale after an upgrade of Python."""
    source = 'import a.b as c\n\n@d(1)\ndef test_f(x: int = 3, *y, **z) -> None:\n    with e as f: assert f"{x!r:>{y}}" != [1, *y]\n'
    assert python.test_form(source) == (
        "Import(names=[alias(name='a.b', asname='c')])\n"
        "FunctionDef(name='test_f', args=arguments(args=[arg(arg='x', annotation=Name(id='int'))], vararg=arg(arg='y'),"
        " kwarg=arg(arg='z'), defaults=[Constant(value=3)]), body=[With(items=[withitem(context_expr=Name(id='e'),"
        " optional_vars=Name(id='f'))], body=[Assert(test=Compare(left=JoinedStr(values=[FormattedValue("
        "value=Name(id='x'), conversion=114, format_spec=JoinedStr(values=[Constant(value='>'), FormattedValue("
        "value=Name(id='y'), conversion=-1)]))]), ops=[NotEq()], comparators=[List(elts=[Constant(value=1),"
        " Starred(value=Name(id='y'))])]))])], decorator_list=[Call(func=Name(id='d'), args=[Constant(value=1)])],"
        " returns=Constant())"
    )


SUITE = textwrap.dedent("""
    import pytest
    pytestmark = pytest.mark.req("ALL-1")
    def helper(): return 1
    @pytest.mark.req("R-1", "R-2")
    @pytest.mark.parametrize("x", [1])
    def test_a(x): assert x
    async def test_b(): ...
    class TestC:
        pytestmark = [pytest.mark.req("C-1"), pytest.mark.slow]
        def test_m(self): ...
        def helper(self): ...
        class TestD:
            def test_n(self): ...
    class Case(unittest.TestCase):
        def test_u(self): ...
    class Helper:
        def test_not(self): ...
""")


def test_tests_and_the_requirements_they_name():
    assert python.test_functions(SUITE) == (
        ("test_a", ("ALL-1", "R-1", "R-2")),
        ("test_b", ("ALL-1",)),
        ("TestC::test_m", ("ALL-1", "C-1")),
        ("TestC::TestD::test_n", ("ALL-1", "C-1")),
        ("Case::test_u", ("ALL-1",)),
    )


def test_selected_tests_leave_out_others_and_keep_helpers():
    form = python.test_form(SUITE, ("test_a[1]", "TestC::test_m"))
    assert python.test_form(SUITE.replace("async def test_b(): ...", ""), ("test_a", "TestC")) == form
    assert python.test_form(SUITE.replace("return 1", "return 2"), ("test_a", "TestC")) != form
    assert python.test_form(SUITE.replace("assert x", "assert 1"), ("test_a", "TestC")) != form


def test_imports():
    assert python.imported_modules("import a.b, c as d\nfrom e import f, g\nfrom . import h\nfrom ..i import j\nfrom k import *") == {
        "a.b", "c", "e", "e.f", "e.g", ".h", "..i", "..i.j", "k",
    }  # fmt: skip


@given(st.text(max_size=60))
def test_any_text_is_looked_at_without_an_error(source):
    python.syntax_error(source)
    python.interface(source)
    python.test_form(source, ("test_a",))
    python.test_functions(source)
    python.imported_modules(source)
    python.definition(source, "f")
    python.missing_declarations(source, source)


def test_the_language_of_a_file():
    assert language_of("src/a.py").NAME == language_of("a.pyi").NAME == "python"
    assert language_of("Makefile").NAME == language_of("a.xyz").NAME == "text"


def test_a_language_that_regen_knows_nothing_of():
    assert text.interface("a\n") == "a\n"
    assert text.test_form("a  \n\n") == text.test_form("a")
    assert text.test_form("a b") != text.test_form("a  b")
    assert text.syntax_error("a\0") == (1, 1, "the file holds a NUL byte")
    assert text.definition("f", "f") is None

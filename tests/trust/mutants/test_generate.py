"""What holds for the mutants of any file: shown on small ones, and on modules of the standard library."""

from __future__ import annotations

import ast
import sysconfig
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regen.trust.mutants.generate import mutants_of
from regen.trust.mutants.sampling import spread

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
MODULES = sorted(
    path
    for folder in (".", "json", "email", "importlib", "collections", "concurrent/futures", "asyncio", "re", "html")
    for path in (STANDARD_LIBRARY / folder).glob("*.py")
    if path.stat().st_size < 25_000
)
TWO_FUNCTIONS = """\
def f(a):
    return a + 1


class A:
    def g(self, b):
        return b * 2
"""


def same_program(left: str, right: str) -> bool:
    return ast.dump(ast.parse(left)) == ast.dump(ast.parse(right))


def test_a_mutant_says_what_changed_and_where() -> None:
    text = 'ä = "ö"; x = f(  # why\n    "ü", a <\n    b)\n'
    found = [mutant for mutant in mutants_of("src/m.py", text) if mutant.operator == "comparison"]
    assert [(m.id, m.path, m.line, m.end_line, m.before, m.after) for m in found] == [
        ("src/m.py:2:comparison:1", "src/m.py", 2, 2, "<", "<="),
        ("src/m.py:2:comparison:2", "src/m.py", 2, 2, "<", ">="),
    ]
    assert found[0].text == 'ä = "ö"; x = f(  # why\n    "ü", a <=\n    b)\n'


def test_goes_by_line() -> None:
    lines = [mutant.line for mutant in mutants_of("m.py", TWO_FUNCTIONS)]
    assert lines == sorted(lines)
    assert set(lines) == {2, 7}


@pytest.mark.parametrize(
    ("symbol", "lines"), [("f", {2}), ("A", {7}), ("A.g", {7}), ("g", set()), ("A.f", set())]
)  # fmt: skip
def test_keeps_to_one_function_or_class(symbol: str, lines: set[int]) -> None:
    everything = mutants_of("m.py", TWO_FUNCTIONS)
    kept = mutants_of("m.py", TWO_FUNCTIONS, symbol)
    assert {mutant.line for mutant in kept} == lines
    assert {m.id for m in kept} == {m.id for m in everything if m.line in lines}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_keeps_newlines_and_byte_order_mark(newline: str, mark: str) -> None:
    text = mark + newline.join(["é = 1", "x = é + y  # é", ""])
    found = [mutant for mutant in mutants_of("m.py", text) if mutant.operator == "arithmetic"]
    assert [(mutant.line, mutant.text) for mutant in found] == [
        (2, mark + newline.join(["é = 1", "x = é - y  # é", ""]))
    ]  # fmt: skip


def test_no_mutant_takes_the_binding_that_a_nonlocal_needs() -> None:
    text = "def f():\n    n = g()\n    n = h()\n\n    def inner():\n        nonlocal n\n        n += 1\n"
    for mutant in mutants_of("m.py", text):
        compile(mutant.text, "m.py", "exec")


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
def test_every_mutant_of_a_real_module_compiles_and_differs_in_its_lines_only(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(MODULES))
    text = path.read_text()
    found = mutants_of(path.name, text)
    assert len({mutant.id for mutant in found}) == len(found)
    assert len({mutant.text for mutant in found}) == len(found)
    lines = text.split("\n")
    for mutant in data.draw(st.lists(st.sampled_from(found), max_size=15)) if found else ():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(mutant.text, path.name, "exec", dont_inherit=True)
        assert not same_program(mutant.text, text)
        changed = mutant.text.split("\n")
        after = len(lines) - mutant.end_line
        assert changed[: mutant.line - 1] == lines[: mutant.line - 1]
        assert changed[len(changed) - after :] == lines[mutant.end_line :]
        assert mutant.before in text


NAMES = st.sampled_from(["a", "bé", "c.d", "f(x)", "'ü'", "1", "None", "x[i]"])
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "<", "is not", "and", "or", "%"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        inner.map(lambda e: f"(not ({e}))"),
        st.tuples(inner, inner).map(lambda t: f"g({t[0]},\n  k={t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]} if {t[1]} else 0)"),
        inner.map(lambda e: f"[é for é in {e} if é]"),
    ),
    max_leaves=6,
)
STATEMENTS = st.one_of(
    EXPRESSIONS.map(lambda e: f"x = {e}"),
    EXPRESSIONS.map(lambda e: f"if {e}: return {e}"),
    EXPRESSIONS.map(lambda e: f"for i in {e}:\n      x.y({e}); continue"),
    EXPRESSIONS.map(lambda e: f"try:\n      raise E({e})\n    except (A, B): pass"),
)


@given(st.lists(STATEMENTS, min_size=1, max_size=5))
@settings(deadline=None)
def test_every_mutant_of_a_made_up_function_is_another_program(statements: list[str]) -> None:
    text = "def f(x, y=()):\n    " + "\n    ".join(statements) + "\n"
    found = mutants_of("m.py", text)
    trees = set()
    for mutant in found:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(mutant.text, "m.py", "exec", dont_inherit=True)
            trees.add(ast.dump(ast.parse(mutant.text)))
    assert ast.dump(ast.parse(text)) not in trees
    assert len(trees) == len(found)


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from("abc"))), st.integers(0, 30))
def test_a_sample_is_as_even_as_can_be(marks: list[tuple[int, str]], most: int) -> None:
    marks.sort()
    chosen = spread(marks, most)
    assert len(set(chosen)) == len(chosen) == min(most, len(marks))
    taken = {line: sum(marks[n][0] == line for n in chosen) for line, _ in marks}
    there = {line: sum(mark[0] == line for mark in marks) for line, _ in marks}
    for line, count in taken.items():
        if count < there[line]:
            assert max(taken.values()) - count <= 1


def test_a_sample_spreads_over_lines_and_operators() -> None:
    marks = [(line, kind) for line in range(1, 7) for kind in ("constant", "constant", "comparison")]
    assert [marks[n] for n in spread(marks, 3)] == [(2, "constant"), (4, "comparison"), (6, "constant")]


def test_the_most_leaves_ids_as_they_are() -> None:
    text = (STANDARD_LIBRARY / "textwrap.py").read_text()
    everything = {mutant.id: mutant for mutant in mutants_of("textwrap.py", text)}
    some = mutants_of("textwrap.py", text, most=50)
    assert len(some) == 50
    assert len({mutant.line for mutant in some}) == 50
    assert all(everything[mutant.id] == mutant for mutant in some)
    assert some == mutants_of("textwrap.py", text, most=50)


def test_500_lines_take_less_than_200_ms() -> None:
    text = (STANDARD_LIBRARY / "textwrap.py").read_text()
    assert text.count("\n") > 480

    def milliseconds() -> float:
        started = time.process_time()
        mutants_of("textwrap.py", text)
        return (time.process_time() - started) * 1000

    assert min(milliseconds() for _ in range(5)) < 200


def test_a_long_table_takes_no_square_of_time() -> None:
    rows = "".join(f"    ({n}, 'name {n}', f(k={n})),\n" for n in range(500))
    text = f"TABLE = [\n{rows}]\n"
    started = time.process_time()
    found = mutants_of("m.py", text, most=300)
    assert time.process_time() - started < 3
    assert len(found) == 300
    for mutant in found[::30]:
        compile(mutant.text, "m.py", "exec")
        assert not same_program(mutant.text, text)


def test_quotes_inside_a_long_f_string_are_minded() -> None:
    text = "x = f(" + "a, " * 300 + "f'{g(None, 1)}')\n"
    for mutant in mutants_of("m.py", text):
        compile(mutant.text, "m.py", "exec")
        assert not same_program(mutant.text, text)

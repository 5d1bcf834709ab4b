import ast

from hypothesis import given
from hypothesis import strategies as st

from regen.specs import native
from regen.trust.examples import examples
from regen.trust.sections import preconditions, sections, statements
from regen.trust.spec_lint.literals import NotLiteral, evaluate

SPEC = """\
---
target: src/a.py
---
# A
Some words.

## API
    def f(x: int) -> int: ...

## Requirements
- **FR-001** `f(1) == 2`, and `f(2)` gives `3`; `f(-1)` raises `ValueError("negative")`.
- No id here.

### Rounding
- Half up.

## Pre-conditions
- `x >= 0` and `x < 10`
- The file is there.

## Examples
```python
>>> f(4)
5
>>> f(-2)
Traceback (most recent call last):
ValueError: negative

f(6)  # → 7
```

| x | result |
|---|---|
| 7 | 8 |

## What can go wrong
- A text is refused.
"""


def read(text):
    return native.parse("specs/a.md", text)[0]


def test_sections_by_their_headings():
    assert [(s.heading, s.kind, s.line) for s in sections(read(SPEC))] == [
        ("A", "other", 4),
        ("API", "interface", 7),
        ("Requirements", "requirements", 10),
        ("Rounding", "requirements", 14),
        ("Pre-conditions", "preconditions", 17),
        ("Examples", "examples", 21),
        ("What can go wrong", "errors", 36),
    ]


def test_statements_with_their_lines():
    assert [(s.id, s.line, s.kind) for s in statements(read(SPEC))] == [
        ("FR-001", 11, "requirements"),
        ("", 12, "requirements"),
        ("", 15, "requirements"),
        ("", 37, "errors"),
    ]


def test_preconditions():
    assert [(p.text, p.line, p.expression) for p in preconditions(read(SPEC))] == [
        ("x >= 0", 18, True),
        ("x < 10", 18, True),
        ("The file is there.", 19, False),
    ]


def test_examples():
    spec = read(SPEC.replace("## API", "## Interface"))
    assert [(e.call, e.value or e.error, e.line) for e in examples(spec)] == [
        ("f(1)", "2", 11),
        ("f(2)", "3", 11),
        ("f(-1)", 'ValueError("negative")', 11),
        ("f(4)", "5", 23),
        ("f(-2)", "ValueError('negative')", 25),
        ("f(6)", "7", 29),
        ("f(7)", "8", 34),
    ]


@given(st.text(alphabet="#-*`|> \n:→=f(1)abFR0", max_size=200))
def test_any_text_can_be_read(text):
    spec = read(text)
    if spec is not None:
        lines = text.count("\n") + 1
        assert all(1 <= s.line <= lines for s in statements(spec))
        assert all(1 <= e.line <= lines for e in examples(spec))


_NUMBERS = st.integers(-20, 20)


@given(_NUMBERS, _NUMBERS, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), st.sampled_from(["+", "-", "*"]))
def test_the_evaluator_agrees_with_python(a, b, sign, arithmetic):
    source = f"{a} {arithmetic} ({b}) {sign} x and len('abc') > 2 or not all(c.isdigit() for c in '1a')"
    names = {"x": b}
    wanted = eval(source, {"__builtins__": {"len": len, "all": all}}, dict(names))  # made of integers above
    assert evaluate(ast.parse(source, mode="eval").body, names) == wanted


def test_the_evaluator_knows_its_limits():
    for source in ("y", "open('a')", "'a' * 10**9", "__import__('os')", "(1).__class__", "2 ** 9999", "1 / 0"):
        try:
            evaluate(ast.parse(source, mode="eval").body, {})
        except NotLiteral:
            continue
        raise AssertionError(source)

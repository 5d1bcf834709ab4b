"""Writes a recorded task as a project of regen's: its prompt and contract are the spec, its visible inputs the tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import recorded

from regen.units.unit import Target, TestRef, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from recorded import Task

CODE, TESTS = "src/unit.py", "test_visible.py"
SPEC = """# {0.entry_point}

## Interface
```python
{0.prompt}
```

## Preconditions
```python
{contract}
```
"""
TEST = """import pytest
from unit import {name}


def near(number):
    return pytest.approx(number, rel=1e-7, abs={atol!r})


@pytest.mark.parametrize(("arguments", "expected"), [
{rows}])
def test_visible(arguments, expected):
    assert {name}(*arguments) == expected
"""


def write_project(root: Path, task: Task) -> Unit:
    """Write spec and visible tests, which expect what the reference answers; an answer without a literal is left out."""
    (root / "src").mkdir(exist_ok=True)
    (root / "spec.md").write_text(SPEC.format(task, contract=task.contract.strip("\n")))
    rows = [(inputs, literal_of(line)) for inputs, line in zip(task.visible_inputs, task.expected, strict=True)]
    told = "".join(f"    ({inputs!r}, {expected}),\n" for inputs, expected in rows if expected)
    (root / TESTS).write_text(
        TEST.format(name=task.entry_point, atol=task.atol or recorded.ABSOLUTE, rows=told), encoding="utf-8"
    )
    return Unit(id="task", spec="spec.md", title="", targets=(Target(CODE, task.entry_point),), tests=(TestRef(TESTS),))


def literal_of(line: str) -> str:
    """Return an answer as Python source that any answer equals which is right; nothing where that can't be written."""
    try:
        return _literal(recorded.value_of(json.loads(line)[1]))
    except ValueError:
        return ""


def _literal(value: Any) -> str:
    match value:
        case float():
            return f"near(float({str(value)!r}))" if value - value else f"near({value!r})"
        case ("long text", _):
            raise ValueError
        case list() | tuple() if recorded.is_cut(value):
            raise ValueError
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case tuple():
            return f"({''.join(f'{_literal(each)}, ' for each in value)})"
        case dict():
            return f"{{{', '.join(f'{key!r}: {_literal(each)}' for key, each in value.items())}}}"
        case None | bool() | int() | str() | bytes() | complex() | set():
            return repr(value)
        case _:
            raise ValueError

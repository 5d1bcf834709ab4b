"""The gate for schemas: JSON Schema and OpenAPI files, the examples in them, and what a unit's functions return."""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, Any

from regen.units.schema_rules import SchemaRule, parse_rule
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regen.checks.schema_files import SchemaFile
    from regen.checks.workbench import Workbench

_HINT = "jsonschema and openapi-spec-validator are not here: pip install 'regen[schemas]'"


def check_schemas(bench: Workbench, rules: Sequence[str], read: Callable[[str], str | None]) -> CheckRun:
    """Return whether the files are right, and results of the candidate's functions fit; `read` gives files' texts."""
    if any(importlib.util.find_spec(name) is None for name in ("jsonschema", "openapi_spec_validator")):
        return CheckRun(name="schemas", outcome="inconclusive", reason=_HINT)
    from regen.checks.schema_files import SchemaFile  # noqa: PLC0415 - takes half a second, and most have no schemas

    open_file = functools.cache(lambda path: SchemaFile(path, read))
    parsed = [rule for rule in map(parse_rule, rules) if isinstance(rule, SchemaRule)]
    for rule in parsed:
        wrong = open_file(rule.path).problems
        if wrong:  # nobody's candidate can mend it: a person wrote the file
            return CheckRun(name="schemas", outcome="inconclusive", reason="; ".join(wrong[:3]))
    calls: list[dict[str, Any]] = []
    ruled: list[SchemaRule] = []
    for rule in parsed:
        asked = _calls(rule, open_file(rule.path))
        if isinstance(asked, str):
            return CheckRun(name="schemas", outcome="inconclusive", reason=asked)
        calls += asked
        ruled += [rule] * len(asked)
    if not calls:
        return CheckRun(name="schemas", outcome="passed")
    answers = bench.ask("calls.py", {"modules": bench.modules, "calls": calls})
    if isinstance(answers, str):
        return CheckRun(name="schemas", outcome="inconclusive", reason=answers)
    path = bench.unit.targets[0].path
    findings = []
    for rule, call, answer in zip(ruled, calls, answers, strict=True):
        wrong = (
            [f"raises {answer['error']}"] if "error" in answer
            else open_file(rule.path).misfits(rule.pointer, answer["value"])
        )  # fmt: skip
        with_example = f" with example {str(call['example'])[:200]}" if "example" in call else ""
        findings += [
            Finding(path=path, message=f"`{rule.call}`{with_example} does not fit {rule.place}: {text}")
            for text in wrong[:5]
        ]
    return CheckRun(name="schemas", outcome="failed" if findings else "passed", findings=tuple(findings))


def _calls(rule: SchemaRule, file: SchemaFile) -> list[dict[str, Any]] | str:
    """Return the calls that a rule asks for, or why there is none."""
    if not rule.call:
        return []
    if not rule.uses_example:
        return [{"call": rule.call}]
    examples = file.examples(rule.pointer)
    if not examples:
        return f"`{rule.call}` needs `example`, but {rule.place} has no examples"
    return [{"call": rule.call, "example": example} for example in examples]

"""Contradictions that can be decided on literals: examples, tests and preconditions."""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING, Any

from regen.python_syntax import parse_expression, parse_module
from regen.trust.evidence import Finding
from regen.trust.examples import examples, is_error
from regen.trust.sections import CODE_SPAN, preconditions
from regen.trust.spec_lint.answers import Answer, of_example
from regen.trust.spec_lint.literals import NotLiteral, evaluate
from regen.trust.spec_lint.tested_answers import of_tests
from regen.trust.suite_lint.assertions import is_raises
from regen.trust.suite_lint.names import dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Spec
    from regen.trust.examples import Example
    from regen.trust.links import Links
    from regen.trust.suite_lint.reading import SuiteFile


def contradictions(spec: Spec, files: tuple[SuiteFile, ...], links: Links) -> Iterator[Finding]:
    """Yield what the spec says against itself and against its tests, each pair once."""
    functions = _functions(spec.interface)
    signatures = {
        name: [a.arg for a in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs)] for name, f in functions.items()
    }
    shown = examples(spec)
    stated = [answer for example in shown if (answer := of_example(example, spec.path, signatures))]
    for index, one in enumerate(stated):
        other = next((o for o in stated[:index] if o.key == one.key and _differ(one, o)), None)
        if other is not None:
            yield _contradiction(one, other, spec, f"line {other.line} of the spec")
    told: set[tuple[int, str]] = set()
    for file in files:
        for answer in of_tests(file, signatures) if file.tree else ():
            for example in stated:
                if example.key == answer.key and _differ(example, answer) and (example.line, answer.test) not in told:
                    told.add((example.line, answer.test))
                    yield _contradiction(example, answer, spec, f"{answer.path}:{answer.line}")
    for shown_example in shown:
        yield from _outside_preconditions(shown_example, spec, functions)
    yield from _other_messages(spec, files, links)


def _functions(interface: str) -> dict[str, ast.FunctionDef]:
    try:
        body = parse_module(interface).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def _contradiction(one: Answer, other: Answer, spec: Spec, where: str) -> Finding:
    owner = next((r for r in spec.requirements if r.line <= one.line <= r.end_line), None)
    other_shown = other.shown + (f" with {other.message!r}" if other.error and other.message != one.message else "")
    here = one.shown if one.error else f"is {one.shown}"
    there = other_shown if other.error else f"is {other_shown}"
    return Finding(
        kind="contradiction",
        path=spec.path,
        line=one.line,
        requirement=owner.id if owner else "",
        test=other.test,
        message=f"`{one.call}` {here} here, and {there if one.error or other.error else other_shown} in {where}",
        advice=f"Decide what `{one.call}` gives, and say it alike in both places.",
    )


def _differ(one: Answer, other: Answer) -> bool:
    """Tell whether two answers to one call can't both be right; False where that can't be told."""
    if one.error or other.error:
        if one.error and other.error:
            messages = (
                bool(one.message and other.message)
                and other.message not in one.message
                and one.message not in other.message
            )
            return _unrelated(one.error, other.error) or messages
        return True
    if one.value and other.value:
        first, second = one.value[0], other.value[0]
        if "truth" in (one.text, other.text) and not (isinstance(first, bool) and isinstance(second, bool)):
            return bool(first) is not bool(second)
        return not _same(first, second) and str(second) != one.text and str(first) != other.text
    value, text = (one.value, other.text) if one.value else (other.value, one.text)
    if value and isinstance(value[0], str):
        return bool(text) and text != value[0] and " ".join(value[0].split()) != " ".join(text.split())
    return False


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def _unrelated(one: str, other: str) -> bool:
    first, second = getattr(builtins, one, None), getattr(builtins, other, None)
    if not (isinstance(first, type) and isinstance(second, type)):
        return False
    return not (issubclass(first, second) or issubclass(second, first))


# ── preconditions ───────────────────────────────────────────────────────────────────────────────


def _outside_preconditions(example: Example, spec: Spec, functions: dict[str, ast.FunctionDef]) -> Iterator[Finding]:
    if example.error:
        return
    try:
        call = parse_expression(example.call)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return
    function = functions.get(dotted_name(call.func).rsplit(".", 1)[-1]) if isinstance(call, ast.Call) else None
    if function is None or not isinstance(call, ast.Call):
        return
    names = _arguments(call, function)
    for condition in preconditions(spec):
        if not condition.expression:
            continue
        try:
            holds = bool(evaluate(parse_expression(condition.text), names))
        except (NotLiteral, SyntaxError, ValueError):
            continue
        if not holds:
            owner = next((r for r in spec.requirements if r.line <= example.line <= r.end_line), None)
            yield Finding(
                kind="contradiction",
                path=spec.path,
                line=example.line,
                requirement=owner.id if owner else "",
                message=f"the example `{example.call}` breaks the precondition `{condition.text}` "
                f"(line {condition.line})",
                advice="Widen the precondition, or take the example out.",
            )


def _arguments(call: ast.Call, function: ast.FunctionDef) -> dict[str, Any]:
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    given = dict(zip(reversed(parameters), reversed(function.args.defaults), strict=False))
    given |= dict(zip(parameters, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    found: dict[str, Any] = {}
    for name, node in given.items():
        try:
            found[name] = evaluate(node, {})
        except NotLiteral:
            continue
    return found


# ── messages ────────────────────────────────────────────────────────────────────────────────────


def _other_messages(spec: Spec, files: tuple[SuiteFile, ...], links: Links) -> Iterator[Finding]:
    """Find tests of one requirement that expect another message than the one it gives for the same exception."""
    for requirement in spec.requirements:
        spans = [
            re.fullmatch(r"([\w.]+)\((?P<quote>[\"'])(?P<text>.+)(?P=quote)\)", span)
            for span in CODE_SPAN.findall(requirement.text)
        ]
        given = {span[1].rsplit(".", 1)[-1]: span["text"] for span in spans if span and is_error(span[1])}
        if len(given) != 1:
            continue
        (error, text), *_ = given.items()
        for file in files:
            for case in file.cases:
                only = [r for r, tests in links.tests.items() if case.id in tests]
                if case.node is None or only != [requirement.id]:
                    continue
                for line, said in _expected(case.node, error):
                    if not _alike(said, text) and not any(_alike(said, quoted) for quoted in _quoted(spec)):
                        yield Finding(
                            kind="contradiction",
                            path=spec.path,
                            line=requirement.line,
                            requirement=requirement.id,
                            test=case.id,
                            message=f"{requirement.id} gives {error} the message {text!r}, "
                            f"{file.path}:{line} expects {said!r}",
                            advice=f"Decide what {error} says, and say it alike in spec and test.",
                        )


def _quoted(spec: Spec) -> list[str]:
    """Return what the spec writes as code or in quotes: a message stands there."""
    return [
        "".join(found)
        for block in spec.body.split("\n\n")
        for found in re.findall(r"`([^`]+)`|\"([^\"]+)\"|“([^”]+)”", " ".join(block.split()))
    ]


def _expected(node: ast.AST, error: str) -> Iterator[tuple[int, str]]:
    for part in ast.walk(node):
        if (
            is_raises(part)
            and isinstance(part, ast.Call)
            and part.args
            and dotted_name(part.args[0]).rsplit(".", 1)[-1] == error
        ):
            patterns = [k.value for k in part.keywords if k.arg == "match"]
            patterns += part.args[1:2] if "Regex" in dotted_name(part.func) else []
            for pattern in patterns:
                if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str):
                    yield part.lineno, re.sub(r"\\(.)", r"\1", pattern.value.strip("^$"))
        elif pair := _equated(part):
            left, right = pair
            if (
                (
                    isinstance(left, ast.Call)
                    and dotted_name(left.func) == "str"
                    and re.search(r"\.(?:value|exception)\)$", ast.unparse(left))
                )
                and isinstance(right, ast.Constant)
                and isinstance(right.value, str)
            ):
                yield left.lineno, right.value


def _equated(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
        return node.left, node.comparators[0]
    if isinstance(node, ast.Call) and dotted_name(node.func) in {"self.assertEqual", "self.assertEquals"}:
        return (node.args[0], node.args[1]) if len(node.args) > 1 else None
    return None


def _alike(said: str, text: str) -> bool:
    """Tell whether most words of an expected message stand in a text; numbers and patterns count for nothing."""
    words = re.findall(r"[a-z]{2,}", re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", said.casefold()))
    known = set(re.findall(r"[a-z]{2,}", text.casefold()))
    return not words or sum(word in known for word in words) >= 0.75 * len(words)

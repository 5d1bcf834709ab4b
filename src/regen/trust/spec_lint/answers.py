"""The answers that tests and examples give to calls on literals, in one form that can be compared."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import msgspec

from regen.python_syntax import parse_expression
from regen.trust.spec_lint.literals import NotLiteral, evaluate
from regen.trust.suite_lint.names import dotted_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.trust.examples import Example


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One call in its normal form (`key`) as somebody wrote it (`call`), and what it gives or raises.

    `text` is a value written in prose, which may be the bare text of a string.
    """

    key: str
    call: str
    path: str
    line: int
    test: str = ""
    value: tuple[Any, ...] = ()
    error: str = ""
    message: str = ""
    text: str = ""

    @property
    def shown(self) -> str:
        if self.error:
            return f"raises {self.error}"
        return repr(self.value[0]) if self.value else self.text


def normal_call(
    node: ast.expr, names: Mapping[str, ast.expr], imports: Mapping[str, str], signatures: Mapping[str, list[str]]
) -> str:
    """Return a text that is equal for equal calls, empty where it is no call of a plain function on literals."""
    if not isinstance(node, ast.Call):
        return ""
    called = dotted_name(node.func)
    if not called or called.split(".")[0] in {
        "self",
        "pytest",
        "str",
        "len",
        "repr",
        "sorted",
        "list",
        "set",
        "dict",
        "sum",
    }:
        return ""
    parts = called.split(".")
    if len(parts) > 1 and not parts[-2][:1].isupper():
        if parts[0] not in imports and parts[0] != "module":
            return ""
        parts = parts[-1:]
    arguments = [found for argument in node.args for found in _unpacked(argument, names)]
    pieces: dict[str, str] = {}
    parameters = signatures.get(parts[-1], []) if len(parts) == 1 else []
    try:
        for index, argument in enumerate(arguments):
            pieces[parameters[index] if index < len(parameters) else str(index)] = _normal(argument, names)
        for keyword in node.keywords:
            pieces[str(keyword.arg)] = _normal(keyword.value, names)
    except NotLiteral:
        return ""
    if not pieces:
        return ""
    return f"{'.'.join(parts)}({', '.join(f'{name}={pieces[name]}' for name in sorted(pieces))})"


def _unpacked(argument: ast.expr, names: Mapping[str, ast.expr]) -> list[ast.expr]:
    """Return what an argument stands for: the elements of a starred literal, else itself."""
    if not isinstance(argument, ast.Starred):
        return [argument]
    value = names.get(argument.value.id) if isinstance(argument.value, ast.Name) else argument.value
    return list(value.elts) if isinstance(value, ast.List | ast.Tuple) else [argument]


def _normal(node: ast.expr, names: Mapping[str, ast.expr]) -> str:
    if isinstance(node, ast.Name) and node.id in names:
        return _normal(names[node.id], {name: value for name, value in names.items() if name != node.id})
    if isinstance(node, ast.Call) and dotted_name(node.func).rsplit(".", 1)[-1][:1].isupper():
        inner = [_normal(argument, names) for argument in node.args]
        inner += [f"{keyword.arg}={_normal(keyword.value, names)}" for keyword in node.keywords]
        return f"{dotted_name(node.func).rsplit('.', 1)[-1]}({', '.join(inner)})"
    return repr(evaluate(node, _literals(names)))


def _literals(names: Mapping[str, ast.expr]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, node in names.items():
        try:
            found[name] = evaluate(node, {})
        except NotLiteral:
            continue
    return found


# ── examples ────────────────────────────────────────────────────────────────────────────────────


def of_example(example: Example, path: str, signatures: Mapping[str, list[str]]) -> Answer | None:
    """Return the example's answer, None where its call is not on literals."""
    node = _expression(example.call)
    key = normal_call(node, {}, {"": ""}, signatures) if node is not None else ""
    if not key:
        return None
    if example.error:
        name, message = _error(example.error)
        return Answer(key=key, call=example.call, path=path, line=example.line, error=name, message=message)
    value = _expression(example.value)
    known = known_value(value, {}) if value is not None else ()
    if not known and example.written:
        return None
    return Answer(key=key, call=example.call, path=path, line=example.line, value=known, text=example.value)


def _expression(text: str) -> ast.expr | None:
    try:
        return parse_expression(text.strip())
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _error(text: str) -> tuple[str, str]:
    node = _expression(text)
    if isinstance(node, ast.Call):
        first = node.args[0] if node.args else None
        said = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
        return dotted_name(node.func).rsplit(".", 1)[-1], said
    return text.split("(", maxsplit=1)[0].rsplit(".", 1)[-1], ""


def known_value(node: ast.expr, names: Mapping[str, ast.expr]) -> tuple[Any, ...]:
    if isinstance(node, ast.Call) and dotted_name(node.func).endswith("approx") and node.args:
        return ()
    try:
        return (evaluate(node, _literals(names)),)
    except NotLiteral:
        return ()

"""The answers that tests and examples give to calls on literals, in one form that can be compared."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import msgspec

from regen.python_syntax import parse_expression
from regen.trust.spec_lint.literals import NotLiteral, evaluate
from regen.trust.suite_lint.assertions import is_raises, local_values
from regen.trust.suite_lint.reading import SuiteFile, dotted_name
from regen.trust.suite_lint.rows import MOST_ROWS, assigned_values, elements_of, parametrized, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    known = _known(value, {}) if value is not None else ()
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


def _known(node: ast.expr, names: Mapping[str, ast.expr]) -> tuple[Any, ...]:
    if isinstance(node, ast.Call) and dotted_name(node.func).endswith("approx") and node.args:
        return ()
    try:
        return (evaluate(node, _literals(names)),)
    except NotLiteral:
        return ()


# ── tests ───────────────────────────────────────────────────────────────────────────────────────


def of_tests(file: SuiteFile, signatures: Mapping[str, list[str]]) -> Iterator[Answer]:
    """Yield what the tests of a file say of calls on literals, parametrized ones value by value."""
    for case in file.cases:
        if case.node is not None:
            values = {**file.constants, **local_values(case.node)}
            for row in parametrized(case.node, file.constants):
                yield from _in_body(case.node.body, {**values, **row}, file, case.id, signatures)


def _in_body(
    body: list[ast.stmt], names: Mapping[str, ast.expr], file: SuiteFile, test: str, signatures: Mapping[str, list[str]]
) -> Iterator[Answer]:
    for statement in body:
        if isinstance(statement, ast.Assign):
            names = {**names, **assigned_values(statement)}
        elif isinstance(statement, ast.For):
            targets = [t.id for t in ast.walk(statement.target) if isinstance(t, ast.Name)]
            for element in elements_of(statement.iter, names)[:MOST_ROWS]:
                yield from _in_body(statement.body, {**names, **row_of(targets, element)}, file, test, signatures)
        elif isinstance(statement, ast.With):
            raising = next((item.context_expr for item in statement.items if is_raises(item.context_expr)), None)
            if isinstance(raising, ast.Call):
                yield from _raising(raising, statement, names, file, test, signatures)
            else:
                yield from _in_body(statement.body, names, file, test, signatures)
        elif isinstance(statement, ast.Assert):
            yield from _claimed(statement.test, names, file, test, signatures)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            call = statement.value
            method = dotted_name(call.func).rsplit(".", 1)[-1]
            if method in {"assertEqual", "assertEquals", "assertListEqual", "assertDictEqual"} and len(call.args) >= 2:  # noqa: PLR2004
                yield from _claimed(
                    ast.Compare(
                        left=call.args[0], ops=[ast.Eq()], comparators=[call.args[1]], lineno=call.lineno, col_offset=0
                    ),
                    names,
                    file,
                    test,
                    signatures,
                )
            elif method in {"assertTrue", "assertFalse"} and call.args:
                claim: ast.expr = (
                    call.args[0] if method == "assertTrue" else ast.UnaryOp(op=ast.Not(), operand=call.args[0])
                )
                claim.lineno = call.lineno
                yield from _claimed(claim, names, file, test, signatures)


def _claimed(
    test: ast.expr, names: Mapping[str, ast.expr], file: SuiteFile, case: str, signatures: Mapping[str, list[str]]
) -> Iterator[Answer]:
    sides: list[tuple[ast.expr, ast.expr]] = []
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
        sides = [(test.left, test.comparators[0]), (test.comparators[0], test.left)]
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        sides = [(test.operand, ast.Constant(value=False))]
    elif isinstance(test, ast.Call):
        sides = [(test, ast.Constant(value=True))]
    truth = not isinstance(test, ast.Compare)
    one, other = sides[0] if sides else (None, None)
    displays = ast.List | ast.Tuple
    if isinstance(one, displays) and isinstance(other, displays) and len(one.elts) == len(other.elts):
        for left, right in zip(one.elts, other.elts, strict=True):
            pair = ast.Compare(left=left, ops=[ast.Eq()], comparators=[right], lineno=test.lineno, col_offset=0)
            yield from _claimed(pair, names, file, case, signatures)
        return
    for call, value in sides:
        node = names.get(call.id, call) if isinstance(call, ast.Name) else call
        key = normal_call(node, names, file.imports, signatures)
        known = _known(value, names) if key else ()
        if known:
            yield Answer(
                key=key,
                call=ast.unparse(node),
                path=file.path,
                line=test.lineno,
                test=case,
                value=known,
                text="truth" if truth else "",
            )
            return


def _raising(
    raising: ast.Call,
    statement: ast.With,
    names: Mapping[str, ast.expr],
    file: SuiteFile,
    case: str,
    signatures: Mapping[str, list[str]],
) -> Iterator[Answer]:
    last = statement.body[-1]
    call = last.value if isinstance(last, ast.Expr | ast.Assign) else None
    first = statement.body[:-1]
    if not all(isinstance(part, ast.Assign) for part in first) or call is None or not raising.args:
        return
    for part in first:
        names = {**names, **assigned_values(part)}
    error = dotted_name(raising.args[0]).rsplit(".", 1)[-1]
    pattern = next((keyword.value for keyword in raising.keywords if keyword.arg == "match"), None)
    pattern = names.get(pattern.id, pattern) if isinstance(pattern, ast.Name) else pattern
    said = pattern.value if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str) else ""
    plain = re.sub(r"\\(.)", r"\1", said.removeprefix("^").removesuffix("$"))
    plain = "" if re.search(r"(?<!\\)[.*+?|\[(]", said.removeprefix("^").removesuffix("$").removesuffix(".")) else plain
    key = normal_call(call, names, file.imports, signatures)
    if key and error:
        yield Answer(
            key=key,
            call=ast.unparse(call),
            path=file.path,
            line=statement.lineno,
            test=case,
            error=error,
            message=plain,
        )

"""The answers that tests give to calls on literals: through variables, tables and loops over literals too."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.spec_lint.answers import Answer, known_value, normal_call
from regen.trust.suite_lint.assertions import is_raises, local_values
from regen.trust.suite_lint.names import dotted_name
from regen.trust.suite_lint.rows import MOST_ROWS, assigned_values, elements_of, parametrized, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regen.trust.suite_lint.reading import SuiteFile


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
        known = known_value(value, names) if key else ()
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

"""Assertions that hold a value against itself, or elements against what they were chosen by."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

from regen.trust.suite_lint.names import dotted_name, root_name
from regen.trust.suite_lint.own_words import value_of
from regen.trust.suite_lint.rows import parametrized

if TYPE_CHECKING:
    from regen.trust.suite_lint.reading import Function, SuiteFile


def with_itself(test: ast.expr, node: Function, values: dict[str, ast.expr], file: SuiteFile, *, twice: bool) -> str:
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return ""
    if not isinstance(test.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE):
        return ""
    left, right = test.left, test.comparators[0]
    if ast.dump(left) == ast.dump(right) and not any(isinstance(part, ast.Call) for part in ast.walk(left)):
        return f"`{ast.unparse(test)}` compares a value with itself"
    if (
        isinstance(left, ast.Name)
        and isinstance(right, ast.Name)
        and _first_name(left, values) == _first_name(right, values)
    ):
        return f"`{ast.unparse(left)}` and `{ast.unparse(right)}` are one value"
    if isinstance(test.ops[0], ast.Is) or twice:
        return ""
    one, other = value_of(left, values), value_of(right, values)
    for answer, expected in ((one, right), (other, left)):
        if isinstance(answer, ast.Call) and _is_parametrized_by(answer, expected, node, file):
            return f"`{ast.unparse(expected)}` is computed by the code under test itself"
    one, other = _inlined(one, file), _inlined(other, file)
    if not any(isinstance(part, ast.Call) for part in ast.walk(one)) or ast.dump(one) != ast.dump(other):
        return ""
    call = one if isinstance(one, ast.Call) else next(part for part in ast.walk(one) if isinstance(part, ast.Call))
    if any(_makes_an_object(part) for part in ast.walk(one) if isinstance(part, ast.Call)):
        return ""
    if _changes_between(call, left, right, node, test):
        return ""
    return f"`{ast.unparse(one)}` is compared with itself on the same input"


def _first_name(node: ast.Name, values: dict[str, ast.expr]) -> str:
    """Return the variable that a variable is another name of."""
    passed = {node.id}
    value = values.get(node.id)
    while isinstance(value, ast.Name) and value.id not in passed:
        passed.add(value.id)
        node, value = value, values.get(value.id)
    return node.id


def _is_parametrized_by(answer: ast.Call, expected: ast.expr, node: Function, file: SuiteFile) -> bool:
    """Tell whether the rows of a parametrized test get their expected values from the very function that is tested."""
    if not isinstance(expected, ast.Name) or not dotted_name(answer.func):
        return False
    given = [row[expected.id] for row in parametrized(node, file.constants) if expected.id in row]
    return bool(given) and all(
        isinstance(value, ast.Call) and dotted_name(value.func) == dotted_name(answer.func) for value in given
    )


def _inlined(value: ast.expr, file: SuiteFile) -> ast.expr:
    """Return the call that a helper or fixture of one line makes instead of a call of it."""
    helper = file.functions.get(dotted_name(value.func) if isinstance(value, ast.Call) else getattr(value, "id", ""))
    body = (
        [part for part in helper.body if not isinstance(getattr(part, "value", None), ast.Constant)] if helper else []
    )
    if helper is None or len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return value
    names = [argument.arg for argument in helper.args.args]
    arguments = value.args if isinstance(value, ast.Call) else []
    given: dict[str, ast.expr] = dict(zip(names, arguments, strict=False))
    if len(given) != len(names) or (helper.args.vararg is None and len(arguments) > len(names)):
        return value
    if helper.args.vararg is not None:
        given[helper.args.vararg.arg] = ast.Tuple(elts=list(arguments[len(names) :]), ctx=ast.Load())
    filled: ast.expr = _Filled(given).visit(copy.deepcopy(body[0].value))
    return filled


class _Filled(ast.NodeTransformer):
    """Puts expressions in the place of variables."""

    def __init__(self, given: dict[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.given.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        made = {"list": ast.List, "tuple": ast.Tuple}.get(dotted_name(node.func))
        if made is None or len(node.args) != 1 or not isinstance(node.args[0], ast.List | ast.Tuple):
            return node
        return made(elts=node.args[0].elts, ctx=ast.Load())


def _makes_an_object(call: ast.Call) -> bool:
    """Tell whether a call makes a value of a class, whose equality is worth a test."""
    return any(part[:1].isupper() for part in dotted_name(call.func).split("."))


def _changes_between(call: ast.Call, left: ast.expr, right: ast.expr, node: Function, test: ast.expr) -> bool:
    """Tell whether the test does something with the call's variables, so that two equal answers say something."""
    names = {part.id for part in ast.walk(call) if isinstance(part, ast.Name)}
    names -= {root_name(call.func)} if isinstance(call.func, ast.Name) else set()
    if isinstance(left, ast.Call) and isinstance(right, ast.Call):
        return isinstance(call.func, ast.Attribute) and bool(names) and not call.args
    for statement in ast.walk(node):
        if isinstance(statement, ast.Expr | ast.AugAssign | ast.For | ast.With | ast.Delete):  # noqa: SIM102
            if any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(statement)):  # noqa: SIM102
                if not any(part is test for part in ast.walk(statement)):
                    return True
    return not names and isinstance(call.func, ast.Attribute) and bool(root_name(call.func)) and not call.args


def in_loop(test: ast.expr, node: Function, values: dict[str, ast.expr]) -> str:
    """Find a loop over what was chosen by the very condition that it asserts."""
    for part in ast.walk(node):
        if isinstance(part, ast.For) and any(statement is test for inner in part.body for statement in ast.walk(inner)):  # noqa: SIM102
            if chosen_by(test, part.target, part.iter, values):
                return f"`{ast.unparse(test)}` claims what `{ast.unparse(part.iter)}` was chosen by"
    return ""


def chosen_by(claim: ast.expr, target: ast.expr, source: ast.expr, values: dict[str, ast.expr]) -> bool:
    """Tell whether elements were filtered by the very condition that is claimed of each."""
    shown = value_of(source, values)
    if not isinstance(shown, ast.ListComp | ast.SetComp | ast.GeneratorExp) or len(shown.generators) != 1:
        return False
    made = shown.generators[0]
    if ast.dump(shown.elt) != ast.dump(made.target).replace("Store()", "Load()"):
        return False
    if not (isinstance(target, ast.Name) and isinstance(made.target, ast.Name)):
        return False
    renamed = _Filled({made.target.id: ast.Name(id=target.id, ctx=ast.Load())})
    conditions = [part for whole in made.ifs for part in (whole.values if isinstance(whole, ast.BoolOp) else [whole])]
    return any(ast.dump(renamed.visit(copy.deepcopy(condition))) == ast.dump(claim) for condition in conditions)

"""Assertions that are true by their form, whatever the unit does."""

from __future__ import annotations

import ast
import copy
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.assertions import Assertion, is_handed_on, local_values
from regen.trust.suite_lint.own_words import of_literals, of_stand_ins, value_of
from regen.trust.suite_lint.reading import Function, SuiteFile, TestCase, dotted_name, is_own, root_name
from regen.trust.suite_lint.rows import parametrized
from regen.trust.suite_lint.running import is_empty

if TYPE_CHECKING:
    from regen.trust.suite_lint.about import About

_SAME_TWICE = (
    r"determinis|same (?:input|result|output|answer|value|code|key|order|seed)|stable|repeat|idempot|twice|again"
    r"|reproduc|\bpure\b|every time|each time|no side effects?|cache"
)
# What a spec says of all calls, which a test of any requirement may check.
_DETERMINISTIC = (
    r"determinis|\b(?:two|both|several|repeated) calls\b|same (?:input|result|output|answer|seed|arguments?)|idempot"
    r"|reproduc|every time|each time"
)


def why_always_true(claim: Assertion, node: Function, file: SuiteFile, case: TestCase, about: About) -> str:
    """Return why an assertion can't fail, empty where it can; "on purpose" ends what harms nothing beside others."""
    test = claim.claim
    if test is None:
        return ""
    if isinstance(test, ast.Tuple):
        return "it asserts a tuple, which is always true" if test.elts else ""
    if isinstance(test, ast.Constant) and test.value:
        what = "`True`" if test.value is True else f"the constant `{ast.unparse(test)}`"
        return f"it asserts {what}" + (" on purpose" if test.value is True else "")
    if claim.extra is not None and not isinstance(claim.extra, ast.JoinedStr | ast.Call | ast.BinOp):  # noqa: SIM102
        if not (isinstance(claim.extra, ast.Constant) and isinstance(claim.extra.value, str)):  # noqa: SIM102
            if not isinstance(claim.extra, ast.Name | ast.Attribute) or isinstance(test, ast.Call):
                return (
                    f"`assertTrue` doesn't compare its two arguments (`{ast.unparse(claim.extra)}` is only a message)"
                )
    values: dict[str, ast.expr] = {name: v for name, v in file.constants.items() if isinstance(v, ast.Call)}
    values |= local_values(node)
    said = about.said.get(case.id, "")
    twice = bool(re.search(_SAME_TWICE, said, re.IGNORECASE)) or about.mentions(_DETERMINISTIC)
    return (
        _of_form(test, file, about)
        or _of_nothing(test, {name: value for name, value in values.items() if not is_handed_on(name, node)})
        or _with_itself(test, node, values, file, twice=twice)
        or of_literals(test, node, values, file)
        or of_stand_ins(test, node, values, file)
    )


def _of_form(test: ast.expr, file: SuiteFile, about: About) -> str:
    shown = ast.unparse(test)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        if any(isinstance(value, ast.Constant) and value.value for value in test.values):
            return f"`{shown}` is always true"
        plain = {ast.dump(value) for value in test.values}
        if any(
            isinstance(v, ast.UnaryOp) and isinstance(v.op, ast.Not) and ast.dump(v.operand) in plain
            for v in test.values
        ):
            return f"`{shown}` is always true"
        if _covers_all(test.values):
            return f"`{shown}` is always true"
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = test.left, test.comparators[0]
        is_length = isinstance(left, ast.Call) and dotted_name(left.func) == "len"
        if (
            is_length
            and isinstance(right, ast.Constant)
            and (
                (isinstance(test.ops[0], ast.GtE) and right.value == 0)
                or (isinstance(test.ops[0], ast.Gt) and right.value == -1)
            )
        ):
            return f"`{shown}` is always true: no length is negative"
    if isinstance(test, ast.Call) and dotted_name(test.func) == "isinstance" and ast.unparse(test.args[-1]) == "object":
        return f"`{shown}` is always true"
    if isinstance(test, ast.Lambda) or (
        isinstance(test, ast.List | ast.Dict | ast.Set | ast.GeneratorExp) and _filled(test)
    ):
        return f"`{shown}` is always true"
    if isinstance(test, ast.Call) and _is_always_true_object(test, file, about):
        return f"`{shown}` is an object without a truth value of its own, and so always true"
    if isinstance(test, ast.Name | ast.Attribute) and _is_function(test, file, about):
        return f"`{shown}` is a function that is never called, and so always true"
    return ""


def _of_nothing(test: ast.expr, values: dict[str, ast.expr]) -> str:
    """Find `all(… for x in [])`, and `not any(…)` of the same."""
    wanted = "all"
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, wanted = test.operand, "any"
    if isinstance(test, ast.Call) and dotted_name(test.func) == wanted and test.args and is_empty(test.args[0], values):
        return f"`{ast.unparse(test)}` looks at nothing"
    return ""


_OPPOSITES = ({ast.Is, ast.IsNot}, {ast.Eq, ast.NotEq}, {ast.Lt, ast.GtE}, {ast.Gt, ast.LtE}, {ast.In, ast.NotIn})


def _covers_all(values: list[ast.expr]) -> bool:
    """Tell whether two comparisons of the same things are opposites: `x is None or x is not None`."""
    found: dict[str, set[type[ast.cmpop]]] = {}
    for value in values:
        if isinstance(value, ast.Compare) and len(value.ops) == 1:
            sides = ast.dump(value.left) + ast.dump(value.comparators[0])
            found.setdefault(sides, set()).add(type(value.ops[0]))
    return any(pair <= kinds for kinds in found.values() for pair in _OPPOSITES)


def _filled(node: ast.expr) -> bool:
    return isinstance(node, ast.GeneratorExp) or bool(getattr(node, "elts", None) or getattr(node, "keys", None))


def _is_always_true_object(call: ast.Call, file: SuiteFile, about: About) -> bool:
    """Tell whether a call makes an object of a declared class that has neither `__bool__` nor `__len__`, nor a base."""
    if about.interface is None or not is_own(file.imports.get(dotted_name(call.func), ""), about.modules):
        return False
    for part in about.interface.body:
        if isinstance(part, ast.ClassDef) and part.name == dotted_name(call.func) and not part.bases:
            return not any(isinstance(m, Function) and m.name in {"__bool__", "__len__"} for m in part.body)
    return False


def _is_function(node: ast.expr, file: SuiteFile, about: About) -> bool:
    """Tell whether a name is a plain function or method by the declared interface."""
    if about.interface is None:
        return False
    if isinstance(node, ast.Name):
        own = is_own(file.imports.get(node.id, ""), about.modules)
        return own and any(isinstance(part, Function) and part.name == node.id for part in about.interface.body)
    attribute = node.attr if isinstance(node, ast.Attribute) else ""
    found = [part for part in ast.walk(about.interface) if isinstance(part, Function) and part.name == attribute]
    fields = {
        part.target.id
        for part in ast.walk(about.interface)
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }
    return bool(found) and attribute not in fields and not any(part.decorator_list for part in found)


# ── comparing with itself ───────────────────────────────────────────────────────────────────────


def _with_itself(test: ast.expr, node: Function, values: dict[str, ast.expr], file: SuiteFile, *, twice: bool) -> str:
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return ""
    if not isinstance(test.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE):
        return ""
    left, right = test.left, test.comparators[0]
    if ast.dump(left) == ast.dump(right) and not any(isinstance(part, ast.Call) for part in ast.walk(left)):
        return f"`{ast.unparse(test)}` compares a value with itself"
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
    given = dict(zip(names, value.args, strict=False)) if isinstance(value, ast.Call) else {}
    return _Filled(given).visit(copy.deepcopy(body[0].value)) if len(given) == len(names) else value


class _Filled(ast.NodeTransformer):
    """Puts expressions in the place of variables."""

    def __init__(self, given: dict[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.given.get(node.id, node)


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

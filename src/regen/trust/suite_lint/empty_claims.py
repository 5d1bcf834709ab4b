"""Assertions that are true by their form, whatever the unit does."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.assertions import Assertion, is_handed_on, local_values
from regen.trust.suite_lint.names import dotted_name, is_own
from regen.trust.suite_lint.own_words import of_literals, of_stand_ins
from regen.trust.suite_lint.reading import Function, SuiteFile, TestCase
from regen.trust.suite_lint.running import is_empty
from regen.trust.suite_lint.self_comparison import chosen_by, in_loop, with_itself

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
        or in_loop(test, node, values)
        or with_itself(test, node, values, file, twice=twice)
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
    """Find `all(…)` and `not any(…)` over nothing, and over what was chosen by the very claim."""
    wanted = "all"
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, wanted = test.operand, "any"
    if isinstance(test, ast.Call) and dotted_name(test.func) == wanted and test.args and is_empty(test.args[0], values):
        return f"`{ast.unparse(test)}` looks at nothing"
    if isinstance(test, ast.Call) and dotted_name(test.func) == "all" and test.args:
        part = test.args[0]
        if isinstance(part, ast.GeneratorExp | ast.ListComp) and len(part.generators) == 1:  # noqa: SIM102
            if chosen_by(part.elt, part.generators[0].target, part.generators[0].iter, values):
                return f"`{ast.unparse(test)}` claims what its elements were chosen by"
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

"""The assertions of a test, whatever library writes them, each with the comparison that it makes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from regen.trust.suite_lint.names import dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.suite_lint.reading import Function

_EQUAL = {
    "assertEqual",
    "assertEquals",
    "assertListEqual",
    "assertDictEqual",
    "assertTupleEqual",
    "assertSetEqual",
    "assertCountEqual",
    "assertAlmostEqual",
    "assertIs",
    "assertMultiLineEqual",
    "assertSequenceEqual",
    "assert_equal",
    "assertLessEqual",
    "assertGreaterEqual",
}
_RAISES = {
    "raises",
    "assertRaises",
    "assertRaisesRegex",
    "warns",
    "assertWarns",
    "assertWarnsRegex",
    "assertLogs",
    "deprecated_call",
    "RaisesGroup",
    "assert_raises",
    "assertRaisesRegexp",
}
_FAILS = {"fail", "exit", "xfail", "skip", "skipTest"}


# Builtins that change nothing of what they are given.
PURE = {
    "len", "sum", "sorted", "str", "int", "float", "list", "tuple", "set", "dict", "min", "max", "isinstance", "type",
    "abs", "round", "bool", "range", "repr", "all", "any", "enumerate", "zip", "reversed", "print",
}  # fmt: skip


class Assertion(NamedTuple):
    """One assertion: its node, what it claims to be true (None in other forms), and its second argument."""

    node: ast.AST
    claim: ast.expr | None
    extra: ast.expr | None = None

    @property
    def line(self) -> int:
        return getattr(self.node, "lineno", 0)


def is_raises(node: ast.AST) -> bool:
    """Tell whether an expression is `pytest.raises(…)`, `self.assertRaises(…)` or one of their kin."""
    return isinstance(node, ast.Call) and dotted_name(node.func).rsplit(".", 1)[-1] in _RAISES


def assertions(tree: ast.AST) -> Iterator[Assertion]:
    """Yield every assertion below a tree, in order."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield Assertion(node, node.test)
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[Assertion]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    args = node.args
    if name in _EQUAL and len(args) >= 2:  # noqa: PLR2004
        operator: ast.cmpop = ast.Is() if name == "assertIs" else ast.Eq()
        yield Assertion(node, ast.Compare(left=args[0], ops=[operator], comparators=[args[1]]))
    elif name in {"assertTrue", "assert_", "failUnless"} and args:
        yield Assertion(node, args[0], args[1] if len(args) > 1 else None)
    elif name == "assertFalse" and args:
        yield Assertion(node, ast.UnaryOp(op=ast.Not(), operand=args[0]))
    elif name == "assertIsNotNone" and args:
        yield Assertion(node, ast.Compare(left=args[0], ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]))
    elif name == "assertIsNone" and args:
        yield Assertion(node, ast.Compare(left=args[0], ops=[ast.Is()], comparators=[ast.Constant(value=None)]))
    elif (
        is_raises(node)
        or name.lstrip("_").casefold().startswith(("assert", "check", "verify", "expect", "should", "ensure"))
        or name == "fail"
    ):
        yield Assertion(node, None)


def is_failing(node: ast.AST) -> bool:
    """Tell whether a statement makes a test fail by itself: `raise`, `pytest.fail(…)`, `assert False`."""
    if isinstance(node, ast.Raise):
        return True
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and not node.test.value
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and (dotted_name(node.value.func).rsplit(".", 1)[-1] in _FAILS)
    )


def local_values(node: Function) -> dict[str, ast.expr]:
    """Return the variables of a function that are bound exactly once, by an assignment, with their values."""
    values: dict[str, ast.expr] = {}
    bound: dict[str, int] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
            bound[part.id] = bound.get(part.id, 0) + 1
        elif isinstance(part, ast.arg | ast.Global | ast.Nonlocal):
            for name in [part.arg] if isinstance(part, ast.arg) else part.names:
                bound[name] = bound.get(name, 0) + 2
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
            values[part.targets[0].id] = part.value
        elif isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Tuple):
            if isinstance(part.value, ast.Tuple) and len(part.value.elts) == len(part.targets[0].elts):
                pairs = zip(part.targets[0].elts, part.value.elts, strict=True)
                values |= {target.id: value for target, value in pairs if isinstance(target, ast.Name)}
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.value:
            values[part.target.id] = part.value
    return {name: value for name, value in values.items() if bound.get(name) == 1}


def is_handed_on(name: str, node: Function) -> bool:
    """Tell whether a test does more with a variable than to look at it: something else may fill or change it."""
    looked_at: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Assert | ast.For | ast.comprehension):
            looked_at |= _looked_at(part.test if isinstance(part, ast.Assert) else part.iter)
        elif isinstance(part, ast.Call) and dotted_name(part.func).startswith("self.assert"):
            looked_at |= {found for argument in part.args for found in _looked_at(argument)}
    return any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load) and id(part) not in looked_at
        for part in ast.walk(node)
    )


def _looked_at(node: ast.AST) -> set[int]:
    """Return the ids of the nodes below an expression that no call but a pure one can reach."""
    if isinstance(node, ast.Call) and dotted_name(node.func) not in PURE:
        method = isinstance(node.func, ast.Attribute) and node.func.attr in {"items", "keys", "values", "copy", "split"}
        return _looked_at(node.func) if method and not node.args else set()
    return {id(node)}.union(*(_looked_at(part) for part in ast.iter_child_nodes(node)))

"""Compiles test files so that a failing `assert` tells which values it compared."""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SYMBOLS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_MODULE = "@regen"  # no identifier that a test could have


def compile_test(text: str, path: str) -> types.CodeType:
    """Return the module's code, with each assert spelled out."""
    tree = ast.parse(text, filename=path)
    rewritten = ast.fix_missing_locations(_Asserts().visit(tree))
    return compile(rewritten, path, "exec", dont_inherit=True)


def execute(code: types.CodeType, namespace: dict[str, Any]) -> None:
    """Run a module's code."""
    namespace[_MODULE] = _TOOLS
    exec(code, namespace)  # noqa: S102 - this is what running a test file means


class _Asserts(ast.NodeTransformer):
    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        test = node.test
        is_pair = isinstance(test, ast.Compare) and len(test.ops) == 1
        made = self._compare(node, test) if isinstance(test, ast.Compare) and is_pair else self._truth(node)
        return [ast.copy_location(statement, node) for statement in made]

    def _compare(self, node: ast.Assert, test: ast.Compare) -> list[ast.stmt]:
        left, right = ast.Name("@left", ast.Load()), ast.Name("@right", ast.Load())
        symbol = _SYMBOLS[type(test.ops[0])]
        holds = ast.copy_location(ast.Compare(left, test.ops, [right]), test)
        success = _forget("@left", "@right")
        if symbol == "==":
            success.insert(0, ast.Expr(_call("equal", [left, right])))
        return [
            _assign("@left", test.left),
            _assign("@right", test.comparators[0]),
            ast.If(holds, success, [ast.Raise(_call("unequal", [ast.Constant(symbol), left, right, *_message(node)]))]),
        ]

    def _truth(self, node: ast.Assert) -> list[ast.stmt]:
        value = ast.Name("@left", ast.Load())
        negated = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
        asked = node.test.operand if negated and isinstance(node.test, ast.UnaryOp) else node.test
        failure: list[ast.stmt] = [
            ast.Raise(_call("untrue", [ast.Constant("false" if negated else "true"), value, *_message(node)]))
        ]
        branches = (failure, _forget("@left")) if negated else (_forget("@left"), failure)
        return [_assign("@left", asked), ast.If(value, *branches)]


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), value)


def _forget(*names: str) -> list[ast.stmt]:
    """Drop the references, so that tests about object lifetimes see what they would see."""
    return [ast.Assign([ast.Name(name, ast.Store()) for name in names], ast.Constant(None))]


def _call(function: str, arguments: list[ast.expr]) -> ast.expr:
    return ast.Call(ast.Attribute(ast.Name(_MODULE, ast.Load()), function, ast.Load()), arguments, [])


def _message(node: ast.Assert) -> list[ast.expr]:
    return [node.msg] if node.msg is not None else []


class Facts:
    """What a failing assert compared; `kind` is the operator, or `true` or `false` for a bare condition."""

    def __init__(self, kind: str, left: object, right: object = None) -> None:
        self.kind = kind
        self.left = left
        self.right = right


class _FailedError(AssertionError):
    """An AssertionError that carries what was compared."""

    facts: Facts


_FailedError.__name__ = _FailedError.__qualname__ = "AssertionError"
_FailedError.__module__ = "builtins"


def facts_of(error: BaseException) -> Facts | None:
    """Return what the failing assert compared, if it was an assert of a test file."""
    return error.facts if type(error) is _FailedError else None


def _unequal(symbol: str, left: object, right: object, *message: object) -> AssertionError:
    error = _FailedError(*message)
    error.facts = Facts(symbol, left, right)
    return error


def _untrue(wanted: str, value: object, *message: object) -> AssertionError:
    error = _FailedError(*message)
    error.facts = Facts(wanted, value)
    return error


_HONEST = frozenset({int, float, complex, bool, str, bytes, type(None), bytearray, range, slice, type})
_ENOUGH = 50


class _Nobody:
    """Equal to nothing; what claims to equal it claims to equal everything."""


_told: list[Callable[[str], None]] = []


def report_liars_to(tell: Callable[[str], None]) -> None:
    """Have `tell` called with each finding about values that equal everything."""
    _told[:] = [tell]


def equal(left: object, right: object) -> None:
    """Look at two values that claim to be equal."""
    if type(left) in _HONEST and type(right) in _HONEST:
        return
    for value in (left, right):
        liar = _liar(value, 3)
        if liar is not None and _told:
            _told[0](f"returns a {liar.__name__} that equals everything")


def _liar(value: object, depth: int) -> type | None:
    kind = type(value)
    if kind in _HONEST:
        return None
    if kind in (list, tuple, set, frozenset, dict):
        parts = list(value.values() if isinstance(value, dict) else value)[:_ENOUGH]  # type: ignore[call-overload]
        return next((found for part in parts if depth and (found := _liar(part, depth - 1))), None)
    if kind.__eq__ is object.__eq__ or kind.__module__ in ("unittest.mock", "_pytest.python_api"):
        return None
    try:
        return kind if (value == _Nobody()) is True else None
    except Exception:  # noqa: BLE001 - a value may refuse to be compared
        return None


_TOOLS = types.SimpleNamespace(equal=equal, unequal=_unequal, untrue=_untrue)

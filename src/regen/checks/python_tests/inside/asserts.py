"""Compiles test files so that a failing `assert` tells which values it compared."""

from __future__ import annotations

import ast
import types
import warnings
from typing import Any

from . import looking

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
_LOOKED_AT: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.NotEq: "!=", ast.In: "in"}
_LOOKS = {"==": "equal", "!=": "unlike", "in": "within"}
_MARK = "\0regen "  # no constant that a test could have


def compile_test(text: str, path: str) -> types.CodeType:
    """Return the module's code, with each assert spelled out."""
    tree = ast.parse(text, filename=path)
    rewritten = ast.fix_missing_locations(_Asserts().visit(tree))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'str' object is not callable", SyntaxWarning)
        return _with_tools(compile(rewritten, path, "exec", dont_inherit=True))


def _with_tools(code: types.CodeType) -> types.CodeType:
    """Put the tools in place of their names: as constants of the code, out of reach of whoever has the module."""
    constants = (
        _TOOLS.get(one.removeprefix(_MARK), one)
        if type(one) is str and one.startswith(_MARK)
        else _with_tools(one)
        if type(one) is types.CodeType
        else one
        for one in code.co_consts
    )
    return code.replace(co_consts=tuple(constants))


def execute(code: types.CodeType, namespace: dict[str, Any]) -> None:
    """Run a module's code."""
    exec(code, namespace)  # noqa: S102 - this is what running a test file means


class _Comparisons(ast.NodeTransformer):
    """Has each comparison within a condition looked at."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if not any(type(each) in _LOOKED_AT for each in node.ops):
            return node
        if len(node.ops) == 1:
            made = _call(_LOOKED_AT[type(node.ops[0])], [node.left, node.comparators[0]])
        elif any(isinstance(each, _NOT_FOR_LATER) for each in ast.walk(node)):
            return node
        else:
            symbols = ast.Tuple([ast.Constant(_SYMBOLS[type(each)]) for each in node.ops], ast.Load())
            none = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
            later: list[ast.expr] = [ast.Lambda(none, each) for each in node.comparators]
            made = _call("chain", [symbols, node.left, *later])
        return ast.copy_location(made, node)


_NOT_FOR_LATER = (ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom)


def _looked_at(node: ast.expr) -> ast.expr:
    found: ast.expr = _Comparisons().visit(node)
    return found


class _Asserts(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """Look at comparisons given to unittest's own assertions."""
        call = node.value
        is_asked = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if is_asked and call.func.attr in ("assertTrue", "assertFalse"):  # type: ignore[attr-defined]
            call.args = [_looked_at(argument) for argument in call.args]  # type: ignore[attr-defined]
        return node

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        test = node.test
        is_pair = isinstance(test, ast.Compare) and len(test.ops) == 1
        if is_pair and isinstance(test, ast.Compare):
            test.left, test.comparators = _looked_at(test.left), [_looked_at(test.comparators[0])]
            made = self._compare(node, test)
        else:
            node.test = _looked_at(test)
            made = self._truth(node)
        return [ast.copy_location(statement, node) for statement in made]

    def _compare(self, node: ast.Assert, test: ast.Compare) -> list[ast.stmt]:
        left, right = ast.Name("@left", ast.Load()), ast.Name("@right", ast.Load())
        symbol = _SYMBOLS[type(test.ops[0])]
        holds = ast.copy_location(ast.Compare(left, test.ops, [right]), test)
        success = _forget("@left", "@right")
        if symbol in _LOOKS:
            success.insert(0, ast.Expr(_call(_LOOKS[symbol], [left, right])))
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
    return ast.Call(ast.Constant(_MARK + function), arguments, [])


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


_TOOLS = {**looking.TOOLS, "unequal": _unequal, "untrue": _untrue}

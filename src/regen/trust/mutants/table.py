"""Every operator by the name that reports show, in the order in which they propose; add a line for a new one."""

from __future__ import annotations

import ast

from regen.trust.mutants.changes import Operator
from regen.trust.mutants.families import (
    arithmetic,
    booleans,
    calls,
    comparisons,
    constants,
    decorators,
    exceptions,
    loops,
    parameters,
    returns,
    statements,
    subscripts,
    swaps,
)

OPERATORS = (
    Operator("comparison", (ast.Compare,), comparisons.comparison),
    Operator("condition", (ast.If, ast.IfExp), booleans.condition),
    Operator("condition", (ast.comprehension,), booleans.filtering),
    Operator("condition", (ast.match_case,), booleans.case),
    Operator("boolean", (ast.BoolOp,), booleans.connective),
    Operator("boolean", (ast.UnaryOp,), booleans.negation),
    Operator("arithmetic", (ast.BinOp,), arithmetic.binary),
    Operator("arithmetic", (ast.UnaryOp,), arithmetic.unary),
    Operator("augmented assignment", (ast.AugAssign,), arithmetic.augmented),
    Operator("constant", (ast.Constant,), constants.constant),
    Operator("constant", (ast.JoinedStr,), constants.formatted),
    Operator("return value", (ast.Return,), returns.returned),
    Operator("return value", (ast.Yield,), returns.yielded),
    Operator("return value", (ast.Lambda,), returns.computed),
    Operator("statement", (ast.Expr, ast.Assert, ast.Delete, ast.AugAssign, ast.Return), statements.left_out),
    Operator("assignment", (ast.Assign, ast.AnnAssign), statements.assigned),
    Operator("exception", (ast.Raise,), exceptions.raised),
    Operator("exception", (ast.ExceptHandler,), exceptions.caught),
    Operator("loop", (ast.For, ast.While), loops.never),
    Operator("jump", (ast.Break, ast.Continue), loops.jump),
    Operator("slice", (ast.Slice,), subscripts.part),
    Operator("index", (ast.Subscript,), subscripts.index),
    Operator("opposite", (ast.Call,), swaps.opposite),
    Operator("call", (ast.Call,), calls.passed_on),
    Operator("argument", (ast.Call,), calls.positional),
    Operator("argument", (ast.Call,), calls.by_keyword),
    Operator("default", (ast.arguments,), parameters.default),
    Operator("decorator", (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), decorators.decorator),
)

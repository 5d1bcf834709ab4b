"""Raw facts about a failed test → the few words that a prompt may carry, the same in every run."""

from __future__ import annotations

import ast
import os
import re
from typing import TYPE_CHECKING, Any

from regen.python_syntax import parse_expression, parse_module, parse_python
from regen.verdicts.check_run import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 400
_SKIPS = ("Skipped", "SkipTest")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_NOT_RAISED = re.compile(r"DID NOT RAISE (?:<class '([\w.]+)'>|(.+))|^([\w.]+) not raised")


class FailureWriter:
    """Writes failures of one job, with its test files at hand."""

    def __init__(self, root: str, texts: Mapping[str, str]) -> None:
        self._root = root
        self._texts = texts
        self._trees: dict[str, ast.Module | None] = {}

    def write(self, facts: Mapping[str, Any] | None) -> Failure | None:
        """Return the failure in words, or None where there are no facts."""
        if facts is None:
            return None
        if facts["type"] in _SKIPS and "file" not in facts:
            return self._failure(facts["text"])
        statement = self._statement(facts)
        source = _resolved(_asked(statement), facts) if statement is not None else ""
        kind = facts.get("kind", "")
        if kind in ("true", "false"):
            return self._failure(
                f"assert {source}" if kind == "true" else f"assert not {source}", source, kind, facts["left"]
            )
        if kind:
            return self._comparison(facts, statement, kind)
        missed = _NOT_RAISED.search(facts.get("text", ""))
        if missed:
            wanted = next(group for group in missed.groups() if group).rpartition(".")[2]
            return self._failure(f"did not raise {wanted}", source, f"raises {wanted}", "nothing was raised")
        if facts["type"] in _SKIPS:
            return self._failure(f"the code under test skipped its test: {facts['text']}", source)
        return self._exception(facts, statement, source)

    def _comparison(self, facts: Mapping[str, Any], statement: ast.stmt | None, kind: str) -> Failure:
        left, right = facts["left"], facts["right"]
        pair = _operands(statement)
        symbol = "==" if kind == "assertEqual" else kind
        source = ""
        if pair is not None:
            if _calls(pair[1]) and not _calls(pair[0]) and symbol == "==":  # expected values are often written first
                pair, (left, right) = (pair[1], pair[0]), (right, left)
            source = _resolved(pair[0], facts)
        expected = right if symbol == "==" else f"{symbol} {right}"
        message = facts["text"] if kind != "assertEqual" and facts.get("text") else f"assert {left} {symbol} {right}"
        return self._failure(message, source, expected, left)

    def _exception(self, facts: Mapping[str, Any], statement: ast.stmt | None, source: str) -> Failure:
        text = f"{facts['type']}: {facts['text']}" if facts.get("text") else facts["type"]
        place = self._place(facts)
        expected = ""
        pair = _operands(statement)
        if pair is not None and isinstance(pair[1], ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Name):
            expected = _resolved(pair[1], facts)
        return self._failure(f"{text} ({place})" if place else text, source, expected, f"raises {text}")

    def _failure(self, message: str, source: str = "", expected: str = "", actual: str = "") -> Failure:
        return Failure(
            message=self.clean(message),
            input=self.clean(source),
            expected=self.clean(expected),
            actual=self.clean(actual),
        )

    def clean(self, text: str) -> str:
        """Return the text without addresses, absolute and temporary paths, on one line, at most 400 characters."""
        text = text.replace(self._root + os.sep, "").replace(self._root, ".")
        text = " ".join(_ADDRESS.sub("", text).split())
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def _place(self, facts: Mapping[str, Any]) -> str:
        path, line = facts.get("file"), facts.get("line", 0)
        if not path:
            path, line = facts.get("test_file", ""), facts.get("test_line", 0)
        return f"{path}:{line}" if path else ""

    def _statement(self, facts: Mapping[str, Any]) -> ast.stmt | None:
        """Return the smallest statement of the test around the line that failed."""
        path = facts.get("test_file", "")
        tree = self._tree(path) if path else None
        line = facts.get("test_line", 0)
        found: ast.stmt | None = None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
                found = node  # ast.walk goes inwards
        return found

    def _tree(self, path: str) -> ast.Module | None:
        if path not in self._trees:
            try:
                self._trees[path] = parse_module(self._texts.get(path, ""))
            except SyntaxError:
                self._trees[path] = None
        return self._trees[path]


def _asked(statement: ast.stmt) -> ast.AST:
    """Return the part of a statement that was put to the candidate."""
    if isinstance(statement, ast.Assert):
        test = statement.test
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return test.operand
        pair = _operands(statement)
        return pair[0] if pair is not None and _calls(pair[0]) else test
    if isinstance(statement, ast.With):
        return ast.Module(statement.body, [])
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return ast.Name(statement.name, ast.Load())
    pair = _operands(statement)
    return pair[0] if pair is not None else statement


def _operands(statement: ast.stmt | None) -> tuple[ast.expr, ast.expr] | None:
    """Return what an assert or a unittest assertion compares."""
    if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare):
        return statement.test.left, statement.test.comparators[0]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        is_pair = (
            isinstance(call.func, ast.Attribute)
            and call.func.attr.startswith("assert")
            and "Raises" not in call.func.attr
        )
        if is_pair and len(call.args) >= 2:  # noqa: PLR2004
            return call.args[0], call.args[1]
    return None


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


class _Values(ast.NodeTransformer):
    """Puts values in place of the names that stood for them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._values and isinstance(node.ctx, ast.Load):
            return parse_expression(self._values[node.id])
        return node


def _resolved(node: ast.AST, facts: Mapping[str, Any]) -> str:
    copy: ast.AST = parse_python(ast.unparse(node), "eval" if isinstance(node, ast.expr) else "exec")
    try:
        return ast.unparse(_Values(facts.get("names", {})).visit(copy))
    except SyntaxError:  # a value such as inf or nan in a container is no literal
        return ast.unparse(copy)

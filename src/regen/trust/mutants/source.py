"""A Python file with the offsets of its nodes, in characters, and who is whose parent."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from typing import Any

from regen.python_syntax import parse_expression, parse_module

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_BETWEEN = re.compile(r"(?:[\s()\\]|#[^\r\n]*)*")
_ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp,
          ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr)  # fmt: skip


class Source:
    """A parsed file. Raises what `ast.parse` raises.

    `ast` counts columns in bytes of UTF-8; everything here counts characters of `text`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parse_module(text)
        self.lines = _LINE.findall(text)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))
        self._parents: dict[int, ast.AST] = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self._parents[id(child)] = node

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line (from 1) and a column in bytes."""
        text = self.lines[line - 1]
        return self._starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))

    def line_of(self, offset: int) -> int:
        """Return the line (from 1) that holds an offset."""
        return min(bisect_right(self._starts, offset), len(self.lines))

    def parent(self, node: ast.AST) -> ast.AST:
        return self._parents.get(id(node), self.tree)

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node begins and ends, without parentheses around it."""
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def segment(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def outer_span(self, node: ast.AST, within: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends with the parentheses around it, inside another node."""
        start, end = self.span(node)
        first, last = self.span(within)
        while True:
            before = first + len(self.text[first:start].rstrip()) - 1
            after = last - len(self.text[end:last].lstrip())
            if before < first or after >= last or self.text[before] != "(" or self.text[after] != ")":
                return start, end
            start, end = before, after + 1

    def atom(self, node: ast.AST) -> str:
        """Return the text of an expression such that it can stand anywhere one can."""
        text = self.segment(node)
        return text if isinstance(node, _ATOMS) and "\n" not in text else f"({text})"

    def token_between(self, left: ast.AST, right: ast.AST, token: str) -> tuple[int, int] | None:
        """Return where a token (a regular expression) stands between two nodes, comments and parentheses skipped."""
        start, end = self.span(left)[1], self.span(right)[0]
        skipped = _BETWEEN.match(self.text, start, end)
        found = re.compile(token).match(self.text, skipped.end() if skipped else start, end)
        return found.span() if found else None

    def well_placed(self, node: ast.expr) -> bool:
        """Tell whether a node inside an f-string stands where `ast` says: before Python 3.12 it often does not."""
        try:
            found = parse_expression(f"({self.segment(node)})")
        except (SyntaxError, ValueError, IndexError):
            return False
        return ast.dump(found) == ast.dump(node)

    def function_of(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None:
        """Return the function whose body holds a node."""
        while not isinstance(node, ast.Module):
            node = self.parent(node)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return node
            if isinstance(node, ast.ClassDef):
                return None
        return None

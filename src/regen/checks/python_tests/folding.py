"""The text that an expression of constants comes to: `"a" + "b"`, `f"a{'b'}"`, `"".join(["a", "b"])`, `"ba"[::-1]`."""

from __future__ import annotations

import ast

_LONGEST = 64  # no name that anybody looks for is longer
_DEEPEST = 20


def folded_text(node: ast.AST, depth: int = _DEEPEST) -> str:
    """Return the text; empty where it is no text, or not known before the code runs, or longer than any name."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) and len(node.value) <= _LONGEST else ""
    if depth == 0:
        return ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _together([node.left, node.right], "", depth)
    if isinstance(node, ast.JoinedStr):
        return _together(
            [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values], "", depth
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        glue, parts = node.func.value, node.args[0] if len(node.args) == 1 else None
        if isinstance(glue, ast.Constant) and isinstance(glue.value, str) and isinstance(parts, ast.List | ast.Tuple):
            return _together(parts.elts, glue.value, depth)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.step is not None:
        if ast.unparse(node.slice) != "::-1":
            return ""
        return folded_text(node.value, depth - 1)[::-1]
    return ""


def _together(nodes: list[ast.expr], glue: str, depth: int) -> str:
    nodes = [node for node in nodes if not (isinstance(node, ast.Constant) and node.value == "")]
    parts = [folded_text(node, depth - 1) for node in nodes]
    return glue.join(parts) if all(parts) and sum(map(len, parts)) <= _LONGEST else ""

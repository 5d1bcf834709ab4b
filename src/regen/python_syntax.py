"""Python's parser, one thread at a time.

CPython 3.11 counts the depth of a tree under construction once for all threads, so two parses at a time can end in
"SystemError: AST constructor recursion depth mismatch" (python/cpython#106905 mended only a part of it).
"""

from __future__ import annotations

import ast
import functools
import threading

_one_at_a_time = threading.Lock()


def parse_python(text: str, mode: str = "exec") -> ast.AST:
    """Return the tree of `text`; raises what `ast.parse` raises."""
    with _one_at_a_time:
        return ast.parse(text, mode=mode)


@functools.lru_cache(maxsize=8)
def shared_module(text: str) -> ast.Module:
    """Return the tree of a whole file, shared by all who ask, so not to be changed; raises what `ast.parse` raises."""
    return parse_module(text)


def parse_module(text: str) -> ast.Module:
    """Return the tree of a whole file; raises what `ast.parse` raises."""
    tree = parse_python(text)
    if not isinstance(tree, ast.Module):
        raise TypeError(type(tree).__name__)
    return tree


def parse_expression(text: str) -> ast.expr:
    """Return the tree of one expression; raises what `ast.parse` raises."""
    tree = parse_python(text, "eval")
    if not isinstance(tree, ast.Expression):
        raise TypeError(type(tree).__name__)
    return tree.body

"""The smallest piece of a file that tells of a change: a simple statement, or the head of a compound one.

A change is judged within its piece, which takes microseconds where a whole file takes milliseconds.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from regen.python_syntax import parse_module
from regen.trust.mutants.changes import Change, Definition

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_Compound = ast.For | ast.AsyncFor | ast.While | ast.If | ast.With | ast.AsyncWith
_LISTS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Call, ast.keyword)
_LONG = 500
_FORMLESS = {"ctx", "kind", "type_comment"}
_FIELDS: dict[type, tuple[str, ...]] = {}


class Region:
    """A piece of a file with what makes it a file of its own; `compiled` where parsing alone does not tell."""

    def __init__(self, source: Source, start: int, end: int, *, around: tuple[str, str], compiled: bool) -> None:
        self.start, self.end = start, end
        self._source = source
        self._around = around
        self._compiled = compiled
        self._seen: set[object] = set()

    def admits(self, change: Change) -> bool:
        """Tell whether a change leaves valid code of a form that is new here; a form is new once."""
        if not self._seen:
            self._seen.add(self._form(Change(self.start, self.start, "")))
        if not self.start <= change.start <= change.end <= self.end:
            return False
        found = self._form(change)
        if found is None or found in self._seen:
            return False
        self._seen.add(found)
        return True

    def _form(self, change: Change) -> object | None:
        text = self._source.text
        piece = text[self.start : change.start] + spaced(text, change) + text[change.end : self.end]
        piece = piece.join(self._around)
        try:
            tree = parse_module(piece)
            if self._compiled:
                compile(piece, "case", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return None
        return form(tree)


def spaced(text: str, change: Change) -> str:
    """Return what a change puts in, kept apart from the words beside it: `return"a"` → `return None`."""
    after = change.after
    if not after:
        return after
    before = " " if change.start and _is_word(text[change.start - 1]) and _is_word(after[0]) else ""
    return before + after + (" " if _is_word(after[-1]) and _is_word(text[change.end : change.end + 1]) else "")


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def statement(source: Source, node: ast.stmt) -> Region:
    """Return the piece of a simple statement, or the head of a compound one."""
    start, end = source.span(node)
    if isinstance(node, ast.Match):
        return Region(source, start, _case_keyword(source, node.cases[0]), around=("", "case _: pass"), compiled=False)
    if isinstance(node, Definition):
        before = ""
        if node.decorator_list:
            start = first_offset(source, node)
            indent = len(source.text[:start]) - len(source.text[:start].rstrip(" \t"))
            start, before = start - indent, "if 1:\n" if indent else ""
        return Region(source, start, first_offset(source, node.body[0]), around=(before, "pass"), compiled=False)
    if isinstance(node, _Compound):
        start += 2 if source.text.startswith("elif", start) else 0
        return Region(source, start, first_offset(source, node.body[0]), around=("", "pass"), compiled=False)
    return Region(source, start, end, around=("", ""), compiled=False)


def handler(source: Source, node: ast.ExceptHandler) -> Region:
    """Return the piece of an `except` clause."""
    end = first_offset(source, node.body[0])
    return Region(source, source.span(node)[0], end, around=("try: pass\n", "pass"), compiled=False)


def case(source: Source, node: ast.match_case) -> Region:
    """Return the piece of a `case`; which patterns may stand together only the compiler knows."""
    end = first_offset(source, node.body[0])
    return Region(source, _case_keyword(source, node), end, around=("match _:\n ", "pass"), compiled=True)


def narrowed(source: Source, node: ast.expr, region: Region) -> Region:
    """Return the piece of an element or argument alone where its statement is long: a table takes no square of time.

    Inside an f-string quotes may clash with those around, which only the whole tells.
    """
    listed = isinstance(source.parent(node), _LISTS) and not isinstance(node, ast.Starred | ast.Slice)
    if region.end - region.start < _LONG or not listed or _in_f_string(source, node):
        return region
    return Region(source, *source.span(node), around=("(", ")"), compiled=False)


def _in_f_string(source: Source, node: ast.AST) -> bool:
    while isinstance(node, ast.expr | ast.keyword | ast.comprehension):
        node = source.parent(node)
        if isinstance(node, ast.JoinedStr):
            return True
    return False


def _case_keyword(source: Source, node: ast.match_case) -> int:
    return source.text.rfind("case", 0, source.span(node.pattern)[0])


def first_offset(source: Source, node: ast.stmt) -> int:
    """Return where a statement begins, decorators included."""
    if isinstance(node, Definition) and node.decorator_list:
        return source.text.rfind("@", 0, source.span(node.decorator_list[0])[0])
    return source.span(node)[0]


def form(node: Any) -> object:
    """Return what of a tree is not layout, as a value that can be compared and hashed."""
    kind = node.__class__
    if kind is list:
        return tuple([form(item) for item in node])
    if not isinstance(node, ast.AST):
        return kind, node
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in kind._fields if name not in _FORMLESS)
    return (kind, *[form(getattr(node, name, None)) for name in fields])

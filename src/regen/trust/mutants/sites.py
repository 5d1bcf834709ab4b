"""Which nodes are worth a mutant: all that can change what the program does."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from regen.trust.mutants import regions
from regen.trust.mutants.changes import Definition
from regen.trust.mutants.families.calls import name_of
from regen.trust.mutants.families.decorators import stays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regen.trust.mutants.regions import Region
    from regen.trust.mutants.source import Source

_NO_MUTATE = re.compile(r"#\s*pragma:\s*no mutate\b")
_NO_MUTATE_BLOCK = re.compile(r"#\s*pragma:\s*no mutate:?\s+block\b")
_NOT_RUN = re.compile(r"(?:typing\.|t\.)?TYPE_CHECKING|__name__\s*==\s*[\"']__main__[\"']")
_LOGGER = re.compile(r"_?log(?:ger|ging)?", re.IGNORECASE)
_LOGGING = {"debug", "info", "warning", "warn", "error", "critical", "exception", "log"}
_TYPE_FORMS = {"Literal", "Optional", "Union", "Annotated", "Callable", "Generic", "Protocol"}
_NOT_VALUES = {"annotation", "returns", "bases", "type_params", "type_comment", "msg", "body", "orelse", "finalbody",
               "handlers", "cases", "format_spec"}  # fmt: skip


class Site(NamedTuple):
    """A node, and the piece of the file in which a change of it is judged."""

    node: ast.AST
    region: Region


def sites(source: Source) -> Iterator[Site]:
    """Return the nodes that may be mutated.

    Left out: docstrings, annotations and other types, `__all__` and its like, what runs only for a type checker or as a
    script, messages of assertions, calls to loggers (as PIT's `avoidCallsTo`), and blocks under
    `# pragma: no mutate block` (as mutmut 3).
    """
    yield from _statements(source, source.tree.body)


def unmutated_lines(source: Source) -> frozenset[int]:
    """Return the lines (from 1) that carry `# pragma: no mutate`."""
    return frozenset(number for number, line in enumerate(source.lines, 1) if _NO_MUTATE.search(line))


def _statements(source: Source, body: Iterable[ast.stmt]) -> Iterator[Site]:
    for node in body:
        if not _is_silent(source, node):
            yield from _statement(source, node)


def _statement(source: Source, node: ast.stmt) -> Iterator[Site]:
    runs = not (isinstance(node, ast.If) and _NOT_RUN.fullmatch(source.segment(node.test)))
    if runs and not isinstance(node, ast.Try) and type(node).__name__ != "TryStar":
        region = regions.statement(source, node)
        yield Site(node, region)
        yield from _values(source, node, region)
    for handler in getattr(node, "handlers", ()):
        region = regions.handler(source, handler)
        yield Site(handler, region)
        yield from _values(source, handler, region)
        yield from _statements(source, handler.body)
    for case in getattr(node, "cases", ()):
        region = regions.case(source, case)
        yield Site(case, region)
        for pattern in ast.walk(case.pattern):
            if isinstance(pattern, ast.MatchValue):
                yield from _value(source, pattern.value, region)
            elif isinstance(pattern, ast.MatchMapping):
                yield from _value(source, pattern.keys, region)
        if case.guard:
            yield from _value(source, case.guard, region)
        yield from _statements(source, case.body)
    for block in ("body", "orelse", "finalbody") if runs else ("orelse",):
        yield from _statements(source, getattr(node, block, ()))


def _is_silent(source: Source, node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _is_logging(node.value)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        annotation = source.segment(node.annotation) if isinstance(node, ast.AnnAssign) else ""
        name = target.id if isinstance(target, ast.Name) else ""
        return (name.startswith("__") and name.endswith("__")) or annotation.endswith("TypeAlias")
    if type(node).__name__ == "TypeAlias":
        return True
    return hasattr(node, "body") and bool(_NO_MUTATE_BLOCK.search(source.lines[node.lineno - 1]))


def _is_logging(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _LOGGING:
        return False
    receiver = node.func.value
    name = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
    return bool(_LOGGER.fullmatch(name))


def _values(source: Source, node: ast.AST, region: Region) -> Iterator[Site]:
    for name, value in ast.iter_fields(node):
        if name not in _NOT_VALUES or (name in {"body", "orelse"} and isinstance(value, ast.expr)):
            yield from _value(source, value, region)


def _value(source: Source, node: Any, region: Region) -> Iterator[Site]:
    if isinstance(node, ast.expr):
        region = regions.narrowed(source, node, region)
    if isinstance(node, list):
        for item in node:
            yield from _value(source, item, region)
    elif not isinstance(node, ast.AST) or isinstance(node, ast.expr_context | ast.operator | ast.cmpop | ast.boolop):
        return
    elif isinstance(node, ast.JoinedStr):
        yield Site(node, region)
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and source.well_placed(part.value):
                yield from _value(source, part.value, region)
    elif isinstance(node, ast.Subscript) and getattr(node.value, "attr", getattr(node.value, "id", "")) in _TYPE_FORMS:
        return
    elif isinstance(node, ast.expr) and isinstance(source.parent(node), Definition) and stays(node):
        return  # a decorator
    else:
        yield Site(node, region)
        if isinstance(node, ast.Call) and name_of(node) == "cast":
            yield from _value(source, node.args[1:], region)
        else:
            yield from _values(source, node, region)

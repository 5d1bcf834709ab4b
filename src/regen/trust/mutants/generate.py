"""The text of a file → its mutants."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from regen.languages import python
from regen.trust.evidence import Mutant
from regen.trust.mutants.regions import spaced
from regen.trust.mutants.sampling import spread
from regen.trust.mutants.sites import sites, unmutated_lines
from regen.trust.mutants.source import Source
from regen.trust.mutants.table import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regen.trust.mutants.changes import Change, Operator

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_BYTE_ORDER_MARK = "\ufeff"
_UNBINDING = {"statement", "assignment"}

_BY_NODE: dict[type[ast.AST], list[Operator]] = {}
for _operator in OPERATORS:
    for _node in _operator.nodes:
        _BY_NODE.setdefault(_node, []).append(_operator)


class _Found(NamedTuple):
    line: int
    operator: str
    change: Change


def mutants_of(path: str, text: str, symbol: str = "", most: int | None = None) -> tuple[Mutant, ...]:
    """Return the mutants of a Python file, by line; none where it does not parse.

    Each compiles, differs from `text` in more than layout, and from every other mutant. `symbol` (`name` or
    `Class.method`) limits them to one function or class. `most` chooses that many, evenly over lines and operators; an
    id is the same with and without it. Ids are `path:line:operator:n`, n from 1.
    """
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    body = text.removeprefix(mark)
    where = python.definition(body, symbol) if symbol else (0, len(body))
    if where is None:
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is lint's business
        try:
            source = Source(body)
            found = sorted(_found(source, where), key=lambda each: each.line)
        except _UNREADABLE:
            return ()
    numbers: Counter[tuple[int, str]] = Counter()
    ids = []
    for line, operator, _ in found:
        numbers[line, operator] += 1
        ids.append(f"{path}:{line}:{operator}:{numbers[line, operator]}")
    kept = range(len(found)) if most is None else spread([(line, operator) for line, operator, _ in found], most)
    return tuple(_mutant(source, path, mark, ids[number], found[number]) for number in kept)


def _found(source: Source, where: tuple[int, int]) -> Iterator[_Found]:
    skipped = unmutated_lines(source)
    compiles = _compiler(source)
    for node, region in sites(source):
        for operator in _BY_NODE.get(type(node), ()):
            for change in operator.propose(source, node):
                line = source.line_of(change.start)
                wanted = where[0] < line <= where[1] and line not in skipped
                if wanted and region.admits(change) and compiles(operator.name, change):
                    yield _Found(line, operator.name, change)


def _compiler(source: Source) -> Callable[[str, Change], bool]:
    """Return what tells whether a change leaves a name without the binding that a `nonlocal` needs."""
    text = source.text
    names = {name for node in ast.walk(source.tree) if isinstance(node, ast.Nonlocal) for name in node.names}
    needed = re.compile(rf"\b(?:{'|'.join(sorted(names))})\b") if names else None

    def compiles(operator: str, change: Change) -> bool:
        gone = text[change.start : change.end]
        if needed is None or (operator not in _UNBINDING and ":=" not in gone) or not needed.search(gone):
            return True
        try:
            compile(_spliced(text, change), "mutant", "exec", dont_inherit=True)
        except SyntaxError:
            return False
        return True

    return compiles


def _spliced(text: str, change: Change) -> str:
    return text[: change.start] + spaced(text, change) + text[change.end :]


def _mutant(source: Source, path: str, mark: str, identity: str, found: _Found) -> Mutant:
    change = found.change
    return Mutant(
        id=identity,
        path=path,
        line=found.line,
        end_line=source.line_of(max(change.start, change.end - 1)),
        operator=found.operator,
        before=source.text[change.start : change.end],
        after=change.after,
        text=mark + _spliced(source.text, change),
    )

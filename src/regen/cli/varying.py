"""Opening the generators that a command will ask, before anything is paid; a wrong one is shown where it is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from regen.errors import InputError
from regen.units.settings import FILE, locate

if TYPE_CHECKING:
    from regen.assembly import Workshop
    from regen.errors import Problem
    from regen.ledger.ways import Way
    from regen.project import Project
    from regen.units.unit import Unit


def open_ways(
    project: Project, workshop: Workshop, unit: Unit, own: str, ways: tuple[Way, ...], *, given: bool
) -> None:
    """Open the unit's own generator and those that its samples vary to.

    Raises InputError for a wrong name or a missing key, in the line that chooses it; one that was `given` on the
    command line has none.
    """
    try:
        workshop.generator(own)
    except InputError as error:
        if given:
            raise
        raise InputError(*[project.where_chosen(unit, own, problem) for problem in error.problems]) from None
    for name in dict.fromkeys(way.generator for way in ways if way.generator):
        try:
            workshop.generator(name)
        except InputError as error:
            raise InputError(*[_where_varied(project, name, problem) for problem in error.problems]) from None


def _where_varied(project: Project, name: str, problem: Problem) -> Problem:
    """Return a problem of a generator that `models` in `[generator.vary]` names, shown in its line."""
    lines = project.facts.text(FILE).split("\n")
    first, _ = locate("\n".join(lines), ("generator", "vary", "models"))
    at = next((number for number in range(first, len(lines) + 1) if name in lines[number - 1]), 0)
    if problem.path or not at:
        return problem
    source = lines[at - 1]
    return msgspec.structs.replace(
        problem, path=FILE, line=at, column=source.find(name) + 1, width=len(name), source=source
    )

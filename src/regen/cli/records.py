"""Whether every entry of the ledger still is what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.errors import MachineError, Problem
from regen.project import find_root
from regen.storage.ledger import DiskLedger

if TYPE_CHECKING:
    from collections.abc import Iterator


def broken(folder: str) -> list[Problem]:
    """Return a problem for each record and stored text that is missing or was changed."""
    ledger = DiskLedger(find_root(folder))
    problems: list[Problem] = []
    for unit in ledger.units():
        for name in _texts(ledger, unit):
            try:
                ledger.text(name)
            except MachineError as error:
                problems += error.problems
    return [*ledger.torn, *{problem.path: problem for problem in problems}.values()]


def _texts(ledger: DiskLedger, unit: str) -> Iterator[str]:
    for reply in ledger.replies(unit):
        yield reply.reply
        yield from (part.text for part in reply.prompt)
    for generation in ledger.generations(unit):
        yield from generation.candidate.values()

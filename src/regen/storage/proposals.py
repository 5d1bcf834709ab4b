"""Proposed tests on disk: `.regen/proposed/UNIT/NAME.py`, tracked by git; what was rejected is remembered by digest."""

from __future__ import annotations

import os

from regen.errors import InputError, MachineError, Problem
from regen.specs.spec import digest
from regen.storage.atomic import write_atomically
from regen.storage.ledger import STATE, write_failure
from regen.suggesting import Answer, decode, encode
from regen.trust.proposal import Proposal, read_proposal

FOLDER = f"{STATE}/proposed"
_REJECTED = "rejected.txt"


class DiskProposals:
    """The proposed tests of the project at the absolute path `root`."""

    def __init__(self, root: str) -> None:
        self._root = root

    def path(self, proposal: Proposal) -> str:
        """Return where it lies, relative to the project."""
        return f"{FOLDER}/{proposal.unit}/{proposal.name}.py"

    def of(self, unit: str) -> tuple[Proposal, ...]:
        """Return the unit's proposals by name."""
        folder = f"{self._root}/{FOLDER}/{unit}"
        names = sorted(name for name in _listed(folder) if name.endswith(".py"))
        return tuple(read_proposal(unit, name[:-3], _read(f"{folder}/{name}")) for name in names)

    def get(self, unit: str, name: str) -> Proposal:
        """Return one proposal; raise InputError where there is none."""
        found = [proposal for proposal in self.of(unit) if proposal.name == name.removesuffix(".py")]
        if not found:
            message = f"{unit} has no proposed test `{name}`"
            raise InputError(Problem(message=message, hint=f"regen proposals {unit}"))
        return found[0]

    def add(self, proposal: Proposal) -> bool:
        """Write it, unless it is there or was rejected before; return whether it is new."""
        place = f"{self._root}/{self.path(proposal)}"
        if os.path.exists(place) or digest(proposal.text) in self._rejected(proposal.unit):
            return False
        self._write(self.path(proposal), proposal.text)
        return True

    def remove(self, proposal: Proposal, *, rejected: str = "") -> None:
        """Remove it; with a reason it counts as rejected, and is not proposed again."""
        if rejected:
            log = f"{FOLDER}/{proposal.unit}/{_REJECTED}"
            line = f"{digest(proposal.text)} {proposal.name}: {' '.join(rejected.split())}\n"
            self._write(log, _read(f"{self._root}/{log}") + line)
        os.unlink(f"{self._root}/{self.path(proposal)}")

    def write_test(self, path: str, text: str) -> None:
        """Write a new test file; raise InputError where there is one, or where it would be outside the project."""
        place = os.path.realpath(os.path.join(self._root, path))
        if not place.startswith(os.path.realpath(self._root) + os.sep) or not path.endswith(".py"):
            message = f"{path} is no Python file inside the project"
            raise InputError(Problem(message=message, hint="regen proposals accept UNIT NAME --to tests/test_x.py"))
        if os.path.lexists(place):
            raise InputError(Problem(message=f"{path} is there already; it is yours and stays as it is",
                                     hint="regen proposals accept UNIT NAME --to tests/test_another.py"))  # fmt: skip
        self._write(path, text)

    def answer(self, unit: str, question: str) -> Answer | None:
        """Return what was answered to a question (its digest), None where it was never asked.

        Raises MachineError where the record can't be read.
        """
        path = _answer_path(unit, question)
        try:
            with open(f"{self._root}/{path}", "rb") as file:
                return decode(file.read())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise MachineError(Problem(message=f"{path} can't be read: {said}", path=path,
                                       hint=f"regen suggest-tests {unit} --force")) from None  # fmt: skip

    def remember_answer(self, question: str, answer: Answer) -> None:
        """Remember what answered a question, so that it is not asked again."""
        self._write(_answer_path(answer.unit, question), encode(answer).decode())

    def _rejected(self, unit: str) -> set[str]:
        return {line.partition(" ")[0] for line in _read(f"{self._root}/{FOLDER}/{unit}/{_REJECTED}").split("\n")}

    def _write(self, path: str, text: str) -> None:
        try:
            write_atomically(f"{self._root}/{path}", text.encode("utf-8", "replace"))
        except OSError as error:
            raise write_failure(path, error) from None


def _answer_path(unit: str, question: str) -> str:
    return f"{FOLDER}/{unit}/answer-{question[:20]}.json"


def _listed(folder: str) -> list[str]:
    return os.listdir(folder) if os.path.isdir(folder) else []


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""

"""Problems as facts: whose fault, what, where, and a hint that is a command.

Each stage makes `Problem` values; `render` is the only place that turns them into prose.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Fault = Literal["input", "generator", "sandbox", "machine", "regen"]

_FAULT_WORDS: dict[Fault, str] = {
    "input": "error",
    "generator": "error from the generator",
    "sandbox": "error from the sandbox",
    "machine": "error from this machine",
    "regen": "internal error",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong.

    `line` and `column` count from 1, 0 means "the whole file"; `source` is the text of that line;
    `hint` is a command (or a line to write) that mends it.
    """

    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    width: int = 1
    source: str = ""
    hint: str = ""
    fault: Fault = "input"


class RegenError(Exception):
    """What could not be judged or done; outcomes of a build are values, not exceptions.

    `exit_code` is what the command line ends with.
    """

    exit_code = 1

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = problems


class InputError(RegenError):
    """A file, option or environment variable that the user wrote is wrong."""

    exit_code = 2


class GeneratorError(RegenError):
    """A generator gave no reply; `problems` say why."""


class SandboxError(RegenError):
    """No sandbox works here, or it went away; never a verdict on a candidate."""


class MachineError(RegenError):
    """Disk full, folder read-only, program missing."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that `word` was probably meant to be, or an empty string."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def render(problem: Problem) -> str:
    """Return the text of one problem, in the layout that compilers use, without a last newline."""
    lines = [f"{_FAULT_WORDS[problem.fault]}: {problem.message}"]
    if problem.path:
        place = problem.path
        if problem.line:
            place += f":{problem.line}:{max(problem.column, 1)}"
        lines.append(f"  --> {place}")
    if problem.line and problem.source:
        number = str(problem.line)
        gutter = " " * len(number)
        source = problem.source.rstrip("\n").replace("\t", " ")
        caret = " " * max(problem.column - 1, 0) + "^" * max(1, min(problem.width, len(source) or 1))
        lines += [f" {gutter} |", f" {number} | {source}", f" {gutter} | {caret}"]
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    return "\n".join(lines)

"""Variants of accepted code, many for one pair of walls: what is asked of the process inside, and what it said."""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

import msgspec


class Seconds(NamedTuple):
    """How long one variant may run: by the processor's clock, and by the wall's."""

    cpu: float
    wall: float


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One text in place of one file of the code (none with an empty `path`), and the test functions to run on it.

    With `function` (its qualified name), only that function's code is another: then `text` is the function, within bare
    heads of the classes around it, and begins at `line` (from 1). That is quicker, and right where no import called it.
    `first` is the id of the test to begin with; `watched` are paths whose lines are told, by the test that runs them.
    """

    id: str
    path: str = ""
    text: str = ""
    function: str = ""
    line: int = 1
    tests: tuple[str, ...]
    first: str = ""
    watched: tuple[str, ...] = ()

    def message(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__struct_fields__}


class VariantResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a variant ended; `odd` is one that must be given as a whole file.

    `functions` are the test functions that reported where it survived; `lines` maps test function → path → the lines
    that it ran, with an empty name for what ran at import.
    """

    id: str
    outcome: Literal["killed", "timed out", "survived", "not judged", "odd"]
    test: str = ""
    reason: str = ""
    functions: tuple[str, ...] = ()
    lines: dict[str, dict[str, tuple[int, ...]]] = {}
    seconds: float = 0.0


def read_results(stdout: bytes, word: str) -> dict[str, VariantResult]:
    """Return the results among the lines that carry the run's secret word."""
    found: dict[str, VariantResult] = {}
    for line in stdout.decode("ascii", "replace").splitlines():
        sign, _, text = line.partition(" ")
        if sign != word:
            continue
        try:
            message = json.loads(text)
            if message.pop("event") == "variant":
                result = msgspec.convert(message, VariantResult)
                found[result.id] = result
        except (ValueError, KeyError, msgspec.ValidationError):
            continue  # a line cut by the end of the process
    return found

"""The list items of a spec's section "Limits" that can be measured: text → `Budget`.

    `CALL` takes at most N x the reference `PATH::NAME`
    `CALL` takes at most N x the accepted generation
    `CALL` uses at most N MB

`takes` is time and `uses` is memory; both can be compared, a size stands for memory only. `x` may be `×` or `times`.
"""

from __future__ import annotations

import ast
import re
from typing import Literal

import msgspec

from regen.python_syntax import parse_expression

_ID = re.compile(r"\*\*(?P<id>[\w][\w.#/-]*?):?\*\*:?\s*")
_BUDGET = re.compile(
    r"`(?P<call>[^`]+)` (?P<verb>takes|uses) at most (?P<number>\d+(?:\.\d+)?) ?"
    r"(?:(?:x|×|times) the (?:reference `(?P<reference>[^`]+)`|(?P<accepted>accepted generation))|(?P<unit>[A-Za-z]+))"
    r"\.?"
)
_BYTES = {"b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_SECONDS = {"s", "ms", "us", "ns", "second", "seconds", "milliseconds"}


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that can be measured: `call` is a Python expression over the unit's names.

    `most` is in bytes where `reference` is empty. `reference` is `accepted`, or a function as `path::name`.
    """

    label: str
    call: str
    what: Literal["time", "memory"]
    most: float
    reference: str = ""


class NotMeasured(msgspec.Struct, frozen=True):
    """A limit that is only words to regen, and why."""

    text: str
    reason: str


def parse_limit(text: str) -> Budget | NotMeasured:
    """Return the budget that a list item (white space folded) sets."""
    found_id = _ID.match(text)
    rest = text[found_id.end() :] if found_id else text
    found = _BUDGET.fullmatch(rest.strip())
    if found is None:
        return NotMeasured(text, "it is not of the form `CALL` takes|uses at most …")
    try:
        call = parse_expression(found["call"])
    except (SyntaxError, ValueError):
        return NotMeasured(text, f"`{found['call']}` is no Python expression")
    if found["unit"]:
        return _in_bytes(text, found, found_id)
    reference = "accepted" if found["accepted"] else found["reference"]
    if reference != "accepted":
        path, _, name = reference.partition("::")
        if not (path.endswith(".py") and name.isidentifier()):
            return NotMeasured(text, f"the reference `{reference}` is not of the form path.py::function")
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            return NotMeasured(text, f"`{found['call']}` does not call a function by its name, as a reference needs")
    label = found_id["id"] if found_id else f"`{found['call']}`"
    return Budget(
        label=label, call=found["call"], what="time" if found["verb"] == "takes" else "memory",
        most=float(found["number"]), reference=reference,
    )  # fmt: skip


def _in_bytes(text: str, found: re.Match[str], found_id: re.Match[str] | None) -> Budget | NotMeasured:
    unit = found["unit"].casefold()
    if unit in _SECONDS:
        return NotMeasured(text, "seconds differ from machine to machine; name a reference or the accepted generation")
    if unit not in _BYTES or found["verb"] != "uses":
        return NotMeasured(text, f"`{found['verb']} at most {found['number']} {found['unit']}` can't be measured")
    label = found_id["id"] if found_id else f"`{found['call']}`"
    return Budget(label=label, call=found["call"], what="memory", most=float(found["number"]) * _BYTES[unit])

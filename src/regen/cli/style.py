"""Plain colours and columns for commands that must start fast; long work uses rich through `reporters/`."""

from __future__ import annotations

import os
import sys

_CODES = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "dim": "2",
    "bold": "1",
}

STATE_COLOURS = {"fresh": "green", "stale": "yellow", "outdated": "cyan", "edited": "magenta", "missing": "yellow",
                 "orphan": "red", "blocked": "red", "unverified": "red", "pinned": "blue"}  # fmt: skip
STATE_SYMBOLS = {"fresh": "✓", "stale": "●", "outdated": "○", "edited": "✎", "missing": "+", "orphan": "∅",
                 "blocked": "?", "unverified": "!", "pinned": "⌖"}  # fmt: skip


def coloured(text: str, colour: str) -> str:
    """Return `text` in a colour where standard output is a terminal that wants it."""
    if not colour or "NO_COLOR" in os.environ or not sys.stdout.isatty():
        return text
    return f"\033[{_CODES[colour]}m{text}\033[0m"


def width() -> int:
    """Return the terminal's width in columns; unlimited where there is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 10_000


def state_row(unit: str, state: str, note: str, column: int) -> str:
    """Return one line of a list of units, cut to the terminal's width."""
    head = f"{STATE_SYMBOLS[state]} {unit:<{column}}  "
    room = width() - len(head) - 12
    note = note if len(note) <= room else note[: max(room - 1, 0)] + "…"
    return coloured(head, STATE_COLOURS[state]) + f"{state:<10}  {note}".rstrip()


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")

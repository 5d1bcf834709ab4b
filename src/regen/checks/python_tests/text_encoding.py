"""Which encoding a Python file declares: one that reads other text than its UTF-8 would hide code from all who look."""

from __future__ import annotations

import codecs
import re

_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_NOTHING = re.compile(r"^[ \t\f]*(?:#.*)?$")
_SAME = frozenset({"utf-8", "ascii"})
_SAME_FOR_ASCII = frozenset({"iso8859-1", "iso8859-15", "cp1252"})


def odd_encoding(text: str) -> tuple[int, str] | None:
    """Return line and complaint where the text declares another encoding than UTF-8 that matters (PEP 263)."""
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"), maxsplit=2)[:2]
    for number, line in enumerate(lines, 1):
        declared = _COOKIE.match(line)
        if declared and not _is_same(declared[1], text):
            return number, f"declares the encoding {declared[1]}; regen reads and writes UTF-8"
        if declared or not _NOTHING.match(line):
            return None
    return None


def _is_same(name: str, text: str) -> bool:
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        return False
    return encoding in _SAME or (text.isascii() and encoding in _SAME_FOR_ASCII)

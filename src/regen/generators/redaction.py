"""Keys of the environment never get into messages: what looks like one is blanked wherever a program may echo it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_SHORTEST = 8
SHORTEST_IN_CODE = 16
"""A shorter value may be a word that code holds for reasons of its own."""


def redact(text: str, environ: Mapping[str, str], shortest: int = _SHORTEST) -> str:
    """Return `text` with the value of every secret-looking environment variable replaced by its name."""
    secrets = [(n, v) for n, v in environ.items() if len(v) >= shortest and _SECRET_NAME.search(n)]
    for name, value in sorted(secrets, key=lambda pair: -len(pair[1])):
        text = text.replace(value, f"[{name}]")
    return text

"""Names of units on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.errors import InputError
from regen.loading import unknown_unit

if TYPE_CHECKING:
    from collections.abc import Iterable


def require(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise InputError with a problem for each name that is no unit."""
    there = set(known)
    problems = [unknown_unit(name, there) for name in names if name not in there]
    if problems:
        raise InputError(*problems)

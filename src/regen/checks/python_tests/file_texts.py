"""The texts of a project's files, read again only where a file has changed."""

from __future__ import annotations

import functools
import os
import time
from typing import NamedTuple

# A file system may keep times no finer than this: what was changed later than that before now may change unseen.
_COARSEST_CLOCK_NS = 2_000_000_000


class Version(NamedTuple):
    """What tells one state of a file from another."""

    path: str
    inode: int
    changed: int
    size: int
    read: int  # when it may have changed unseen: another number each time


def version_of(path: str) -> Version | None:
    """Return the state of a file now; None where there is none."""
    try:
        there = os.stat(path)
    except OSError:
        return None
    now = time.time_ns()
    may_change_unseen = now - max(there.st_mtime_ns, there.st_ctime_ns) < _COARSEST_CLOCK_NS
    return Version(path, there.st_ino, there.st_mtime_ns, there.st_size, now if may_change_unseen else 0)


def text_of(path: str, largest_bytes: int | None = None) -> str | None:
    """Return a file's text; None where there is none, it is no text, or it is larger than that."""
    version = version_of(path)
    if version is None or (largest_bytes is not None and version.size > largest_bytes):
        return None
    return _text(version)


@functools.lru_cache(maxsize=2048)
def _text(version: Version) -> str | None:
    try:
        with open(version.path, encoding="utf-8-sig") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None

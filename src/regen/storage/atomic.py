"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import os

_numbers = itertools.count()


def write_atomically(path: str, data: bytes, *, durable: bool = True, mode: int = 0o644, scratch: str = "") -> None:
    """Write `data` to a scratch file and rename it to the absolute `path`, making folders as needed.

    `durable` waits until the disk has it. `scratch` is the folder for the unfinished file, on the same file system; the
    target's own by default. Raises OSError, having removed the unfinished file.
    """
    folder = os.path.dirname(path)
    scratch = scratch or folder
    os.makedirs(folder, exist_ok=True)
    if scratch != folder:
        os.makedirs(scratch, exist_ok=True)
    unfinished = os.path.join(scratch, f".unfinished-{os.getpid()}-{next(_numbers)}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with open(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise
    if durable:
        _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

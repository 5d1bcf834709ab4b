"""Device files of a sandbox's own, where regen runs as root.

Bubblewrap shows the machine's /dev/null and its kin. Inside, a program has the rights of regen's user, so as root it
could change their mode for the whole machine; other users own none of them.
"""

from __future__ import annotations

import functools
import os
import stat

_NUMBERS = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}


def own_devices(folder: str) -> dict[str, str]:
    """Make device files in `folder`; return name → path, nothing where none are needed or none can be made."""
    if os.geteuid() != 0:
        return {}
    place = os.path.join(folder, "dev")
    os.mkdir(place)
    try:
        made = {name: _make(os.path.join(place, name), *numbers) for name, numbers in _NUMBERS.items()}
    except OSError:  # a container without the right to
        return {}
    return made if _works(os.stat(place).st_dev, made["null"]) else {}


def _make(path: str, major: int, minor: int) -> str:
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
    os.chmod(path, 0o666)  # noqa: S103 - as the machine's own; the mask had its say
    return path


@functools.cache
def _works(filesystem: int, path: str) -> bool:
    """Say whether device files on this file system can be opened: many are mounted `nodev`."""
    del filesystem
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError:
        return False
    return True

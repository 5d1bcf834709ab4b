"""Control groups: memory and process limits for a whole tree of processes, where this machine lets us write them."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import signal
import time
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOUNT = "/sys/fs/cgroup"
_PREFIX = "regen-"
_UNIFIED = 2
_MEMORY_FILES = {
    1: lambda size: {"memory.limit_in_bytes": size, "memory.memsw.limit_in_bytes": size},
    _UNIFIED: lambda size: {"memory.max": size, "memory.swap.max": 0},
}
_numbers = itertools.count()


class Home(NamedTuple):
    """A writable folder of one hierarchy, and what groups made in it can limit."""

    path: str
    memory: bool
    pids: bool
    version: int


class Cgroup:
    """One group of processes; empty and unlimited on machines where no hierarchy is writable."""

    def __init__(self, memory_bytes: int, processes: int) -> None:
        self._homes: list[tuple[Home, str]] = []
        name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
        try:
            for home in homes():
                path = os.path.join(home.path, name)
                os.mkdir(path)
                self._homes.append((home, path))
                _limit(home, path, memory_bytes, processes)
        except OSError:
            self.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    @property
    def limits_memory(self) -> bool:
        """Whether the sum of the group's memory is held."""
        return any(home.memory for home, _ in self._homes)

    @property
    def limits_processes(self) -> bool:
        """Whether the number of the group's processes is held."""
        return any(home.pids for home, _ in self._homes)

    @property
    def entrances(self) -> list[str]:
        """Files into which a process writes its id to join."""
        return [os.path.join(path, "cgroup.procs") for _, path in self._homes]

    def out_of_memory(self) -> int:
        """Return how many processes of the group the kernel has killed for their memory so far."""
        return self._counter("memory.events", "memory.oom_control", "oom_kill")

    def forks_refused(self) -> int:
        """Return how many forks the limit of processes has refused so far."""
        return self._counter("pids.events", "pids.events", "max")

    def _counter(self, file_v2: str, file_v1: str, field: str) -> int:
        for home, path in self._homes:
            with contextlib.suppress(OSError):
                text = _read(os.path.join(path, file_v2 if home.version == _UNIFIED else file_v1))
                fields = dict(line.split(maxsplit=1) for line in text.splitlines() if " " in line)
                return int(fields[field]) if field in fields else 0
        return 0

    def kill(self) -> None:
        """Kill every process of the group."""
        for _, path in self._homes:
            for pid in _members(path):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def remove(self) -> None:
        """Kill what is left and remove the group; a group that the kernel is still emptying gets half a second."""
        for _, path in self._homes:
            deadline = time.monotonic() + 0.5
            while True:
                with contextlib.suppress(FileNotFoundError):
                    try:
                        os.rmdir(path)
                    except OSError:
                        if time.monotonic() < deadline:
                            self.kill()
                            time.sleep(0.001)
                            continue
                break
        self._homes = []


@functools.cache
def homes() -> tuple[Home, ...]:
    """Return the writable hierarchies, found by making a group in each; () where there is none."""
    chosen: dict[str, Home] = {}
    for home in _candidates():
        kind = "memory" if home.memory else "pids"
        if kind not in chosen and _usable(home):
            chosen[kind] = home
            if home.pids:
                chosen["pids"] = home
    for home in set(chosen.values()):
        _sweep(home.path)
    return tuple(dict.fromkeys(chosen.values()))


def _candidates() -> Iterator[Home]:
    try:
        lines = _read("/proc/self/cgroup").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, own = line.split(":", 2)
        if controllers:
            for controller in {"memory", "pids"} & set(controllers.split(",")):
                for path in _ancestors(os.path.join(_MOUNT, controller), own):
                    yield Home(path, controller == "memory", controller == "pids", 1)
        elif os.path.exists(os.path.join(_MOUNT, "cgroup.controllers")):
            for path in _ancestors(_MOUNT, own):
                with contextlib.suppress(OSError):
                    enabled = _read(os.path.join(path, "cgroup.subtree_control")).split()
                    if {"memory", "pids"} <= set(enabled):
                        yield Home(path, memory=True, pids=True, version=_UNIFIED)


def _ancestors(mount: str, own: str) -> Iterator[str]:
    path = os.path.normpath(mount + own)
    while path.startswith(mount):
        if os.path.isdir(path):
            yield path
        path = os.path.dirname(path)


def _usable(home: Home) -> bool:
    """Try it for real: permission bits don't tell, and moving a process in may be refused where mkdir is not."""
    if not os.access(home.path, os.W_OK):
        return False
    path = os.path.join(home.path, f"{_PREFIX}{os.getpid()}-probe{next(_numbers)}")
    try:
        os.mkdir(path)
    except OSError:
        return False
    try:
        _limit(home, path, 1 << 30, 64)
        return _child_may_join(path)
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.rmdir(path)


def _child_may_join(path: str) -> bool:
    script = f'echo $$ > "{path}/cgroup.procs"'
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", script + " 2>/dev/null"], {})
    _, status = os.waitpid(pid, 0)
    return status == 0


def _limit(home: Home, path: str, memory_bytes: int, processes: int) -> None:
    if home.pids:
        _write(os.path.join(path, "pids.max"), processes)
    if not home.memory:
        return
    limits = _MEMORY_FILES[home.version](memory_bytes)
    for name, value in limits.items():
        with contextlib.suppress(OSError) if "sw" in name else contextlib.nullcontext():  # swap is not always counted
            _write(os.path.join(path, name), value)


def _sweep(home: str) -> None:
    """Remove groups of regen processes that were killed before they could."""
    with contextlib.suppress(OSError):
        for name in os.listdir(home):
            owner = name.removeprefix(_PREFIX).split("-")[0]
            if name.startswith(_PREFIX) and owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
                with contextlib.suppress(OSError):
                    os.rmdir(os.path.join(home, name))


def _members(path: str) -> list[int]:
    try:
        return [int(line) for line in _read(os.path.join(path, "cgroup.procs")).split()]
    except OSError:
        return []


def _read(path: str) -> str:
    with open(path, encoding="ascii") as file:
        return file.read()


def _write(path: str, value: int) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))

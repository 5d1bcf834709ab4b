"""The walls around one candidate's process: its own view of the project, scratch, network, limits, no privileges."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import socket
import stat
import struct
from typing import Any

from . import landlock, system

NAMESPACES = system.CLONE_NEWNS | system.CLONE_NEWPID | system.CLONE_NEWIPC | system.CLONE_NEWNET
# Places that the sandbox makes for us (sandboxes/bubblewrap.py, `keep`).
_MACHINE_PROC, _WHOLE_PROJECT, _WORKSHOP = "/machine-proc", "/whole-project", "/workshop"
_NOTHING = "/workshop"  # an empty folder, read-only, before anything is mounted there and after
_SCRATCH, _SHARED_MEMORY = "/tmp", "/dev/shm"  # noqa: S108 - both are this process's own
_LAYER = _WORKSHOP + "/layer"
# Folders of one tmpfs, each mounted where it belongs: to make one for each takes three times as long.
_WRITABLE = ((_WORKSHOP + "/scratch", _SCRATCH), (_WORKSHOP + "/memory", _SHARED_MEMORY))
_DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty"))
_FLAGS = system.MS_NOSUID | system.MS_NODEV
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41
# The kernel ends the largest of a group; it shall not be the process that waits for us.
_FIRST_TO_GO = b"1000"


class Walls:
    """What stays the same for all candidates of one warm process."""

    def __init__(self, root: str, readable: list[str]) -> None:
        self._root = root
        for device in _DEVICES:
            # Read-only concerns the file, not what it stands for: no candidate may change it for the next.
            with contextlib.suppress(OSError):
                system.mount("", device, "", system.MS_BIND | system.MS_REMOUNT | system.MS_RDONLY | system.MS_NOSUID)
        # Folders below /tmp vanish behind the candidate's own /tmp, so they are mounted again.
        self._again = [path for path in readable if path.startswith(_SCRATCH + os.sep)]
        self._landlock = landlock.version()

    def raise_early(self, memory_bytes: int) -> None:
        """Do in this (forked) process what is the same for every candidate."""
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(score, _FIRST_TO_GO)
        os.close(score)
        system.mount("tmpfs", _WORKSHOP, "tmpfs", _FLAGS, f"size={memory_bytes},mode=755")
        again = [os.open(path, os.O_PATH | os.O_CLOEXEC) for path in self._again]
        os.mkdir(_LAYER, 0o755)
        for own, place in _WRITABLE:
            os.mkdir(own)
            os.chmod(own, 0o1777)  # noqa: S103 - as /tmp is everywhere
            system.mount(own, place, "", system.MS_BIND)
        for path, folder in zip(self._again, again, strict=True):
            os.makedirs(path, exist_ok=True)
            system.mount(f"/proc/self/fd/{folder}", path, "", system.MS_BIND | system.MS_REC)
            os.close(folder)
        _make_folder(self._root)
        # Read-only: some of the kernel's files belong to user 0 even when it has no privileges.
        system.mount("proc", "/proc", "proc", system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC | system.MS_RDONLY)
        _bring_loopback_up()
        os.setsid()

    def close_in(self, job: dict[str, Any]) -> None:
        """Shut this process in, after `raise_early`; `job` tells files, masked paths and limits."""
        _write_layer(_LAYER, job["files"], job["masked"])
        lower = f"lowerdir={_LAYER}:{_WHOLE_PROJECT},userxattr"
        system.mount("overlay", self._root, "overlay", system.MS_RDONLY | _FLAGS, lower)
        system.unmount(_WORKSHOP)
        _cover(_WHOLE_PROJECT)
        _cover(_MACHINE_PROC)  # the kernel lets us mount /proc only while this is in sight
        os.chdir(self._root)
        _limit(job["limits"])
        system.drop_privileges()
        if self._landlock:
            landlock.restrict(self._landlock, (_SCRATCH, _SHARED_MEMORY))


def _cover(path: str) -> None:
    """Hide what can't be unmounted, because it was mounted by one with more rights."""
    system.mount(_NOTHING, path, "", system.MS_BIND)


def _write_layer(layer: str, files: dict[str, str], masked: list[str]) -> None:
    # By descriptor: what Python's file objects touch would be copied for this process, page by page.
    for path, text in files.items():
        file = os.open(_with_folder(layer, path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        data = text.encode()
        while data:
            data = data[os.write(file, data) :]
        os.close(file)
    for path in masked:
        os.mknod(_with_folder(layer, path), stat.S_IFCHR | 0o600, 0)  # what an overlay takes for "nothing here"


def _with_folder(layer: str, path: str) -> str:
    target = f"{layer}/{path}"
    _make_folder(target.rpartition("/")[0])
    return target


def _make_folder(path: str) -> None:
    if not os.access(path, os.F_OK):
        os.makedirs(path)


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))


def _limit(limits: dict[str, Any]) -> None:
    cpu = max(1, int(-(-limits["cpu_seconds"] // 1)))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"], limits["file_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not limits["group_holds_memory"]:
        resource.setrlimit(resource.RLIMIT_DATA, (limits["memory_bytes"], limits["memory_bytes"]))
    if not limits["group_holds_processes"]:
        resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"], limits["processes"]))

"""The walls around one candidate's process: its own view of the project, scratch, network, limits, no privileges.

What a forked process touches is copied for it, page by page; so all that is known before is prepared in `Walls`.
"""

from __future__ import annotations

import contextlib
import os
import resource
import stat
from typing import Any

from . import system
from .landlock import Landlock

NAMESPACES = system.CLONE_NEWNS | system.CLONE_NEWPID | system.CLONE_NEWIPC | system.CLONE_NEWNET
# Places that the sandbox makes for us (sandboxes/bubblewrap.py, `keep`).
_MACHINE_PROC, _WHOLE_PROJECT, _WORKSHOP = "/machine-proc", "/whole-project", "/workshop"
_NOTHING = "/nothing"  # an empty folder, read-only
_SCRATCH, _SHARED_MEMORY = "/tmp", "/dev/shm"  # noqa: S108 - both are this process's own
_LAYER = _WORKSHOP + "/layer"
# Folders of one tmpfs, each mounted where it belongs: to make one for each takes three times as long.
_WRITABLE = ((_WORKSHOP + "/scratch", _SCRATCH), (_WORKSHOP + "/memory", _SHARED_MEMORY))
_DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty"))
_FLAGS = system.MS_NOSUID | system.MS_NODEV
_AS_TMP_IS, _USUAL_UMASK = 0o1777, 0o022
# The kernel ends the largest of a group; it shall not be the process that waits for us.
_FIRST_TO_GO = b"1000"


class Walls:
    """What stays the same for all candidates of one warm process."""

    def __init__(self, root: str, readable: list[str], refused_calls: str = "") -> None:
        self._root = root
        self._filter = system.Filter(bytes.fromhex(refused_calls))
        for device in _DEVICES:
            # Read-only concerns the file, not what it stands for: no candidate may change it for the next.
            with contextlib.suppress(OSError):
                flags = system.MS_BIND | system.MS_REMOUNT | system.MS_RDONLY | system.MS_NOSUID
                system.mount(system.to_mount("", device, "", flags))
        # Folders below /tmp vanish behind the candidate's own /tmp, so they are mounted again.
        self._again = [path for path in readable if path.startswith(_SCRATCH + os.sep)]
        self._folders = _folders_below(_SCRATCH, root)
        self._binds = [system.to_mount(own, place, "", system.MS_BIND) for own, place in _WRITABLE]
        # Read-only: some of the kernel's files belong to user 0 even when it has no privileges.
        flags = system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC | system.MS_RDONLY
        self._proc = system.to_mount("proc", "/proc", "proc", flags)
        lower = f"lowerdir={_LAYER}:{_WHOLE_PROJECT},userxattr"
        self._project = system.to_mount("overlay", root, "overlay", system.MS_RDONLY | _FLAGS, lower)
        # Hidden rather than unmounted: some was mounted by one with more rights, and to unmount waits for all
        # processors. (/proc can be mounted only while the machine's is in sight.)
        hidden = (_WORKSHOP, _WHOLE_PROJECT, _MACHINE_PROC)
        self._covers = [system.to_mount(_NOTHING, place, "", system.MS_BIND) for place in hidden]
        self._landlock = Landlock((_SCRATCH, _SHARED_MEMORY))

    def raise_early(self, memory_bytes: int) -> None:
        """Do in this (forked) process what is the same for every candidate."""
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(score, _FIRST_TO_GO)
        os.close(score)
        system.mount(system.to_mount("tmpfs", _WORKSHOP, "tmpfs", _FLAGS, f"size={memory_bytes},mode=755"))
        again = [os.open(path, os.O_PATH | os.O_CLOEXEC) for path in self._again]
        os.umask(0)
        os.mkdir(_LAYER, 0o755)
        for own, _ in _WRITABLE:
            os.mkdir(own, _AS_TMP_IS)
        os.umask(_USUAL_UMASK)
        for bind in self._binds:
            system.mount(bind)
        for path, folder in zip(self._again, again, strict=True):
            os.makedirs(path, exist_ok=True)
            system.mount(system.to_mount(f"/proc/self/fd/{folder}", path, "", system.MS_BIND | system.MS_REC))
            os.close(folder)
        for path in self._folders:
            if not os.access(path, os.F_OK):
                os.mkdir(path)
        system.mount(self._proc)
        system.bring_loopback_up()
        os.setsid()

    def close_in(self, job: dict[str, Any]) -> None:
        """Shut this process in, after `raise_early`; `job` tells files, masked paths and limits."""
        _write_layer(job["files"], job["masked"])
        system.mount(self._project)
        for cover in self._covers:
            system.mount(cover)
        os.chdir(self._root)
        _limit(job["limits"])
        system.drop_privileges()
        if self._landlock.is_known:
            self._landlock.restrict()
        self._filter.set_up()


def _folders_below(top: str, path: str) -> list[str]:
    """Return the folders between `top` and `path`, and `path`, outermost first; none if it lies elsewhere."""
    folders = []
    while path.startswith(top + os.sep):
        folders.append(path)
        path = os.path.dirname(path)
    return folders[::-1]


def _write_layer(files: dict[str, str], masked: list[str]) -> None:
    # By descriptor: what Python's file objects touch would be copied for this process, page by page.
    for path, text in files.items():
        file = os.open(_with_folder(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        data = text.encode()
        while data:
            data = data[os.write(file, data) :]
        os.close(file)
    for path in masked:
        os.mknod(_with_folder(path), stat.S_IFCHR | 0o600, 0)  # what an overlay takes for "nothing here"


def _with_folder(path: str) -> str:
    target = f"{_LAYER}/{path}"
    folder = target.rpartition("/")[0]
    if not os.access(folder, os.F_OK):
        os.makedirs(folder)
    return target


def _limit(limits: dict[str, Any]) -> None:
    cpu = max(1, int(-(-limits["cpu_seconds"] // 1)))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"], limits["file_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not limits["group_holds_memory"]:
        resource.setrlimit(resource.RLIMIT_DATA, (limits["memory_bytes"], limits["memory_bytes"]))
    if not limits["group_holds_processes"]:
        resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"], limits["processes"]))

"""The system calls for which Python has no name, by ctypes."""

from __future__ import annotations

import ctypes
import os
import platform
import random

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MNT_DETACH = 2
MS_BIND = 4096
MS_REC = 16384
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_RDONLY, MS_REMOUNT = 1, 32

_SIGCHLD = 17
_CLONE_NUMBER = {"x86_64": 56, "aarch64": 220, "riscv64": 220}
_CLONE = _CLONE_NUMBER.get(platform.machine(), -1)
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_OF_THIS_PROCESS = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()

# Keeps the interpreter's lock: the child must find Python's state as the parent left it.
_locked = ctypes.PyDLL(None, use_errno=True)
_libc = ctypes.CDLL(None, use_errno=True)


def is_supported() -> bool:
    """Say whether this machine's system calls are known here."""
    return platform.machine() in _CLONE_NUMBER


def fork_into(namespaces: int) -> int:
    """Fork with the child in new namespaces; return 0 in the child, its process id in the parent.

    For a process with one thread: then Python has nothing to mend after a fork, and is not asked to (that alone touches
    200 pages of memory, each of which is copied). Only chance must not be shared.
    """
    pid: int = _locked.syscall(ctypes.c_long(_CLONE), ctypes.c_ulong(namespaces | _SIGCHLD), 0, 0, 0, 0)
    if pid == 0:
        random.seed()
        return 0
    if pid < 0:
        _raise("clone")
    return pid


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount."""
    if _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()) != 0:
        _raise(f"mount {target}")


def unmount(target: str) -> None:
    """Take a mount out of sight at once."""
    if _libc.umount2(target.encode(), MNT_DETACH) != 0:
        _raise(f"unmount {target}")


def drop_privileges() -> None:
    """Give up every capability, for good."""
    if (
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        or _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0
        or _libc.capset(_OF_THIS_PROCESS, _NO_CAPABILITIES) != 0
    ):
        _raise("dropping privileges")


def syscall(number: int, *arguments: object) -> int:
    """Make a system call by number; return -1 where it fails."""
    return int(_libc.syscall(ctypes.c_long(number), *arguments))


def _raise(what: str) -> None:
    error = ctypes.get_errno()
    raise OSError(error, f"{what}: {os.strerror(error)}")

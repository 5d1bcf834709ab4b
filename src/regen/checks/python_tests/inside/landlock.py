"""Landlock: the kernel's own list of what a process may write, as a second wall behind the mounts."""

from __future__ import annotations

import ctypes
import os

from .system import syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ALL_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_SCOPE_SOCKETS_AND_SIGNALS = 3
_FIRST_ABI_WITH_SCOPES = 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Path(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return the kernel's version of Landlock, 0 where it has none."""
    return max(0, syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG)))


def restrict(abi: int, writable: tuple[str, ...]) -> None:
    """Let this process and its children write below `writable` only, and reach no abstract socket from outside."""
    handled = _ALL_OF_ABI[min(abi, max(_ALL_OF_ABI))]
    scoped = _SCOPE_SOCKETS_AND_SIGNALS if abi >= _FIRST_ABI_WITH_SCOPES else 0
    size = 24 if scoped else 8
    rules = _Ruleset(handled, 0, scoped)
    ruleset = syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return
    for path, allowed in (("/", _READ), ("/dev", _WRITE_FILE), *((path, handled) for path in writable)):
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = _Path(allowed, parent)
        syscall(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH), ctypes.byref(rule), ctypes.c_uint32(0))
        os.close(parent)
    syscall(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)

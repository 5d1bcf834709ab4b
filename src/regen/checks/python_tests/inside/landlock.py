"""Landlock: the kernel's own list of what a process may write, as a second wall behind the mounts."""

from __future__ import annotations

import ctypes
import os

from .system import system_call

_create = system_call(444, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32)
_add = system_call(445, ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
_restrict = system_call(446, ctypes.c_int, ctypes.c_uint32)
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


class Landlock:
    """The rules for one warm process's candidates; `is_known` says whether the kernel has Landlock."""

    def __init__(self, writable: tuple[str, ...]) -> None:
        abi = _create(None, 0, _VERSION_FLAG)
        self.is_known = abi > 0
        handled = _ALL_OF_ABI[max(1, min(abi, max(_ALL_OF_ABI)))]
        scoped = _SCOPE_SOCKETS_AND_SIGNALS if abi >= _FIRST_ABI_WITH_SCOPES else 0
        self._ruleset = _Ruleset(handled, 0, scoped)
        self._size = 24 if scoped else 8
        allowed = {"/": _READ, "/dev": _WRITE_FILE, **dict.fromkeys(writable, handled)}
        self._rules = [(path, _Path(rights, -1)) for path, rights in allowed.items()]

    def restrict(self) -> None:
        """Let this process and its children write below `writable` only, and reach no abstract socket from outside."""
        ruleset = _create(ctypes.byref(self._ruleset), self._size, 0)
        if ruleset < 0:
            return
        for path, rule in self._rules:
            parent = rule.parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
            _add(ruleset, _RULE_PATH, ctypes.byref(rule), 0)
            os.close(parent)
        _restrict(ruleset, 0)
        os.close(ruleset)

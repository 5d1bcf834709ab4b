"""The system calls for which Python has no name, by ctypes."""

from __future__ import annotations

import _random
import ctypes
import os
import platform
import random
import socket
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_BIND = 4096
MS_REC = 16384
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_RDONLY, MS_REMOUNT = 1, 32

_SIGCHLD = 17
_CLONE_NUMBER = {"x86_64": 56, "aarch64": 220, "riscv64": 220}
_CLONE = _CLONE_NUMBER.get(platform.machine(), -1)
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 4, 22, 2
_INSTRUCTION_BYTES = 8
_CAPABILITY_VERSION_3 = 0x20080522
_OF_THIS_PROCESS = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41
_LOOPBACK = ctypes.create_string_buffer(struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))
_PAIR = (ctypes.c_int * 2)()
# What random.seed() asks for, without its frames.
_chance: Any = random._inst  # noqa: SLF001
_seed = _random.Random.seed
_ANY_SOCKET = (socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, 0)

# Keeps the interpreter's lock: the child of a fork must find Python's state as the parent left it.
_libc = ctypes.PyDLL(None, use_errno=True)


def _function(name: str, *arguments: Any) -> Callable[..., int]:
    """Return a function that converts its arguments by itself: to do it by hand touches more pages after a fork."""
    function = _libc[name]  # an object of its own each time
    function.argtypes = arguments
    return function


_int, _text, _long, _pointer = ctypes.c_int, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_void_p
_clone = _function("syscall", _long, _long, _pointer, _pointer, _pointer, _long)
_mount = _function("mount", _text, _text, _text, _long, _text)
_prctl = _function("prctl", _int, _long, _long, _long, _long)
_capset = _function("capset", _pointer, _pointer)
_socket = _function("socket", _int, _int, _int)
_socketpair = _function("socketpair", _int, _int, _int, _pointer)
_ioctl = _function("ioctl", _int, _long, _pointer)


class Mount(NamedTuple):
    """The arguments of mount(2), as the kernel wants them."""

    source: bytes
    target: bytes
    kind: bytes
    flags: int
    options: bytes


def is_supported() -> bool:
    """Say whether this machine's system calls are known here."""
    return platform.machine() in _CLONE_NUMBER


def fork_into(namespaces: int) -> int:
    """Fork with the child in new namespaces; return 0 in the child, its process id in the parent.

    For a process with one thread: then Python has nothing to mend after a fork, and is not asked to (that alone touches
    200 pages of memory, each of which is copied). Only chance must not be shared.
    """
    pid = _clone(_CLONE, namespaces | _SIGCHLD, None, None, None, 0)
    if pid == 0:
        _seed(_chance)
        _chance.gauss_next = None
        return 0
    if pid < 0:
        _raise("clone")
    return pid


def to_mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> Mount:
    """Return what `mount` shall do."""
    return Mount(source.encode(), target.encode(), kind.encode(), flags, options.encode())


def mount(what: Mount) -> None:
    """Mount."""
    if _mount(*what) != 0:
        _raise(f"mount {what.target.decode()}")


def socket_pair() -> tuple[int, int]:
    """Return the descriptors of two sockets that are connected, closed where another program is executed."""
    if _socketpair(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC, 0, _PAIR) != 0:
        _raise("socketpair")
    return _PAIR[0], _PAIR[1]


def bring_loopback_up() -> None:
    """Have addresses such as 127.0.0.1 work in a new network namespace."""
    any_socket = _socket(*_ANY_SOCKET)
    if any_socket < 0 or _ioctl(any_socket, _SET_FLAGS, _LOOPBACK) != 0:
        _raise("loopback")
    os.close(any_socket)


def drop_privileges() -> None:
    """Give up every capability, for good."""
    if (
        _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        or _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0
        or _capset(_OF_THIS_PROCESS, _NO_CAPABILITIES) != 0
    ):
        _raise("dropping privileges")


class Filter:
    """The system calls to refuse, in the kernel's form (sandboxes/seccomp.py); none where it is empty."""

    def __init__(self, program: bytes) -> None:
        self._lines = ctypes.create_string_buffer(program, len(program))
        count = len(program) // _INSTRUCTION_BYTES
        self._program = ctypes.create_string_buffer(struct.pack("HP", count, ctypes.addressof(self._lines)))
        self._place = ctypes.addressof(self._program) if program else 0

    def set_up(self) -> None:
        """Refuse them to this process and its children from now on, and its memory to those."""
        if _prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            _raise("shutting the memory")
        if self._place and _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, self._place, 0, 0) != 0:
            _raise("refusing system calls")


def system_call(number: int, *arguments: Any) -> Callable[..., int]:
    """Return a function that makes a system call, with arguments of these types; it returns -1 where that fails."""
    call = _function("syscall", _long, *arguments)
    return lambda *values: call(number, *values)


def _raise(what: str) -> None:
    error = ctypes.get_errno()
    raise OSError(error, f"{what}: {os.strerror(error)}")

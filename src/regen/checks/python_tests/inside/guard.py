"""Notices what a candidate tries: an audit hook, which nothing in Python can remove, and a look at the end.

Each finding is told at once, so that a candidate that hides the error or ends the process is found out all the same.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import sysconfig
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

_CHANGEABLE = (os.environ.get("TMPDIR", "/tmp"), "/tmp", "/dev/shm")  # noqa: S108
_SCRATCH = (*_CHANGEABLE, "/dev/null")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "shm", "fd", "stdin", "stdout", "stderr", "ptmx", "pts")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LOCAL_FAMILIES = (1, 2, 10)
_RAW = 3
_PEEKS = frozenset(
    {
        "sys._getframe",
        "sys._current_frames",
        "gc.get_objects",
        "gc.get_referrers",
        "gc.get_referents",
        "sys.settrace",
        "sys.setprofile",
        "sys.addaudithook",
        "code.__new__",
    }
)
_CHANGES = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate"}
)
_NETWORK = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"})
_SECRETS_OF_PROCESSES = ("/mem", "/maps", "/environ", "/cmdline", "/auxv", "/smaps", "/pagemap", "/root")
# Few: to look at an object is to copy its page of memory in a forked process.
_WATCHED_MODULES = frozenset(
    {
        *("builtins", "time", "pytest", "_pytest.runner", "_pytest.python", "_pytest.outcomes", "_pytest.raises"),
        *(
            "_pytest.reports",
            "_pytest.python_api",
            "pluggy._hooks",
            "pluggy._manager",
            "pluggy._callers",
            "pluggy._caller",
        ),
        *("pluggy._execution", "unittest.case", "unittest.suite", "unittest.result"),
    }
)
_OWN_PACKAGE = "_regen_inside"
_WATCHED_CLASSES = ("TestCase", "TestResult", "TestSuite", "HookCaller", "Function", "Item", "TestReport", "CallInfo")


class Guard:
    """Watches one run; `tell` gets each finding in words."""

    def __init__(self, root: str, test_files: frozenset[str], tell: Callable[[str], None]) -> None:
        self._root = root + os.sep
        self._tests = test_files
        self._tell = tell
        self._told: set[str] = set()
        self._trusted = trusted_places
        self._watched = list(_snapshots())
        # Beside each other: to look at each of the watched would copy its page of memory in a forked process.
        self._counters = [watched[4] for watched in self._watched]
        self._counts = [watched[5] for watched in self._watched]
        self._hook = self._make_hook()

    def start(self) -> None:
        """Watch from now on; there is no way back."""
        sys.addaudithook(self._hook)

    def look_around(self) -> None:
        """Tell what the candidate has changed or left behind."""
        for number, changes in enumerate(self._counters):
            if changes is not None and changes.value == self._counts[number]:
                continue
            name, namespace, before, identities, _, _ = self._watched[number]
            if list(map(id, namespace.values())) == identities:
                continue  # forty times quicker than looking at each
            for key, value in before.items():
                if namespace.get(key) is not value:
                    self._tell_once(f"replaces {name}.{key}")
        if threading.active_count() > 1:
            _end_quietly()
            if any(_is_left(thread) for thread in threading.enumerate()):
                self._tell_once("leaves a thread running")
        if "multiprocessing" not in sys.modules and _has_children():
            self._tell_once("leaves a process running")

    def _tell_once(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._tell(what)

    def _make_hook(self) -> Callable[[str, tuple[Any, ...]], None]:
        busy = threading.local()
        rules: dict[str, Callable[[str, tuple[Any, ...]], str]] = {
            "open": self._opened,
            "socket.__new__": self._made_socket,
            "compile": self._compiled,
            "ctypes.dlopen": self._loaded,
            "object.__getattr__": self._read_attribute,
            "object.__setattr__": self._read_attribute,
            **dict.fromkeys(_PEEKS, self._peeked),
            **dict.fromkeys(_CHANGES, self._changed),
            **dict.fromkeys(_NETWORK, self._called),
        }

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            rule = rules.get(event)
            if rule is None or getattr(busy, "now", False):
                return
            busy.now = True
            try:
                finding = rule(event, arguments)
                if finding:
                    self._tell_once(finding)
            finally:
                busy.now = False
            if finding:
                raise PermissionError(finding)

        return hook

    def _peeked(self, event: str, _: tuple[Any, ...]) -> str:
        return f"reads other functions' state ({event})" if self._is_candidates(_nearest()) else ""

    def _read_attribute(self, _: str, arguments: tuple[Any, ...]) -> str:
        owner, name = arguments[0], arguments[1]
        if not self._is_candidates(_nearest()) or not isinstance(name, str):
            return ""
        file = getattr(owner, "__globals__", {}).get("__file__", "")
        if name in ("f_code", "tb_frame") or (name.startswith("__") and file and not self._is_projects(file)):
            return f"reads or changes other functions ({name})"
        return ""

    def _loaded(self, event: str, _: tuple[Any, ...]) -> str:
        frame = _nearest()
        while frame is not None and ("ctypes" in frame.f_code.co_filename or frame.f_code.co_filename.startswith("<")):
            frame = frame.f_back
        return f"loads machine code ({event})" if self._is_candidates(frame) else ""

    def _compiled(self, event: str, arguments: tuple[Any, ...]) -> str:
        name = arguments[1] if isinstance(arguments[1], str) else ""
        forged = name.startswith(self._trusted) or name in self._tests
        return f"pretends to be {name} ({event})" if forged and self._is_candidates(_nearest()) else ""

    def _opened(self, event: str, arguments: tuple[Any, ...]) -> str:
        path, flags = _path(arguments[0]), arguments[2] or 0
        if not path:
            return ""
        full = os.path.realpath(path)
        writes = bool(flags & _WRITES) and not full.startswith(_SCRATCH)
        device = full.startswith("/dev/") and full.split("/")[2] not in _DEVICES
        secret = path.startswith("/proc/") and path.endswith(_SECRETS_OF_PROCESSES)
        tests = full in self._tests
        if not (writes or device or secret or tests) or not self._is_behind():
            return ""
        return f"tries to {'write' if writes else 'read'} {self._shown(path)} ({event})"

    def _changed(self, event: str, arguments: tuple[Any, ...]) -> str:
        count = 2 if event in ("os.rename", "os.link") else 1
        paths = [_path(argument) or _path_of_descriptor(argument) for argument in arguments[:count]]
        outside = [path for path in paths if path and not os.path.realpath(path).startswith(_CHANGEABLE)]
        return f"tries to change {self._shown(outside[0])} ({event})" if outside and self._is_behind() else ""

    def _made_socket(self, event: str, arguments: tuple[Any, ...]) -> str:
        strange = int(arguments[1]) not in _LOCAL_FAMILIES or int(arguments[2]) & 0xF == _RAW
        return f"opens a raw socket ({event})" if strange and self._is_behind() else ""

    def _called(self, event: str, arguments: tuple[Any, ...]) -> str:
        where = arguments[0] if event.startswith("socket.get") else arguments[1]
        host = where[0] if isinstance(where, tuple) and where else where
        text = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
        local = text in ("", "localhost", "::1", "::", "0.0.0.0") or text.startswith(("127.", *_SCRATCH))  # noqa: S104
        return f"tries to reach {text!r} ({event})" if not local and self._is_behind() else ""

    def _shown(self, path: str) -> str:
        return path.replace(self._root, "")

    def _is_projects(self, file: str) -> bool:
        return file.startswith(self._root) and file not in self._tests and "site-packages" not in file

    def _is_candidates(self, frame: types.FrameType | None) -> bool:
        """Say whether a frame is neither the library's nor the tests': the code under test, or code that it made."""
        if frame is None:
            return True  # a thread or a finaliser with nobody behind it
        file = frame.f_code.co_filename
        if file.startswith((*self._trusted, "<frozen ")):
            return False
        return file not in self._tests and os.path.basename(file) != "conftest.py"

    def _is_behind(self) -> bool:
        """Say whether the code under test asked for what a library is about to do."""
        frame = _nearest()
        while frame is not None:
            file = frame.f_code.co_filename
            if not file.startswith(self._trusted) and not file.startswith("<"):
                return self._is_candidates(frame)
            frame = frame.f_back
        return False


def _nearest() -> types.FrameType | None:
    """Return the frame that caused the audit event: the one outside this file."""
    frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame


def _path(value: object) -> str:
    try:
        return os.path.abspath(os.fsdecode(value)) if isinstance(value, str | bytes | os.PathLike) else ""
    except ValueError:
        return ""


def _path_of_descriptor(value: object) -> str:
    """Return the file behind an open descriptor; nothing for pipes and the like."""
    try:
        path = os.readlink(f"/proc/self/fd/{value}") if isinstance(value, int) else ""
    except OSError:
        return ""
    return path if path.startswith("/") else ""


def _trusted_places() -> tuple[str, ...]:
    """Return how the file names of the libraries' code begin; no candidate gets to compile under such a name."""
    paths = sysconfig.get_paths()
    folders = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], os.path.dirname(__file__)}
    return (*(folder + os.sep for folder in folders), "<frozen ")


trusted_places = _trusted_places()


def _snapshots() -> Any:
    """Give the functions and classes that verdicts stand on, as they were before the candidate came."""
    for name, module in list(sys.modules.items()):
        if module is None or not (name in _WATCHED_MODULES or name.partition(".")[0] == _OWN_PACKAGE):
            continue
        namespace = vars(module)
        functions = {key: value for key, value in namespace.items() if callable(value) and key[0] != "@"}
        yield name, namespace, functions, list(map(id, namespace.values())), *_changes_of(namespace)
        for key in _WATCHED_CLASSES:
            owner = namespace.get(key)
            if isinstance(owner, type) and owner.__module__ == name:
                members = {key: value for key, value in vars(owner).items() if callable(value)}
                inner = gc.get_referents(vars(owner))[0]
                yield f"{name}.{key}", vars(owner), members, list(map(id, inner.values())), *_changes_of(inner)


def _changes_of(namespace: Any) -> tuple[Any, int]:
    """Return where the interpreter counts a dict's changes (until Python 3.13), and the count now; else None."""
    if sys.implementation.name != "cpython" or type(namespace) is not dict:
        return None, 0
    probe: dict[str, int] = {}
    count = _count_in(probe)
    seen = [count.value]
    for change in (lambda: probe.update(a=1), lambda: probe.update(a=2), lambda: probe.pop("a")):
        change()
        seen.append(count.value)
    if len(set(seen)) < len(seen):
        return None, 0
    found = _count_in(namespace)
    return found, found.value


def _count_in(namespace: dict[Any, Any]) -> Any:
    place = id(namespace) + object.__basicsize__ + ctypes.sizeof(ctypes.c_ssize_t)
    return ctypes.c_uint64.from_address(place)


def _is_left(thread: threading.Thread) -> bool:
    if thread is threading.main_thread() or thread.daemon:
        return False
    return "concurrent" not in type(getattr(thread, "_target", None)).__module__ and "ThreadPool" not in thread.name


def _end_quietly() -> None:
    """Give threads that are about to end the time to."""
    for thread in threading.enumerate():
        if _is_left(thread):
            thread.join(0.2)


def _has_children() -> bool:
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True

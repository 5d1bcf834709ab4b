"""Notices what a candidate tries: an audit hook, which nothing in Python can remove, and a look at the end.

Each finding is told at once, so that a candidate that hides the error or ends the process is found out all the same.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import threading
from typing import TYPE_CHECKING, Any

from .snapshots import Snapshots

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

    from .snapshots import TestFiles

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
_MACHINE_CODE = frozenset({"ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function"}) | {
    *("ctypes.cdata", "ctypes.cdata/buffer", "ctypes.string_at", "ctypes.wstring_at")
}
_CHANGES = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate"}
)
_NETWORK = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"})
_SECRETS_OF_PROCESSES = ("/mem", "/maps", "/environ", "/cmdline", "/auxv", "/smaps", "/pagemap", "/root")
# What the library gives frames, or the code of functions, with: whoever asks it for them gets them.
_HANDS_OUT_FRAMES = frozenset({("inspect.py", "currentframe"), ("inspect.py", "stack"), ("traceback.py", "walk_stack")})
_HANDS_OUT_CODE = frozenset({("inspect.py", "getmembers"), ("inspect.py", "_getmembers")})
_MAKES_CODE = "code.__new__"
_DESCRIPTORS = re.compile(r"/proc/[^/]+(/task/[^/]+)?/(fd|fdinfo|map_files)")
_PROCESS = re.compile(r"/proc/(self|thread-self|\d+)(/task/\d+)?")


class Guard:
    """Watches one run; `tell` gets each finding in words."""

    def __init__(
        self,
        root: str,
        test_files: frozenset[str],
        conftests: frozenset[str],
        files: TestFiles,
        tell: Callable[[str], None],
    ) -> None:
        self._root = root + os.sep
        self._tests = test_files
        self._tell = tell
        self._told: set[str] = set()
        self._conftests = conftests
        self._trusted = trusted_places
        self._files = files
        for name in [name for name, value in vars(Guard).items() if callable(value) and not name.startswith("__")]:
            setattr(self, name, getattr(self, name))  # what the class holds then may be replaced
        self._snapshots = Snapshots()
        self._hook = self._make_hook()

    def start(self) -> None:
        """Watch from now on; there is no way back."""
        sys.addaudithook(self._hook)

    def look_around(self) -> None:
        """Tell what the candidate has changed or left behind."""
        for what in (*self._snapshots.replaced(), *self._files.replaced()):
            self._tell_once(f"replaces {what}")
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
            "marshal.loads": self._made_code,
            "os.listdir": self._listed,
            "os.scandir": self._listed,
            **dict.fromkeys(_MACHINE_CODE, self._loaded),
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
        frame = _nearest()
        if event == "sys._getframe":
            asked = self._place_of(frame)
            is_asked = asked in _HANDS_OUT_FRAMES or asked[0] == "bdb.py"
            is_asked = is_asked or (asked[0] == "logging" and self._is_candidates(frame.f_back if frame else None))
            is_candidates = self._is_behind() if is_asked else self._is_candidates(frame)
        else:
            is_candidates = self._is_candidates(frame) if event == _MAKES_CODE else self._is_behind()
        return f"reads other functions' state ({event})" if is_candidates else ""

    def _place_of(self, frame: types.FrameType | None) -> tuple[str, str]:
        """Return the file and the function of the library's that a frame is of."""
        file = _file_of(frame) if frame is not None else ""
        if frame is None or not file.startswith(self._trusted):
            return "", ""
        if file.endswith("/logging/__init__.py"):
            return ("logging", "") if frame.f_code.co_name in ("currentframe", "<lambda>") else ("", "")
        return os.path.basename(file), frame.f_code.co_name

    def _read_attribute(self, event: str, arguments: tuple[Any, ...]) -> str:
        owner, name = arguments[0], arguments[1]
        if not isinstance(name, str):
            return ""
        frame = _nearest()
        asked = self._place_of(frame)
        is_handed_on = event == "object.__setattr__" or asked in _HANDS_OUT_CODE or asked[0] == "dis.py"
        if asked == ("traceback.py", "walk_tb") and frame is not None:
            is_candidates = self._is_candidates(frame.f_back)
        else:
            is_candidates = self._is_behind() if is_handed_on else self._is_candidates(frame)
        if not is_candidates:
            return ""
        file = getattr(owner, "__globals__", {}).get("__file__", "")
        if name in ("f_code", "tb_frame") or (name.startswith("__") and file and not self._is_projects(file)):
            return f"reads or changes other functions ({name})"
        return ""

    def _made_code(self, event: str, _: tuple[Any, ...]) -> str:
        return f"reads code that was marshalled ({event})" if self._is_candidates(_nearest()) else ""

    def _listed(self, event: str, arguments: tuple[Any, ...]) -> str:
        path = _path(arguments[0]) or _path_of_descriptor(arguments[0])
        if not path.startswith(("/proc/", "/dev/fd")) or not self._is_behind():
            return ""
        full = os.path.realpath(path)
        return f"looks for the runner's pipes ({event})" if _DESCRIPTORS.fullmatch(full) else ""

    def _loaded(self, event: str, _: tuple[Any, ...]) -> str:
        frame = _nearest()
        while frame is not None and ("ctypes" in (file := _file_of(frame)) or file.startswith("<frozen ")):
            frame = frame.f_back
        return f"loads machine code ({event})" if self._is_candidates(frame) else ""

    def _compiled(self, event: str, arguments: tuple[Any, ...]) -> str:
        given = arguments[1]
        name = str.__str__(given) if isinstance(given, str) else os.fsdecode(given) if isinstance(given, bytes) else ""
        forged = name.startswith(self._trusted) or name in self._tests or name in self._conftests
        forged = forged or type(given) not in (str, bytes, type(None))  # its own methods would answer for it
        return f"pretends to be {name} ({event})" if forged and self._is_candidates(_nearest()) else ""

    def _opened(self, event: str, arguments: tuple[Any, ...]) -> str:
        path, flags = _path(arguments[0]), arguments[2] or 0
        if not path:
            return ""
        full = os.path.realpath(path)
        writes = bool(flags & _WRITES) and not full.startswith(_SCRATCH)
        device = full.startswith("/dev/") and full.split("/")[2] not in _DEVICES
        secret = full.startswith("/proc/") and bool(full.endswith(_SECRETS_OF_PROCESSES) or _PROCESS.fullmatch(full))
        secret = secret or (path.startswith("/proc/") and path.endswith(_SECRETS_OF_PROCESSES))
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
        file = _file_of(frame)
        return not (file.startswith(self._trusted) or file in self._tests or file in self._conftests)

    def _is_behind(self) -> bool:
        """Say whether the code under test asked for what a library is about to do."""
        frame = _nearest()
        while frame is not None:
            if not _file_of(frame).startswith(self._trusted):
                return self._is_candidates(frame)
            frame = frame.f_back
        return False


def _nearest() -> types.FrameType | None:
    """Return the frame that caused the audit event: the one outside this file."""
    frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and _file_of(frame) == __file__:
        frame = frame.f_back
    return frame


def _file_of(frame: types.FrameType) -> str:
    return str.__str__(frame.f_code.co_filename)  # itself may be of a class of the candidate's


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

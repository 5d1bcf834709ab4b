"""Keeps suites ready, and forks a closed-in process of its own for each candidate, one ahead of the need.

Talks to the process outside over one socket, in JSON after its length: a suite is answered by `ready`; `next` by
`forked`, with a descriptor of the new process and a socket to it. That process waits, its walls half raised, for one
request with the write ends of three pipes (results, output, a bell rung at the end). Whenever one has ended, `ended`
tells its status.
"""

from __future__ import annotations

import array
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any

from . import isolate, system, variants
from .loader import Finder
from .suite import Suite, forget_folders, open_module_path, set_environment
from .wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH = struct.Struct("!I")
# Written without the json module: what this process touches after a fork is copied for it, page by page.
_FORKED = '{"event": "forked", "number": %d}'
_ENDED = '{"event": "ended", "number": %d, "exit_code": %d, "cpu_seconds": %f}'
_NEXT = b'{"next": true}'
# Where the candidate's process finds its pipes; the walls keep these from being closed or replaced.
RESULTS, BELL = 100, 101
_Channel = socket.SocketType  # without what Python adds to it
_ROOM_FOR_RIGHTS = socket.CMSG_SPACE(4 * array.array("i").itemsize)
_value: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def main() -> None:
    """Serve on the socket that standard input is; the first message is the set-up."""
    control = socket.socket(fileno=os.dup(0))
    control.set_inheritable(False)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    setup, _ = _receive(control)
    if setup is not None:
        serve(control, setup)
    os._exit(0)


def serve(control: socket.socket, setup: dict[str, Any]) -> None:
    """Answer requests until the other side is gone, and every process in here with us."""
    root = setup["root"]
    os.chdir(root)
    # For us and every candidate: to change it in each would touch fifty pages of memory.
    set_environment(setup["environment"])
    walls = isolate.Walls(root, setup["readable"], setup["refused_calls"])
    open_module_path(root)
    _import_early(setup)
    suites: dict[str, Suite] = {}
    nursery = _Nursery(control, walls, suites, setup["memory_bytes"])
    reason = _unfit()
    _settle()
    _send(control, {"event": "unfit" if reason else "ready", "reason": reason})
    while True:
        if not nursery.wait():
            continue
        request, _ = _receive(control)
        if request is None:
            return
        if "suite" in request:
            nursery.clear()
            answer = _prepare(suites, request["id"], request["suite"], root)
            forget_folders(root)
            _settle()
            _send(control, answer)
        else:
            nursery.fork()


class _Nursery:
    """The forked processes: the one that runs a candidate, and the one that waits for the next."""

    def __init__(
        self, control: socket.socket, walls: isolate.Walls, suites: dict[str, Suite], memory_bytes: int
    ) -> None:
        self._control = control
        self._walls = walls
        self._suites = suites
        self._memory_bytes = memory_bytes
        self._count = 0
        self._owes = False
        self._living: dict[int, tuple[int, int]] = {}  # by the descriptor of the process: its id and number
        self._poll = select.poll()
        self._poll.register(control.fileno(), select.POLLIN)

    def wait(self) -> bool:
        """Return whether the other side has something to say; tell of each process that ends."""
        ready = [descriptor for descriptor, _ in self._poll.poll()]
        for descriptor in ready:
            if descriptor in self._living:
                _send_text(self._control, _ENDED % self._reap(descriptor))
        if self._owes and not self._living:
            self.fork()
        return self._control.fileno() in ready

    def fork(self) -> None:
        """Have a process wait for a candidate; where the running one has used up all, once that has ended."""
        ours, theirs = system.socket_pair()
        try:
            pid = system.fork_into(isolate.NAMESPACES)
        except OSError:
            os.close(ours)
            os.close(theirs)
            if not self._living:
                raise
            self._owes = True
            return
        if pid == 0:
            try:
                os.close(ours)
                self._leave()
                _become_candidate(self._walls, self._suites, theirs, self._memory_bytes)
            finally:
                os._exit(70)
        os.close(theirs)
        self._owes = False
        self._count += 1
        process = os.pidfd_open(pid)
        self._living[process] = pid, self._count
        self._poll.register(process, select.POLLIN)
        _send_text(self._control, _FORKED % self._count, process, ours)
        os.close(ours)

    def clear(self) -> None:
        """End every process: they were forked before what comes now."""
        for process, (pid, _) in list(self._living.items()):
            os.kill(pid, signal.SIGKILL)
            self._reap(process)
        self._owes = False

    def _reap(self, descriptor: int) -> tuple[int, int, float]:
        """Return the number of a process that has ended, its exit code, and its processor time in seconds."""
        pid, number = self._living.pop(descriptor)
        self._poll.unregister(descriptor)
        os.close(descriptor)
        _, status, usage = os.wait4(pid, 0)
        return number, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime

    def _leave(self) -> None:
        """In the forked process: let go of all that is the parent's."""
        _Channel.close(self._control)
        for process in self._living:
            os.close(process)


def _settle() -> None:
    """Keep the garbage collector off what is there, so that children share its memory."""
    gc.collect()
    gc.freeze()


def _import_early(setup: dict[str, Any]) -> None:
    """Import what tests and candidates are likely to want, as far as it is installed."""
    _import_all(setup["modules"])
    _import_apart()
    if setup["needs_pytest"]:
        from .with_pytest import warm_up  # noqa: PLC0415 - plain suites don't pay for pytest

        warm_up("/tmp")  # noqa: S108 - nobody else's


def _import_apart() -> None:
    """Import what one run in many needs, for those that are forked: none pays for it."""
    from .apart import host, stand_ins  # noqa: F401, PLC0415 - here and nowhere else


def _import_all(names: list[str]) -> None:
    for name in names:
        try:
            __import__(name)
        except BaseException:  # noqa: BLE001, S112 - the candidate's own import will tell
            continue


def _prepare(suites: dict[str, Suite], name: str, job: dict[str, Any], root: str) -> dict[str, Any]:
    _import_all(job["modules"])
    path, modules, environment = list(sys.path), set(sys.modules), dict(os.environ)
    suite = suites[name] = Suite(job, root)
    if job["prepares_early"]:
        try:
            suite.prepare()
        except ModuleNotFoundError as error:
            return {"event": "unable", "missing": error.name or "pytest", "reason": str(error)}
        except BaseException as error:  # noqa: BLE001 - settings and conftests are the project's: they may do anything
            return {"event": "unfit", "reason": f"preparing the tests raises {type(error).__name__}: {error}"}
        finally:
            suite.leave(modules, environment)
            sys.path[:] = path
            set_environment(environment)
    reason = _unfit()
    return {"event": "unfit" if reason else "ready", "reason": reason, "imported": suite.imported()}


def _unfit() -> str:
    """Say why this process must not be forked for candidates, or nothing."""
    if len(os.listdir("/proc/self/task")) > 1 or threading.active_count() > 1:
        return "an imported module has started threads"
    return ""


def _become_candidate(walls: isolate.Walls, suites: dict[str, Suite], channel: int, memory_bytes: int) -> None:
    broken = ""
    try:
        walls.raise_early(memory_bytes)
    except OSError as error:
        broken = str(error)
    listening = _Channel(socket.AF_UNIX, socket.SOCK_STREAM, 0, channel)
    request, pipes = _receive(listening)
    listening.close()
    if request is None:
        os._exit(0)
    results, output, bell, *line = pipes
    for own, place in ((results, RESULTS), (bell, BELL), (output, 1), (output, 2)):
        os.dup2(own, place, inheritable=place in (1, 2))
    for own in (results, output, bell):
        os.close(own)
    wire = Wire(RESULTS, request["word"], BELL)
    try:
        if not broken:
            walls.close_in(request["job"])
    except OSError as error:
        broken = str(error)
    if broken:
        wire.tell("broken", reason=broken)
        os._exit(70)
    if "hosts" in request:
        host_candidate(line[0], request["job"]["files"])
        wire.tell("end")
    elif "variants" in request:
        variants.run_all(suites[request["id"]], wire, request)
    else:
        suite, files = suites[request["id"]], request["job"]["files"]
        if line:
            suite.judge_apart(line[0], request["stood_in"])
            files = {}
        suite.run(wire, {**request, "files": files})
    os._exit(0)


def host_candidate(line: int, files: dict[str, str]) -> None:
    """Import the candidate here for tests that run in another process, at the other end of the line."""
    from .apart.host import serve as serve_tests  # noqa: PLC0415 - one run in many
    from .apart.shared_classes import SharedClasses  # noqa: PLC0415 - likewise

    forget_folders(os.getcwd())  # such as one that the candidate's files are the first in
    finder = Finder({}, {})
    texts = {os.path.join(os.getcwd(), path): text for path, text in files.items()}
    finder.hand_over(texts)
    sys.meta_path.insert(0, finder)
    serve_tests(socket.socket(fileno=line), SharedClasses(os.getcwd(), frozenset(texts)))


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    _send_text(control, json.dumps(message))


def _send_text(control: socket.socket, text: str, *descriptors: int) -> None:
    data = text.encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    control.sendmsg([_LENGTH.pack(len(data)) + data], rights)


def _receive(control: _Channel) -> tuple[dict[str, Any] | None, list[int]]:
    data, rights, _, _ = control.recvmsg(1 << 16, _ROOM_FOR_RIGHTS)
    if not data:
        return None, []
    descriptors = array.array("i", b"".join(body for _, _, body in rights))
    size = _LENGTH.unpack_from(data)[0] + _LENGTH.size
    parts = [data]
    missing = size - len(data)
    while missing:
        more = control.recv(min(missing, 1 << 20))
        if not more:
            return None, []
        parts.append(more)
        missing -= len(more)
    text = b"".join(parts)[_LENGTH.size :]
    return ({"next": True} if text == _NEXT else _value(text.decode(), 0)[0]), list(descriptors)

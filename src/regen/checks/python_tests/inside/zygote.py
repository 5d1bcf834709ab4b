"""Keeps a suite ready, and forks a closed-in process of its own for each candidate.

Talks to the process outside over one socket, one candidate at a time: a request is JSON after its length, with the
write ends of two pipes (results, output); the answers are `ready`, then for each request `forked` with a descriptor
of the process, and `ended` with its status.
"""

from __future__ import annotations

import array
import gc
import json
import os
import select
import socket
import struct
import sys
import threading
from typing import Any

from . import isolate, system
from .suite import Suite, open_module_path
from .wire import Wire

_LENGTH = struct.Struct("!I")


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
    """Answer requests until the other side is gone."""
    root = setup["root"]
    os.chdir(root)
    walls = isolate.Walls(root, setup["readable"])
    open_module_path(root)
    _import_early(setup)
    suites: dict[str, Suite] = {}
    reason = _unfit()
    _settle()
    _send(control, {"event": "unfit" if reason else "ready", "reason": reason})
    while True:
        request, pipes = _receive(control)
        if request is None:
            return
        if "suite" in request:
            answer = _prepare(suites, request["id"], request["suite"], root)
            _settle()
            _send(control, answer)
        else:
            _run_one(control, walls, suites[request["id"]], request, pipes)


def _settle() -> None:
    """Keep the garbage collector off what is there, so that children share its memory."""
    gc.collect()
    gc.freeze()


def _import_early(setup: dict[str, Any]) -> None:
    """Import what tests and candidates are likely to want, as far as it is installed."""
    _import_all(setup["modules"])
    if setup["needs_pytest"]:
        from .with_pytest import warm_up  # noqa: PLC0415 - plain suites don't pay for pytest

        warm_up("/tmp")  # noqa: S108 - nobody else's


def _import_all(names: list[str]) -> None:
    for name in names:
        try:
            __import__(name)
        except BaseException:  # noqa: BLE001, S112 - the candidate's own import will tell
            continue


def _prepare(suites: dict[str, Suite], name: str, job: dict[str, Any], root: str) -> dict[str, Any]:
    _import_all(job["modules"])
    path, modules = list(sys.path), set(sys.modules)
    suite = suites[name] = Suite(job, root)
    if job["prepares_early"]:
        try:
            suite.prepare()
        except ModuleNotFoundError as error:
            return {"event": "unable", "missing": error.name or "pytest", "reason": str(error)}
        except BaseException as error:  # noqa: BLE001 - settings and conftests are the project's: they may do anything
            return {"event": "unfit", "reason": f"preparing the tests raises {type(error).__name__}: {error}"}
        suite.leave(modules)
        sys.path[:] = path
    reason = _unfit()
    return {"event": "unfit" if reason else "ready", "reason": reason, "imported": suite.imported()}


def _unfit() -> str:
    """Say why this process must not be forked for candidates, or nothing."""
    if len(os.listdir("/proc/self/task")) > 1 or threading.active_count() > 1:
        return "an imported module has started threads"
    return ""


def _run_one(
    control: socket.socket, walls: isolate.Walls, suite: Suite, request: dict[str, Any], pipes: list[int]
) -> None:
    results, output = pipes
    pid = system.fork_into(isolate.NAMESPACES)
    if pid == 0:
        try:
            control.close()
            _become_candidate(walls, suite, request, results, output)
        finally:
            os._exit(70)
    os.close(results)
    os.close(output)
    process = os.pidfd_open(pid)
    _send(control, {"event": "forked"}, process)
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(control.fileno(), select.POLLHUP | select.POLLRDHUP)
    ready = {descriptor for descriptor, _ in poll.poll()}
    os.close(process)
    if control.fileno() in ready:
        os._exit(0)  # and with us every process in here
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    _send(control, {"event": "ended", "exit_code": code, "cpu_seconds": usage.ru_utime + usage.ru_stime})


def _become_candidate(walls: isolate.Walls, suite: Suite, request: dict[str, Any], results: int, output: int) -> None:
    wire = Wire(results, request["word"])
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    try:
        walls.close_in(request["job"])
    except OSError as error:
        wire.tell("broken", reason=str(error))
        os._exit(70)
    module_path = os.environ["PYTHONPATH"]
    os.environ.clear()
    os.environ.update(request["environment"], PYTHONPATH=module_path)
    suite.run(wire, request)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _send(control: socket.socket, message: dict[str, Any], *descriptors: int) -> None:
    data = json.dumps(message).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    control.sendmsg([_LENGTH.pack(len(data)) + data], rights)


def _receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    data, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 2)
    if not data:
        return None, []
    size = _LENGTH.unpack_from(data)[0] + _LENGTH.size
    parts = [data]
    missing = size - len(data)
    while missing:
        more = control.recv(min(missing, 1 << 20))
        if not more:
            return None, []
        parts.append(more)
        missing -= len(more)
    return json.loads(b"".join(parts)[_LENGTH.size :]), list(descriptors)

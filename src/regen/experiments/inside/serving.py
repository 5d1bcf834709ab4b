"""Asks programs for their answers: `load` brings them, `run` asks some of them the same inputs.

Each program is asked in a fresh forked child behind walls of its own, one child at a time, so that no program
meets another, and what a program breaks is its own. A child that takes too long for one input is killed and the
program asked on from the next one, a few times.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any

from . import child as asked

_CHUNK = 1 << 16
_POLL_SECONDS = 0.02
_WALL_OVER_CPU = 8.0
_LOAD_SECONDS = 5.0
_MOST_HANGS = 2
_LONGEST_LINE = 1 << 20
TOO_LONG, ENDED = "takes too long", "ends the process"


class Server:
    """Holds the programs; `walls` shut a child in, None where nothing here may raise them."""

    def __init__(self, walls: Any, system: Any, namespaces: int) -> None:
        self._walls, self._system, self._namespaces = walls, system, namespaces
        self._programs: dict[str, Any] = {}
        self._limits: dict[str, Any] = {}

    def serve(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one message."""
        if "load" in message:
            self._programs, self._limits = message["load"], message["limits"]
            return {"ready": len(self._programs)}
        return {"answers": {name: self._ask(self._programs[name], message) for name in message["run"]}}

    def _ask(self, program: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
        """Return `unloaded` (why), `answers` (a list an input, None where the program was not asked any more)."""
        count = len(job["inputs"])
        answers: list[Any] = [None] * count
        start, hangs = 0, 0
        until = time.monotonic() + job["program_seconds"]
        while start < count and hangs < _MOST_HANGS and time.monotonic() < until:
            child = _Child(self, program, job, start)
            reason, start = child.listen(answers, start, until)
            if reason.startswith("!"):
                return {"unloaded": reason[1:], "answers": answers}
            if start < count and reason:
                answers[start] = [reason] * job["times"]
                start += 1
                hangs += 1
        return {"unloaded": "", "answers": answers}

    def fork(self) -> int:
        if self._walls is None:
            return os.fork()
        pid: int = self._system.fork_into(self._namespaces)
        return pid

    def close_in(self) -> None:
        """Shut this forked process in."""
        os.environ["HOME"] = "/tmp"  # noqa: S108 - its own
        if self._walls is None:
            os.setsid()
            bytes_ = self._limits["memory_bytes"]
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._limits["file_bytes"],) * 2)
        else:
            bytes_ = self._limits["memory_bytes"]
            self._walls.raise_early(bytes_)
            self._walls.close_in({"files": {}, "masked": self._limits["masked"], "limits": self._limits})
        resource.setrlimit(resource.RLIMIT_AS, (bytes_, bytes_))


class _Child:
    """A forked process that asks one program, and what it has told so far."""

    def __init__(self, server: Server, program: dict[str, Any], job: dict[str, Any], start: int) -> None:
        self._reader, writer = os.pipe()
        self._job = job
        self._data = b""
        self.pid = server.fork()
        if self.pid == 0:
            try:
                _become(server, program, job, start, writer)
            finally:
                os._exit(0)
        os.close(writer)
        self._clock = ~self.pid << 3 | 2  # as clock_getcpuclockid(3) makes it

    def listen(self, answers: list[Any], start: int, until: float) -> tuple[str, int]:
        """Take answers until the child ends; return why it ended early and the first input without an answer.

        The reason begins with `!` where the program could not be loaded at all.
        """
        seconds, loaded = _LOAD_SECONDS, False
        wall, cpu = time.monotonic(), self._cpu()
        count = len(answers)
        try:
            while start < count:
                lines = self._lines()
                if lines is None:
                    if time.monotonic() > until and loaded:
                        return "", start
                    if self._cpu() - cpu > seconds or time.monotonic() - wall > seconds * _WALL_OVER_CPU:
                        return (TOO_LONG if loaded else "!" + TOO_LONG), start
                    continue
                wall, cpu = time.monotonic(), self._cpu()
                if not lines:
                    return (ENDED if loaded else "!" + ENDED), start
                for line in lines:
                    told = _told(line)
                    if told[0] == "unloaded":
                        return "!" + str(told[1]), start
                    if told[0] == "loaded":
                        loaded, seconds = True, self._job["seconds"]
                    elif start < count and told[0] == "answer" and told[1] == start and self._is_answer(told[2]):
                        answers[start] = told[2]
                        start += 1
                    else:
                        return ENDED, start
        finally:
            self._end()
        return "", start

    def _is_answer(self, told: Any) -> bool:
        return (
            isinstance(told, list) and len(told) == self._job["times"] and all(isinstance(each, str) for each in told)
        )

    def _lines(self) -> list[bytes] | None:
        """Return the lines that came, None where there are none yet, an empty list where there will be none."""
        if not select.select([self._reader], [], [], _POLL_SECONDS)[0]:
            return None
        chunk = os.read(self._reader, _CHUNK)
        *lines, self._data = (self._data + chunk).split(b"\n")
        if not chunk or len(self._data) > _LONGEST_LINE:
            return []
        return lines or None

    def _cpu(self) -> float:
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return 0.0

    def _end(self) -> None:
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(OSError):
                kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._reader)


def _become(server: Server, program: dict[str, Any], job: dict[str, Any], start: int, writer: int) -> None:
    """Ask the program, in the forked child; nothing of the parent's but the pipe stays open."""
    server.close_in()
    private = os.dup2(writer, 9)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.closerange(3, 9)
    os.closerange(10, 256)
    sys.path[:0] = [os.path.abspath(path) for path in program["paths"]]
    ask = asked.allow if "conditions" in program else asked.run
    ask(program, job, asked.Wire(private), start)


def _told(line: bytes) -> list[Any]:
    """Return what the child's line holds; the program may have written something of its own."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return ["?"]
    shape = {"loaded": 1, "unloaded": 2, "answer": 3}
    if isinstance(told, list) and told and isinstance(told[0], str) and shape.get(told[0]) == len(told):
        return told
    return ["?"]

"""Asks programs for their answers: `load` brings them, `run` asks some of them the same inputs.

Each program is asked in a fresh forked child behind walls of its own, one child at a time, so that no program
meets another, and what a program breaks is its own. A child that takes too long for one input is killed and the
program asked on from the next one, a few times, but not with large inputs.
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
# Who waits is not waited for as long as who does not get the processor.
_WALL_OVER_CPU, _WALL_OVER_CPU_BUSY, _IDLE = 8.0, 32.0, 0.02
_LEAST_SECONDS = 0.5
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
        answers, before = {}, _spent()
        for number, name in enumerate(message["run"]):
            left = message["all_seconds"] - (_spent() - before)
            share = max(_LEAST_SECONDS, left / (len(message["run"]) - number))
            answers[name] = self._ask(self._programs[name], message, min(message["program_seconds"], share))
        return {"answers": answers, "spent": _spent() - before}

    def _ask(self, program: dict[str, Any], job: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Return `unloaded` (why), `answers` (a list an input, None where the program was not asked any more)."""
        count = len(job["inputs"])
        answers: list[Any] = [None] * count
        start, hangs = 0, 0
        before, until = _spent(), time.monotonic() + _WALL_OVER_CPU * seconds
        while start < count and hangs < _MOST_HANGS and time.monotonic() < until:
            left = seconds - (_spent() - before)
            if left <= 0:
                break
            reason, start = _Child(self, program, job, start).listen(answers, start, left, until)
            if reason.startswith("!"):
                return {"unloaded": reason[1:], "answers": answers}
            if start < count and reason:
                answers[start] = [reason] * job["times"]
                hangs += _MOST_HANGS if start >= job["large_from"] and reason == TOO_LONG else 1
                start += 1
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

    def listen(self, answers: list[Any], start: int, left: float, until: float) -> tuple[str, int]:
        """Take answers until the child ends; return why it ended early and the first input without an answer.

        Once loaded, it is asked for `left` seconds of processor time, and not after `until` by the clock. The
        reason begins with `!` where the program could not be loaded at all.
        """
        seconds, loaded = _LOAD_SECONDS, False
        wall, cpu = time.monotonic(), self._cpu()
        count = len(answers)
        try:
            while start < count:
                if loaded and (self._cpu() > left or time.monotonic() > until):
                    return "", start
                lines = self._lines()
                if lines is None:
                    if _is_over(seconds, self._cpu() - cpu, time.monotonic() - wall):
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


def _is_over(seconds: float, cpu: float, wall: float) -> bool:
    """Say whether so much processor time and time by the clock are more than `seconds` of processor time allow."""
    return cpu > seconds or wall > seconds * (_WALL_OVER_CPU if cpu < _IDLE * wall else _WALL_OVER_CPU_BUSY)


def _spent() -> float:
    """Return the seconds of processor time of this process and of those that have ended."""
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


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

"""The outer half of a warm process: asks it to run one candidate, and watches that candidate's limits."""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import signal
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

from regen.errors import Problem, SandboxError
from regen.ports import Ended

if TYPE_CHECKING:
    import threading

    from regen.ports import Limits, StopReason
    from regen.sandboxes.kept import Kept

_LENGTH = struct.Struct("!I")
_CHUNK = 1 << 16
_STOP_POLL_SECONDS = 0.05
_START_SECONDS = 60.0


class UnfitError(Exception):
    """A suite, or what it imports, can't be kept warm; the text says why."""


class WarmProcess:
    """One process that stays; it runs one candidate at a time."""

    def __init__(self, kept: Kept, setup: dict[str, Any]) -> None:
        self._kept = kept
        self._oom_seen = 0
        self._refused_seen = 0
        self.suites: dict[str, dict[str, Any]] = {}
        self.is_broken = False
        self._answer_to(setup)

    @property
    def holds_memory(self) -> bool:
        """Whether a group holds the sum of memory, so that a process's own limit is not needed."""
        return self._kept.cgroup.limits_memory

    @property
    def holds_processes(self) -> bool:
        """Whether a group holds the number of processes."""
        return self._kept.cgroup.limits_processes

    def prepare(self, name: str, suite: dict[str, Any]) -> dict[str, Any]:
        """Have a suite made ready, once; return what the process said. Raises UnfitError where it must not be kept."""
        if name not in self.suites:
            self.suites[name] = self._answer_to({"id": name, "suite": suite})
        return self.suites[name]

    def _answer_to(self, message: dict[str, Any]) -> dict[str, Any]:
        self._kept.control.settimeout(_START_SECONDS)
        try:
            _send(self._kept.control, message)
            answer, _ = _receive(self._kept.control)
        except OSError as error:
            self.is_broken = True
            said = self._kept.said().strip().splitlines()
            raise UnfitError(said[-1] if said else f"the warm process is gone: {error}") from error
        if answer["event"] == "unfit":
            self.is_broken = True
            raise UnfitError(answer["reason"])
        return answer

    def run(self, request: dict[str, Any], limits: Limits, stop: threading.Event) -> Ended:
        """Run one candidate; whatever happens to it, this process stays fit for the next."""
        started = time.monotonic()
        results, their_results = os.pipe()
        output, their_output = os.pipe()
        watch = _Watch(self._kept.control, results, output, limits)
        try:
            try:
                self._kept.control.settimeout(_START_SECONDS)
                _send(self._kept.control, request, their_results, their_output)
            finally:
                os.close(their_results)
                os.close(their_output)
            watch.until_the_end(started + limits.wall_seconds, stop)
        except OSError as error:
            self.is_broken = True
            problem = Problem(message=f"the warm process is gone: {error}", fault="sandbox")
            raise SandboxError(problem) from error
        finally:
            watch.close()
        exit_code = int(watch.ended.get("exit_code", -signal.SIGKILL))
        return Ended(
            exit_code=exit_code,
            stdout=bytes(watch.read[results]),
            stderr=bytes(watch.read[output]),
            stopped=self._stop_reason(watch, exit_code, limits),
            seconds=time.monotonic() - started,
        )

    def _stop_reason(self, watch: _Watch, exit_code: int, limits: Limits) -> StopReason:
        if watch.stopped or exit_code == 0:
            return watch.stopped
        cgroup = self._kept.cgroup
        oom, refused = cgroup.out_of_memory(), cgroup.forks_refused()
        grew, self._oom_seen = oom > self._oom_seen, oom
        forked, self._refused_seen = refused > self._refused_seen, refused
        if grew:
            return "memory"
        if exit_code in (-signal.SIGXCPU, -signal.SIGKILL) and watch.ended.get("cpu_seconds", 0) >= limits.cpu_seconds:
            return "cpu time"
        return "processes" if forked else ""

    def close(self) -> None:
        """End the process."""
        self._kept.close()


class _Watch:
    """Reads what a candidate's process says until all of it has ended, or ends it."""

    def __init__(self, control: socket.socket, results: int, output: int, limits: Limits) -> None:
        self.read = {results: bytearray(), output: bytearray()}
        self.stopped: StopReason = ""
        self.ended: dict[str, Any] = {}
        self._control = control
        self._process = -1
        self._left = {results: limits.output_bytes * 8, output: limits.output_bytes}
        self._poll = select.poll()
        self._open = {results, output, control.fileno()}
        for descriptor in self._open:
            self._poll.register(descriptor, select.POLLIN)
        os.set_blocking(results, False)
        os.set_blocking(output, False)

    def until_the_end(self, deadline: float, stop: threading.Event) -> None:
        """Return when the process has ended and nobody holds its pipes."""
        while self._open:
            left = deadline - time.monotonic()
            if not self.stopped and left <= 0:
                self._end("wall time")
            elif not self.stopped and stop.is_set():
                self._end("interrupted")
            for descriptor, _ in self._poll.poll(min(max(left, 0), _STOP_POLL_SECONDS) * 1000 + 1):
                if descriptor == self._control.fileno():
                    self._hear()
                elif not self._pull(descriptor):
                    self._forget(descriptor)

    def _hear(self) -> None:
        message, descriptors = _receive(self._control)
        if message["event"] == "forked":
            self._process = descriptors[0]
            if self.stopped:  # it was to end before it had begun
                self._end(self.stopped)
        else:
            self.ended = message
            for descriptor in list(self._open):  # nobody is left to write: what was written is there
                if descriptor != self._control.fileno():
                    while self._pull(descriptor):
                        pass
            self._open.clear()

    def _pull(self, descriptor: int) -> bool:
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return not self.ended
        self.read[descriptor] += data[: max(0, self._left[descriptor])]
        self._left[descriptor] -= len(data)
        if self._left[descriptor] < 0 and not self.stopped:
            self._end("output")
        return bool(data)

    def _forget(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        self._open.discard(descriptor)

    def _end(self, reason: StopReason) -> None:
        self.stopped = reason
        if self._process >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def close(self) -> None:
        for descriptor in (*self.read, self._process):
            if descriptor >= 0:
                os.close(descriptor)


def _send(control: socket.socket, message: dict[str, Any], *descriptors: int) -> None:
    data = json.dumps(message).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    data = _LENGTH.pack(len(data)) + data
    sent = control.sendmsg([data], rights)
    control.sendall(data[sent:])


def _receive(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, descriptors, _, _ = socket.recv_fds(control, _LENGTH.size, 1)
    if len(head) < _LENGTH.size:
        raise ConnectionResetError("its socket is closed")
    missing = _LENGTH.unpack(head)[0]
    parts = []
    while missing:
        more = control.recv(missing)
        if not more:
            raise ConnectionResetError("its socket is closed")
        parts.append(more)
        missing -= len(more)
    return json.loads(b"".join(parts)), list(descriptors)

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
from typing import TYPE_CHECKING, Any, NamedTuple

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


class _Forked(NamedTuple):
    """A process that waits for its candidate: its number, its descriptor, the socket to it."""

    number: int
    process: int
    channel: socket.socket

    def forget(self) -> None:
        os.close(self.process)
        self.channel.close()


class WarmProcess:
    """One process that stays; it runs one candidate at a time."""

    def __init__(self, kept: Kept, setup: dict[str, Any]) -> None:
        self._kept = kept
        self._oom_seen = 0
        self._refused_seen = 0
        self._waiting: _Forked | None = None
        self._is_asked = False
        self._running = 0
        self._ended: dict[str, Any] = {}
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
            answer = self._hear()
            while answer["event"] in ("forked", "ended"):
                answer = self._hear()
        except OSError as error:
            self.is_broken = True
            said = self._kept.said().strip().splitlines()
            raise UnfitError(said[-1] if said else f"the warm process is gone: {error}") from error
        if answer["event"] == "unfit":
            self.is_broken = True
            raise UnfitError(answer["reason"])
        self._forget_waiting()  # it was forked before this
        self._is_asked, self._running = False, 0
        return answer

    def _hear(self) -> dict[str, Any]:
        """Take one message of the warm process."""
        message, descriptors = _receive(self._kept.control)
        if message["event"] == "forked":
            self._waiting = _Forked(message["number"], descriptors[0], socket.socket(fileno=descriptors[1]))
            self._is_asked = False
        elif message["event"] == "ended":
            if message["number"] == self._running:
                self._running, self._ended = 0, message
            elif self._waiting is not None and message["number"] == self._waiting.number:
                self._forget_waiting()
        return message

    def _forget_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.forget()
            self._waiting = None

    def _ask_for_next(self) -> None:
        if self._waiting is None and not self._is_asked:
            self._is_asked = True
            _send(self._kept.control, {"next": True})

    def _take_waiting(self) -> _Forked:
        """Return a process that waits, once the one before has ended and left nothing."""
        while self._running or self._waiting is None:
            self._ask_for_next()
            self._hear()
        waiting, self._waiting = self._waiting, None
        return waiting

    def run(
        self, request: dict[str, Any], limits: Limits, stop: threading.Event, *, looks_ahead: bool,
        line: tuple[int, ...] = (),
    ) -> Ended:  # fmt: skip
        """Run one candidate; whatever happens to it, this process stays fit for the next.

        With `looks_ahead`, the process for the next one is made ready meanwhile: quicker where a processor is free.
        `line` is a descriptor for it, by which it talks to another; it is closed here.
        """
        control = self._kept.control
        last = f'{request["word"]} {{"event": "end"}}\n'.encode()
        try:
            control.settimeout(_START_SECONDS)
            forked = self._take_waiting()
            started = time.monotonic()
            self._running, self._ended = forked.number, {}
            results, their_results = os.pipe()
            output, their_output = os.pipe()
            bell, their_bell = os.pipe()
            with contextlib.closing(_Watch(forked.process, results, output, bell, limits, last)) as watch:
                try:
                    forked.channel.settimeout(_START_SECONDS)
                    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it was killed; `ended` tells
                        _send(forked.channel, request, their_results, their_output, their_bell, *line)
                finally:
                    forked.channel.close()
                    os.close(their_results)
                    os.close(their_output)
                    os.close(their_bell)
                    for descriptor in line:  # so that its end over there is the only one
                        os.close(descriptor)
                if looks_ahead:
                    self._ask_for_next()
                self._watch(watch, started + limits.wall_seconds, stop)
            self._ask_for_next()
        except OSError as error:
            self.is_broken = True
            problem = Problem(message=f"the warm process is gone: {error}", fault="sandbox")
            raise SandboxError(problem) from error
        exit_code = 0 if watch.is_done else int(self._ended.get("exit_code", -signal.SIGKILL))
        return Ended(
            exit_code=exit_code,
            stdout=bytes(watch.read[results]),
            stderr=bytes(watch.read[output]),
            stopped=self._stop_reason(watch, exit_code, limits),
            seconds=time.monotonic() - started,
        )

    def _watch(self, watch: _Watch, deadline: float, stop: threading.Event) -> None:
        """Return when the last message has come or the process has ended; end it at its limits."""
        control = self._kept.control.fileno()
        watch.poll.register(control, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                watch.end("wall time")
            elif stop.is_set():
                watch.end("interrupted")
            ready = [descriptor for descriptor, _ in watch.poll.poll(min(max(left, 0), _STOP_POLL_SECONDS) * 1000 + 1)]
            if control in ready:
                self._hear()
            if not self._running:
                watch.drain()
                return
            watch.hear(ready)
            if watch.is_done:  # nothing that it could still do counts
                watch.drain()
                watch.kill()
                return

    def _stop_reason(self, watch: _Watch, exit_code: int, limits: Limits) -> StopReason:
        if watch.stopped or exit_code == 0:
            return watch.stopped
        cgroup = self._kept.cgroup
        oom, refused = cgroup.out_of_memory(), cgroup.forks_refused()
        grew, self._oom_seen = oom > self._oom_seen, oom
        forked, self._refused_seen = refused > self._refused_seen, refused
        if grew:
            return "memory"
        if exit_code in (-signal.SIGXCPU, -signal.SIGKILL) and self._ended.get("cpu_seconds", 0) >= limits.cpu_seconds:
            return "cpu time"
        return "processes" if forked else ""

    def close(self) -> None:
        """End the process and all that it has started."""
        self._forget_waiting()
        self._kept.close()


class _Watch:
    """What a candidate's process has said so far, and the means to end it."""

    def __init__(self, process: int, results: int, output: int, bell: int, limits: Limits, last: bytes) -> None:
        self.read = {results: bytearray(), output: bytearray()}
        self._bell = bell
        self._listens = False
        self.stopped: StopReason = ""
        self.is_done = False
        self.poll = select.poll()
        self._process = process
        self._results = results
        self._last = last
        self._open = {results, output}
        self._left = {results: limits.output_bytes * 8, output: limits.output_bytes}
        for descriptor in self.read:
            os.set_blocking(descriptor, False)
        # Each result would wake us; the bell rings once, and a run that takes its time is listened to.
        self.poll.register(output, select.POLLIN)
        self.poll.register(bell, select.POLLIN)

    def hear(self, ready: list[int]) -> None:
        """Read what the descriptors in `ready` have for us; none are ready when it takes longer than usual."""
        if not self._listens and (not ready or self._bell in ready):
            self._listens = True
            self.poll.unregister(self._bell)  # it may be the candidate who rings
            self.poll.register(self._results, select.POLLIN)
            self.pull(self._results)
        for descriptor in ready:
            if descriptor in self.read:
                self.pull(descriptor)

    def pull(self, descriptor: int) -> bool:
        """Read what is there; return whether it was anything."""
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            if descriptor in self._open:
                self._open.remove(descriptor)
                with contextlib.suppress(KeyError):
                    self.poll.unregister(descriptor)
            return False
        text = self.read[descriptor]
        text += data[: max(0, self._left[descriptor])]
        self._left[descriptor] -= len(data)
        if self._left[descriptor] < 0:
            self.end("output")
        self.is_done = self.is_done or (descriptor == self._results and text.endswith(self._last))
        return True

    def drain(self) -> None:
        """Read what was written before now, no further than a pipe holds and the limits allow."""
        for descriptor in self.read:
            while self._left[descriptor] >= 0 and self.pull(descriptor):
                pass

    def end(self, reason: StopReason) -> None:
        """End the process for a reason; the first counts."""
        if not self.stopped:
            self.stopped = reason
            self.kill()

    def kill(self) -> None:
        """End the process, and with it all others of its namespace."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the pipes and of the process."""
        for descriptor in (*self.read, self._bell, self._process):
            os.close(descriptor)


def _send(control: socket.socket, message: dict[str, Any], *descriptors: int) -> None:
    data = json.dumps(message).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    data = _LENGTH.pack(len(data)) + data
    sent = control.sendmsg([data], rights)
    control.sendall(data[sent:])


def _receive(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, descriptors, _, _ = socket.recv_fds(control, _LENGTH.size, 2)
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

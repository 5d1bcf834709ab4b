"""Runs one process with hard limits and reads what it says, no further than allowed."""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from regen.ports import Limits, StopReason
    from regen.sandboxes.cgroups import Cgroup

_CHUNK = 1 << 16
_STOP_POLL_SECONDS = 0.05
_HIGHEST_SIGNAL = 64


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """How the process ended, before an adapter interprets it."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    stopped: StopReason
    cpu_seconds: float
    seconds: float


class Kill(Protocol):
    """Ends a process and all that it started; `ended` says that the process itself has ended but is not yet reaped."""

    def __call__(self, pid: int, /, *, ended: bool) -> None: ...


def limited(argv: Sequence[str], limits: Limits, cgroup: Cgroup) -> list[str]:
    """Return a command line that joins the cgroup, lowers its own limits and becomes `argv`: no race, no fork hook."""
    cpu = max(1, int(-(-limits.cpu_seconds // 1)))
    lines = [f"echo $$ > {shlex.quote(entrance)} || exit 125" for entrance in cgroup.entrances]
    lines += [
        "ulimit -c 0",
        f"ulimit -f {max(1, limits.file_bytes // 512)}",
        f"ulimit -St {cpu}",
        f"ulimit -Ht {cpu + 1}",
    ]
    if not cgroup.limits_memory:
        lines.append(f"ulimit -d {limits.memory_bytes // 1024}")
    lines.append('exec "$@"')
    return ["/bin/sh", "-c", "\n".join(lines), "sh", *argv]


def count_limited(argv: Sequence[str], limits: Limits) -> list[str]:
    """Return a command line that limits the processes of its user; for use inside a user namespace."""
    count = f"ulimit -u {limits.processes} 2>/dev/null || ulimit -p {limits.processes} 2>/dev/null"
    return ["/bin/sh", "-c", f'{count}\nexec "$@"', "sh", *argv]


def supervise(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str,
    stdin: bytes,
    limits: Limits,
    kill: Kill,
    stop: threading.Event | None = None,
    pass_fds: Sequence[int] = (),
) -> Raw:
    """Run `argv` to its end or to a limit; `kill` must end the process and all that it started."""
    started = time.monotonic()
    process = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        cwd=cwd,
        start_new_session=True,
        pass_fds=pass_fds,
    )
    pump = _Pump(process, stdin, limits.output_bytes)
    stopped: StopReason = ""
    status, cpu = 0, 0.0
    try:
        stopped = pump.run(started + limits.wall_seconds, stop)
    finally:
        with contextlib.suppress(OSError):
            kill(process.pid, ended=_has_ended(process.pid))
        _, status, usage = os.wait4(process.pid, 0)
        cpu = usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        pump.close()
    return Raw(
        exit_code=process.returncode,
        stdout=bytes(pump.output["stdout"]),
        stderr=bytes(pump.output["stderr"]),
        stopped=stopped,
        cpu_seconds=cpu,
        seconds=time.monotonic() - started,
    )


class _Pump:
    """Moves bytes between us and the process until it ends, a limit is reached or we are told to stop."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, output_bytes: int) -> None:
        self.output = {"stdout": bytearray(), "stderr": bytearray()}
        self._process = process
        self._stdin = memoryview(stdin)
        self._left = output_bytes
        self._selector = selectors.DefaultSelector()
        self._open = 0
        self._exited = _exit_watch(process.pid)
        for name in ("stdout", "stderr"):
            stream = getattr(process, name)
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, name)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            self._selector.register(process.stdin, selectors.EVENT_WRITE, "stdin")
        if self._exited >= 0:
            self._selector.register(self._exited, selectors.EVENT_READ, "exit")

    def run(self, deadline: float, stop: threading.Event | None) -> StopReason:
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return "wall time"
            if stop is not None and stop.is_set():
                return "interrupted"
            wait = left if stop is None and self._exited >= 0 else min(left, _STOP_POLL_SECONDS)
            over = False
            for key, _ in self._selector.select(wait):
                if key.data == "exit":
                    over = True
                elif key.data == "stdin":
                    self._write()
                else:
                    self._read(key.data)
            if self._left < 0:
                return "output"
            if over or (self._exited < 0 and _has_ended(self._process.pid)):
                self._drain()
                return "output" if self._left < 0 else ""

    def close(self) -> None:
        self._selector.close()
        if self._exited >= 0:
            os.close(self._exited)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _drain(self) -> None:
        """Read what the ended process left in its pipes, and no more than a pipe holds."""
        for name in self.output:
            while self._left >= 0 and self._read(name):
                pass

    def _read(self, name: str) -> bool:
        stream = getattr(self._process, name)
        try:
            data = os.read(stream.fileno(), _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            with contextlib.suppress(KeyError):
                self._selector.unregister(stream)
            return False
        self.output[name] += data[: max(self._left, 0)]
        self._left -= len(data)
        return True

    def _write(self) -> None:
        stream = self._process.stdin
        if stream is None:
            return
        try:
            sent = os.write(stream.fileno(), self._stdin[:_CHUNK]) if self._stdin else 0
        except BlockingIOError:
            return
        except OSError:  # the process does not read it
            sent = len(self._stdin)
        self._stdin = self._stdin[sent:]
        if not self._stdin:
            self._selector.unregister(stream)
            with contextlib.suppress(OSError):
                stream.close()


def _exit_watch(pid: int) -> int:
    """Return a file descriptor that becomes readable when the process ends, -1 where the system has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


def _has_ended(pid: int) -> bool:
    """Look without reaping: the status is wanted later, with the resources used."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def stop_reason(raw: Raw, exit_code: int, limits: Limits, cgroup: Cgroup) -> StopReason:
    """Return which limit ended the process, as far as its traces tell."""
    if raw.stopped:
        return raw.stopped
    if cgroup.out_of_memory():
        return "memory"
    if exit_code == -signal.SIGXCPU or (exit_code == -signal.SIGKILL and raw.cpu_seconds >= limits.cpu_seconds):
        return "cpu time"
    if exit_code != 0 and cgroup.forks_refused():
        return "processes"
    return ""


def signal_as_negative(exit_code: int) -> int:
    """Return a shell's 128 + n as -n."""
    return 128 - exit_code if 128 < exit_code <= 128 + _HIGHEST_SIGNAL else exit_code  # noqa: PLR2004

"""Any program as a generator: prompt on standard input, reply on standard output (`llm -m …`, `claude -p`).

The program writes straight into `.regen/local/calls/<prompt>/`, in a session of its own: if regen is killed, the call
that is under way ends by itself and the next build finds its reply instead of asking and paying again.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from regen.errors import GeneratorError, InputError, Problem
from regen.generators.redaction import SHORTEST_IN_CODE, redact
from regen.generators.ways import TEMPERATURE
from regen.ports import Progress, Reply, Request, Usage
from regen.specs.spec import digest

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from regen.ports import Ledger

_BYTES_PER_TOKEN = 3.9
_MOST_REPLY_BYTES = 8 << 20
_TICK_SECONDS = 0.05

# The shell writes the exit status last and renames it into place, so that a reply is known to be whole.
# It notes who it is before anything else: regen may be killed right after starting it.
_WRAPPER = (
    'read -r birth </proc/$$/stat; echo "$birth" >"$0/process"; '
    '"$@" <"$0/prompt.txt" >"$0/reply.txt" 2>"$0/errors.txt"; '
    'echo $? >"$0/status.unfinished"; mv "$0/status.unfinished" "$0/status"'
)


class CommandGenerator:
    """The port `Generator` for a command line, run in the project at the absolute path `root`."""

    def __init__(self, command: str, root: str, environ: Mapping[str, str]) -> None:
        self.name = redact(f"command:{command}", environ)
        self._root, self._folder, self._environ = root, f"{root}/.regen/local/calls", dict(environ)
        try:
            self._argv = shlex.split(command)
        except ValueError as error:
            raise InputError(_problem(f"the command `{command}` can't be split: {error}")) from None
        self._shown = redact(shlex.join(self._argv), environ)
        if not self._argv:
            raise InputError(_problem("`command:` names no program"))
        program = self._argv[0] if "/" not in self._argv[0] else os.path.join(root, self._argv[0])
        if shutil.which(program, path=environ.get("PATH")) is None:
            raise InputError(_problem(f"the program `{self._argv[0]}` is not on the PATH", f"which {self._argv[0]}"))

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        del input_tokens, output_tokens
        return None

    def generate(self, request: Request, tell: Callable[[Progress], None], stop: threading.Event) -> Reply:
        call = self._place(request)
        started = time.monotonic()
        process = None
        if os.path.exists(call) and _read(f"{call}/asked") != self._asked(request):
            _kill(call, None)  # another program's, or at another temperature: its reply would be told as this one's
            shutil.rmtree(call, ignore_errors=True)
        if not os.path.exists(f"{call}/status") and not _alive(call):
            process = self._start(call, request)
        while not os.path.exists(f"{call}/status"):
            reason = self._reason_to_end(call, started, request.timeout_seconds, stop)
            ended = process.poll() is not None if process else not _alive(call)
            if reason or (ended and not os.path.exists(f"{call}/status")):
                _kill(call, process)
                if process:
                    process.wait()
                shutil.rmtree(call, ignore_errors=True)
                raise GeneratorError(self._failure(reason or "was killed before it ended"))
            tell(Progress(output_tokens=int(_size(f"{call}/reply.txt") / _BYTES_PER_TOKEN)))
            stop.wait(_TICK_SECONDS)
        if process:
            process.wait()
        return self._reply(call, time.monotonic() - started)

    def delivered(self, request: Request) -> None:
        shutil.rmtree(self._place(request), ignore_errors=True)

    def _place(self, request: Request) -> str:
        """Return where the call lies; the same prompt asked again is another call."""
        again = f".{request.attempt}" if request.attempt > 1 else ""
        return f"{self._folder}/{request.prompt_digest}{again}"

    def _asked(self, request: Request) -> str:
        return digest(f"{shlex.join(self._argv)}\n{request.temperature}")  # the line itself may hold a key

    def _start(self, call: str, request: Request) -> subprocess.Popen[bytes]:
        shutil.rmtree(call, ignore_errors=True)
        os.makedirs(call, mode=0o700)
        with open(f"{call}/prompt.txt", "w", encoding="utf-8", newline="") as file:
            file.write(request.prompt)
        with open(f"{call}/asked", "w", encoding="utf-8") as file:
            file.write(self._asked(request))
        with open(f"{call}/unit", "w", encoding="utf-8") as file:
            file.write(request.unit)
        environ = {name: value for name, value in self._environ.items() if name != TEMPERATURE}
        if request.temperature is not None:
            environ[TEMPERATURE] = f"{request.temperature:g}"
        return subprocess.Popen(
            ["/bin/sh", "-c", _WRAPPER, call, *self._argv], cwd=self._root, env=environ, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _reason_to_end(self, call: str, started: float, timeout: float, stop: threading.Event) -> str:
        if stop.is_set():
            return "was interrupted"
        if time.monotonic() - started > timeout:
            return f"took longer than {timeout:g} s"
        if max(_size(f"{call}/reply.txt"), _size(f"{call}/errors.txt")) > _MOST_REPLY_BYTES:
            return f"wrote more than {_MOST_REPLY_BYTES >> 20} MiB"
        return ""

    def _reply(self, call: str, seconds: float) -> Reply:
        status = _read(f"{call}/status").strip()
        text = redact(_read(f"{call}/reply.txt"), self._environ, SHORTEST_IN_CODE)
        if status != "0":
            said = redact(_read(f"{call}/errors.txt"), self._environ).strip().split("\n")[-3:]
            shutil.rmtree(call, ignore_errors=True)
            raise GeneratorError(self._failure(f"ended with status {status}: {' / '.join(said)[:400] or 'no message'}"))
        return Reply(text=text, model=self._shown, usage=Usage(), seconds=round(seconds, 3))

    def _failure(self, what: str) -> Problem:
        return Problem(message=f"`{self._shown}` {what}", fault="generator", hint=f"echo hello | {self._shown}")


def _problem(message: str, hint: str = "regen doctor") -> Problem:
    return Problem(message=message, hint=hint)


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_REPLY_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _birth(pid: int) -> str:
    """Return when a process started, in the kernel's ticks: pids are used again, pairs of both are not."""
    return _birth_in(_read(f"/proc/{pid}/stat"))


def _birth_in(stat: str) -> str:
    fields = stat.rpartition(")")[2].split()
    start_time = 19  # of the fields after the name, see proc(5)
    return fields[start_time] if len(fields) > start_time and fields[0] != "Z" else ""


def _identity(call: str) -> tuple[int, str]:
    """Return the pid and the birth that the wrapper noted, 0 where it noted nothing."""
    noted = _read(f"{call}/process")
    pid = noted.partition(" ")[0]
    return (int(pid), _birth_in(noted)) if pid.isdigit() else (0, "")


def _alive(call: str) -> bool:
    pid, birth = _identity(call)
    return bool(pid and birth) and _birth(pid) == birth


def _kill(call: str, process: subprocess.Popen[bytes] | None) -> None:
    pid, birth = (process.pid, "") if process else _identity(call)
    if pid and (process or _birth(pid) == birth):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def sweep(root: str, ledger: Ledger) -> None:
    """Remove calls whose reply reached the ledger before their folder could be removed: regen was killed in between."""
    folder = f"{root}/.regen/local/calls"
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        place = f"{folder}/{name}/unit"
        unit = _read(place)
        # An older reply to the same prompt is not this call's.
        prompt, _, attempt = name.partition(".")
        mine = [r for r in ledger.replies(unit) if r.prompt_digest == prompt and r.attempt == int(attempt or 1)]
        if unit and any(r.at >= os.stat(place).st_mtime for r in mine):
            shutil.rmtree(f"{folder}/{name}", ignore_errors=True)

"""Talks to programs in the sandbox: one process that stays, started anew when it is gone; else one run a message."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import struct
import time
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import msgspec

from regen.checks.python_tests.job import INSIDE as WALLS
from regen.errors import Problem, SandboxError
from regen.ports import Command, Limits, View
from regen.sandboxes.layer import masked_paths
from regen.sandboxes.seccomp import refusals

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from regen.checks.python_tests.interpreter import Interpreter
    from regen.ports import Sandbox
    from regen.sandboxes.kept import Kept

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside")
_LENGTH = struct.Struct("!I")
_CHUNK = 1 << 20
_POLL_SECONDS = 0.1
_OWN_BYTES = 96 << 20
_OWN_PROCESSES = 3
_STARTS = 3
_ENVIRONMENT = {"TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1"}


@runtime_checkable
class _Keeps(Protocol):
    def keep(self, argv: Sequence[str], view: View, env: Mapping[str, str], limits: Limits) -> Kept: ...


class InterruptedAskingError(Exception):
    """The user stopped it."""


class Conversation:
    """Questions to programs and their answers; `programs` maps an id to what `inside/child.py` loads.

    `root` is the project's absolute path, of which `hidden_paths` are not shown. `hash_seed` orders the programs' sets.
    Not for several threads.
    """

    def __init__(
        self, sandbox: Sandbox, interpreter: Interpreter, root: str, programs: Mapping[str, Mapping[str, Any]],
        stop: threading.Event, *, limits: Limits, hidden_paths: tuple[str, ...] = (), hash_seed: int = 0,
    ) -> None:  # fmt: skip
        self._sandbox, self._interpreter, self._limits, self._stop = sandbox, interpreter, limits, stop
        self._view = View(root=root, masked=hidden_paths, readable=(*interpreter.readable, WALLS, _PROGRAM))
        self._environment = {**_ENVIRONMENT, "PYTHONHASHSEED": str(hash_seed)}
        self._programs = programs
        self._kept: Kept | None = None
        self.spent = 0.0  # seconds of processor time, by all that was asked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process that was kept."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def ask(
        self, programs: Sequence[str], inputs: Sequence[tuple[tuple[str, ...], str, str]], *, times: int = 1,
        seconds: float, program_seconds: float, all_seconds: float = math.inf, large_from: int | None = None,
        options: Mapping[str, bool],
    ) -> dict[str, dict[str, Any]]:  # fmt: skip
        """Return what each program answers to each input, asked `times` times in one process.

        An input is statements to run before, the function's source and the arguments' source. `seconds` of processor
        time are allowed for one input, `program_seconds` for all of a program's, `all_seconds` for those of all
        programs, but some to each. Who takes too long for an input from `large_from` on is asked no more. The answer
        holds `unloaded`, why a program could not be loaded, and `answers`, one an input: None, or as many texts as
        `times`. Raises SandboxError where there is no sandbox, InterruptedAskingError where it was stopped.
        """
        message = {
            "run": list(programs), "inputs": list(inputs), "times": times, "seconds": seconds,
            "program_seconds": program_seconds, "all_seconds": min(all_seconds, len(programs) * program_seconds),
            "large_from": len(inputs) if large_from is None else large_from, "options": dict(options),
        }  # fmt: skip
        patience = 30 + len(programs) * (8 * program_seconds + 32 * seconds + 40)
        for _ in range(_STARTS):
            try:
                told = self._exchange(message, patience)
            except (OSError, EOFError):
                self.close()
            else:
                self.spent += told["spent"]
                answers: dict[str, dict[str, Any]] = told["answers"]
                return answers
        raise SandboxError(Problem(message="the process that asks programs ends again and again", fault="sandbox"))

    def _exchange(self, message: dict[str, Any], patience: float) -> dict[str, Any]:
        if not isinstance(self._sandbox, _Keeps):
            return self._once(message, patience)
        if self._kept is None:
            self._kept = self._start(self._sandbox)
        return self._tell(self._kept, message, patience)

    def _start(self, sandbox: _Keeps) -> Kept:
        limits = msgspec.structs.replace(
            self._limits, memory_bytes=self._limits.memory_bytes + _OWN_BYTES,
            processes=self._limits.processes + _OWN_PROCESSES,
        )  # fmt: skip
        kept = sandbox.keep(self._argv("stay"), self._view, self._environment, limits)
        try:
            holds = (kept.cgroup.limits_memory, kept.cgroup.limits_processes)
            kept.control.sendall(_packed(self._setup()))
            self._tell(kept, self._load(*holds), 60)
        except OSError as error:
            said = kept.said().strip().splitlines()
            kept.close()
            message = f"programs can't be asked: {said[-1] if said else error}"
            raise SandboxError(Problem(message=message, fault="sandbox")) from error
        except BaseException:
            kept.close()
            raise
        return kept

    def _argv(self, mode: str) -> tuple[str, ...]:
        return (self._interpreter.program, "-s", os.path.join(_PROGRAM, "main.py"), mode, WALLS)

    def _setup(self) -> dict[str, Any]:
        root = self._view.root
        return {
            "root": root,
            "readable": [path for path in self._view.readable if os.path.exists(path)],
            "refused_calls": refusals().hex(),
        }

    def _load(self, holds_memory: bool, holds_processes: bool) -> dict[str, Any]:  # noqa: FBT001 - two facts
        limits = {
            **msgspec.structs.asdict(self._limits), "group_holds_memory": holds_memory,
            "group_holds_processes": holds_processes,
            "masked": [path for path in masked_paths(self._view)
                       if os.path.lexists(os.path.join(self._view.root, path))],
        }  # fmt: skip
        return {"load": dict(self._programs), "limits": limits}

    def _tell(self, kept: Kept, message: dict[str, Any], patience: float) -> dict[str, Any]:
        kept.control.settimeout(60)
        kept.control.sendall(_packed(message))
        until = time.monotonic() + patience
        data = b""
        while len(data) < _LENGTH.size or len(data) < _LENGTH.size + _LENGTH.unpack(data[: _LENGTH.size])[0]:
            if self._stop.is_set():
                self.close()
                raise InterruptedAskingError
            if time.monotonic() > until:
                raise EOFError
            if not select.select([kept.control], [], [], _POLL_SECONDS)[0]:
                continue
            chunk = kept.control.recv(_CHUNK)
            if not chunk:
                raise EOFError
            data += chunk
        answer: dict[str, Any] = json.loads(data[_LENGTH.size :])
        return answer

    def _once(self, message: dict[str, Any], patience: float) -> dict[str, Any]:
        """Return the answer of a process of its own."""
        root = self._view.root
        limits = msgspec.structs.replace(
            self._limits, wall_seconds=patience, cpu_seconds=patience, output_bytes=64 << 20,
            memory_bytes=self._limits.memory_bytes + _OWN_BYTES,
        )  # fmt: skip
        messages = (self._setup(), self._load(False, False), message)  # noqa: FBT003
        command = Command(
            argv=self._argv("once"), view=self._view, env={**self._environment, "PYTHONPATH": f"{root}/src:{root}"},
            stdin=b"".join(map(_packed, messages)), limits=limits,
        )  # fmt: skip
        ended = self._sandbox.run(command, self._stop)
        if ended.stopped == "interrupted":
            raise InterruptedAskingError
        found: dict[str, Any] = {}
        data = ended.stdout
        with contextlib.suppress(ValueError, struct.error):
            while data:
                (size,) = _LENGTH.unpack(data[: _LENGTH.size])
                found = json.loads(data[_LENGTH.size : _LENGTH.size + size])
                data = data[_LENGTH.size + size :]
        if "answers" not in found:
            said = ended.stderr.decode(errors="replace").strip().splitlines()
            message_ = f"programs can't be asked: {said[-1] if said else ended.stopped or ended.exit_code}"
            raise SandboxError(Problem(message=message_, fault="sandbox"))
        return found


def _packed(message: dict[str, Any]) -> bytes:
    data = json.dumps(message).encode()
    return _LENGTH.pack(len(data)) + data

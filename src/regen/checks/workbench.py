"""Runs regen's own standalone programs over a candidate in the sandbox: a JSON job in, a JSON answer out."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any

import msgspec

from regen.checks.imports import module_of
from regen.checks.python_tests.interpreter import ask_interpreter
from regen.errors import InputError
from regen.ports import Command, Limits, Sandbox, View

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from regen.units.unit import Unit

_PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside")


class Workbench(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate in its project: `files` (path → text) of `unit`, judged by the project's `interpreter`.

    `hidden_paths` are the hidden test files of all units, which the candidate may not see.
    """

    sandbox: Sandbox
    root: str
    interpreter: str
    limits: Limits
    hidden_paths: tuple[str, ...]
    unit: Unit
    files: Mapping[str, str]
    stop: threading.Event

    @property
    def modules(self) -> tuple[str, ...]:
        """Return the names of the unit's Python modules."""
        return tuple(dict.fromkeys(module_of(t.path) for t in self.unit.targets if t.path.endswith(".py")))

    @property
    def paths(self) -> tuple[str, ...]:
        """Return where modules are looked for, relative to the root."""
        return ("src", ".")

    def ask(self, program: str, job: Mapping[str, Any], *, shown: tuple[str, ...] = (), wall: float = 0) -> Any:
        """Return the answers of `inside/PROGRAM`, or, as a string, why there are none.

        `shown` are hidden files that this run may see, `wall` stands in for the limit of seconds.
        """
        try:
            readable = ask_interpreter(self.interpreter).readable
        except InputError as error:
            return error.problems[0].message
        token = secrets.token_hex(8)
        view = View(
            root=self.root, files={path: text.encode() for path, text in self.files.items()},
            masked=tuple(path for path in self.hidden_paths if path not in shown), readable=(*readable, _PROGRAMS),
        )  # fmt: skip
        seconds = wall or self.limits.wall_seconds
        limits = msgspec.structs.replace(
            self.limits, wall_seconds=seconds, cpu_seconds=2 * seconds,
            output_bytes=max(self.limits.output_bytes, 1 << 22),
        )  # fmt: skip
        command = Command(
            argv=(self.interpreter, "-B", "-s", os.path.join(_PROGRAMS, program)), view=view, limits=limits,
            stdin=msgspec.json.encode({**job, "token": token, "paths": self.paths}),
            env={"PYTHONHASHSEED": "0", "TZ": "UTC"},
        )  # fmt: skip
        ended = self.sandbox.run(command, self.stop)
        if ended.stopped:
            return f"stopped: {ended.stopped}"
        for line in reversed(ended.stdout.split(b"\n")):
            if token.encode() in line:
                try:
                    return msgspec.json.decode(line)["answers"]
                except (msgspec.MsgspecError, KeyError, TypeError):
                    break
        said = ended.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        return f"no answer, exit status {ended.exit_code}: {said[:300]}"

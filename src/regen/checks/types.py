"""The types gate: ty or mypy, as the project chose, in the sandbox, over the candidate in its project."""

from __future__ import annotations

import glob
import os
import re
import sys
from typing import TYPE_CHECKING

from regen.checks.language_tests.toolchains import holds_home
from regen.checks.lint import with_unread
from regen.checks.suppressions import TYPES, accepted_text, without_suppressions
from regen.checks.unchecked import unchecked
from regen.ports import Command, Limits, Sandbox, View
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

# Both print `path:line:column: error…: message`; mypy leaves the column out.
_LINE = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+):(?:\d+:)? error(?:\[(?P<rule>[\w-]+)\])?:? (?P<message>.*)$", re.MULTILINE
)
_CACHE = "/tmp/mypy"  # noqa: S108 - inside the sandbox, whose /tmp is its own
_LIMITS = Limits(wall_seconds=120, cpu_seconds=120, memory_bytes=2 << 30, processes=128)


def check_types(
    program: str, sandbox: Sandbox, root: str, files: Mapping[str, str], interpreter: str,
    stop: threading.Event | None = None, masked: tuple[str, ...] = (),
) -> CheckRun:  # fmt: skip
    """Return the type errors in the candidate's own files; `program` is `ty` or `mypy`.

    A comment that silences the checker counts only in a line that the project's own file has already.
    """
    paths = sorted(path for path in files if path.endswith((".py", ".pyi")))
    if not paths:
        return with_unread(CheckRun(name="types", outcome="skipped", reason="no Python file"), program, files)
    found_program = os.path.join(os.path.dirname(sys.executable), program)
    if not os.path.exists(found_program):
        return CheckRun(
            name="types", outcome="inconclusive", reason=f"{program} is not here: pip install 'regen[types]'"
        )
    if program == "ty":
        argv = (found_program, "check", "--output-format", "concise", "--python", interpreter, *paths)
    else:
        argv = (
            found_program,
            "--no-error-summary",
            "--cache-dir",
            _CACHE,
            "--python-executable",
            interpreter,
            *paths,
        )
    source = "src" if os.path.isdir(f"{root}/src") else "."
    shown = without_suppressions(root, files, TYPES)
    view = View(
        root=root, files={p: t.encode() for p, t in shown.items()}, masked=masked, readable=readable_of(interpreter)
    )
    environ = {"MYPYPATH": source, "PATH": "/usr/bin:/bin", "HOME": "/tmp", "NO_COLOR": "1"}  # noqa: S108
    ended = sandbox.run(Command(argv=argv, view=view, env=environ, limits=_LIMITS), stop)
    if ended.stopped:
        return CheckRun(name="types", outcome="inconclusive", reason=f"{program} was stopped: {ended.stopped}")
    text = ended.stdout.decode("utf-8", "replace")
    findings = tuple(
        Finding(path=f["path"], line=int(f["line"]), code=f["rule"] or "", message=f["message"])
        for f in _LINE.finditer(text)
        if f["path"] in files
    )
    findings += tuple(
        Finding(path=path, line=line, message=what)
        for path in paths
        for line, what in unchecked(files[path], accepted_text(root, path))
    )
    if findings:
        return CheckRun(name="types", outcome="failed", findings=findings)
    if ended.exit_code not in {0, 1}:
        said = (ended.stderr.decode("utf-8", "replace") or text).strip().split("\n")[-1]
        return CheckRun(name="types", outcome="inconclusive", reason=f"{program} could not judge: {said[:300]}")
    return with_unread(CheckRun(name="types", outcome="passed"), program, files)


def readable_of(interpreter: str) -> tuple[str, ...]:
    """Return the folders that the checker and the project's interpreter live in."""
    homes = [sys.prefix, sys.base_prefix]
    if not interpreter.startswith((sys.prefix, sys.base_prefix)):
        for program in (interpreter, os.path.realpath(interpreter)):
            prefix = os.path.dirname(os.path.dirname(program))
            own = (program, *glob.glob(f"{prefix}/lib/*python3*")) if holds_home(prefix) else (prefix,)
            homes += [path for path in own if not holds_home(path)]
    return tuple(dict.fromkeys(homes))

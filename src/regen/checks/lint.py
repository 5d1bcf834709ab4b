"""The lint gate: ruff, under the project's own configuration; it reads the candidate and runs nothing of it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from regen.checks.suppressions import LINT, without_suppressions
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = 20
NO_CODE = (".json", ".md", ".txt", ".toml", ".yaml", ".yml", ".csv", ".html", ".css", ".sql", ".svg", ".xml", ".ini")
"""Ends of names of files that hold no code that a linter would read."""


class _Place(msgspec.Struct):
    row: int


class _RuffFinding(msgspec.Struct):
    code: str | None
    message: str
    location: _Place


def ruff_program() -> str:
    """Return the path of the ruff that came with regen, or the one on the PATH; empty where there is none."""
    beside = os.path.join(os.path.dirname(sys.executable), "ruff")
    if os.path.exists(beside):
        return beside
    return shutil.which("ruff") or ""


def check_lint(root: str, files: Mapping[str, str]) -> CheckRun:
    """Return what ruff says of the Python files of a candidate; paths relative to `root` → whole text.

    A comment that silences ruff counts only in a line that the project's own file has already.
    """
    check = run_ruff("lint", root, without_suppressions(root, files, LINT))
    return with_unread(check, "ruff", files)


def with_unread(check: CheckRun, program: str, files: Mapping[str, str]) -> CheckRun:
    """Return the check with a reason that names a file of code which a program for Python can't read."""
    unread = [path for path in sorted(files) if not path.endswith((".py", ".pyi", *NO_CODE))]
    if not unread or check.outcome not in {"passed", "skipped"}:
        return check
    reason = f"{program} reads Python only: nothing judges {', '.join(unread)}"
    outcome = check.outcome if any(path.endswith((".py", ".pyi")) for path in files) else "skipped"
    return msgspec.structs.replace(check, outcome=outcome, reason=reason)


def run_ruff(name: str, root: str, files: Mapping[str, str], options: tuple[str, ...] = ()) -> CheckRun:
    """Return what ruff says with further `options`, as the check `name`."""
    program = ruff_program()
    if not program:
        hint = "pip install ruff" if importlib.util.find_spec("ruff") is None else "pip install --force-reinstall ruff"
        return CheckRun(name=name, outcome="inconclusive", reason=f"ruff is not here: {hint}")
    findings: list[Finding] = []
    for path, text in sorted(files.items()):
        if not path.endswith((".py", ".pyi")):
            continue
        argv = [program, "check", "--quiet", "--no-cache", "--no-fix", "--no-fix-only",
                "--force-exclude", "--output-format", "json", *options,
                "--stdin-filename", path, "-"]  # fmt: skip
        try:
            done = subprocess.run(
                argv, input=text.encode(), capture_output=True, cwd=root, timeout=_SECONDS, check=False
            )
            found = msgspec.json.decode(done.stdout or b"[]", type=list[_RuffFinding])
        except (OSError, subprocess.TimeoutExpired, msgspec.MsgspecError) as error:
            return CheckRun(name=name, outcome="inconclusive", reason=f"ruff gave no answer: {error}")
        if done.returncode not in {0, 1}:
            said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
            return CheckRun(name=name, outcome="inconclusive", reason=f"ruff could not judge: {said}")
        findings += [Finding(path=path, line=f.location.row, code=f.code or "", message=f.message) for f in found]
    return CheckRun(name=name, outcome="failed" if findings else "passed", findings=tuple(findings))

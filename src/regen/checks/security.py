"""The security gate: ruff's S rules, whatever the project selects and the candidate silences, and secrets in code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.checks.lint import run_ruff
from regen.checks.secrets import secrets_in
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_security(root: str, files: Mapping[str, str]) -> CheckRun:
    """Return what is dangerous in a candidate; paths relative to `root` → whole text. No finding holds a secret."""
    findings = [
        Finding(path=path, line=line, code="secret", message=f"{kind} stands in the code; read it from the environment")
        for path, text in sorted(files.items())
        for line, kind in secrets_in(text, path)
    ]
    ruled = run_ruff("security", root, files, ("--select", "S", "--ignore-noqa"))
    if ruled.outcome == "inconclusive" and not findings:
        return ruled
    findings += ruled.findings
    return CheckRun(name="security", outcome="failed" if findings else "passed", findings=tuple(findings))

"""The security gate: ruff's S rules, whatever the project selects and the candidate silences, and secrets in code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from regen.checks.hidden_calls import hidden_calls
from regen.checks.lint import NO_CODE, run_ruff
from regen.checks.secrets import secrets_in
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

_HIDDEN = frozenset({"S102", "S301", "S302", "S307", "S506", "S605", "S606"})
"""The rules that also hold for functions used as values: to run code or commands, or to load objects that do."""


def check_security(root: str, files: Mapping[str, str]) -> CheckRun:
    """Return what is dangerous in a candidate; paths relative to `root` → whole text. No finding holds a secret."""
    findings = [
        Finding(path=path, line=line, code="secret", message=f"{kind} stands in the code; read it from the environment")
        for path, text in sorted(files.items())
        for line, kind in secrets_in(text, path)
    ]
    hidden = {path: hidden_calls(text) for path, text in files.items() if path.endswith(".py")}
    # ruff judges them as lines at the end, under what people ignore for this file.
    shown = {p: "\n".join([t, *(call for _, call in hidden.get(p, ()))]) for p, t in files.items()}
    ruled = run_ruff("security", root, shown, ("--select", "S", "--ignore-noqa"))
    if ruled.outcome == "inconclusive" and not findings:
        return ruled
    for finding in ruled.findings:
        ends = files[finding.path].count("\n") + 1
        if finding.line <= ends:
            findings.append(finding)
        elif finding.code in _HIDDEN:
            line, call = hidden[finding.path][finding.line - ends - 1]
            said = f"{finding.message} (it amounts to `{call.rpartition('; ')[2].removesuffix('(_)')}`)"
            findings.append(msgspec.structs.replace(finding, line=line, message=said))
    unread = [path for path in sorted(files) if not path.endswith((".py", ".pyi", *NO_CODE))]
    reason = f"ruff reads Python only: of {', '.join(unread)} secrets alone were looked for" if unread else ""
    if findings:
        return CheckRun(name="security", outcome="failed", findings=tuple(dict.fromkeys(findings)))
    return CheckRun(name="security", outcome="passed", reason=reason)

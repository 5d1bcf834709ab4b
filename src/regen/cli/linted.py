"""`regen check` where regen.toml makes findings of spec or tests a gate: nothing is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regen.project import Project, find_root
from regen.trust.gate import failing, is_asked
from regen.trust.static import examine

if TYPE_CHECKING:
    from regen.units.unit import Unit


def gated(folder: str) -> list[dict[str, Any]] | None:
    """Return each finding that fails the check as data: unit, kind, path, line, requirement, test, message, mend.

    None where no kind of finding is a gate.
    """
    project = Project.load(find_root(folder))
    if not is_asked(project.settings.checks):
        return None
    rows = (row for name in project.graph.order for row in gated_of(project, project.graph.units[name]))
    # Units that share a test file share what is found there.
    return list({(row["kind"], row["path"], row["line"], row["message"]): row for row in rows}.values())


def gated_of(project: Project, unit: Unit) -> list[dict[str, Any]]:
    """Return those of one unit."""
    if not is_asked(project.settings.checks):
        return []
    tests, hidden = (
        {ref.path: project.code.read(ref.path) or "" for ref in refs} for refs in (unit.tests, unit.hidden_tests)
    )
    _, findings = examine(project.spec(unit), unit, tests, hidden)
    rows = []
    for finding in failing(findings, project.settings.checks):
        place = f"{finding.path}:{finding.line}" if finding.line else finding.path
        rows.append({
            "unit": unit.id, "kind": finding.kind, "path": finding.path, "line": finding.line,
            "requirement": finding.requirement, "test": finding.test, "message": finding.message,
            "mend": f"{finding.advice.rstrip('.')}: edit {place}, then: regen check",
        })  # fmt: skip
    return rows


def told(row: dict[str, Any]) -> str:
    """Return a finding on one line."""
    place = f"{row['path']}:{row['line']}" if row["line"] else row["path"]
    about = f" ({row['requirement']})" if row["requirement"] and row["requirement"] not in row["message"] else ""
    return f"{place} {row['kind']}{about}: {row['message']}"

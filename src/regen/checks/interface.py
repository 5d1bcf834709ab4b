"""The gate that looks for the spec's declared interface in the candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.languages import language_of
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.units.unit import Unit


def check_interface(unit: Unit, declared: str, files: Mapping[str, str]) -> CheckRun:
    """Return whether the unit's files, taken together, hold every declaration of `declared`."""
    if not declared.strip():
        return CheckRun(name="interface", outcome="skipped", reason="the spec declares none")
    path = unit.targets[0].path
    text = "\n".join(files[target.path] for target in unit.targets if target.path in files)
    missing = language_of(path).missing_declarations(declared, text)
    findings = tuple(Finding(path=path, message=message) for message in missing)
    return CheckRun(name="interface", outcome="failed" if findings else "passed", findings=findings)

"""`regen check --trust LEVEL`: the units that no audit of just this code under just this key trusts so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regen.project import Project, find_root
from regen.storage.trust import DiskTrust

if TYPE_CHECKING:
    from regen.trust.evidence import Level

_LEVELS: dict[str, Level] = {"safe": "safe to regenerate", "within-tests": "safe within the tests"}


def doubtful(folder: str, level: str) -> list[list[Any]]:
    """Return `[unit, state, step, reasons, mend]`, as `regen status` has them, of each unit that falls short."""
    project = Project.load(find_root(folder))
    records = DiskTrust(project.root)
    found: list[list[Any]] = []
    for name, unit in project.graph.units.items():
        record, mend = records.read(name), f"regen audit {name}"
        if record is None:
            found.append([name, "not audited", "audit", ["no audit is on record"], mend])
        elif not record.is_of(project.keys[name].digest, project.code_digests(unit)):
            found.append([name, "not audited", "audit", ["spec, tests or code changed since the audit"], mend])
        elif not record.reaches(_LEVELS[level]):
            found.append([name, record.level, "audit", list(record.reasons), mend])
    return found

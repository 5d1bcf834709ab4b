"""The gate for the project's import-linter contracts, over the candidate in its project, in the sandbox."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from regen.checks.dynamic_imports import dynamic_imports
from regen.checks.imports import module_of
from regen.checks.lint import with_unread
from regen.checks.types import readable_of
from regen.ports import Command, Limits, Sandbox, View
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping

_LIMITS = Limits(wall_seconds=120, cpu_seconds=120, memory_bytes=1 << 30, processes=128)
_IMPORT = re.compile(r"(?P<importer>[\w.]+) -> (?P<imported>[\w.]+) \((?P<lines>[^)]*)\)")
_BROKEN = "Broken contracts"


def check_boundaries(
    sandbox: Sandbox, root: str, files: Mapping[str, str], interpreter: str,
    stop: threading.Event | None = None, masked: tuple[str, ...] = (),
) -> CheckRun:  # fmt: skip
    """Return the broken contracts that imports of the candidate's own files (path → text) take part in."""
    modules = {module_of(path): path for path in files if path.endswith(".py")}
    if not modules:
        return with_unread(CheckRun(name="boundaries", outcome="skipped"), "import-linter", files)
    hidden, shown = _shown(files, modules)
    if hidden:
        return CheckRun(name="boundaries", outcome="failed", findings=hidden)
    program = os.path.join(os.path.dirname(sys.executable), "lint-imports")
    if not os.path.exists(program):
        reason = "import-linter is not here: pip install 'regen[boundaries]'"
        return CheckRun(name="boundaries", outcome="inconclusive", reason=reason)
    view = View(
        root=root, files={p: t.encode() for p, t in shown.items()}, masked=masked, readable=readable_of(interpreter)
    )
    environ = {
        "PYTHONPATH": os.pathsep.join([f"{root}/src", root]), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1",
        "COLUMNS": "1000", "PATH": "/usr/bin:/bin", "HOME": "/tmp",  # noqa: S108 - inside the sandbox
    }  # fmt: skip
    argv = (sys.executable, program, "--no-cache", "--no-logo")
    ended = sandbox.run(Command(argv=argv, view=view, env=environ, limits=_LIMITS), stop)
    if ended.stopped:
        reason = f"import-linter was stopped: {ended.stopped}"
        return CheckRun(name="boundaries", outcome="inconclusive", reason=reason)
    if ended.exit_code == 0:
        return with_unread(CheckRun(name="boundaries", outcome="passed"), "import-linter", files)
    text = ended.stdout.decode("utf-8", "replace")
    report = text.partition(_BROKEN)[2]
    if not report:
        lines = [line for line in (text + ended.stderr.decode("utf-8", "replace")).split("\n") if line.strip()]
        said = lines[-1].strip()[:300] if lines else f"exit status {ended.exit_code}"
        return CheckRun(name="boundaries", outcome="inconclusive", reason=f"import-linter could not judge: {said}")
    findings = tuple(dict.fromkeys(_findings(report, modules, files)))
    reason = "" if findings else "contracts are broken, but by no import of this unit: lint-imports"
    return CheckRun(
        name="boundaries", outcome="failed" if findings else "passed", findings=findings, reason=reason
    )  # fmt: skip


def _shown(files: Mapping[str, str], modules: Mapping[str, str]) -> tuple[tuple[Finding, ...], dict[str, str]]:
    """Return what hides imports from import-linter, and the files with what they import at run time at their end."""
    hidden: list[Finding] = []
    shown = dict(files)
    for module, path in sorted(modules.items()):
        for found in dynamic_imports(files[path], module, is_package=path.endswith("/__init__.py")):
            if found.name and all(map(str.isidentifier, found.name.split("."))):
                shown[path] += f"\nimport {found.name}"
            else:
                message = f"{found.way or found.name} may import anything, which contracts can't see"
                hidden.append(Finding(path=path, line=found.line, message=message))
    return tuple(hidden), shown


def _findings(report: str, modules: Mapping[str, str], files: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each line of the report that is an import of the candidate's own modules."""
    lines = report.split("\n")
    contract, forbidden = "", ""
    for number, line in enumerate(lines):
        below = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if line.strip() and below and not below.strip("-") and len(below) >= len(line.strip()) - 1:
            contract, forbidden = line.strip(), ""
        elif line.strip().endswith(":") and not _IMPORT.search(line):
            forbidden = line.strip(" -:")
        for found in _IMPORT.finditer(line):
            if found["importer"] in modules:
                first = re.search(r"\d+", found["lines"])
                why = f" ({forbidden})" if forbidden else ""
                broken = f'which breaks the contract "{contract}"{why}'
                message = f"{found['importer']} imports {found['imported']}, {broken}"
                path, row = modules[found["importer"]], int(first[0]) if first else 0
                is_there = row <= files[path].count("\n") + 1
                yield Finding(path=path, line=row if is_there else 0, message=message)

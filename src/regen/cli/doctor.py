"""`regen doctor`: whether this machine and project have what regen needs, each with the command that mends it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from regen import __version__
from regen.assembly import Workshop
from regen.checks.lint import ruff_program
from regen.cli.style import counted
from regen.errors import RegenError
from regen.project import Project, find_root
from regen.sandboxes import open_sandbox
from regen.storage.tree import repository_of

if TYPE_CHECKING:
    import argparse

EXAMPLE = "regen doctor"


class Finding(NamedTuple):
    """One thing looked at: `well` is None where it is only worth knowing."""

    name: str
    well: bool | None
    detail: str
    mend: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sandbox", default="", metavar="KIND", help="look at this sandbox")


def run(options: argparse.Namespace) -> int:
    findings = [*_machine(options.sandbox), *_project()]
    if options.json:
        print(json.dumps({"findings": [finding._asdict() for finding in findings]}, indent=1))
    else:
        for finding in findings:
            symbol = {True: "✓", False: "✗", None: "·"}[finding.well]
            print(f"{symbol} {finding.name}: {finding.detail}" + (f"\n  mend: {finding.mend}" if finding.mend else ""))
    return 1 if any(finding.well is False for finding in findings) else 0


def _machine(kind: str) -> list[Finding]:
    found = [Finding("regen", True, f"{__version__} on Python {sys.version.split()[0]}")]
    git = shutil.which("git")
    version = (
        subprocess.run([git, "--version"], capture_output=True, text=True, check=False).stdout.strip() if git else ""
    )
    found.append(Finding("git", True if git else None, version or "not here: files are found by walking the folder"))
    try:
        sandbox = open_sandbox(kind or "bubblewrap")
        found.append(Finding("sandbox", True, f"{sandbox.name} works"))
    except RegenError as error:
        found.append(Finding("sandbox", False, error.problems[0].message, error.problems[0].hint))
    except OSError as error:
        found.append(Finding("sandbox", False, f"{error.strerror or error} while it was tried", "regen doctor"))
    found.append(Finding("ruff", True if ruff_program() else None, "found" if ruff_program() else "not here"))
    for extra, module in (("api", "pydantic_ai"), ("types", "ty")):
        there = importlib.util.find_spec(module) is not None
        found.append(Finding(f"extra {extra}", True if there else None, "installed" if there else "not installed",
                             "" if there else f"pip install 'regen[{extra}]'"))  # fmt: skip
    return found


def _project() -> list[Finding]:
    try:
        project = Project.load(find_root(os.getcwd()))
    except RegenError as error:
        return [Finding("project", False, p.message + (f" ({p.path}:{p.line})" if p.path else ""), p.hint)
                for p in error.problems]  # fmt: skip
    found = [Finding("project", True, counted(len(project.graph.units), "unit"))]
    if not repository_of(project.root):
        found.append(Finding("repository", None, "no git repository: the ledger has no history", "git init"))
    elif _ignored(project.root):
        found.append(
            Finding(
                "ledger", False, ".regen is ignored by git: nobody else gets it", "git check-ignore -v .regen/locks"
            )
        )
    names = {project.generator_of(unit) for unit in project.graph.units.values()} or {
        project.settings.generator.default
    }
    workshop = Workshop(project, environ=os.environ)
    found += [_asked(workshop, name, "can be asked") for name in sorted(names)]
    varied = {*project.settings.generator.vary.models} - names
    found += [_asked(workshop, name, "can be asked for samples that differ") for name in sorted(varied)]
    found += [Finding("note", None, notice) for notice in project.notices]
    return found


def _asked(workshop: Workshop, name: str, well: str) -> Finding:
    """Open the generator called `name`; `well` says what it can where that goes well."""
    try:
        return Finding("generator", True, f"{workshop.generator(name).name} {well}")  # its own word shows no key
    except RegenError as error:
        return Finding("generator", False, error.problems[0].message, error.problems[0].hint)


def _ignored(root: str) -> bool:
    done = subprocess.run(["git", "-C", root, "check-ignore", "-q", ".regen/locks"], check=False, capture_output=True)
    return done.returncode == 0

"""`regen diff UNIT`: accepted code against the code that is there, or against a candidate that was not accepted."""

from __future__ import annotations

import difflib
import json
import os
from typing import TYPE_CHECKING

from regen.cli.selection import require
from regen.cli.style import coloured
from regen.errors import InputError, Problem
from regen.landing import target_text
from regen.project import Project, find_root
from regen.storage.ledger import DiskLedger

if TYPE_CHECKING:
    import argparse

    from regen.ledger.records import Generation

EXAMPLE = "regen diff signup.email"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="*", metavar="UNIT", help="only these; all edited ones by default")
    parser.add_argument("--generation", default="", metavar="ID", help="against this generation instead")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require(options.units, project.graph.units)
    ledger = DiskLedger(project.root)
    names = options.units or [unit for unit in project.graph.order if unit in project.locks]
    found: dict[str, str] = {}
    for name in names:
        unit = project.graph.units[name]
        old = _accepted(project, ledger, name, options.generation)
        for target in unit.targets:
            label = options.generation or "accepted"
            before = ledger.text(old.candidate[str(target)]) if old and str(target) in old.candidate else ""
            after = target_text(project.code, target)
            lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True),
                                         f"{label}/{target}",
                                         f"now/{target}")  # fmt: skip
            text = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
            if text:
                found[str(target)] = text
    if options.json:
        print(json.dumps({"differences": found}, indent=1))
    else:
        for text in found.values():
            for line in text.splitlines():
                print(coloured(line, _colour(line)))
    return 1 if found else 0


def _accepted(project: Project, ledger: DiskLedger, name: str, generation: str) -> Generation | None:
    lock = project.locks.get(name)
    wanted = generation or (lock.generation if lock else "")
    found = [g for g in ledger.generations(name) if wanted and g.id.startswith(wanted)]
    if generation and not found:
        message = f"{name} has no generation {generation}"
        raise InputError(Problem(message=message, hint=f"regen log {name}"))
    return found[0] if found else None


def _colour(line: str) -> str:
    if line.startswith(("+++", "---")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")

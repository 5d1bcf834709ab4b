"""`regen verify`: run every check on the code that is there; asks no model and writes no lock."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from regen.assembly import Workshop
from regen.cli.judged import is_well, print_judged
from regen.cli.selection import require
from regen.cli.style import counted
from regen.project import Project, find_root
from regen.verdicts.verdict import judge

if TYPE_CHECKING:
    import argparse

    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun

EXAMPLE = "regen verify signup.email"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="*", metavar="UNIT", help="only these")
    parser.add_argument("--sandbox", default="", metavar="KIND", help="bubblewrap, or none: run the code without one")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require(options.units, project.graph.units)
    names = options.units or [
        u for u in project.graph.order if any(project.code_digests(project.graph.units[u]).values())
    ]
    workshop = Workshop(project, sandbox=options.sandbox, environ=os.environ, remember=False)
    try:
        if names:
            workshop.verifier()
        with ThreadPoolExecutor(os.cpu_count() or 1) as crew:
            found = list(crew.map(lambda name: _verify(project, workshop, project.graph.units[name]), names))
    finally:
        workshop.close()
    units = project.graph.units
    bad = sum(not is_well(units[name], checks) for name, checks in zip(names, found, strict=True))
    if options.json:
        data = [
            {"unit": n, "verdict": judge(checks).value, "checks": checks}
            for n, checks in zip(names, found, strict=True)
        ]
        print(msgspec.json.format(msgspec.json.encode({"units": data}), indent=1).decode())
    else:
        for name, checks in zip(names, found, strict=True):
            print_judged(units[name], checks)
        summary = f"{counted(len(names), 'unit')}: {'all pass' if not bad else f'{bad} to mend'}"
        print(summary if names else "no code to verify")
    return 1 if bad else 0


def _verify(project: Project, workshop: Workshop, unit: Unit) -> tuple[CheckRun, ...]:
    files = {target.path: project.code.read(target.path) or "" for target in unit.targets}
    return workshop.verifier().verify(unit, files, threading.Event())

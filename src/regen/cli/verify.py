"""`regen verify`: run every check on the code that is there; asks no model and writes no lock."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from regen.assembly import Workshop
from regen.cli.selection import require
from regen.cli.style import coloured, counted
from regen.project import Project, find_root
from regen.verdicts.feedback import feedback
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    import argparse

    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun

EXAMPLE = "regen verify signup.email"

_COLOURS = {Verdict.ACCEPTED: "green", Verdict.REJECTED: "red", Verdict.INCONCLUSIVE: "yellow"}
_PLAIN = {Verdict.ACCEPTED: "passes", Verdict.REJECTED: "fails", Verdict.INCONCLUSIVE: "can't be judged"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="*", metavar="UNIT", help="only these")
    parser.add_argument("--sandbox", default="", help="bubblewrap, or none: run the code without one")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require(options.units, project.graph.units)
    names = options.units or [
        u for u in project.graph.order if any(project.code_digests(project.graph.units[u]).values())
    ]
    workshop = Workshop(project, sandbox=options.sandbox, environ=os.environ)
    try:
        if names:
            workshop.verifier()
        with ThreadPoolExecutor(os.cpu_count() or 1) as crew:
            found = list(crew.map(lambda name: _verify(project, workshop, project.graph.units[name]), names))
    finally:
        workshop.close()
    if options.json:
        data = [
            {"unit": n, "verdict": judge(checks).value, "checks": checks}
            for n, checks in zip(names, found, strict=True)
        ]
        print(msgspec.json.format(msgspec.json.encode({"units": data}), indent=1).decode())
    else:
        for name, checks in zip(names, found, strict=True):
            _print(name, checks)
        bad = sum(judge(checks) is not Verdict.ACCEPTED for checks in found)
        print(
            f"{counted(len(names), 'unit')}: {'all pass' if not bad else f'{bad} to mend'}"
            if names
            else "no code to verify"
        )
    return 1 if any(judge(checks) is not Verdict.ACCEPTED for checks in found) else 0


def _verify(project: Project, workshop: Workshop, unit: Unit) -> tuple[CheckRun, ...]:
    files = {target.path: project.code.read(target.path) or "" for target in unit.targets}
    return workshop.verifier().verify(unit, files, threading.Event())


def _print(name: str, checks: tuple[CheckRun, ...]) -> None:
    verdict = judge(checks)
    tests = sum(len(check.tests) for check in checks)
    ran = ", ".join(check.name for check in checks if check.outcome == "passed")
    detail = f"({counted(tests, 'test')}; {ran})" if verdict is Verdict.ACCEPTED else ""
    print(f"{coloured(verdict.symbol, _COLOURS[verdict])} {name} {_PLAIN[verdict]} {detail}".rstrip())
    for check in checks:
        if check.outcome == "failed":
            # To its owner a hidden test is no secret.
            shown = msgspec.structs.replace(check, hidden=False)
            print("  " + feedback("", [shown]).replace("\n", "\n  "))
        elif check.outcome == "inconclusive":
            print(f"  {check.name}: {check.reason}", file=sys.stdout)

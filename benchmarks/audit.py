"""Measures how many planted faults `regen audit` finds, and how often it cries wolf; exits with 1 if any falls short.

    python benchmarks/audit.py [--quick] [--data FOLDER] [NAME…]

Each project of `planted/` is audited as `regen audit` does it, in the sandbox. A fault counts as found where a finding
of an expected kind names its place. A strong project with any finding at all is a false alarm.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from planted_faults import FOLDER, read_planted

from regen.assembly import Workshop
from regen.auditing import Auditor, Effort
from regen.ledger.records import Generation
from regen.project import Project
from regen.specs import native
from regen.testing.memory import MemoryLedger
from regen.trust.static import examine
from regen.units.key import Key
from regen.units.unit import id_from_path, unit_from
from regen.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from planted_faults import Planted

    from regen.trust.evidence import Finding
    from regen.units.unit import Unit

MEASURED = {"flaky", "slow", "surviving mutant", "unpinned input"}
QUICK_EVERY = 37
LEAST_FOUND, MOST_ALARMS = 0.95, 0.05


def static_findings(planted: Planted) -> tuple[Finding, ...]:
    """Return what the project's texts tell without running anything."""
    spec, problems = native.parse(planted.spec, planted.files[planted.spec])
    if spec is None or spec.front is None:
        raise ValueError(problems)
    unit = unit_from(spec, spec.front, id_from_path(planted.spec, "specs"))
    tests = {ref.path: planted.files[ref.path] for ref in unit.tests}
    hidden = {ref.path: planted.files[ref.path] for ref in unit.hidden_tests}
    return examine(spec, unit, tests, hidden)[1]


def findings_of(planted: Planted) -> tuple[Finding, ...]:
    """Audit one project in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**planted.files, "regen.toml": ""}.items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        project = Project.load(os.path.realpath(folder))
        unit = next(iter(project.graph.units.values()))
        workshop = Workshop(project, environ=os.environ)
        stop = threading.Event()
        try:
            auditor = workshop.auditor(Effort(variations=6), stop)
            laboratory = auditor.laboratory._replace(ledger=_ledger(unit, planted))
            code = {path: text for path, text in planted.code.items() if path in {t.path for t in unit.targets}}
            return Auditor(laboratory, project.spec, auditor.effort, stop).audit(unit, code).findings
        finally:
            workshop.close()


def _ledger(unit: Unit, planted: Planted) -> MemoryLedger:
    """Return a ledger in which both the right and the wrong code were accepted, where there is wrong code."""
    ledger = MemoryLedger()
    for number, files in enumerate((planted.code, planted.wrong) if planted.wrong else ()):
        candidate = {path: ledger.put_text(files[path]) for path in (str(target) for target in unit.targets)}
        ledger.add_generation(
            Generation(
                unit=unit.id, attempt=number, key=Key(), candidate=candidate, verdict=Verdict.ACCEPTED, at=number
            )
        )
    return ledger


def is_found(planted: Planted, findings: tuple[Finding, ...]) -> bool:
    """Say whether a finding of an expected kind is at the planted place."""
    return any(finding.kind in planted.expects and _is_at(planted, finding) for finding in findings)


def _is_at(planted: Planted, finding: Finding) -> bool:
    if finding.kind in ("surviving mutant", "unpinned input") or not planted.at:
        return True  # the place of these is an input
    bare = finding.test.partition("[")[0]
    text = planted.files.get(finding.path, "").split("\n")
    line = text[finding.line - 1] if 0 < finding.line <= len(text) else ""
    near = (finding.requirement, bare, finding.path, bare.partition("::")[0])
    return planted.at in near or planted.at in line or planted.at in f"{finding.message} {finding.source}" or (
        bare.startswith(planted.at + "::")
    )  # fmt: skip


def measure(
    *, quick: bool = False, data: Path = FOLDER, names: tuple[str, ...] = ()
) -> list[tuple[str, str, str, bool]]:
    """Return each figure as what it is, its value, its goal, and whether it holds."""
    corpus = [planted for planted in read_planted(data) if not names or planted.name in names]
    found = alarms = weak = strong = 0
    for number, planted in enumerate(corpus):
        needs_run = planted.strong or bool(MEASURED & set(planted.expects))
        static = not needs_run or (quick and number % QUICK_EVERY != 0)
        if quick and static and MEASURED & set(planted.expects[:1]):
            continue  # needs what is not run
        findings = static_findings(planted) if static else findings_of(planted)
        if planted.strong:
            strong += 1
            alarms += bool(findings)
            for finding in findings:
                print(f"  false alarm: {planted.name}: {finding.kind}: {finding.message[:150]}", flush=True)
        else:
            weak += 1
            hit = is_found(planted, findings)
            found += hit
            if not hit:
                said = ", ".join(sorted({finding.kind for finding in findings})) or "nothing"
                print(f"  not found: {planted.name}: {planted.expects[0]} at {planted.at}; found: {said}", flush=True)
    figures = []
    if weak:
        share = found / weak
        figures.append(
            (f"planted faults found, of {weak}", f"{share:.1%}", f">= {LEAST_FOUND:.0%}", share >= LEAST_FOUND)
        )
    if strong:
        share = alarms / strong
        what = f"strong suites and specs with a false alarm, of {strong}"
        figures.append((what, f"{share:.1%}", f"<= {MOST_ALARMS:.0%}", share <= MOST_ALARMS))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these projects")
    parser.add_argument("--quick", action="store_true", help=f"run the suites of every {QUICK_EVERY}th project only")
    parser.add_argument("--data", type=Path, default=FOLDER, metavar="FOLDER", help="another corpus of the same form")
    options = parser.parse_args()
    started = time.perf_counter()
    figures = measure(quick=options.quick, data=options.data, names=tuple(options.names))
    for what, figure, goal, holds in figures:
        print(f"{what:<64} {figure:>12}   goal {goal:<10} {'holds' if holds else 'falls short'}")
    print(f"{time.perf_counter() - started:.0f} s")
    return int(not all(holds for *_, holds in figures))


if __name__ == "__main__":
    sys.exit(main())

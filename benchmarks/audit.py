"""Measures how many planted faults `regen audit` finds, and how often it cries wolf; exits with 1 if any falls short.

    python benchmarks/audit.py [--quick] [--data FOLDER] [NAME…]

Each strong project of `planted/` is audited as `regen audit` does it, in the sandbox: any finding at all is a false
alarm. Of a weak one so much is run as the planted fault needs (its mutants for a survivor, nothing where its texts tell);
the fault counts as found where a finding of an expected kind names its place. One project a core is audited at a time.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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

NOTHING = Effort(mutants=0, variations=0, compare=False)
NEEDS = {
    "flaky": Effort(mutants=0, variations=6, compare=False),
    "slow": NOTHING,
    "surviving mutant": Effort(variations=0),
    "unpinned input": Effort(mutants=0, variations=0),
}
WHOLE = Effort(variations=6)
QUICK_EVERY = 3
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


def findings_of(planted: Planted, effort: Effort = WHOLE) -> tuple[Finding, ...]:
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
            auditor = workshop.auditor(effort, stop)
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
                unit=unit.id,
                attempt=number,
                key=Key(),
                candidate=candidate,
                verdict=Verdict.ACCEPTED,
                at=float(number),
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


def _effort(planted: Planted, *, quick: bool) -> Effort | None:
    """Return what to run of a project; None where its texts alone are judged."""
    if quick:
        return None
    return WHOLE if planted.strong else next((NEEDS[kind] for kind in planted.expects if kind in NEEDS), None)


def judged(planted: Planted, effort: Effort | None) -> tuple[bool, list[str]]:
    """Return whether a project was judged wrongly, and lines that say so."""
    findings: tuple[Finding, ...] = ()
    if effort is None or not planted.strong:
        findings = static_findings(planted)
    if effort is not None and (planted.strong or not is_found(planted, findings)):
        findings = findings_of(planted, effort)
    if planted.strong:
        return bool(findings), [
            f"  false alarm: {planted.name}: {found.kind}: {found.message[:150]}" for found in findings
        ]
    if is_found(planted, findings):
        return False, []
    said = ", ".join(sorted({finding.kind for finding in findings})) or "nothing"
    return True, [f"  not found: {planted.name}: {planted.expects[0]} at {planted.at}; found: {said}"]


def measure(
    *, quick: bool = False, data: Path = FOLDER, names: tuple[str, ...] = ()
) -> list[tuple[str, str, str, bool]]:
    """Return each figure as what it is, its value, its goal, and whether it holds."""
    corpus = [planted for planted in read_planted(data) if not names or planted.name in names]
    corpus = corpus[::QUICK_EVERY] if quick else corpus
    tries = [(planted, _effort(planted, quick=quick and number > 0)) for number, planted in enumerate(corpus)]
    # Of the weak, those that only a run could tell are left out where nothing is run.
    tries = [
        (planted, effort)
        for planted, effort in tries
        if planted.strong or effort is not None or planted.expects[0] not in NEEDS
    ]
    wrong = {True: 0, False: 0}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (planted, _), (is_wrong, lines) in zip(tries, pool.map(lambda one: judged(*one), tries), strict=True):
            wrong[planted.strong] += is_wrong
            for line in lines:
                print(line, flush=True)
    strong = sum(planted.strong for planted, _ in tries)
    weak = len(tries) - strong
    figures = []
    if weak:
        share = 1 - wrong[False] / weak
        figures.append(
            (f"planted faults found, of {weak}", f"{share:.1%}", f">= {LEAST_FOUND:.0%}", share >= LEAST_FOUND)
        )
    if strong:
        share = wrong[True] / strong
        what = f"strong suites and specs with a false alarm, of {strong}"
        figures.append((what, f"{share:.1%}", f"<= {MOST_ALARMS:.0%}", share <= MOST_ALARMS))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these projects")
    parser.add_argument("--quick", action="store_true", help=f"every {QUICK_EVERY}rd project, and only one is run")
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

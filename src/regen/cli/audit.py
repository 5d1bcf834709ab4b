"""`regen audit`: whether spec and tests are strong enough that any code which passes is right."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from regen.assembly import Workshop
from regen.auditing import Effort
from regen.cli.selection import require
from regen.errors import InputError, Problem
from regen.project import Project, find_root
from regen.reporters.audit_facts import touched
from regen.storage.atomic import write_atomically
from regen.storage.clock import SystemClock
from regen.storage.trust import DiskTrust
from regen.trust.judgement import judge_trust
from regen.trust.record import TrustRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from regen.trust.evidence import Evidence, Trust
    from regen.units.unit import Unit

EXAMPLE = "regen audit signup.email --html audit.html"


class Audited(NamedTuple):
    """One unit with what was found out, and what it means."""

    evidence: Evidence
    trust: Trust


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="*", metavar="UNIT", help="only these units")
    parser.add_argument("--html", default="", metavar="FILE", help="also write one page with plots")
    parser.add_argument("--mutants", type=_number, default=300, metavar="N", help="of a unit at most (300); 0: none")
    parser.add_argument("--variations", type=_number, default=4, metavar="N",
                        help="runs of each suite in other orders, clocks, seeds (4); 0: none")  # fmt: skip
    parser.add_argument("--no-compare", action="store_true", help="run no programs side by side")
    parser.add_argument("--sandbox", default="", metavar="KIND", help="bubblewrap, or none: run the code without one")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require(options.units, project.graph.units)
    names = options.units or list(project.graph.order)
    effort = Effort(mutants=options.mutants, variations=options.variations, compare=not options.no_compare)
    workshop = Workshop(project, sandbox=options.sandbox, environ=os.environ)
    records, stop = DiskTrust(project.root), threading.Event()
    texts: dict[str, str] = {}
    audited: list[Audited] = []
    try:
        workshop.ledger.prepare()
        auditor = workshop.auditor(effort, stop)
        with _progress(len(names)) as tell:
            for name in names:
                tell(name)
                unit = project.graph.units[name]
                files = {t.path: text for t in unit.targets if (text := project.code.read(t.path)) is not None}
                texts |= files
                evidence = auditor.audit(unit, files)
                found = Audited(evidence, judge_trust(evidence))
                audited.append(found)
                records.write(_record(project, unit, found))
    except KeyboardInterrupt:
        stop.set()
        raise
    finally:
        workshop.close()
    if options.html:
        _write_page(options.html, project, audited, texts)
    if options.json:
        print(
            msgspec.json.format(msgspec.json.encode({"units": [_data(found) for found in audited]}), indent=1).decode()
        )
    else:
        from regen.reporters.audit_text import print_audit  # noqa: PLC0415 - JSON does without

        print_audit([(found.evidence, found.trust) for found in audited], texts)
    return 1 if any(found.trust.level == "not safe" for found in audited) else 0


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no count")
    return int(text)


class _progress:  # noqa: N801 - used as a function
    """Tells on a terminal which unit is being audited, and takes it back at the end."""

    def __init__(self, units: int) -> None:
        self._units, self._done, self._shows = units, 0, sys.stderr.isatty()
        self._started = time.monotonic()

    def __enter__(self) -> Callable[[str], None]:
        return self._tell

    def __exit__(self, *_: object) -> None:
        if self._shows:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _tell(self, unit: str) -> None:
        self._done += 1
        if self._shows:
            spent = time.monotonic() - self._started
            print(f"\r\033[Kauditing {unit} ({self._done} of {self._units}; {spent:.0f} s)", end="", file=sys.stderr,
                  flush=True)  # fmt: skip


def _record(project: Project, unit: Unit, found: Audited) -> TrustRecord:
    mutation, comparison = found.evidence.mutation, found.evidence.comparison
    return TrustRecord(
        unit=unit.id, level=found.trust.level, key=project.keys[unit.id].digest, code=project.code_digests(unit),
        reasons=found.trust.reasons, missing=found.trust.missing, at=round(SystemClock().now(), 3),
        mutants=mutation.judged if mutation else 0, killed=mutation.killed if mutation else 0,
        programs=len({name for cluster in comparison.clusters for name in cluster}) if comparison else 0,
    )  # fmt: skip


def _data(found: Audited) -> dict[str, object]:
    """Return the unit as JSON tells it; a mutant's whole text is left out, its change says all."""
    evidence = found.evidence
    if evidence.mutation is not None:
        results = tuple(
            msgspec.structs.replace(result, mutant=msgspec.structs.replace(result.mutant, text="", others={}))
            for result in evidence.mutation.results
        )
        mutation = msgspec.structs.replace(evidence.mutation, results=results)
        evidence = msgspec.structs.replace(evidence, mutation=mutation)
    data = msgspec.to_builtins(evidence)
    for row, told in zip(evidence.requirements, data.get("requirements", ()), strict=True):
        if fails := touched(row, evidence):
            told["touched"] = fails == "yes"
    if evidence.mutation is not None:
        score = evidence.mutation.score
        data["mutation_score"] = None if score is None else round(score, 4)
    return {**data, "trust": msgspec.to_builtins(found.trust)}


def _write_page(path: str, project: Project, audited: list[Audited], texts: dict[str, str]) -> None:
    from regen.reporters.audit_page import render_page  # noqa: PLC0415 - only where it is asked for

    page = render_page(os.path.basename(project.root), [(found.evidence, found.trust) for found in audited], texts)
    try:
        write_atomically(os.path.abspath(path), page.encode("utf-8", "replace"), durable=False)
    except OSError as error:
        problem = Problem(message=f"{path} can't be written: {error.strerror}", hint="regen audit --html audit.html")
        raise InputError(problem) from None

"""`regen probe`: independent replies to a unit's prompt, run side by side, and what the spec leaves open."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import msgspec

from regen.asking import Asker, CallLimits
from regen.assembly import Workshop, alone
from regen.budget import Budget
from regen.checks.imports import module_of
from regen.cli.arguments import positive
from regen.cli.failure import as_data, print_problems
from regen.cli.selection import require
from regen.cli.style import coloured, counted
from regen.cli.varying import open_ways
from regen.errors import InputError, Problem
from regen.generators.ways import ways
from regen.outcomes import why_not_passed
from regen.plan import State
from regen.probing import Asked, Probe, Prober
from regen.project import Project, find_root
from regen.schedule import Gate
from regen.storage.clock import SystemClock
from regen.storage.proposals import DiskProposals
from regen.trust.evidence import Comparison
from regen.trust.judgement import ACCEPTED
from regen.trust.proposal import pin_disagreement
from regen.verdicts.printable import printable

if TYPE_CHECKING:
    import argparse

    from regen.ledger.ways import Way
    from regen.probing import Sample
    from regen.trust.evidence import Disagreement
    from regen.trust.proposal import Proposal
    from regen.units.unit import Unit

EXAMPLE = "regen probe signup.email -n 3 --write-test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", metavar="UNIT")
    parser.add_argument("-n", "--count", type=positive, default=3, metavar="K",
                        help="how many replies there shall be, each asked for in a way of its own (3)")  # fmt: skip
    parser.add_argument("-g", "--generator", default="", metavar="NAME", help="in place of the unit's own")
    parser.add_argument("--from-ledger", action="store_true", help="ask for nothing, compare what is there")
    parser.add_argument("--write-test", action="store_true", help="propose a test for each input that is not pinned")
    parser.add_argument("--spec-line", action="store_true", help="print each such input as a line for the spec")
    parser.add_argument("--sandbox", default="", metavar="KIND", help="bubblewrap, or none: run the code without one")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require([options.unit], project.graph.units)
    unit = project.graph.units[options.unit]
    name = options.generator or project.generator_of(unit)
    if not options.from_ledger:
        _check_can_ask(project, unit, name, options)
    workshop, stop = Workshop(project, sandbox=options.sandbox, environ=os.environ), threading.Event()
    try:
        with alone(project.root):
            workshop.ledger.prepare()
            asked_for = () if options.from_ledger else _ways(project, workshop, unit, options, name)
            probe = _probe(project, workshop, unit, name, asked_for, stop)
            programs = _programs(project, workshop, unit, probe)
            comparison = Comparison(reason="there are no two accepted programs")
            if len(programs) > 1:
                comparison = workshop.comparer().compare(unit, programs, stop)
    except KeyboardInterrupt:
        stop.set()
        raise
    finally:
        workshop.close()
    proposed = _propose(project, unit, comparison) if options.write_test else []
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(_data(unit, probe, comparison, proposed)), indent=1).decode())
    else:
        _print(unit, probe, comparison, proposed, options)
    if probe.problems:
        print_problems(probe.problems)
    return probe.exit_code or (1 if comparison.disagreements or probe.waits else 0)


def _check_can_ask(project: Project, unit: Unit, name: str, options: argparse.Namespace) -> None:
    action = project.actions[unit.id]
    if action.state is State.BLOCKED:
        message = f"{unit.id} is blocked: {'; '.join(action.reasons)}"
        raise InputError(Problem(message=message, hint=action.mend))
    if not name:
        message = f"no generator is configured for {unit.id}"
        raise InputError(Problem(message=message, hint=f"regen probe {unit.id} -n {options.count} -g manual"))
    if name == "ledger":
        message = "the ledger gives the same reply each time, so nothing new can be learned from it"
        raise InputError(Problem(message=message, hint=f"regen probe {unit.id} --from-ledger"))


def _ways(project: Project, workshop: Workshop, unit: Unit, options: argparse.Namespace, name: str) -> tuple[Way, ...]:
    """Return in which way each sample is asked for; their generators are opened before anything is paid."""
    given = bool(options.generator)
    found = ways(name, project.settings.generator.vary, options.count, given=given)
    open_ways(project, workshop, unit, name, found, given=given)
    return found


def _probe(
    project: Project, workshop: Workshop, unit: Unit, name: str, asked_for: tuple[Way, ...], stop: threading.Event
) -> Probe:
    settings, clock = project.settings, SystemClock()
    asker = Asker(workshop.ledger, clock, Budget(settings.build, clock), Gate(settings.build.jobs), stop)
    prober = Prober(workshop.ledger, project.code, clock, asker, workshop.verifier(), stop)
    limits = CallLimits(max_output_tokens=settings.generator.max_output_tokens, seconds=settings.generator.timeout)
    prompt = project.prompt(unit)
    return prober.probe(Asked(unit, project.keys[unit.id], prompt, name, asked_for, limits, workshop.generator))


def _programs(project: Project, workshop: Workshop, unit: Unit, probe: Probe) -> dict[str, dict[str, str]]:
    """Return the code that was accepted for the present key, and each accepted sample."""
    programs: dict[str, dict[str, str]] = {}
    lock = project.locks.get(unit.id)
    if lock is not None and lock.key == project.keys[unit.id]:
        accepted = workshop.accepted_files(unit)
        programs |= {ACCEPTED: accepted} if accepted else {}
    for sample in probe.samples:
        if sample.is_accepted and sample.files != programs.get(ACCEPTED):
            programs[sample.generation.id[:12]] = sample.files
    return programs


def _propose(project: Project, unit: Unit, comparison: Comparison) -> list[str]:
    """Write each disagreement as a proposed test; return the paths of the new ones."""
    store = DiskProposals(project.root)
    modules = {module_of(t.path): project.code.read(t.path) or "" for t in unit.targets}
    made: list[Proposal] = [pin_disagreement(unit.id, found, modules) for found in comparison.disagreements]
    return [store.path(proposal) for proposal in made if store.add(proposal)]


def _data(unit: Unit, probe: Probe, comparison: Comparison, proposed: list[str]) -> dict[str, object]:
    samples = [
        {"generation": s.generation.id, "generator": s.reply.generator, "model": s.generation.model, "way": s.reply.way,
         "verdict": s.generation.verdict.value}
        for s in probe.samples
    ]  # fmt: skip
    return {"unit": unit.id, "samples": samples, "waits": probe.waits, "comparison": msgspec.to_builtins(comparison),
            "proposed": proposed, "problems": [as_data(problem) for problem in probe.problems]}  # fmt: skip


def _print(unit: Unit, probe: Probe, comparison: Comparison, proposed: list[str], options: argparse.Namespace) -> None:
    accepted = sum(sample.is_accepted for sample in probe.samples)
    print(f"{unit.id}: {counted(len(probe.samples), 'reply').replace('replys', 'replies')}, {accepted} accepted")
    for sample in probe.samples:
        print(f"  {_line(sample)}")
    if probe.waits:
        print(probe.waits, file=sys.stderr)
    if comparison.reason:
        print(f"not compared: {comparison.reason}")
    elif not comparison.disagreements:
        print(f"alike on {counted(comparison.heard, 'input')}: {_named(comparison.clusters[0])}")
    for found in comparison.disagreements:
        _show("this input is not pinned", found)
        if options.spec_line:
            print(f"  - `{_input(found)}` gives …")
    if comparison.failing:
        _show("every program fails on this input", comparison.failing)
    for found in comparison.unfit:
        _show("this input gives another type than the interface declares", found)
    for path in proposed:
        name = os.path.basename(path).removesuffix(".py")
        print(f"proposed: {path}\n  fill in the value, then: regen proposals accept {unit.id} {name}")


def _show(what: str, found: Disagreement) -> None:
    print(coloured(f"{what}: {_input(found)}", "yellow"))
    for group in found.groups:
        print(f"  {group.answer}   {', '.join(group.candidates)}")


def _line(sample: Sample) -> str:
    """Return what became of one sample, and in which way it was asked for."""
    made = sample.generation
    why = printable(made.refused or next(iter(why_not_passed(made.checks)), ""))
    how = ", ".join(filter(None, [sample.reply.generator, str(sample.reply.way or "")]))
    return f"{made.verdict.symbol} {made.id[:12]}  {how}{f': {why}' if why else ''}"


def _input(found: Disagreement) -> str:
    return "; ".join((*found.setup, found.call))


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(names)

"""`regen suggest-tests`: asks the generator for missing tests and keeps, as proposals, those that find something."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import msgspec

from regen.asking import Asker, NotAsked
from regen.assembly import Workshop, alone
from regen.auditing import Effort
from regen.budget import Budget
from regen.candidates.candidate import Refusal
from regen.cli.proposals import tests_folder
from regen.cli.selection import require
from regen.cli.style import counted
from regen.errors import InputError, Problem
from regen.ports import Request
from regen.project import Project, find_root
from regen.schedule import Gate
from regen.specs.spec import digest as digest_of
from regen.storage.clock import SystemClock
from regen.storage.proposals import DiskProposals
from regen.suggesting import prompt_for, single_tests
from regen.tokens import count_tokens
from regen.trust.judgement import change_of, judge_trust
from regen.trust.proposal import Proposal, proposal_of

if TYPE_CHECKING:
    import argparse

    from regen.prompts.prompt import Prompt
    from regen.trust.evidence import Evidence, Mutant
    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun

EXAMPLE = "regen suggest-tests signup.email -g 'command:claude -p'"


_FAULTS_OF_A_TEST = tuple(f"raises {name}Error" for name in ("Attribute", "Name", "Import", "ModuleNotFound", "Type"))


class Kept(msgspec.Struct, frozen=True):
    """A test that became a proposal: where it lies, and what it finds."""

    path: str
    why: tuple[str, ...]


class Dropped(msgspec.Struct, frozen=True):
    """A test that did not."""

    name: str
    reason: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", metavar="UNIT")
    parser.add_argument("-g", "--generator", default="", metavar="NAME", help="in place of the unit's own")
    parser.add_argument("--sandbox", default="", metavar="KIND", help="bubblewrap, or none: run the code without one")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require([options.unit], project.graph.units)
    unit = project.graph.units[options.unit]
    name = options.generator or project.generator_of(unit)
    if not name:
        message = f"no generator is configured for {unit.id}"
        raise InputError(Problem(message=message, hint=f"regen suggest-tests {unit.id} -g manual"))
    workshop, stop = Workshop(project, sandbox=options.sandbox, environ=os.environ), threading.Event()
    try:
        with alone(project.root):
            workshop.ledger.prepare()
            files = project.texts_of(unit)
            evidence = workshop.auditor(Effort(mutants=200, variations=0), stop).audit(unit, files)
            if evidence.not_measured and evidence.mutation is None and unit.has_tests:
                message = f"tests for {unit.id} can't be tried out: {evidence.not_measured[0]}"
                raise InputError(Problem(message=message, hint=f"regen verify {unit.id}"))
            prompt = _prompt(project, unit, evidence)
            answer = _answer(project, workshop, unit, name, prompt, stop)
            if isinstance(answer, NotAsked):
                print(answer.note, file=sys.stderr)
                return 1
            kept, dropped = _try_out(project, workshop, unit, evidence, answer, stop)
    except KeyboardInterrupt:
        stop.set()
        raise
    finally:
        workshop.close()
    if options.json:
        print(msgspec.json.format(msgspec.json.encode({"kept": kept, "dropped": dropped}), indent=1).decode())
    else:
        _print(unit, kept, dropped)
    return 0


def _prompt(project: Project, unit: Unit, evidence: Evidence) -> Prompt:
    tests = {ref.path: project.facts.text(ref.path) for ref in unit.tests}
    spec = project.spec(unit)
    prompt = prompt_for(unit, spec, evidence, judge_trust(evidence), tests, project.interface_text(unit))
    return msgspec.structs.replace(prompt, tokens=count_tokens(prompt.text).count)


class Answer(msgspec.Struct, frozen=True):
    """What the generator said, who it was, and the digests under which prompt and reply are kept."""

    text: str
    cut: str
    by: str
    prompt: str
    reply: str


def _answer(
    project: Project, workshop: Workshop, unit: Unit, name: str, prompt: Prompt, stop: threading.Event
) -> Answer | NotAsked:
    """Return the answer to this prompt, from the texts of the ledger where it was given before."""
    settings, clock, ledger = project.settings, SystemClock(), workshop.ledger
    store = DiskProposals(project.root)
    question = digest_of(f"{name}\0{prompt.digest}")
    known = store.answer(unit.id, question)
    if known is not None:
        by, _, reply = known.rpartition(" ")
        return Answer(ledger.text(reply), "", by, prompt.digest, reply)
    generator = workshop.generator(name)
    asker = Asker(ledger, clock, Budget(settings.build, clock), Gate(1), stop)

    def request() -> Request:
        return Request(
            unit=unit.id, attempt=1, prompt=prompt.text, prompt_digest=prompt.digest,
            parts=tuple((part.name, part.digest) for part in prompt.parts), stable_chars=prompt.stable_chars,
            max_output_tokens=settings.generator.max_output_tokens, timeout_seconds=settings.generator.timeout,
        )  # fmt: skip

    answer = asker.ask(generator, request, prompt, weight=0, tell=lambda progress: None)  # noqa: ARG005
    if isinstance(answer, NotAsked):
        return answer
    said, asked = answer
    ledger.put_text(prompt.text)
    by, digest = f"{generator.name} ({said.model})", ledger.put_text(said.text)
    store.remember_answer(unit.id, question, f"{by} {digest}")
    generator.delivered(asked)
    return Answer(said.text, said.cut, by, prompt.digest, digest)


def _try_out(
    project: Project, workshop: Workshop, unit: Unit, evidence: Evidence, answer: Answer, stop: threading.Event
) -> tuple[list[Kept], list[Dropped]]:
    found = single_tests(unit, answer.text, answer.cut)
    if isinstance(found, Refusal):
        return [], [Dropped("the whole answer", found.reason)]
    store, kept, dropped = DiskProposals(project.root), list[Kept](), list[Dropped]()
    alike = evidence.mutation.alike if evidence.mutation else ()
    survivors = [r.mutant for r in evidence.mutation.survivors if r.mutant.id not in alike] if evidence.mutation else []
    for name, text in found.items():
        with store.on_trial(text, tests_folder(unit)) as path:
            check = workshop.run_test_file(unit, path, stop)
            why, reason = _findings(workshop, unit, project.texts_of(unit), path, check, survivors, stop)
        if not why:
            dropped.append(Dropped(name, reason))
            continue
        why += (f"proposed by {answer.by}; prompt {answer.prompt[:12]}, reply {answer.reply[:12]} in .regen/texts",)
        proposal: Proposal = proposal_of(unit.id, name, why, text)
        if store.add(proposal):
            kept.append(Kept(store.path(proposal), proposal.why))
        else:
            dropped.append(Dropped(name, "it was proposed before"))
    return kept, dropped


def _findings(
    workshop: Workshop, unit: Unit, files: dict[str, str], path: str, check: CheckRun, survivors: list[Mutant],
    stop: threading.Event,
) -> tuple[tuple[str, ...], str]:  # fmt: skip
    """Return what a test finds, or nothing and why it is of no use."""
    if check.outcome == "failed":
        failure = next((test.failure for test in check.tests if test.failure and test.outcome == "failed"), None)
        is_own_fault = failure is not None and failure.actual.startswith(_FAULTS_OF_A_TEST)
        if failure is not None and failure.expected and failure.actual and not is_own_fault:
            return (f"fails on the accepted code: expected {failure.expected}, got {failure.actual}",), ""
        return (), f"it fails for a reason that tells nothing: {check.reason}"
    if check.outcome != "passed":
        return (), f"it can't be judged: {check.reason}"
    if not survivors:
        return (), "it passes, and there is no surviving mutant that it could kill"
    mutation = workshop.mutant_runner_of_file(path).run(unit, files, survivors, stop)
    killed = [result.mutant for result in mutation.results if result.outcome in ("killed", "timed out")]
    return tuple(f"fails with {change_of(mutant)} in {mutant.path}:{mutant.line}" for mutant in killed), (
        "it passes, and kills no surviving mutant"
    )


def _print(unit: Unit, kept: list[Kept], dropped: list[Dropped]) -> None:
    for one in kept:
        print(f"proposed: {one.path}")
        for reason in one.why:
            print(f"  {reason}")
    for left in dropped:
        print(f"dropped:  {left.name}: {left.reason}")
    following = f"; regen proposals {unit.id}" if kept else ""
    print(f"{counted(len(kept), 'test')} proposed, {len(dropped)} dropped{following}")

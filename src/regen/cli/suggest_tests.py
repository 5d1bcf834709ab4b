"""`regen suggest-tests`: asks the generator for missing tests and keeps, as proposals, those that find something."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from regen.asking import Asker, NotAsked
from regen.assembly import Workshop, alone
from regen.auditing import Effort
from regen.budget import Budget
from regen.candidates.candidate import Refusal
from regen.cli.selection import require
from regen.cli.style import counted
from regen.errors import InputError, Problem
from regen.experiments.trials import Mutants
from regen.languages.python import test_functions
from regen.ports import Request
from regen.project import Project, find_root
from regen.schedule import Gate
from regen.specs.spec import digest as digest_of
from regen.storage.clock import SystemClock
from regen.storage.proposals import DiskProposals
from regen.suggesting import Answer, path_of, prompt_for, single_tests
from regen.tokens import count_tokens
from regen.trust.judgement import change_of, judge_trust
from regen.trust.proposal import proposal_of

if TYPE_CHECKING:
    import argparse

    from regen.prompts.prompt import Prompt
    from regen.trust.evidence import Evidence
    from regen.trust.trial import Trial
    from regen.units.unit import Unit

_MOST_KILLED = 40
EXAMPLE = "regen suggest-tests signup.email -g 'command:claude -p'"


class Kept(NamedTuple):
    """A test that became a proposal: where it lies, why, and what its trial told."""

    path: str
    why: tuple[str, ...]
    trial: Trial


class Dropped(msgspec.Struct, frozen=True):
    """A test that did not."""

    name: str
    reason: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", metavar="UNIT")
    parser.add_argument("-g", "--generator", default="", metavar="NAME", help="in place of the unit's own")
    parser.add_argument("--show-code", action="store_true", help="show the generator the unit's code as well")
    parser.add_argument("--force", action="store_true", help="ask again what was answered before")
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
            evidence = workshop.auditor(Effort(mutants=200, variations=0), stop).audit(unit, project.texts_of(unit))
            if evidence.not_measured and evidence.mutation is None and unit.has_tests:
                message = f"tests for {unit.id} can't be tried out: {evidence.not_measured[0]}"
                raise InputError(Problem(message=message, hint=f"regen verify {unit.id}"))
            prompt = _prompt(project, unit, evidence, shows_code=options.show_code)
            answer = _answer(project, workshop, unit, name, prompt, stop, force=options.force)
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
        data = {"kept": [_data(one) for one in kept], "dropped": dropped}
        print(msgspec.json.format(msgspec.json.encode(data), indent=1).decode())
    else:
        _print(unit, kept, dropped)
    return 0


def _prompt(project: Project, unit: Unit, evidence: Evidence, *, shows_code: bool) -> Prompt:
    tests = {ref.path: project.facts.text(ref.path) for ref in unit.tests}
    code = project.texts_of(unit) if shows_code else {}
    interface = project.interface_text(unit)
    prompt = prompt_for(unit, project.spec(unit), evidence, judge_trust(evidence), tests, interface, code)
    return msgspec.structs.replace(prompt, tokens=count_tokens(prompt.text).count)


def _answer(
    project: Project, workshop: Workshop, unit: Unit, name: str, prompt: Prompt, stop: threading.Event, *, force: bool
) -> Answer | NotAsked:
    """Return the answer to this prompt, the one that was given before unless no test could be read of it."""
    settings, clock, ledger = project.settings, SystemClock(), workshop.ledger
    store = DiskProposals(project.root)
    question = digest_of(f"{name}\0{prompt.digest}")
    known = None if force else store.answer(unit.id, question)
    if known is not None and not isinstance(single_tests(unit, ledger.text(known.reply), known.cut), Refusal):
        return known
    generator = workshop.generator(name)
    asker = Asker(ledger, clock, Budget(settings.build, clock), Gate(1), stop)

    def request() -> Request:
        return Request(
            unit=unit.id, attempt=1, prompt=prompt.text, prompt_digest=prompt.digest,
            parts=tuple((part.name, part.digest) for part in prompt.parts), stable_chars=prompt.stable_chars,
            max_output_tokens=settings.generator.max_output_tokens, timeout_seconds=settings.generator.timeout,
        )  # fmt: skip

    reply = asker.ask(generator, request, prompt, weight=0, tell=lambda progress: None)  # noqa: ARG005
    if isinstance(reply, NotAsked):
        return reply
    said, asked = reply
    answer = Answer(
        unit=unit.id, prompt=ledger.put_text(prompt.text), reply=ledger.put_text(said.text),
        by=f"{generator.name} ({said.model})" if said.model else generator.name, cut=said.cut,
    )  # fmt: skip
    store.remember_answer(question, answer)
    generator.delivered(asked)
    return answer


def _try_out(
    project: Project, workshop: Workshop, unit: Unit, evidence: Evidence, answer: Answer, stop: threading.Event
) -> tuple[list[Kept], list[Dropped]]:
    found = single_tests(unit, workshop.ledger.text(answer.reply), answer.cut)
    if isinstance(found, Refusal):
        return [], [Dropped("the whole answer", found.reason)]
    trials, store = workshop.trials(stop), DiskProposals(project.root)
    programs = workshop.auditor(Effort(), stop).programs(unit, project.texts_of(unit))
    untested = {row.id for row in evidence.requirements if not row.tests}
    kept, dropped = list[Kept](), list[Dropped]()
    for name, text in found.items():
        named = [requirement for _, requirements in test_functions(text) for requirement in requirements]
        first_of = [requirement for requirement in dict.fromkeys(named) if requirement in untested]
        trial = trials.judge(unit, path_of(unit), text, programs, _mutants(evidence), first_of)
        if trial.useless:
            dropped.append(Dropped(name, trial.useless))
            continue
        origin = f"proposed by {answer.by}; prompt {answer.prompt[:12]}, reply {answer.reply[:12]} in .regen/texts"
        proposal = proposal_of(unit.id, name.removeprefix("test_"), (*trial.why, origin), text)
        if store.add(proposal):
            kept.append(Kept(store.path(proposal), proposal.why, trial))
        else:
            dropped.append(Dropped(name, "it was proposed before"))
    return kept, dropped


def _mutants(evidence: Evidence) -> Mutants:
    if evidence.mutation is None:
        return Mutants([], [])
    killed = [result.mutant for result in evidence.mutation.results if result.outcome == "killed"]
    step = max(1, len(killed) // _MOST_KILLED)
    return Mutants([result.mutant for result in evidence.mutation.survivors], killed[::step])


def _data(kept: Kept) -> dict[str, object]:
    kills = [{"path": m.path, "line": m.line, "change": change_of(m)} for m in kept.trial.kills]
    trial = kept.trial
    return {
        "path": kept.path, "why": kept.why, "passes": trial.passes, "fails": trial.fails, "kills": kills,
        "first_of": trial.first_of,
    }  # fmt: skip


def _print(unit: Unit, kept: list[Kept], dropped: list[Dropped]) -> None:
    for one in kept:
        print(f"proposed: {one.path}")
        for reason in one.why:
            print(f"  {reason}")
    for left in dropped:
        print(f"dropped:  {left.name}: {left.reason}")
    following = f"; regen proposals {unit.id}" if kept else ""
    print(f"{counted(len(kept), 'test')} proposed, {len(dropped)} dropped{following}")

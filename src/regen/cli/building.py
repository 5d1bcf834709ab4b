"""What `regen build` does when there is something to do."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import msgspec

from regen.assembly import Workshop, alone
from regen.build_inputs import Options
from regen.cli.dry_run import dry_run
from regen.cli.failure import as_data, print_problems
from regen.cli.judged import failures
from regen.cli.selection import require
from regen.cli.style import coloured, counted
from regen.cli.varying import open_ways
from regen.errors import InputError, Problem
from regen.generators.command import sweep
from regen.generators.manual import paths, waiting
from regen.generators.ways import ways
from regen.outcomes import GOOD, BuildResult, UnitResult
from regen.plan import Action, Step, decide
from regen.project import Project, find_root
from regen.reporters import open_reporter

if TYPE_CHECKING:
    import argparse

    from regen.ledger.ways import Way
    from regen.units.settings import BuildSettings

MANUAL = "manual"


def run(options: argparse.Namespace) -> int:
    root = find_root(os.getcwd())
    _check_options(options)
    project = Project.load(root, generator=options.generator)
    require(options.units, project.graph.units)
    chosen = project.with_used(tuple(options.units))
    named = frozenset(options.units or (chosen if options.all else ()))
    force = named if options.force else frozenset()
    discard = named if options.discard_edits else frozenset()
    actions = {unit: _action(project, unit, options, force, discard) for unit in chosen}
    workshop = Workshop(project, sandbox=options.sandbox, environ=os.environ)
    try:
        if options.dry_run:
            return dry_run(project, workshop, actions, options)
        with alone(root):
            workshop.ledger.prepare()
            sweep(root, workshop.ledger)
            return _build(project, workshop, actions, options, force, discard)
    finally:
        workshop.close()


def _check_options(options: argparse.Namespace) -> None:
    if options.force and not options.units and not options.all:
        message = "--force needs the units that are meant, or --all"
        raise InputError(Problem(message=message, hint="regen build --force --all"))
    if options.discard_edits and not options.units:
        message = "--discard-edits needs the units whose edits are given up"
        raise InputError(Problem(message=message, hint="regen status"))


def _settings(project: Project, options: argparse.Namespace) -> BuildSettings:
    given = {name: getattr(options, name) for name in ("attempts", "max_cost", "max_tokens", "max_seconds", "jobs")}
    return msgspec.structs.replace(project.settings.build, **{k: v for k, v in given.items() if v is not None})


def _action(
    project: Project, unit: str, options: argparse.Namespace, force: frozenset[str], discard: frozenset[str]
) -> Action:
    if unit not in force and unit not in discard:
        return project.actions[unit]
    declared = project.graph.units[unit]
    return decide(declared, project.keys[unit], project.locks.get(unit), project.code_digests(declared),
                  options.generator or project.generator_of(declared), force=unit in force,
                  discard_edits=unit in discard)  # fmt: skip


def _build(
    project: Project, workshop: Workshop, actions: dict[str, Action], options: argparse.Namespace,
    force: frozenset[str], discard: frozenset[str],
) -> int:  # fmt: skip
    generators = {u: options.generator or project.generator_of(project.graph.units[u]) for u in actions}
    for unit in [u for u, action in actions.items() if action.step in {Step.GENERATE, Step.VERIFY}]:
        if not options.generator and _was_brought(project, workshop, actions[unit]):
            generators[unit] = MANUAL
        if options.json and generators[unit] == f"{MANUAL}:stdout":
            generators[unit] = MANUAL  # standard output is for the data; the prompt is in its file
        if actions[unit].step is Step.GENERATE:
            open_ways(project, workshop, project.graph.units[unit], generators[unit], (), given=bool(options.generator))
    if any(action.is_work for action in actions.values()):
        workshop.verifier()
    ways = _ways(project, workshop, actions, generators, options)
    chosen = Options(
        generators=generators, ways=ways, force=force, discard_edits=discard, cores=os.cpu_count() or 1,
        max_output_tokens=project.settings.generator.max_output_tokens, call_seconds=project.settings.generator.timeout,
    )  # fmt: skip
    build = workshop.build(_settings(project, options), chosen, open_reporter(quiet=options.json))
    result = build.run(actions)
    left = _left(project, workshop, result, options)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(_data(result, left)), indent=1).decode())
    else:
        _print(result, left, project, workshop)
        prompts_printed = f"{MANUAL}:stdout" in generators.values()
        print(_summary(result), file=sys.stderr if prompts_printed else sys.stdout)
    if result.interrupted:
        return 130
    return 0 if all(unit.outcome in GOOD for unit in result.units) and not left else 1


def _ways(
    project: Project, workshop: Workshop, actions: dict[str, Action], generators: dict[str, str],
    options: argparse.Namespace,
) -> dict[str, tuple[Way, ...]]:  # fmt: skip
    """Return in which way each attempt is asked for, by unit: where candidates vote, they shall not be of one mould."""
    settings = _settings(project, options)
    if settings.policy != "agree":
        return {}
    found = {}
    for unit, action in actions.items():
        if action.step in {Step.GENERATE, Step.VERIFY}:
            own, declared = generators[unit], project.graph.units[unit]
            given = bool(options.generator) or own != project.generator_of(declared)
            found[unit] = ways(own, project.settings.generator.vary, settings.attempts, given=given)
            if action.step is Step.GENERATE:
                open_ways(project, workshop, declared, own, found[unit], given=given)
    return found


def _was_brought(project: Project, workshop: Workshop, action: Action) -> bool:
    """Tell whether a person brought a reply for the unit: nobody else is asked for it then, whatever is configured."""
    if not any(os.path.exists(f"{project.root}/{place}") for place in waiting(project.root, action.unit)):
        return False
    prompt = project.prompt(project.graph.units[action.unit], changed=action.changed)
    if os.path.exists(f"{project.root}/{paths(action.unit, prompt.digest)[1]}"):
        return True
    replies = [reply for reply in workshop.ledger.replies(action.unit) if reply.round]
    return bool(replies) and replies[-1].generator == MANUAL and replies[-1].key == project.keys[action.unit].digest


def _left(project: Project, workshop: Workshop, result: BuildResult, options: argparse.Namespace) -> list[Action]:
    """Return what this build did not mend and `check` fails on: units without a test, and orphans."""
    untested = [u.unit for u in result.units if u.outcome in GOOD and not project.graph.units[u.unit].has_tests]
    locks = [lock for lock in map(workshop.ledger.lock, untested) if lock is not None]
    actions = [decide(project.graph.units[lock.unit], lock.key, lock, lock.code) for lock in locks]
    found = [action for action in actions if action.fails_check]
    return found if options.units else [*found, *project.orphans]


def _data(result: BuildResult, left: list[Action]) -> dict[str, object]:
    units = [
        {"unit": u.unit, "outcome": u.outcome, "generation": u.generation, "attempts": u.attempts,
         "notes": u.notes, "problems": [as_data(p) for p in u.problems]}
        for u in result.units
    ]  # fmt: skip
    return {
        "units": units,
        "left": [{"unit": a.unit, "state": a.state.value, "reasons": a.reasons, "mend": a.mend} for a in left],
        "spent": result.spent,
        "seconds": round(result.seconds, 3),
        "interrupted": result.interrupted,
    }


def _print(result: BuildResult, left: list[Action], project: Project, workshop: Workshop) -> None:
    """Tell on standard error what did not go well: each cause once, each unit with what to do next."""
    shown: set[tuple[str, ...]] = set()
    for unit in result.units:
        texts = tuple(problem.message for problem in unit.problems)
        if result.interrupted and texts and all(text.endswith("interrupted") for text in texts):
            continue
        if unit.problems and texts not in shown:
            shown.add(texts)
            print_problems(unit.problems)
        elif unit.outcome not in GOOD and unit.outcome != "skipped" and not unit.problems:
            print(f"{coloured(unit.unit, 'bold')} is {_said(unit)}", file=sys.stderr)
            for line in _why(unit, workshop):
                print(f"  {line}".rstrip(), file=sys.stderr)
            hint = _hint(unit, project)
            if hint:
                print(f"hint: {hint}", file=sys.stderr)
    for action in left:
        print(f"{action.unit} is {action.state.value}: {'; '.join(action.reasons)}\n  mend: {action.mend}",
              file=sys.stderr)  # fmt: skip
    for problem in workshop.ledger.torn:
        print(f"note: {problem.message}; mend: {problem.hint}", file=sys.stderr)
    if result.interrupted:
        print(
            "interrupted; what was accepted and every reply that had come is kept\nhint: regen build", file=sys.stderr
        )


def _why(unit: UnitResult, workshop: Workshop) -> list[str]:
    """Return what failed, test by test where tests did; of hidden ones no more than that they did."""
    if unit.outcome in {"rejected", "inconclusive"}:
        generation = next((g for g in workshop.ledger.generations(unit.unit) if g.id == unit.generation), None)
        lines = failures(generation.checks) if generation is not None else []
        if lines:
            return lines
    return list(unit.notes)


def _said(unit: UnitResult) -> str:
    return {"budget": "not asked for: a budget does not allow it", "edited": "edited by hand; it is left as it is",
            "pending": "waiting for its reply"}.get(unit.outcome, unit.outcome)  # fmt: skip


def _hint(unit: UnitResult, project: Project) -> str:
    if unit.outcome in {"rejected", "inconclusive"}:
        return f"regen show {unit.generation[:12]}" if unit.generation else f"regen log {unit.unit}"
    if unit.outcome == "undecided":
        return f"regen probe {unit.unit} --from-ledger --write-test"
    if unit.outcome == "budget":
        return "regen build --dry-run"
    if unit.outcome in {"edited", "blocked"}:
        return project.actions[unit.unit].mend
    return ""


def _summary(result: BuildResult) -> str:
    counts: dict[str, int] = {}
    for unit in result.units:
        counts[unit.outcome] = counts.get(unit.outcome, 0) + 1
    fresh = counts.pop("nothing", 0)
    words = {"budget": "over budget"}
    parts = [f"{number:,} {words.get(outcome, outcome)}" for outcome, number in counts.items()] + (
        [f"{fresh:,} fresh"] if fresh else []
    )
    spent = result.spent
    line = f"{counted(len(result.units), 'unit')}: {', '.join(parts) or 'none'}"
    if spent.calls:
        tokens = f"{spent.input_tokens + spent.output_tokens:,} tokens"
        unknown = "cost unknown" if spent.unknown_costs == spent.calls else f"{spent.unknown_costs} of unknown cost"
        known = [f"${spent.cost:.4f}"] if spent.unknown_costs < spent.calls else []
        cost = " + ".join([*known, *([unknown] if spent.unknown_costs else [])])
        line += f"; {counted(spent.calls, 'call')}, {tokens}, {cost}"
    return f"{line}; {result.seconds:.1f} s" + (" (interrupted)" if result.interrupted else "")

"""`regen accept UNIT…`: take the code that is there, once it passes every check.

For code that people wrote or changed, and for edits of a spec that were editorial.
"""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

from regen.assembly import Workshop, alone
from regen.cli.judged import print_judged
from regen.cli.selection import require
from regen.errors import InputError, Problem
from regen.landing import target_text
from regen.ledger.records import Generation, Lock
from regen.project import Project, find_root
from regen.storage.clock import SystemClock
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    import argparse

EXAMPLE = 'regen accept signup.email --reason "a word in the spec, no change of meaning"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="*", metavar="UNIT")
    parser.add_argument("--all", action="store_true", help="every unit whose code is there and is not accepted")
    parser.add_argument(
        "--reason", default="", metavar="TEXT", help="why no regeneration is needed; kept in the ledger"
    )
    parser.add_argument("--sandbox", default="", metavar="KIND", help="bubblewrap, or none: run the code without one")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require(options.units, project.graph.units)
    names = list(options.units)
    if options.all:
        names = [
            u for u, a in project.actions.items() if a.state.value in {"edited", "stale"} and _has_code(project, u)
        ]
    elif not names:
        raise InputError(Problem(message="accept needs the units that are meant, or --all", hint="regen status"))
    workshop = Workshop(project, sandbox=options.sandbox, environ=os.environ)
    outcomes: dict[str, str] = {}
    try:
        with alone(project.root):
            workshop.ledger.prepare()
            for name in names:
                outcomes[name] = accept(project, workshop, name, options.reason, quiet=options.json)
    finally:
        workshop.close()
    if options.json:
        print(json.dumps({"units": outcomes}, indent=1))
    else:
        for name, outcome in outcomes.items():
            print(f"{name} is accepted" if outcome == "accepted" else f"{name} is not accepted: {outcome}")
    return 0 if all(outcome == "accepted" for outcome in outcomes.values()) else 1


def _reply_of(workshop: Workshop, lock: Lock) -> str:
    return next((g.reply for g in workshop.ledger.generations(lock.unit) if g.id == lock.generation), "")


def _has_code(project: Project, name: str) -> bool:
    return all(project.code_digests(project.graph.units[name]).values())


def accept(project: Project, workshop: Workshop, name: str, reason: str, *, quiet: bool) -> str:
    """Verify the unit's code as it is and lock it if it passes; return the verdict's word."""
    unit = project.graph.units[name]
    lock, key = project.locks.get(name), project.keys[name]
    action = project.actions[name]
    if action.state.value == "blocked":
        raise InputError(Problem(message=f"{name} is blocked: {action.reasons[0]}", hint=action.mend))
    if not _has_code(project, name):
        raise InputError(Problem(message=f"{name} has no code to accept", hint=f"regen build {name}"))
    if lock is not None and lock.generation and action.state.value == "stale" and not reason:
        hint = f'regen accept {name} --reason "editorial"'
        message = f"{name} is stale ({'; '.join(action.reasons)}); accepting its code as it is needs a reason"
        raise InputError(Problem(message=message, hint=hint))
    texts = {str(target): target_text(project.code, target) for target in unit.targets}
    files = {target.path: project.code.read(target.path) or "" for target in unit.targets}
    checks = workshop.verifier().verify(unit, files, threading.Event())
    verdict = judge(checks)
    same = lock is not None and lock.code == project.code_digests(unit)
    generation = workshop.ledger.add_generation(
        Generation(
            unit=name, kind="verified again" if same else "by hand", key=key, checks=checks, verdict=verdict,
            candidate={target: workshop.ledger.put_text(text) for target, text in texts.items()}, reason=reason,
            generator=lock.generator if lock and same else "by hand", model=lock.model if lock and same else "",
            reply=_reply_of(workshop, lock) if lock and same else "",
            sandbox=workshop.verifier().sandbox_name, at=SystemClock().now(),
        )
    )  # fmt: skip
    if not quiet:
        print_judged(unit, checks)
    if verdict is Verdict.ACCEPTED:
        new = Lock(unit=name, generation=generation.id, key=key, code=dict(generation.candidate),
                   interface=project.interface_digest(unit), generator=generation.generator, model=generation.model,
                   pinned=lock.pinned if lock else "")  # fmt: skip
        workshop.ledger.put_lock(new)
    return verdict.value

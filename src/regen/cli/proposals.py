"""`regen proposals`: the proposed tests of a unit; none gates anything until a person accepts it."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

from regen.assembly import Workshop
from regen.cli.selection import require
from regen.cli.style import coloured, counted
from regen.errors import InputError, Problem
from regen.project import Project, find_root
from regen.storage.proposals import DiskProposals
from regen.suggesting import path_of
from regen.trust.proposal import accepted_text

if TYPE_CHECKING:
    import argparse

    from regen.trust.proposal import Proposal

EXAMPLE = "regen proposals accept signup.email test_signup_email_validate_1a2b3c"
_ACTIONS = ("list", "show", "accept", "reject")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="[list|show|accept|reject] [UNIT] [NAME]",
                        help="list (default) those of all units or one; the others need UNIT and NAME")  # fmt: skip
    parser.add_argument("--to", default="", metavar="FILE", help="with accept: the new test file")
    parser.add_argument("--reason", default="", metavar="TEXT", help="with reject: why; it is not proposed again")
    parser.add_argument("--sandbox", default="", metavar="KIND", help="bubblewrap, or none: run the code without one")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    words = list(options.words)
    action = words.pop(0) if words and words[0] in _ACTIONS else "list"
    require(words[:1], project.graph.units)
    store = DiskProposals(project.root)
    if action == "list":
        return _list(project, store, words[:1] or list(project.graph.order), options)
    if len(words) != 2:  # noqa: PLR2004
        message = f"`regen proposals {action}` needs a unit and a name"
        raise InputError(Problem(message=message, hint="regen proposals"))
    proposal = store.get(*words)
    if action == "show":
        print(proposal.text, end="")
        return 0
    return _accept(project, store, proposal, options) if action == "accept" else _reject(store, proposal, options)


def _list(project: Project, store: DiskProposals, units: list[str], options: argparse.Namespace) -> int:
    found = [proposal for unit in units for proposal in store.of(unit)]
    states = _states(project, found, options)
    if options.json:
        rows = [{"unit": p.unit, "name": p.name, "why": p.why, "state": states[p.name]} for p in found]
        print(json.dumps({"proposals": rows}, indent=1))
        return 0
    for proposal in found:
        state = states[proposal.name]
        print(f"{coloured(proposal.unit, 'bold')} {proposal.name}: {state}")
        for reason in proposal.why:
            print(f"  {reason}")
    print(counted(len(found), "proposed test") + ("; regen proposals show UNIT NAME" if found else ""))
    return 0


def _states(project: Project, found: list[Proposal], options: argparse.Namespace) -> dict[str, str]:
    """Return for each proposal whether its value is open, or what it says of the code that is there."""
    states = {p.name: f"not filled in: line {p.open_lines[0]}" for p in found if p.open_lines}
    closed = [p for p in found if not p.open_lines]
    if not closed:
        return states
    workshop = Workshop(project, sandbox=options.sandbox, environ=os.environ)
    try:
        trials = workshop.trials(threading.Event())
        for proposal in closed:
            unit = project.graph.units[proposal.unit]
            check = trials.run(unit, path_of(unit), proposal.text, project.texts_of(unit))
            bad = next((test for test in check.tests if test.failure is not None), None)
            why = bad.failure.message if bad is not None and bad.failure is not None else check.reason
            states[proposal.name] = "passes" if check.outcome == "passed" else f"fails: {' '.join(why.split())[:120]}"
    finally:
        workshop.close()
    return states


def _accept(project: Project, store: DiskProposals, proposal: Proposal, options: argparse.Namespace) -> int:
    if proposal.open_lines:
        path, line = store.path(proposal), proposal.open_lines[0]
        source = proposal.text.split("\n")[line - 1]
        message = "the expected value is not filled in: `...` stands for what only you can say"
        raise InputError(Problem(message=message, path=path, line=line, column=source.index("...") + 1, width=3,
                                 source=source, hint=f"edit {path}:{line}"))  # fmt: skip
    target = options.to or f"tests/{proposal.name}.py"
    store.write_test(target, accepted_text(proposal))
    store.remove(proposal)
    unit = project.graph.units[proposal.unit]
    names_requirement = "mark.req(" in proposal.text
    listed = f"tests: [{', '.join([*(ref.path for ref in unit.tests), target])}]"
    following = "regen build" if names_requirement else f"in {unit.spec}, write `{listed}`, then: regen build"
    if options.json:
        print(json.dumps({"unit": unit.id, "test": target, "next": following}))
    else:
        print(f"{target} is a test now; next: {following}")
    return 0


def _reject(store: DiskProposals, proposal: Proposal, options: argparse.Namespace) -> int:
    if not options.reason.strip():
        message = "why is it rejected? It will not be proposed again"
        hint = f"regen proposals reject {proposal.unit} {proposal.name} --reason 'the spec leaves it open'"
        raise InputError(Problem(message=message, hint=hint))
    store.remove(proposal, rejected=options.reason)
    print(json.dumps({"rejected": proposal.name}) if options.json else f"{proposal.name} is rejected")
    return 0

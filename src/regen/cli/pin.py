"""`regen pin` and `regen unpin`: who owns a unit's code, a person or regen."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import msgspec

from regen.assembly import Workshop, alone
from regen.cli.accept import accept
from regen.cli.selection import require
from regen.errors import InputError, Problem
from regen.ledger.records import Lock
from regen.project import Project, find_root

if TYPE_CHECKING:
    import argparse

EXAMPLE = 'regen pin shop.tax --reason "audited by the tax office"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="+", metavar="UNIT")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why a person owns it; kept in the lock")
    parser.add_argument("--sandbox", default="", metavar="KIND", help="bubblewrap, or none: run the code without one")


def run(options: argparse.Namespace) -> int:
    """Pin: the code that is there is verified, and from then on never regenerated."""
    project = Project.load(find_root(os.getcwd()))
    require(options.units, project.graph.units)
    workshop = Workshop(project, sandbox=options.sandbox, environ=os.environ)
    outcomes: dict[str, str] = {}
    reason = options.reason or "owned by a person"
    try:
        with alone(project.root):
            workshop.ledger.prepare()
            for name in options.units:
                if not all(project.code_digests(project.graph.units[name]).values()):
                    raise InputError(Problem(message=f"{name} has no code to pin", hint=f"regen build {name}"))
                outcomes[name] = accept(project, workshop, name, reason, quiet=options.json)
                lock = workshop.ledger.lock(name) or Lock(unit=name)
                workshop.ledger.put_lock(msgspec.structs.replace(lock, pinned=reason))
    finally:
        workshop.close()
    if options.json:
        print(json.dumps({"pinned": outcomes}, indent=1))
    else:
        for name, outcome in outcomes.items():
            failing = "" if outcome == "accepted" else f", but its code is {outcome}; next: regen verify {name}"
            print(f"{name} is pinned: {reason}{failing}")
    return 0 if all(outcome == "accepted" for outcome in outcomes.values()) else 1

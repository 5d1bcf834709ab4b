"""`regen unpin UNIT…`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import msgspec

from regen.assembly import alone
from regen.cli.selection import require
from regen.errors import InputError, Problem
from regen.project import Project, find_root
from regen.storage.ledger import DiskLedger

if TYPE_CHECKING:
    import argparse

EXAMPLE = "regen unpin shop.tax"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="+", metavar="UNIT")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require(options.units, project.graph.units)
    ledger = DiskLedger(project.root)
    free = [name for name in options.units if not (name in project.locks and project.locks[name].pinned)]
    if free:
        raise InputError(*[Problem(message=f"{name} is not pinned", hint="regen status --all") for name in free])
    with alone(project.root):
        for name in options.units:
            ledger.put_lock(msgspec.structs.replace(ledger.lock(name) or project.locks[name], pinned=""))
    if options.json:
        print(json.dumps({"unpinned": options.units}, indent=1))
    else:
        for name in options.units:
            print(f"{name} is regen's again; its code stays until `regen build` finds it stale")
    return 0

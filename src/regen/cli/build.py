"""`regen build`."""

from __future__ import annotations

import importlib
import json
import os
import sys

from regen.cli import status
from regen.cli.arguments import amount, positive

TYPE_CHECKING = False  # importing typing takes longer than reading the snapshot
if TYPE_CHECKING:
    import argparse
    from typing import Any

EXAMPLE = "regen build --generator 'command:claude -p'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="*", metavar="UNIT", help="only these, and what they use")
    parser.add_argument("-g", "--generator", default="", metavar="NAME",
                        help="api:openai:gpt-5, 'command:llm -m x', manual, ledger")  # fmt: skip
    parser.add_argument("-j", "--jobs", type=positive, metavar="N", help="how many generators are asked at a time")
    parser.add_argument("-n", "--dry-run", action="store_true", help="show the plan, its tokens and cost; do nothing")
    parser.add_argument("--force", action="store_true", help="regenerate the named units though they are fresh")
    parser.add_argument("--all", action="store_true", help="with --force: all units")
    parser.add_argument("--discard-edits", action="store_true", help="give up edits by hand of the named units")
    parser.add_argument("--sandbox", default="", metavar="KIND", help="bubblewrap, or none: run candidates without one")
    parser.add_argument("--attempts", type=positive, metavar="N", help="how often a unit is tried")
    parser.add_argument("--max-cost", type=amount, metavar="USD", help="what the build may cost")
    parser.add_argument("--max-tokens", type=positive, metavar="N", help="how many tokens the build may use")
    parser.add_argument("--max-seconds", type=amount, metavar="S", help="how long new calls may be made")


def run(options: argparse.Namespace) -> int:
    plain = not (options.force or options.discard_edits or options.dry_run or options.units or options.generator)
    folder = os.path.realpath(os.getcwd())
    if plain and os.path.isdir(f"{folder}/.regen"):
        rows, fresh, notices = status.plan(folder)
        if not any(row[2] in {"regenerate", "verify", "restore from the ledger"} for row in rows):
            return _nothing(options, rows, fresh, notices)
    use_case = importlib.import_module("regen.cli.building")
    return int(use_case.run(options))


def _nothing(options: argparse.Namespace, rows: list[list[Any]], fresh: list[str], notices: list[str]) -> int:
    """Say that there is nothing to do, and what a person must decide."""
    needing = [row for row in rows if status.needs_something(row)]
    if options.json:
        left = [{"unit": r[0], "state": r[1], "reasons": r[3], "mend": r[4]} for r in needing]
        print(json.dumps({"units": [], "left": left, "spent": {}, "seconds": 0.0, "interrupted": False}, indent=1))
        return 1 if needing else 0
    for unit, state, _, reasons, mend in needing:
        print(f"{unit} is {state}: {'; '.join(reasons)}\n  mend: {mend}", file=sys.stderr)
    for notice in notices:
        print(f"note: {notice}", file=sys.stderr)
    print(f"nothing to do: {len(fresh):,} of {len(rows) + len(fresh):,} units are fresh")
    return 1 if needing else 0

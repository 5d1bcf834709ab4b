"""`regen status`: with nothing changed since the last look, it comes from the snapshot and reads no spec."""

from __future__ import annotations

import importlib
import json
import os

from regen.cli import style
from regen.storage import snapshot

TYPE_CHECKING = False  # importing typing takes longer than reading the snapshot
if TYPE_CHECKING:
    import argparse
    from typing import Any

EXAMPLE = "regen status"
_MOST_ROWS = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="*", metavar="UNIT", help="only these units")
    parser.add_argument("--all", action="store_true", help="list fresh units too")


def run(options: argparse.Namespace) -> int:
    rows, fresh, notices = plan(os.path.realpath(os.getcwd()))
    if options.units:
        known = [*fresh, *(row[0] for row in rows)]
        importlib.import_module("regen.cli.selection").require(options.units, known)
        rows = [row for row in rows if row[0] in options.units]
        fresh = [unit for unit in fresh if unit in options.units]
    if options.json:
        print(json.dumps(_data(rows, fresh, notices), indent=1))
    else:
        _print(rows, fresh, notices, everything=options.all or bool(options.units))
    return 1 if any(needs_something(row) for row in rows) else 0


def plan(folder: str) -> tuple[list[list[Any]], list[str], list[str]]:
    """Return `[unit, state, step, reasons, mend]` of what is not fresh, the fresh ids, and notices."""
    known = snapshot.load(folder) if os.path.isdir(f"{folder}/.regen") else None
    if known is None:
        module = importlib.import_module("regen.project")
        root = module.find_root(folder)
        known = snapshot.load(root) if root != folder else None
        if known is None:
            project = module.Project.load(root)
            rows: tuple[list[list[Any]], list[str], list[str]] = project.rows()
            return rows
    return known.rows, known.fresh, known.notices


def needs_something(row: list[Any]) -> bool:
    """Tell whether a row is something to do: pinned and outdated units are well unless they ask for a step."""
    return row[1] not in {"fresh", "outdated", "pinned"} or row[2] != "nothing"


def _data(rows: list[list[Any]], fresh: list[str], notices: list[str]) -> dict[str, Any]:
    names = ("unit", "state", "step", "reasons", "mend")
    units = [dict(zip(names, row, strict=True)) for row in rows]
    units += [dict(zip(names, (unit, "fresh", "nothing", [], ""), strict=True)) for unit in fresh]
    return {"units": units, "notices": notices}


def _print(rows: list[list[Any]], fresh: list[str], notices: list[str], *, everything: bool) -> None:
    shown = rows if everything else rows[:_MOST_ROWS]
    column = min(max((len(row[0]) for row in [*shown, *([u] for u in fresh if everything)]), default=0), 40)
    for unit, state, step, reasons, _ in shown:
        note = "; ".join(reasons)
        cheap = step in {"verify", "restore from the ledger"}
        print(style.state_row(unit, state, f"{note} → {step}" if cheap else note, column))
    if len(shown) < len(rows):
        print(f"  … and {len(rows) - len(shown):,} more: regen status --all")
    if everything:
        for unit in fresh:
            print(style.state_row(unit, "fresh", "", column))
    for notice in notices:
        print(f"note: {notice}")
    print(_summary(rows, fresh))


def _summary(rows: list[list[Any]], fresh: list[str]) -> str:
    counts: dict[str, int] = {"fresh": len(fresh)}
    for row in rows:
        counts[row[1]] = counts.get(row[1], 0) + 1
    total = len(rows) + len(fresh)
    parts = ", ".join(f"{number:,} {state}" for state, number in counts.items() if number)
    mends = [row[4] for row in rows if needs_something(row) and row[4]]
    work = [row for row in rows if row[2] in {"regenerate", "verify", "restore from the ledger"}]
    following = "regen build" if len(work) > 1 and len(work) == len(mends) else mends[0] if mends else ""
    if not total:
        return "no units: write a spec in specs/ (regen init makes one)"
    return f"{style.counted(total, 'unit')}: {parts}" + (f"\nnext: {following}" if following else "")

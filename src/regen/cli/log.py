"""`regen log [UNIT…]`: generations, newest first."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from regen.cli.arguments import positive
from regen.cli.selection import require
from regen.cli.style import coloured
from regen.project import Project, find_root
from regen.storage.ledger import DiskLedger
from regen.verdicts.printable import printable
from regen.verdicts.verdict import Verdict

if TYPE_CHECKING:
    import argparse

    from regen.ledger.records import Generation, ReplyRecord

EXAMPLE = "regen log signup.email"

_COLOURS = {Verdict.ACCEPTED: "green", Verdict.REJECTED: "red", Verdict.INCONCLUSIVE: "yellow"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("units", nargs="*", metavar="UNIT", help="only these")
    parser.add_argument("-n", type=positive, default=0, metavar="N", help="only the newest N")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    ledger = DiskLedger(project.root)
    require(options.units, {*project.graph.units, *ledger.units()})
    names = options.units or ledger.units()
    replies = {reply.id: reply for name in names for reply in ledger.replies(name)}
    generations = sorted((g for name in names for g in ledger.generations(name)), key=lambda g: (-g.at, g.id))
    if options.n:
        generations = generations[: options.n]
    accepted = {lock.generation for lock in project.locks.values()}
    if options.json:
        rows = [_row(g, replies.get(g.reply), accepted=g.id in accepted) for g in generations]
        print(msgspec.json.format(msgspec.json.encode({"generations": rows}), indent=1).decode())
        return 0
    for generation in generations:
        print(_line(generation, replies.get(generation.reply), current=generation.id in accepted))
    if not generations:
        print("no generations yet: regen build")
    for problem in ledger.torn:
        print(f"note: {problem.message}; mend: {problem.hint}", file=sys.stderr)
    return 0


def _row(generation: Generation, reply: ReplyRecord | None, *, accepted: bool) -> dict[str, object]:
    return {
        "id": generation.id, "unit": generation.unit, "kind": generation.kind, "verdict": generation.verdict,
        "current": accepted, "attempt": generation.attempt, "generator": generation.generator,
        "model": generation.model,
        "at": generation.at, "seconds": generation.seconds, "reason": generation.reason or generation.refused,
        "usage": reply.usage if reply else {}, "way": reply.way if reply else None,
    }  # fmt: skip


def _line(generation: Generation, reply: ReplyRecord | None, *, current: bool) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(generation.at))
    symbol = coloured(generation.verdict.symbol, _COLOURS[generation.verdict])
    who = generation.model or generation.generator or generation.kind
    way = f"  {reply.way}" if reply and reply.way and str(reply.way) else ""
    kind = "" if generation.kind == "generated" else f"  {generation.kind}"
    attempt = f"  attempt {generation.attempt}" if generation.attempt > 1 else ""
    cost = reply.usage.cost_usd if reply else None
    price = f"  ${cost:.4f}" if cost else ""
    why = printable(generation.reason or generation.refused)
    mark = "  ← accepted now" if current else ""
    return f"{symbol} {generation.id[:12]}  {when}  {generation.unit}  {who}{way}{kind}{attempt}{price}{mark}" + (
        f"\n    {why}" if why else ""
    )

"""`regen show ID`: one generation whole."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import msgspec

from regen.errors import InputError, Problem
from regen.project import find_root
from regen.storage.ledger import DiskLedger
from regen.verdicts.printable import printable, printable_check

if TYPE_CHECKING:
    import argparse

    from regen.ledger.records import Generation, ReplyRecord

EXAMPLE = "regen show signup.email --reply"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("generation", metavar="ID|UNIT", help="the first letters of an id, or a unit: its accepted one")
    parser.add_argument("--prompt", action="store_true", help="print nothing but the prompt")
    parser.add_argument("--reply", action="store_true", help="print nothing but the reply")


def run(options: argparse.Namespace) -> int:
    ledger = DiskLedger(find_root(os.getcwd()))
    generation = find(ledger, options.generation)
    reply = next((r for r in ledger.replies(generation.unit) if r.id == generation.reply), None)
    prompt = "\n".join(ledger.text(part.text) for part in reply.prompt) if reply else ""
    if options.prompt or options.reply:
        text = prompt if options.prompt else ledger.text(reply.reply) if reply else ""
        if reply is None:
            message = f"generation {generation.id[:12]} was made by hand: it has no prompt and no reply"
            raise InputError(Problem(message=message, hint=f"regen show {generation.id[:12]}"))
        print(text, end="" if text.endswith("\n") else "\n")
        return 0
    if options.json:
        data = {"generation": generation, "reply": reply, "prompt": prompt,
                "reply_text": ledger.text(reply.reply) if reply else ""}  # fmt: skip
        print(msgspec.json.format(msgspec.json.encode(data), indent=1).decode())
        return 0
    _print(generation, reply)
    return 0


def find(ledger: DiskLedger, wanted: str) -> Generation:
    """Return the generation whose id starts with `wanted`, or the accepted one of the unit `wanted`."""
    lock = ledger.lock(wanted) if wanted in ledger.units() else None
    start = lock.generation if lock and lock.generation else wanted
    found = [g for unit in ledger.units() for g in ledger.generations(unit) if g.id.startswith(start)]
    if len(found) == 1:
        return found[0]
    many = f"{len(found)} generations start with {wanted}" if found else f"no generation or unit is called {wanted}"
    raise InputError(Problem(message=many, hint="regen log"))


def _print(generation: Generation, reply: ReplyRecord | None) -> None:
    attempt = f", attempt {generation.attempt}" if generation.attempt else ""
    print(f"generation {generation.id}")
    print(f"unit:      {generation.unit} ({generation.kind}{attempt})")
    print(
        f"verdict:   {generation.verdict.value} in {generation.seconds:.2f} s, sandbox: {generation.sandbox or 'none'}"
    )
    print(f"at:        {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(generation.at))} UTC")
    if generation.reason or generation.refused:
        print(f"reason:    {printable(generation.reason or generation.refused)}")
    print(f"key:       {generation.key.digest[:12]}")
    if reply is not None:
        usage = reply.usage
        tokens = f"{usage.input_tokens or '?'} in, {usage.output_tokens or '?'} out"
        cost = "unknown" if usage.cost_usd is None else f"${usage.cost_usd:.4f}"
        print(f"generator: {reply.generator} ({reply.model}), {reply.seconds:.1f} s, tokens {tokens}, cost {cost}")
        if reply.way is not None:
            model = f"{reply.generator} in place of the unit's own" if reply.way.generator else ""
            print(f"varied:    {', '.join(filter(None, [model, str(reply.way)]))}")
        print(f"prompt:    {reply.prompt_digest[:12]}: {', '.join(part.name for part in reply.prompt)}")
    for target, digest in generation.candidate.items():
        print(f"code:      {target} {digest[:12]}")
    for check in map(printable_check, generation.checks):
        print(f"check:     {check.name} {check.outcome}" + (f": {check.reason}" if check.reason else ""))
        for finding in check.findings:
            print(f"             {finding.path}:{finding.line}: {finding.code} {finding.message}".replace("  ", " "))
        for test in check.tests:
            if test.outcome not in {"passed", "skipped"}:
                why = test.failure.message.split("\n")[0] if test.failure else ""
                print(f"             {test.id} {test.outcome}: {why}")
    if reply is not None:
        print(f"\nprompt and reply: regen show {generation.id[:12]} --prompt, --reply")

"""What `regen build --dry-run` prints: the plan with what it would cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from regen.cli.style import counted
from regen.generators.ways import ways
from regen.plan import Action, State, Step

if TYPE_CHECKING:
    import argparse

    from regen.assembly import Workshop
    from regen.project import Project
    from regen.storage.ledger import DiskLedger

_SHORT_MODULE_TOKENS = 1000


def dry_run(project: Project, workshop: Workshop, actions: dict[str, Action], options: argparse.Namespace) -> int:
    """Print the plan with what it would cost; ask nobody and write nothing."""
    rows = []
    for unit, action in actions.items():
        if not action.is_work:
            continue
        row: dict[str, object] = {"unit": unit, "step": action.step.value, "reasons": list(action.reasons)}
        if action.step is Step.GENERATE:
            declared = project.graph.units[unit]
            name = options.generator or project.generator_of(declared)
            prompt = project.prompt(declared, changed=() if options.force else action.changed)
            row |= {"generator": name, "tokens": prompt.tokens, "dropped": list(prompt.dropped)}
            expected = expected_output(workshop.ledger, unit)
            row["cost_usd"] = workshop.generator(name).price(prompt.tokens, expected) if name else None
            if project.settings.build.policy == "agree" and name:
                row |= _at_most(project, workshop, name, prompt.tokens, options)
        rows.append(row)
    if options.json:
        print(json.dumps({"plan": rows}, indent=1))
        return 1 if rows else 0
    column = max((len(str(row["unit"])) for row in rows), default=0)
    for row in rows:
        print(f"{row['unit']:<{column}}  {row['step']}{_price(row)}  ({'; '.join(row['reasons'])})")  # type: ignore[arg-type]
    following = [u for u, a in actions.items() if not a.is_work and a.state is State.FRESH
                 and any(used in {r["unit"] for r in rows} for used in project.graph.units[u].uses)]  # fmt: skip
    if following:
        print(f"{counted(len(following), 'dependent')} may follow if an interface changes: {', '.join(following[:8])}")
    tokens = sum(int(str(row.get("tokens", 0))) for row in rows)
    print(f"{counted(len(rows), 'unit')} to do, {tokens:,} prompt tokens at the first attempt")
    return 1 if rows else 0


def _price(row: dict[str, object]) -> str:
    """Return the words for what a row's calls cost, none where nobody is asked."""
    if "tokens" not in row:
        return ""
    cost, most = row["cost_usd"], row.get("most_usd")
    told = f"  {row['tokens']:,} tokens, " + ("cost unknown" if cost is None else f"about ${cost:.4f}")
    if "attempts" not in row:
        return told
    attempts = counted(int(str(row["attempts"])), "attempt")
    more = f"{attempts} at unknown cost" if most is None else f"${most:.4f} for {attempts} without feedback"
    return f"{told}, up to {more}"


def _at_most(
    project: Project, workshop: Workshop, own: str, tokens: int, options: argparse.Namespace
) -> dict[str, object]:
    """Return how many attempts there may be and their cost in USD if each reply is as long as it may be.

    Each attempt is priced at the model that it varies to; what feedback adds to a prompt is not known before.
    """
    settings = project.settings.generator
    attempts = project.settings.build.attempts if options.attempts is None else options.attempts
    asked = [way.generator or own for way in ways(own, settings.vary, attempts, given=bool(options.generator))]
    prices = [workshop.generator(name).price(tokens, settings.max_output_tokens) for name in asked]
    known = [price for price in prices if price is not None]
    return {"attempts": attempts, "most_usd": sum(known) if len(known) == len(prices) else None}


def expected_output(ledger: DiskLedger, unit: str) -> int:
    """Return how many tokens a reply may have: as many as the last one, or a short module's."""
    recorded = [r.usage.output_tokens for r in ledger.replies(unit) if r.usage.output_tokens]
    return recorded[-1] if recorded else _SHORT_MODULE_TOKENS

"""What `regen build --dry-run` prints: the plan with what it would cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from regen.cli.style import counted
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
        rows.append(row)
    if options.json:
        print(json.dumps({"plan": rows}, indent=1))
        return 1 if rows else 0
    column = max((len(str(row["unit"])) for row in rows), default=0)
    for row in rows:
        cost = row.get("cost_usd")
        price = "" if "tokens" not in row else f"  {row['tokens']:,} tokens, " + (
            "cost unknown" if cost is None else f"about ${cost:.4f}")  # fmt: skip
        print(f"{row['unit']:<{column}}  {row['step']}{price}  ({'; '.join(row['reasons'])})")  # type: ignore[arg-type]
    following = [u for u, a in actions.items() if not a.is_work and a.state is State.FRESH
                 and any(used in {r["unit"] for r in rows} for used in project.graph.units[u].uses)]  # fmt: skip
    if following:
        print(f"{counted(len(following), 'dependent')} may follow if an interface changes: {', '.join(following[:8])}")
    tokens = sum(int(str(row.get("tokens", 0))) for row in rows)
    print(f"{counted(len(rows), 'unit')} to do, {tokens:,} prompt tokens at the first attempt")
    return 1 if rows else 0


def expected_output(ledger: DiskLedger, unit: str) -> int:
    """Return how many tokens a reply may have: as many as the last one, or a short module's."""
    recorded = [r.usage.output_tokens for r in ledger.replies(unit) if r.usage.output_tokens]
    return recorded[-1] if recorded else _SHORT_MODULE_TOKENS

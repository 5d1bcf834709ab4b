"""`regen explain UNIT`: the key field by field, the exact prompt, its tokens and estimated cost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from regen.assembly import Workshop
from regen.cli.dry_run import expected_output
from regen.cli.selection import require
from regen.cli.style import coloured
from regen.errors import RegenError
from regen.plan import Step
from regen.project import Project, find_root
from regen.units.key import Key, differences

if TYPE_CHECKING:
    import argparse

    from regen.prompts.prompt import Prompt
    from regen.units.unit import Unit

EXAMPLE = "regen explain signup.email --prompt | less"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", metavar="UNIT")
    parser.add_argument("--prompt", action="store_true", help="print nothing but the exact prompt")
    parser.add_argument("-g", "--generator", default="", metavar="NAME", help="whose price is meant")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()), generator=options.generator)
    require([options.unit], project.graph.units)
    unit, action = project.graph.units[options.unit], project.actions[options.unit]
    prompt = project.prompt(unit, changed=action.changed)
    if options.prompt:
        print(prompt.text, end="")
        return 0
    key, lock = project.keys[unit.id], project.locks.get(unit.id)
    generator, cost, why_unknown = _cost(project, options.generator or project.generator_of(unit), prompt)
    changes = differences(lock.key, key) if lock is not None and lock.generation else ()
    findings = _findings(project, unit)
    if options.json:
        data = {
            "unit": unit.id, "spec": unit.spec, "targets": [str(t) for t in unit.targets], "state": action.state.value,
            "step": action.step.value, "reasons": action.reasons, "mend": action.mend, "key": key,
            "key_digest": key.digest,
            "differences": [str(change) for change in changes], "generator": generator, "tokens": prompt.tokens,
            "parts": [{"name": p.name, "digest": p.digest} for p in prompt.parts], "dropped": prompt.dropped,
            "cost_usd": cost, "prompt": prompt.text,
            **({"findings": findings} if findings else {}),
        }  # fmt: skip
        print(msgspec.json.format(msgspec.json.encode(data), indent=1).decode())
        return 0
    print(f"{coloured(unit.id, 'bold')} ({unit.spec} → {', '.join(str(t) for t in unit.targets)})")
    print(f"state: {action.state.value}" + (f": {'; '.join(action.reasons)}" if action.reasons else ""))
    print(f"next:  {action.step.value}" + (f": {action.mend}" if action.mend and action.step is not Step.NONE else ""))
    for line in findings:
        print(f"check: ✗ {line}")
    _print_key(key, {(change.field, change.thing): change.change for change in changes})
    _print_prompt(prompt)
    price = f"about ${cost:.4f}" if cost is not None else f"unknown{why_unknown}"
    print(f"generator: {generator or 'none configured'}; cost of a call: {price}")
    print(f"the whole prompt: regen explain {unit.id} --prompt")
    return 0


def _findings(project: Project, unit: Unit) -> list[str]:
    """Return the findings that `regen check` fails on, where the project makes any a gate."""
    if not (project.settings.checks.spec or project.settings.checks.tests):
        return []
    from regen.cli.linted import gated_of, told  # noqa: PLC0415 - few projects make findings a gate

    return [told(row) for row in gated_of(project, unit)]


def _cost(project: Project, generator: str, prompt: Prompt) -> tuple[str, float | None, str]:
    workshop = Workshop(project, environ=os.environ)
    try:
        expected = expected_output(workshop.ledger, prompt.unit)
        return generator, workshop.generator(generator).price(prompt.tokens, expected), ""
    except RegenError as error:
        return generator, None, f" ({error.problems[0].message})"


def _print_key(key: Key, changed: dict[tuple[str, str], str]) -> None:
    print(f"key {key.digest[:12]}:")
    for field in Key.__struct_fields__:
        value = getattr(key, field)
        rows = (
            list(value.items())
            if isinstance(value, dict)
            else [(v, "") for v in value]
            if isinstance(value, tuple)
            else [("", str(value))]
        )
        for thing, digest in rows or [("", "-")]:
            change = changed.get((field, thing), "")
            shown = digest[:12] if len(digest) == 64 else digest  # noqa: PLR2004 - a sha256 in hex
            line = f"  {field:<13} {thing:<34} {shown}".rstrip()
            print(f"{coloured(line, 'yellow')}  ← {change}" if change else line)
        for (name, thing), change in changed.items():
            if name == field and change == "removed":
                print(f"  {field:<13} {thing:<34} ← removed")


def _print_prompt(prompt: Prompt) -> None:
    print(f"prompt {prompt.digest[:12]}, {prompt.tokens:,} tokens:")
    column = max(len(name) for name in (*prompt.dropped, *(part.name for part in prompt.parts)))
    for part in prompt.parts:
        shared = "  shared by all units" if part.shared else ""
        print(f"  {part.name:<{column}}  {len(part.text):>7,} characters{shared}")
    for name in prompt.dropped:
        print(f"  {name:<{column}}  left out: the budget prompt_tokens is used up")

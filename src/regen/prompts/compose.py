"""Unit → Prompt.

Laws of this file:
- the same sources give the same bytes;
- parts go from what changes least to what changes most: instructions, project context, constraints, interfaces, spec,
  tests, and last the attempt before;
- over the budget, context files go first (the last named one before the others), then interfaces of used units, then
  visible tests; instructions, constraints, spec and answer form are never dropped.
"""

from __future__ import annotations

import re
from string import Template
from typing import TYPE_CHECKING

import msgspec

from regen.errors import InputError, Problem
from regen.prompts.prompt import Part, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regen.specs.spec import Spec
    from regen.units.unit import Unit

_LANGUAGE_OF_SUFFIX = {"py": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "ts": "typescript",
                       "tsx": "tsx", "rs": "rust", "md": "markdown", "sh": "bash", "rb": "ruby"}  # fmt: skip


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """All texts that a prompt may hold, by what a person calls them.

    `context` and `tests` map paths to texts, `interfaces` maps used units to stub text, `constraints` are sentences.
    `changed` are the ids of requirements that changed since the accepted generation. `code` is the body to revise, by
    target, empty for a fresh generation. `feedback` is what was seen of the attempt before.
    """

    templates: Mapping[str, str]
    context: Mapping[str, str] = {}
    constraints: tuple[str, ...] = ()
    interfaces: Mapping[str, str] = {}
    tests: Mapping[str, str] = {}
    changed: tuple[str, ...] = ()
    code: Mapping[str, str] = {}
    feedback: str = ""
    toolchain: str = ""


def compose(unit: Unit, spec: Spec, sources: Sources, count: Callable[[str], int], budget: int) -> Prompt:
    """Return the prompt; raise InputError where what can't be dropped exceeds `budget` tokens.

    `count` gives the tokens of a text, offline.
    """
    parts = _parts(unit, spec, sources)
    sizes = {part.name: count(part.text) for part in parts}
    droppable = [part.name for part in reversed(parts) if part.name.startswith("context ")]
    droppable += [part.name for part in reversed(parts) if part.name.startswith("interface ")]
    droppable += [part.name for part in reversed(parts) if part.name.startswith("test ")]
    dropped: list[str] = []
    while sum(sizes.values()) > budget and droppable:
        name = droppable.pop(0)
        dropped.append(name)
        del sizes[name]
    total = sum(sizes.values())
    if total > budget:
        message = (
            f"the prompt of {unit.id} needs {total} tokens without anything that can be dropped; {budget} are allowed"
        )
        hint = (
            f"raise [build] prompt_tokens in regen.toml to {total}, or split {unit.spec}, then: regen build {unit.id}"
        )
        raise InputError(Problem(message=message, path=unit.spec, hint=hint))
    kept = [part for part in parts if part.name not in dropped]
    if dropped:
        note = "Left out, because the prompt would be too long: " + ", ".join(dropped) + ".\n"
        kept.insert(len(kept) - 1, Part("note", note))
        total += count(note)
    return Prompt(unit=unit.id, parts=tuple(kept), dropped=tuple(dropped), tokens=total)


def _parts(unit: Unit, spec: Spec, sources: Sources) -> list[Part]:
    own = [path for path in sources.context if path in unit.context]
    shared = [path for path in sources.context if path not in unit.context]
    parts = [Part("instructions", _ended(sources.templates["instructions"]), shared=True)]
    parts += [Part(f"context {path}", _context(path, sources.context[path]), shared=True) for path in shared]
    parts += [Part(f"context {path}", _context(path, sources.context[path])) for path in own]
    rules = list(sources.constraints)
    if sources.toolchain:
        rules.insert(0, f"Write {sources.toolchain}.")
    if rules:
        parts.append(Part("constraints", "# Constraints\n\n" + "\n".join(f"- {rule}" for rule in rules) + "\n"))
    for used, stub in sources.interfaces.items():
        parts.append(Part(f"interface {used}", f"# Interface of {used}\n\n{fenced(stub, '')}"))
    parts.append(Part("spec", f"# The spec of {unit.id}\n\n{_ended(marked(spec, sources.changed))}"))
    for path, text in sources.tests.items():
        parts.append(Part(f"test {path}", f"# Test {path}\n\n{fenced(text, path)}"))
    if sources.code:
        code = "\n".join(f"`{target}`\n\n{fenced(text, target)}" for target, text in sources.code.items())
        parts.append(Part("code", Template(sources.templates["revise"]).safe_substitute(code=code)))
    if sources.feedback:
        text = Template(sources.templates["feedback"]).safe_substitute(feedback=sources.feedback)
        parts.append(Part("attempt before", _ended(text)))
    parts.append(Part("answer", _answer(unit, sources.templates)))
    return parts


def _context(path: str, text: str) -> str:
    return f"# From {path}\n\n{_ended(text)}"


def _ended(text: str) -> str:
    return text.strip("\n") + "\n"


def fenced(text: str, path: str) -> str:
    """Return `text` in a fenced block that nothing inside it can close."""
    longest = max((len(run) for run in re.findall(r"^ {0,3}(`{3,})", text, re.MULTILINE)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{_language(path)}\n{text.strip(chr(10))}\n{fence}\n"


def _language(path: str) -> str:
    suffix = path.partition("::")[0].rsplit(".", 1)[-1] if "." in path else "text" if path else "python"
    return _LANGUAGE_OF_SUFFIX.get(suffix, suffix)


def marked(spec: Spec, changed: tuple[str, ...]) -> str:
    """Return the spec's text with `(changed)` behind the id of each requirement in `changed`."""
    if not changed:
        return spec.body
    lines = spec.body.split("\n")
    for requirement in spec.requirements:
        if requirement.id not in changed:
            continue
        at = requirement.line - spec.body_line
        pattern = rf"(\*\*{re.escape(requirement.id)}:?\*\*:?)"
        lines[at] = re.sub(pattern, r"\1 (changed)", lines[at], count=1)
    return "\n".join(lines)


def _answer(unit: Unit, templates: Mapping[str, str]) -> str:
    blocks = "\n".join(
        f"```{_language(target.path)} path={target}\n(the whole {'definition' if target.symbol else 'file'})\n```\n"
        for target in unit.targets
    )
    first = unit.targets[0]
    if first.symbol and len(unit.targets) == 1:
        return Template(templates["answer_symbol"]).safe_substitute(symbol=first.symbol, path=first.path, blocks=blocks)
    return Template(templates["answer"]).safe_substitute(blocks=blocks)

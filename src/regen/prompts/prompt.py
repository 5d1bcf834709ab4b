"""A prompt as named parts, the stable ones first, so that providers' caches hit."""

from __future__ import annotations

import msgspec

from regen.specs.spec import digest


class Part(msgspec.Struct, frozen=True):
    """One part: a name for people (`spec`, `context CONVENTIONS.md`) and its text, which ends with one newline."""

    name: str
    text: str
    shared: bool = False
    """The same for every unit of the project."""

    @property
    def digest(self) -> str:
        return digest(self.text)


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `dropped` names the parts that the budget left out; `tokens` is an offline count."""

    unit: str
    parts: tuple[Part, ...]
    dropped: tuple[str, ...] = ()
    tokens: int = 0

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.parts)

    @property
    def digest(self) -> str:
        return digest(self.text)

    @property
    def stable_chars(self) -> int:
        """How many first characters are the same in every prompt of the project."""
        shared = [part for part in self.parts if part.shared]
        return len("\n".join(part.text for part in shared)) + 1 if shared else 0


def differing_parts(recorded: dict[str, str], prompt: Prompt) -> tuple[str, ...]:
    """Return the names of the parts of `prompt` that differ from a recorded one (name → digest), or are not in both."""
    now = {part.name: part.digest for part in prompt.parts}
    names = [*now, *(name for name in recorded if name not in now)]
    return tuple(name for name in names if now.get(name) != recorded.get(name))

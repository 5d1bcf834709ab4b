"""A prompt as named parts, the stable ones first, so that providers' caches hit."""

from __future__ import annotations

import msgspec

from regen.specs.spec import digest

_LAST = frozenset({"code", "attempt before", "note", "answer"})
"""Parts that end every prompt: they speak of those before."""


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
    """What is asked.

    `dropped` names the parts that the budget left out; `tokens` is an offline count; `order` is which order of the
    parts it is, 1 being the usual one.
    """

    unit: str
    parts: tuple[Part, ...]
    dropped: tuple[str, ...] = ()
    tokens: int = 0
    order: int = 1

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

    def in_order(self, number: int) -> Prompt:
        """Return the same parts in order `number` (from 1, the usual one): turned round, every second one backwards.

        The parts that all units share stay first, for providers' caches, and the answer's form last. m parts between
        have 2 m orders (2 where m is 2); then they begin again. Models weigh a part by its place: Guan et al., "The
        Order Effect" (2025).
        """
        middle = [part for part in self.parts if not part.shared and part.name not in _LAST]
        size = len(middle)
        place = (number - 1) % (2 * size if size > 2 else max(size, 1))  # noqa: PLR2004 - two have no further turn
        if not place:
            return self
        turns = place // 2
        turned = [*middle[turns:], *middle[:turns]]
        parts = [part for part in self.parts if part.shared]
        parts += reversed(turned) if place % 2 else turned
        parts += [part for part in self.parts if not part.shared and part.name in _LAST]
        return msgspec.structs.replace(self, parts=tuple(parts), order=place + 1)


def differing_parts(recorded: dict[str, str], prompt: Prompt) -> tuple[str, ...]:
    """Return the names of the parts of `prompt` that differ from a recorded one (name → digest), or are not in both."""
    now = {part.name: part.digest for part in prompt.parts}
    names = [*now, *(name for name in recorded if name not in now)]
    return tuple(name for name in names if now.get(name) != recorded.get(name))

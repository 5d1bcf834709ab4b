"""What a build is given: the project's sources, the world's adapters, and what the user asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from regen.landing import CodeOnDisk
from regen.ledger.ways import Way  # noqa: TC001 - msgspec looks fields up at run time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regen.ledger.records import Lock
    from regen.ports import Clock, Code, Comparer, Generator, Ledger, Reporter, Verifier
    from regen.prompts.prompt import Prompt
    from regen.units.graph import Graph
    from regen.units.key import Key
    from regen.units.unit import Unit


class Sources(CodeOnDisk, Protocol):
    """What a build must be told of the project; implemented in `project.py`."""

    @property
    def graph(self) -> Graph: ...

    @property
    def keys(self) -> Mapping[str, Key]: ...

    @property
    def locks(self) -> Mapping[str, Lock]: ...

    def prompt(self, unit: Unit, *, changed: tuple[str, ...], feedback: str) -> Prompt:
        """Return the prompt that the unit's sources make now."""
        ...


def no_comparer() -> Comparer:
    """Stand in where no policy compares programs."""
    raise RuntimeError("a build that compares programs needs a comparer")


class World(NamedTuple):
    """The adapters that a build works with; generators and the verifier are opened when first needed."""

    ledger: Ledger
    code: Code
    clock: Clock
    reporter: Reporter
    verifier: Callable[[], Verifier]
    generator: Callable[[str], Generator]
    comparer: Callable[[], Comparer] = no_comparer


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for. `generators` names the generator of each unit; `cores` verify at a time.

    `ways` says for each attempt at a unit in which way it is asked for, where not as usual. `max_output_tokens` and
    `call_seconds` limit one call.
    """

    generators: dict[str, str]
    ways: dict[str, tuple[Way, ...]] = {}
    force: frozenset[str] = frozenset()
    discard_edits: frozenset[str] = frozenset()
    cores: int = 2
    max_output_tokens: int = 16_384
    call_seconds: float = 600.0

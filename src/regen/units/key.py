"""The key: everything that can change a unit's code, a named field each; stale means that fields differ.

The idea of a printable key stored field by field, so that "why stale" is the fields that differ, is from `just`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from regen.languages import language_of
from regen.specs.spec import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.units.unit import TestRef, Unit

FORMAT = 1

Field = Literal["requirements", "prose", "interface", "targets", "uses", "tests", "hidden_tests", "constraints",
                "template", "toolchain", "format"]  # fmt: skip

INTENT: frozenset[str] = frozenset({"requirements", "prose", "interface", "targets", "uses"})
"""A change of these asks for new code; a change of any other field is first answered by verifying what is there."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """Digests (sha256, hex) by field; mappings go from what a person calls the thing to its digest."""

    requirements: dict[str, str] = {}
    prose: str = ""
    interface: str = ""
    targets: tuple[str, ...] = ()
    uses: dict[str, str] = {}
    tests: dict[str, str] = {}
    hidden_tests: dict[str, str] = {}
    constraints: dict[str, str] = {}
    template: str = ""
    toolchain: str = ""
    format: int = FORMAT

    @property
    def digest(self) -> str:
        return digest(msgspec.json.encode(self, order="deterministic").decode())


class Difference(msgspec.Struct, frozen=True):
    """One reason for being stale: the field, the thing in it (a requirement's id, a path, a unit), and what it did."""

    field: str
    thing: str
    change: Literal["changed", "added", "removed"]

    @property
    def asks_for_new_code(self) -> bool:
        return self.field in INTENT

    def __str__(self) -> str:
        names = {
            "requirements": f"requirement {self.thing}", "prose": "the spec's prose",
            "interface": "the declared interface", "targets": f"target {self.thing}",
            "uses": f"interface of {self.thing}", "tests": f"test {self.thing}",
            "hidden_tests": f"hidden test {self.thing}", "constraints": f"constraint {self.thing}",
            "template": "the prompt template", "toolchain": "the language toolchain", "format": "the key's format",
        }  # fmt: skip
        return f"{names[self.field]} {self.change}"


def differences(old: Key, new: Key) -> tuple[Difference, ...]:
    """Return what differs, in the order of the key's fields."""
    if old == new:
        return ()
    found: list[Difference] = []
    for field in Key.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if before == after:
            continue
        if isinstance(before, dict):
            found += _in_mapping(field, before, after)
        elif isinstance(before, tuple):
            found += _in_mapping(field, dict.fromkeys(before, ""), dict.fromkeys(after, ""))
        else:
            found.append(Difference(field, "", "changed"))
    return tuple(found)


def _in_mapping(field: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    changed = [
        Difference(field, thing, "changed") for thing in after if before.get(thing, after[thing]) != after[thing]
    ]
    added = [Difference(field, thing, "added") for thing in after if thing not in before]
    removed = [Difference(field, thing, "removed") for thing in before if thing not in after]
    return changed + added + removed


class SourceFacts(Protocol):
    """Digests of the project's files; implemented with a cache in `storage/`."""

    def digest(self, path: str) -> str:
        """Return the digest of a file's text, empty where there is no such file."""
        ...

    def test_digest(self, path: str, selected: tuple[str, ...]) -> str:
        """Return the digest of a test file's form, with the project's files it leans on."""
        ...


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every unit: constraints by name (`CONVENTIONS.md`, `lint`), prompt template, toolchain.

    `may_import` has a digest for each unit that an import rule names, `of_unit` the further constraints of
    single units by name, `toolchains` one text a language.
    """

    constraints: dict[str, str] = {}
    may_import: dict[str, str] = {}
    of_unit: dict[str, dict[str, str]] = {}
    template: str = ""
    toolchains: dict[str, str] = {}


def key_of(unit: Unit, facts: SourceFacts, interfaces: Mapping[str, str], rules: Rules) -> Key:
    """Return the unit's key; `interfaces` maps units to the digests of their interfaces as they are now."""
    constraints = dict(rules.constraints)
    constraints.update((path, facts.digest(path)) for path in unit.context)
    if unit.id in rules.may_import:
        constraints["may_import"] = rules.may_import[unit.id]
    constraints.update(rules.of_unit.get(unit.id, {}))
    if unit.test_command:
        constraints["test_command"] = digest(unit.test_command)
    return Key(
        requirements=unit.requirements,
        prose=unit.prose,
        interface=unit.interface,
        targets=tuple(str(target) for target in unit.targets),
        uses={used: interfaces.get(used, "") for used in unit.uses},
        tests=_test_digests(unit.tests, facts),
        hidden_tests=_test_digests(unit.hidden_tests, facts),
        constraints=constraints,
        template=rules.template,
        toolchain=rules.toolchains.get(language_of(unit.targets[0].path).NAME, ""),
    )


def _test_digests(refs: tuple[TestRef, ...], facts: SourceFacts) -> dict[str, str]:
    return {ref.path: facts.test_digest(ref.path, ref.selected) for ref in refs}

"""Units → graph: who uses whom, in an order in which everything can be built; what is wrong with it is listed whole."""

from __future__ import annotations

import graphlib
import posixpath
from typing import TYPE_CHECKING

import msgspec

from regen.errors import nearest
from regen.units.unit import ID_PATTERN, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong in a spec file; the loader shows the line and puts the caret below `needle`."""

    path: str
    line: int
    needle: str
    message: str
    hint: str


class Graph(msgspec.Struct, frozen=True):
    """All units; iteration is in build order, used units first."""

    units: dict[str, Unit]
    order: tuple[str, ...]

    def dependents(self) -> dict[str, list[str]]:
        """Return for each unit those that use it directly."""
        found: dict[str, list[str]] = {unit: [] for unit in self.order}
        for unit in self.order:
            for used in self.units[unit].uses:
                found[used].append(unit)
        return found


def build_graph(units: Iterable[Unit], exists: Callable[[str], bool]) -> tuple[Graph | None, tuple[Complaint, ...]]:
    """Return the graph, or None with all complaints about the declarations."""
    by_id: dict[str, Unit] = {}
    complaints: list[Complaint] = []
    claimed: dict[str, dict[str, Unit]] = {}
    for unit in units:
        first = by_id.setdefault(unit.id, unit)
        if first is not unit:
            own = (
                f"{unit.lines['unit']}s/unit:.*/unit: {unit.id}-2/" if "unit" in unit.lines else f"1a unit: {unit.id}-2"
            )
            complaints.append(_say(unit, "unit", unit.id, f"the unit id `{unit.id}` is taken by {first.spec}",
                                   f"sed -i '{own}' {unit.spec}"))  # fmt: skip
        complaints += _declaration(unit, exists)
        complaints += _claims(unit, claimed)
    for unit in by_id.values():
        complaints += _uses(unit, by_id)
    complaints += _sources_claimed(by_id)
    if complaints:
        return None, tuple(complaints)
    try:
        order = tuple(graphlib.TopologicalSorter({u.id: u.uses for u in by_id.values()}).static_order())
    except graphlib.CycleError as error:
        ring = list(reversed(error.args[1]))
        unit = by_id[ring[0]]
        message = f"units use each other in a circle: {' → '.join(ring)}"
        hint = f"edit {unit.spec}: take `{ring[1]}` out of `uses`, then: regen status"
        return None, (_say(unit, "uses", ring[1], message, hint),)
    return Graph(by_id, order), ()


def _say(unit: Unit, key: str, needle: str, message: str, hint: str, line: int = 0) -> Complaint:
    return Complaint(path=unit.spec, line=line or unit.lines.get(key, 0), needle=needle, message=message, hint=hint)


def _declaration(unit: Unit, exists: Callable[[str], bool]) -> list[Complaint]:
    """Return what is wrong with one unit seen by itself."""
    found: list[Complaint] = []
    key = "target" if "target" in unit.lines else "targets"
    if not ID_PATTERN.fullmatch(unit.id):
        message = f"`{unit.id}` is no unit id: letters, digits, `_`, `-` and dots only"
        found.append(_say(unit, "unit", unit.id, message, f"sed -i '1a unit: {nearest_id(unit.id)}' {unit.spec}"))
    if not unit.targets:
        found.append(_say(unit, key, "---", f"unit `{unit.id}` has no target: which file is generated?",
                          f"sed -i '1a target: src/{unit.id.replace('.', '/')}.py' {unit.spec}", line=1))  # fmt: skip
    for target in unit.targets:
        wrong = _outside(target.path)
        if wrong:
            hint = f"edit {unit.spec}: give a path inside the project, then: regen status"
            found.append(_say(unit, key, str(target), f"the target `{target}` {wrong}", hint))
    for name, refs in (("tests", unit.tests), ("hidden_tests", unit.hidden_tests)):
        for ref in refs:
            if not exists(ref.path):
                hint = f"touch {ref.path}"
                found.append(_say(unit, name, ref.path, f"the test {ref.path} does not exist", hint, ref.line))
    for path in unit.context:
        if not exists(path):
            message = f"the context file {path} does not exist"
            found += [_say(unit, "context", path, message, f"touch {path}")]
    return found


def _outside(path: str) -> str:
    """Return in words why a candidate may not be written to `path`, empty where it may."""
    normal = posixpath.normpath(path)
    if path.startswith("/") or "\\" in path or (len(path) > 1 and path[1] == ":"):
        return "is an absolute path; targets are relative to the project"
    if normal == ".." or normal.startswith("../"):
        return "is outside the project"
    if normal == "." or path.endswith("/"):
        return "is a folder, not a file"
    if normal.split("/")[0] in {".regen", ".git"}:
        return f"is inside {normal.split('/')[0]}, which is not for generated code"
    return "" if normal == path else f"should be written `{normal}`"


def _claims(unit: Unit, claimed: dict[str, dict[str, Unit]]) -> list[Complaint]:
    found: list[Complaint] = []
    for target in unit.targets:
        parts = claimed.setdefault(target.path, {})
        other = next((owner for symbol, owner in parts.items() if _overlap(symbol, target.symbol)), None)
        if other is not None:
            key = "target" if "target" in unit.lines else "targets"
            whose = "twice by this unit" if other is unit else f"by {other.id} ({other.spec}) too"
            found.append(_say(unit, key, str(target), f"the target `{target}` is claimed {whose}",
                              f"edit {unit.spec}, then: regen status"))  # fmt: skip
        parts[target.symbol] = unit
    return found


def _overlap(one: str, other: str) -> bool:
    """Tell whether two symbols of a file share code: the same one, a class and its method, or the whole file."""
    return not one or not other or f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _sources_claimed(units: Mapping[str, Unit]) -> list[Complaint]:
    """Complain about targets that are sources: what people wrote is never generated over."""
    sources = {"regen.toml": "the project's configuration"}
    for unit in units.values():
        sources[unit.spec] = f"the spec of {unit.id}"
        sources |= {ref.path: f"a test of {unit.id}" for ref in (*unit.tests, *unit.hidden_tests)}
    found: list[Complaint] = []
    for unit in units.values():
        for target in unit.targets:
            if target.path in sources:
                key = "target" if "target" in unit.lines else "targets"
                message = f"the target `{target}` is {sources[target.path]}, which people write"
                found.append(_say(unit, key, str(target), message, f"edit {unit.spec}, then: regen status"))
    return found


def _uses(unit: Unit, by_id: Mapping[str, Unit]) -> list[Complaint]:
    found: list[Complaint] = []
    for used in unit.uses:
        if used not in by_id:
            near = nearest(used, by_id)
            meant = f"; did you mean `{near}`?" if near else ""
            hint = f"sed -i 's/{used}/{near}/' {unit.spec}" if near else "regen status"
            found.append(_say(unit, "uses", used, f"no unit is called `{used}`{meant}", hint))
    return found


def nearest_id(text: str) -> str:
    """Return a valid unit id that looks like `text`."""
    return "".join(c if c.isalnum() or c in "_.-" else "-" for c in text).strip("-.") or "unit"

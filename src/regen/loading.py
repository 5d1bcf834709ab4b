"""Reading a project: regen.toml, specs, test marks and locks → graph, locks. All problems are raised at once."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

import msgspec

from regen.errors import InputError, Problem, nearest
from regen.generators.ways import wrong_ways
from regen.ledger.records import NewerVersionError, TornRecordError
from regen.rules import RuleReader
from regen.specs.limits import Budget, NotMeasured, parse_limit
from regen.storage.facts import Facts
from regen.storage.ledger import STATE, broken_lock
from regen.storage.tree import content_id, signature
from regen.units import settings as settings_file
from regen.units.graph import Complaint, Graph, build_graph
from regen.units.schema_rules import parse_rule
from regen.units.settings import Settings
from regen.units.unit import Unit, gather_tests, id_from_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regen.ledger.records import Lock


class Loader:
    """Reads the project at the absolute path `root`, whose files are `contents` (path → content id).

    `extras` are files that matter but that git does not list, with their signatures (empty where they don't exist);
    `notices` are lines for people about what is odd and no error.
    """

    def __init__(self, root: str, contents: dict[str, str]) -> None:
        self.root, self._contents = root, contents
        self.extras: dict[str, str] = {}
        self.notices: list[str] = []
        self._problems: list[Problem] = []
        self.facts = Facts(root, contents)
        self.settings = self._settings()
        self.rules = RuleReader(self.settings, self.facts, contents)
        units = self._units()
        self._raise_problems()
        self._note_unlisted(units)
        self.facts.generated = frozenset(target.path for unit in units for target in unit.targets)
        units = self._with_marked_tests(units)
        graph, complaints = build_graph(units, lambda path: path in contents)
        self._problems += [self._shown(complaint) for complaint in complaints]
        self._check_names(units)
        self._note_limits(units)
        self._raise_problems()
        self.graph = graph or Graph({}, ())

    def _raise_problems(self) -> None:
        if self._problems:
            raise InputError(*self._problems)

    # ── regen.toml ──────────────────────────────────────────────────────────────────────────────

    def _settings(self) -> Settings:
        if settings_file.FILE not in self._contents:
            return Settings()
        settings, problems = settings_file.parse(self.facts.text(settings_file.FILE))
        if problems or settings is None:
            raise InputError(*problems)
        return settings

    def _check_names(self, units: Iterable[Unit]) -> None:
        """Complain about what regen.toml names and is not there."""
        known = {unit.id for unit in units}
        for path in self.settings.context:
            if path not in self._contents and not self._exists_unlisted(path):
                self._toml_problem(("context",), path, f"the context file {path} does not exist", f"touch {path}")
        for wrong in wrong_ways(self.settings.generator):
            self._toml_problem(("generator", "vary", wrong.key), wrong.needle, wrong.message, "regen status")
        checks = self.settings.checks
        for key, named in (("may_import", checks.may_import), ("schemas", checks.schemas)):
            for unit in named:
                if unit not in known:
                    near = nearest(unit, known)
                    meant = f"; did you mean `{near}`?" if near else ""
                    hint = f"sed -i 's/{unit}/{near}/' regen.toml" if near else "regen status"
                    self._toml_problem(("checks", key), unit, f"no unit is called `{unit}`{meant}", hint)
        if checks.spec or checks.tests:
            self._check_kinds()
        for entry in (entry for entries in checks.schemas.values() for entry in entries):
            rule = parse_rule(entry)
            if isinstance(rule, str):
                self._toml_problem(("checks", "schemas"), entry, rule, "regen status")
            elif rule.path not in self._contents and not self._exists_unlisted(rule.path):
                message = f"the schema file {rule.path} does not exist"
                self._toml_problem(("checks", "schemas"), rule.path, message, f"touch {rule.path}")

    def _check_kinds(self) -> None:
        from regen.trust.gate import ALL, KINDS, unknown_kinds  # noqa: PLC0415 - few projects make findings a gate

        for key, word in unknown_kinds(self.settings.checks):
            near = nearest(word, KINDS[key])
            known = f'it can be "{ALL}" or a list of: {", ".join(KINDS[key])}'
            meant = f'; did you mean "{near}"?' if near else f"; {known}"
            hint = f"sed -i 's/{word}/{near}/' regen.toml" if near and word else "regen status"
            self._toml_problem(("checks", key), word, f'no finding is called "{word}"{meant}', hint)

    def _note_limits(self, units: Iterable[Unit]) -> None:
        """Tell which limits nothing measures, and why."""
        for unit in units:
            for limit in map(parse_limit, unit.limits):
                if isinstance(limit, NotMeasured) and self.settings.checks.limits:
                    self.notices.append(f"{unit.spec}: a limit is not measured: {limit.reason}: {limit.text}")
                elif isinstance(limit, Budget) and not self.settings.checks.limits:
                    hint = 'set limits = "measure" in [checks] of regen.toml'
                    self.notices.append(f"{unit.spec}: the limit {limit.label} is not measured: {hint}")

    def _toml_problem(self, path: tuple[str, ...], needle: str, message: str, hint: str) -> None:
        text = self.facts.text(settings_file.FILE)
        line, _ = settings_file.locate(text, path)
        complaint = Complaint(path=settings_file.FILE, line=line, needle=needle, message=message, hint=hint)
        self._problems.append(self._shown(complaint))

    # ── specs ───────────────────────────────────────────────────────────────────────────────────

    def _units(self) -> list[Unit]:
        found: list[Unit] = []
        declared = {unit.spec for unit in self.settings.units.values()}
        for folder in self.settings.specs:
            prefix = folder.strip("/") + "/"
            for path in sorted(p for p in self._contents if p.startswith(prefix) and p.endswith(".md")):
                if path not in declared:
                    found += self._native_unit(path, folder)
        for name, declaration in self.settings.units.items():
            if declaration.spec not in self._contents:
                message = f"the spec {declaration.spec} of unit `{name}` does not exist"
                self._toml_problem(("units", name, "spec"), declaration.spec, message, f"touch {declaration.spec}")
                continue
            try:
                unit = self.facts.unit(declaration.spec, name, declaration.front(name, 0))
            except InputError as error:
                self._problems += error.problems
                continue
            found += [unit] if unit else []
        return found

    def _native_unit(self, path: str, folder: str) -> list[Unit]:
        try:
            unit = self.facts.unit(path, id_from_path(path, folder))
        except InputError as error:
            self._problems += error.problems
            return []
        if unit is None:
            self.notices.append(f"{path} declares no target, so it is no unit")
            return []
        return [unit]

    def _note_unlisted(self, units: Iterable[Unit]) -> None:
        """Look at files that matter though git does not list them: ignored ones, and those not there yet."""
        for unit in units:
            paths = [t.path for t in unit.targets]
            paths += [ref.path for ref in (*unit.tests, *unit.hidden_tests)]
            for path in (*paths, *unit.context):
                if path not in self._contents:
                    self._exists_unlisted(path)

    def _exists_unlisted(self, path: str) -> bool:
        self.extras[path] = signature(self.root, path)
        identity = content_id(self.root, path) if self.extras[path] else ""
        if identity:
            self._contents[path] = identity
        return bool(identity)

    def _with_marked_tests(self, units: list[Unit]) -> list[Unit]:
        """Link tests that name requirements: `@pytest.mark.req("unit#FR-001")`, or an id that only one unit has."""
        owners: dict[str, str] = {}
        for unit in units:
            for requirement in unit.requirements:
                owners[requirement] = "" if requirement in owners else unit.id
        hidden = {ref.path for unit in units for ref in unit.hidden_tests}
        named: dict[str, list[tuple[str, int]]] = {}
        for path in self._contents:
            name = posixpath.basename(path)
            if not (name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))) or path in hidden:
                continue
            if path.startswith(".regen/"):
                continue  # proposed tests gate nothing
            for test, requirements in self.facts.test_facts(path).functions:
                for requirement in requirements:
                    unit_id, _, local = requirement.rpartition("#")
                    owner = unit_id if local and unit_id else owners.get(requirement, "")
                    if owner:
                        named.setdefault(owner, []).append((f"{path}::{test}", 0))
        return [_with_tests(unit, named[unit.id]) if unit.id in named else unit for unit in units]

    def _shown(self, complaint: Complaint) -> Problem:
        """Return the complaint with the line it is about, and a caret below what it is about."""
        lines = self.facts.text(complaint.path).split("\n")
        start = max(complaint.line - 1, 0)
        # A list may go on over several lines: the needle is looked for from the key downwards.
        place = next((n for n in range(start, min(start + 40, len(lines))) if complaint.needle in lines[n]), start)
        column = lines[place].find(complaint.needle) + 1
        return Problem(
            message=complaint.message, path=complaint.path, line=place + 1, column=max(column, 1),
            width=len(complaint.needle) if column else 1, source=lines[place], hint=complaint.hint,
        )  # fmt: skip

    # ── locks ───────────────────────────────────────────────────────────────────────────────────

    def locks(self) -> dict[str, Lock]:
        """Return the lock of each unit that has one; a torn one is a notice, one of a newer regen an error."""
        folder = f"{STATE}/locks"
        try:
            names = sorted(os.listdir(f"{self.root}/{folder}"))
        except OSError:
            return {}
        found: dict[str, Lock] = {}
        for name in names:
            if not name.endswith(".json"):
                continue
            path = f"{folder}/{name}"
            if path not in self._contents:
                self.extras[path] = signature(self.root, path)
            try:
                lock = self.facts.lock(path)
                found[lock.unit] = lock
            except NewerVersionError as error:
                raise broken_lock(path, error) from None
            except (TornRecordError, OSError) as error:
                self.notices.append(f"{broken_lock(path, error).problems[0].message}; mend: git checkout -- {path}")
        return found


def _with_tests(unit: Unit, more: list[tuple[str, int]]) -> Unit:
    refs = [(node, ref.line) for ref in unit.tests for node in ref.node_ids()]
    return msgspec.structs.replace(unit, tests=gather_tests(refs + more))


def unknown_unit(name: str, known: Iterable[str]) -> Problem:
    """Return the problem of a name that is no unit."""
    near = nearest(name, known)
    meant = f"; did you mean `{near}`?" if near else ""
    return Problem(message=f"no unit is called `{name}`{meant}", hint="regen status --all")

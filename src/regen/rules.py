"""What holds for every unit besides its own sources: templates, constraints and toolchain → the rules of the keys."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from regen.prompts.templates import NAMES, built_in, template_digest
from regen.specs.limits import Budget, parse_limit
from regen.specs.spec import digest
from regen.units.key import Rules
from regen.units.schema_rules import SchemaRule, files_of, parse_rule

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from regen.storage.facts import Facts
    from regen.units.settings import Settings
    from regen.units.unit import Unit


class RuleReader:
    """Reads what regen.toml (`settings`) and pyproject.toml ask for, among the files whose paths are `contents`."""

    def __init__(self, settings: Settings, facts: Facts, contents: Container[str]) -> None:
        self._settings, self._facts, self._contents = settings, facts, contents
        self._pyproject = self._read_pyproject()

    @property
    def toolchain(self) -> str:
        """What Python the code is for, such as `Python >=3.11`: the project's word, not this machine's version."""
        wanted = self._settings.python or str(self._pyproject.get("project", {}).get("requires-python", ""))
        return f"Python {wanted}".strip()

    def templates(self) -> Mapping[str, str]:
        """Return the prompt templates by name, the project's own before those that come with regen."""
        found = dict(built_in())
        if self._settings.templates:
            for name in NAMES:
                path = f"{self._settings.templates.strip('/')}/{name}.md"
                if path in self._contents:
                    found[name] = self._facts.text(path)
        return found

    def read(self, templates: Mapping[str, str], units: Iterable[Unit]) -> Rules:
        """Return what goes into every unit's key, and further into that of some of `units`."""
        checks = self._settings.checks
        constraints = {path: self._facts.digest(path) for path in self._settings.context}
        if checks.lint:
            constraints["lint"] = self._tool_digest(checks.lint, ("ruff.toml", ".ruff.toml"), ("ruff",))
        if checks.types:
            constraints["types"] = self._tool_digest(checks.types, ("mypy.ini", ".mypy.ini", "ty.toml"), ("mypy", "ty"))
        if checks.security:
            constraints["security"] = self._tool_digest(checks.security, ("ruff.toml", ".ruff.toml"), ("ruff",))
        if checks.imports:
            files = (".importlinter", "setup.cfg")
            constraints["imports"] = self._tool_digest(checks.imports, files, ("importlinter",))
        if checks.limits:
            constraints["limits"] = digest(checks.limits)
        if checks.flaky_runs:
            constraints["flaky_runs"] = digest(str(checks.flaky_runs))
        if checks.test_command:
            constraints["test_command"] = digest(checks.test_command)
        return Rules(
            constraints=constraints,
            may_import={unit: digest("\n".join(allowed)) for unit, allowed in checks.may_import.items()},
            of_unit={unit.id: own for unit in units if (own := self._own_constraints(unit))},
            template=template_digest(templates),
            toolchains={"python": self.toolchain},
        )

    def _own_constraints(self, unit: Unit) -> dict[str, str]:
        """Return what further holds for one unit: its schemas with their files, and what its limits compare with."""
        checks = self._settings.checks
        found: dict[str, str] = {}
        for entry in checks.schemas.get(unit.id, ()):
            rule = parse_rule(entry)
            if isinstance(rule, SchemaRule):
                found[f"schema {entry}"] = digest(entry)
                found.update((path, self._facts.digest(path)) for path in files_of(rule.path, self._text_of))
        if checks.limits:
            for limit in map(parse_limit, unit.limits):
                if isinstance(limit, Budget) and limit.reference not in {"", "accepted"}:
                    path = limit.reference.partition("::")[0]
                    found[f"reference {path}"] = self._facts.digest(path)
        return found

    def _text_of(self, path: str) -> str | None:
        return self._facts.text(path) if path in self._contents else None

    def _tool_digest(self, choice: str, files: tuple[str, ...], tables: tuple[str, ...]) -> str:
        """Return the digest of a tool's choice and configuration."""
        own = [f"{path}={self._facts.digest(path)}" for path in files if path in self._contents]
        shared = self._pyproject.get("tool", {})
        own += [msgspec.json.encode(shared[table], order="sorted").decode() for table in tables if table in shared]
        return digest("\n".join([choice, *own]))

    def _read_pyproject(self) -> dict[str, Any]:
        if "pyproject.toml" not in self._contents:
            return {}
        try:
            return tomllib.loads(self._facts.text("pyproject.toml"))
        except tomllib.TOMLDecodeError:
            return {}  # the tools that own that file say what is wrong with it

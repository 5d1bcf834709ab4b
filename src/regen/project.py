"""A project as it is now: specs read, units linked, keys made, actions decided. The composition of all the stages.

`Project.load` is what status, build, check and explain start from; it implements the port `Sources` of `build`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import msgspec

from regen.candidates.candidate import text_of
from regen.errors import InputError, Problem
from regen.languages import language_of
from regen.loading import Loader
from regen.plan import Action, State, decide, orphan
from regen.prompts.compose import Sources, compose
from regen.specs import native
from regen.specs.spec import digest
from regen.storage import snapshot
from regen.storage.code import DiskCode
from regen.storage.ledger import STATE
from regen.storage.tree import scan
from regen.tokens import count_tokens
from regen.units import settings as settings_file
from regen.units.key import Rules, key_of
from regen.units.schema_rules import SchemaRule, parse_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.ledger.records import Lock
    from regen.prompts.prompt import Prompt
    from regen.specs.spec import Spec
    from regen.storage.tree import Scan
    from regen.units.key import Key
    from regen.units.unit import Target, Unit


def find_root(start: str) -> str:
    """Return the nearest folder at or above `start` that is a project; raise InputError where there is none."""
    folder = os.path.realpath(start)
    while True:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in (settings_file.FILE, STATE)):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    if os.path.isdir(os.path.join(start, "specs")):
        return os.path.realpath(start)
    message = "this is no regen project: no regen.toml or .regen here or above, and no specs here"
    raise InputError(Problem(message=message, hint="regen init"))


class Project:
    """Everything known of a project at one moment; files read later (`code_digests`, `prompt`) are read as they are."""

    def __init__(self, loader: Loader) -> None:
        self.root, self.settings, self.facts, self.graph = loader.root, loader.settings, loader.facts, loader.graph
        self.code = DiskCode(loader.root)
        self.templates: Mapping[str, str] = loader.rules.templates()
        self.toolchain = loader.rules.toolchain
        self.locks: dict[str, Lock] = loader.locks()
        self.notices: list[str] = loader.notices
        self.keys: dict[str, Key] = {}
        self.actions: dict[str, Action] = {}
        self.orphans: tuple[Action, ...] = ()

    @classmethod
    def load(cls, root: str, *, generator: str = "") -> Project:
        """Read the project at the absolute path `root`; raise InputError with every problem of every file.

        `generator` stands in for the one that regen.toml chooses.
        """
        seen = scan(root)
        loader = Loader(root, dict(seen.contents()))
        project = cls(loader)
        project._decide(loader.rules.read(project.templates, project.graph.units.values()), generator)
        loader.facts.save()
        if not generator:
            project._save_snapshot(seen, loader.extras)
        return project

    def _decide(self, rules: Rules, generator: str) -> None:
        units, code = self.graph.units, {}
        used = {name for unit in units.values() for name in unit.uses}
        interfaces: dict[str, str] = {}
        for name in self.graph.order:
            unit = units[name]
            code[name] = {str(target): self.facts.target_digest(target) for target in unit.targets}
            if name in used:
                there = all(code[name].values())
                lock = self.locks.get(name)
                interfaces[name] = self._interface(unit) if there else lock.interface if lock else ""
            self.keys[name] = key = key_of(unit, self.facts, interfaces, rules)
            lock = self.locks.get(name)
            self.actions[name] = decide(unit, key, lock, code[name], generator or self._would_ask(unit, lock))
        self.orphans = tuple(orphan(lock) for name, lock in sorted(self.locks.items()) if name not in units)

    def _interface(self, unit: Unit) -> str:
        """Return the digest of the unit's interface by the facts, which remember it."""
        if any(target.symbol for target in unit.targets):
            return self.interface_digest(unit)
        return digest("\n".join(self.facts.interface_digest(target.path) for target in unit.targets))

    def generator_of(self, unit: Unit) -> str:
        """Return the name of the generator that the unit asks, empty where none is configured."""
        return unit.generator or self.settings.generator.default

    def _would_ask(self, unit: Unit, lock: Lock | None) -> str:
        """Return whom a build would ask: one that samples vary to may have made what is there."""
        own = self.generator_of(unit)
        return lock.generator if lock and lock.generator in self.settings.generator.vary.models else own

    def where_chosen(self, unit: Unit, generator: str, problem: Problem) -> Problem:
        """Return a problem of the generator that a file chose for the unit, shown in the line that chooses it."""
        path = unit.spec if unit.generator else settings_file.FILE
        if problem.path or self.generator_of(unit) != generator or not self.facts.content(path):
            return problem
        text = self.facts.text(path)
        at = (
            unit.lines.get("generator", 0)
            if unit.generator
            else settings_file.locate(text, ("generator", "default"))[0]
        )
        source = text.split("\n")[at - 1] if at else ""
        column = source.find(generator) + 1 if generator else 0
        if not column:
            return problem
        return msgspec.structs.replace(problem, path=path, line=at, column=column, width=len(generator), source=source)

    def rows(self) -> tuple[list[list[object]], list[str], list[str]]:
        """Return the plan as plain data, as `storage.snapshot.Snapshot` holds it: rows, fresh ids, notices."""
        everything = [*self.actions.values(), *self.orphans]
        rows: list[list[object]] = [
            [a.unit, a.state.value, a.step.value, list(a.reasons), a.mend]
            for a in everything
            if a.state is not State.FRESH
        ]
        return rows, [a.unit for a in everything if a.state is State.FRESH], self.notices

    def _save_snapshot(self, seen: Scan, extras: dict[str, str]) -> None:
        if os.path.isdir(f"{self.root}/{STATE}"):
            snapshot.save(self.root, seen, extras, *self.rows())

    # ── the port `Sources`: the disk as it is now ───────────────────────────────────────────────

    def code_digests(self, unit: Unit) -> dict[str, str]:
        found = {}
        for target in unit.targets:
            whole = self.code.read(target.path)
            text = "" if whole is None else text_of(target, whole)
            found[str(target)] = digest(text) if text or (whole is not None and not target.symbol) else ""
        return found

    def interface_digest(self, unit: Unit) -> str:
        if any(target.symbol for target in unit.targets):
            return digest(self.interface_text(unit))
        texts = [self.code.read(target.path) or "" for target in unit.targets]
        stubs = [language_of(t.path).interface(text) for t, text in zip(unit.targets, texts, strict=True)]
        return digest("\n".join(digest(stub) for stub in stubs))

    def interface_text(self, unit: Unit) -> str:
        """Return what dependents see of a unit, for a prompt: from its code, or as its spec declares it."""
        stubs = []
        for target in unit.targets:
            text = self._target_text(target)
            if text:
                stubs.append(f"# {target.path}\n{language_of(target.path).interface(text)}")
        return "\n".join(stubs) or f"# {unit.targets[0].path}\n{self.spec(unit).interface}"

    def prompt(self, unit: Unit, *, changed: tuple[str, ...] = (), feedback: str = "") -> Prompt:
        language = language_of(unit.targets[0].path).NAME
        rules = self.constraint_sentences(unit)
        toolchain = self.toolchain if language == "python" else ""
        tests: dict[str, str] = {}
        for ref in unit.tests:
            for path in (*self.facts.leans_on(ref.path), ref.path):
                tests.setdefault(path, self.facts.text(path))
        context = (*self.settings.context, *unit.context)
        sources = Sources(
            templates=self.templates,
            context={path: self.facts.text(path) for path in context},
            constraints=rules,
            interfaces={used: self.interface_text(self.graph.units[used]) for used in unit.uses},
            tests=tests,
            changed=changed,
            code=self._bodies(unit) if unit.revise else {},
            feedback=feedback,
            toolchain=toolchain,
        )
        count = lambda text: count_tokens(text).count  # noqa: E731
        return compose(unit, self.spec(unit), sources, count, self.settings.build.prompt_tokens)

    def texts_of(self, unit: Unit) -> dict[str, str]:
        """Return the unit's files as they are, those that are there: path → whole text."""
        return {t.path: text for t in unit.targets if (text := self.code.read(t.path)) is not None}

    def _bodies(self, unit: Unit) -> dict[str, str]:
        bodies = {str(target): self._target_text(target) for target in unit.targets}
        return {target: text for target, text in bodies.items() if text}

    def _target_text(self, target: Target) -> str:
        return text_of(target, self.code.read(target.path) or "")

    def spec(self, unit: Unit) -> Spec:
        """Return the unit's spec, read now."""
        spec, problems = native.parse(unit.spec, self.facts.text(unit.spec))
        if spec is None or problems:
            raise InputError(*problems)
        return spec

    def constraint_sentences(self, unit: Unit) -> tuple[str, ...]:
        """Return the constraints of a unit in words, for its prompt."""
        checks = self.settings.checks
        found = []
        allowed = checks.may_import.get(unit.id)
        if allowed is not None:
            names = ["the standard library" if name == "stdlib" else name for name in allowed]
            found.append(f"Import nothing but: {', '.join(names) or 'nothing at all'}.")
        if checks.imports:
            found.append(f"Imports keep the project's `{checks.imports}` contracts.")
        if checks.security:
            found.append("The code passes ruff's security rules (S) without `noqa`, and holds no keys or passwords.")
        rules = [parse_rule(entry) for entry in checks.schemas.get(unit.id, ())]
        found += [f"What `{r.call}` returns fits {r.place}." for r in rules if isinstance(r, SchemaRule) and r.call]
        if checks.lint:
            found.append(f"The code passes `{checks.lint}` under the project's configuration.")
        if checks.types:
            found.append(f"The code is fully annotated and passes `{checks.types}`.")
        return tuple(found)

    def hidden_paths(self) -> tuple[str, ...]:
        """Return the hidden test files of all units."""
        return tuple(sorted({ref.path for unit in self.graph.units.values() for ref in unit.hidden_tests}))

    def steady_dependents(self) -> dict[str, tuple[str, ...]]:
        """Return for each unit those that use it and need nothing, so that their tests passed with it as it is."""
        steady = {u for u, a in self.actions.items() if not a.fails_check}
        return {
            unit: tuple(d for d in dependents if d in steady)
            for unit, dependents in self.graph.dependents().items()
            if dependents
        }

    def interpreter(self) -> str:
        """Return the absolute path of the Python that runs the project's tests."""
        chosen = self.settings.checks.interpreter
        if chosen:
            return os.path.join(self.root, chosen)
        own = f"{self.root}/.venv/bin/python"
        return own if os.path.exists(own) else sys.executable

    def with_used(self, names: tuple[str, ...]) -> list[str]:
        """Return the units and all that they use, in build order; all units where `names` is empty."""
        if not names:
            return list(self.graph.order)
        wanted: set[str] = set()
        pending = list(names)
        while pending:
            unit = pending.pop()
            if unit not in wanted:
                wanted.add(unit)
                pending += self.graph.units[unit].uses
        return [unit for unit in self.graph.order if unit in wanted]

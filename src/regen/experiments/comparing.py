"""The port `Comparer`: several programs for one unit, run on the same fuzzed inputs in the sandbox.

What they answer in bulk only suggests a difference. It counts when the programs show it again, each twice in a fresh
process for that input alone and with sets in another order; a program that then contradicts itself is told as such.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import msgspec

from regen.checks.imports import module_of
from regen.experiments.comparing_inputs import condition_programs, feeds_of
from regen.experiments.comparing_splits import Splitter
from regen.experiments.conversation import Conversation, InterruptedAskingError
from regen.experiments.domain import Texts, read_domain
from regen.ports import Limits
from regen.specs import native
from regen.trust.agreement import form_of
from regen.trust.answers import Likeness
from regen.trust.evidence import AnswerGroup, Comparison
from regen.trust.sections import preconditions, sections

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from regen.checks.python_tests.interpreter import Interpreter
    from regen.experiments.comparing_inputs import Feed
    from regen.ports import Sandbox
    from regen.specs.spec import Spec
    from regen.trust.evidence import Disagreement
    from regen.units.unit import Unit

_LIMITS = Limits(memory_bytes=512 << 20, processes=32, file_bytes=1 << 20)


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much is tried: inputs drawn and mutated for each entry point, seconds of processor time for one input.

    `unusual` also draws letters beyond ASCII, infinities and the like. `disagreements` are shown at most. After
    `most_seconds` of processor time for all programs, and for what is done about them, differences are shown as they
    were found, and entry points not yet asked are left. On the clock six times as long may pass.
    """

    draws: int = 250
    mutants: int = 450
    seconds: float = 0.3
    program_seconds: float = 4.0
    most_seconds: float = 60.0
    unusual: bool = True
    disagreements: int = 12


class FuzzingComparer:
    """Compares programs on inputs made for them; `root` is the project's absolute path.

    `likeness` says which answers are the same. `arguments` has changes of the arguments count as part of an answer,
    `messages` those of exceptions. `units` are those that others use, by id. Safe to call from several threads.
    """

    def __init__(
        self, sandbox: Sandbox, interpreter: Interpreter, root: str, *, units: Mapping[str, Unit] | None = None,
        hidden_paths: tuple[str, ...] = (), likeness: Likeness | None = None, effort: Effort | None = None,
        arguments: bool = True, messages: bool = False,
    ) -> None:  # fmt: skip
        self._sandbox, self._interpreter, self._root = sandbox, interpreter, root
        self._units = units or {}
        self._hidden_paths = hidden_paths
        self._likeness, self._effort = likeness or Likeness(), effort or Effort()
        self._options = {"arguments": arguments, "messages": messages}

    def compare(self, unit: Unit, programs: Mapping[str, Mapping[str, str]], stop: threading.Event) -> Comparison:
        """Return where they differ: `programs` maps an id to files (path relative to the root → whole text)."""
        started = time.perf_counter()
        modules = [module_of(target.path) for target in unit.targets if target.path.endswith(".py")]
        if not modules:
            return Comparison(reason="only Python is compared")
        domain = read_domain(self._texts(unit, programs))
        if domain.reason:
            return Comparison(reason=domain.reason)
        uses = [module_of(target.path) for used in unit.uses if used in self._units
                for target in self._units[used].targets if target.path.endswith(".py")]  # fmt: skip
        shared = {"paths": ["src", "."], "uses": uses, "shown": list(dict.fromkeys(modules))}
        twins = _twins(programs)
        loaded = {name: {**shared, "modules": _modules(programs[name])} for name in twins}
        conditions = condition_programs(domain, next(iter(loaded.values())))
        try:
            with (
                self._conversation({**loaded, **conditions}, stop, 0) as bulk,
                self._conversation(loaded, stop, 1) as fresh,
            ):
                feeds = feeds_of(domain, bulk, conditions, self._effort)
                found = _with_twins(self._compare(feeds, list(loaded), bulk, fresh), twins, list(programs))
        except InterruptedAskingError:
            return Comparison(reason="it was stopped")
        return msgspec.structs.replace(found, seconds=time.perf_counter() - started)

    def _compare(
        self, feeds: Sequence[Feed], names: Sequence[str], bulk: Conversation, fresh: Conversation
    ) -> Comparison:
        splitter = Splitter(names, bulk, fresh, self._likeness, self._effort, self._options)
        count = 0
        for feed in feeds:
            if count and splitter.is_late:
                break
            count += len(feed.cases)
            splitter.feed(feed)
        if not count:
            reason = next((feed.reason for feed in feeds if feed.reason), "no input satisfies the preconditions")
            return Comparison(reason=reason)
        return Comparison(
            clusters=splitter.clusters(), disagreements=tuple(splitter.disagreements[: self._effort.disagreements]),
            failing=splitter.failing, unfit=tuple(splitter.unfit), inputs=count,
            answered=splitter.answered,
        )  # fmt: skip

    def _conversation(
        self, loaded: Mapping[str, Mapping[str, object]], stop: threading.Event, hash_seed: int
    ) -> Conversation:
        return Conversation(
            self._sandbox, self._interpreter, self._root, loaded, stop, limits=_LIMITS,
            hidden_paths=self._hidden_paths, hash_seed=hash_seed,
        )  # fmt: skip

    def _texts(self, unit: Unit, programs: Mapping[str, Mapping[str, str]]) -> Texts:
        """Return what the domain is read from; hidden tests are among it: only inputs leave them, for this use."""
        paths = {target.path for target in unit.targets}
        spec, _ = native.parse(unit.spec, self._read(unit.spec))
        used = [self._read(target.path) for name in unit.uses if name in self._units
                for target in self._units[name].targets]  # fmt: skip
        return Texts(
            programs=["\n".join(text for path, text in files.items() if path in paths) for files in programs.values()],
            interface=spec.interface if spec else "", spec=spec.body if spec else "",
            tests=[self._read(ref.path) for ref in unit.tests], uses=used,
            symbols=[target.symbol for target in unit.targets if target.symbol],
            preconditions=_conditions(spec) if spec else (),
        )  # fmt: skip

    def _read(self, path: str) -> str:
        try:
            with open(os.path.join(self._root, path), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""


def _modules(files: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {module_of(path): (path, text) for path, text in files.items() if path.endswith(".py")}


def _conditions(spec: Spec) -> tuple[str, ...]:
    """Return the spec's preconditions: expressions, and the code blocks (assert statements) of that section."""
    blocks = [
        "\n".join(block.text.strip("\n").split("\n")[1:-1])
        for section in sections(spec)
        if section.kind == "preconditions"
        for block in section.blocks
        if block.kind == "code"
    ]
    return (*(each.text for each in preconditions(spec) if each.expression), *blocks)


def _twins(programs: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """Return the ids of programs that are the same but for comments and formatting, by the first of them."""
    by_form: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name, files in programs.items():
        by_form.setdefault(tuple((path, form_of(text)) for path, text in sorted(files.items())), []).append(name)
    return {names[0]: names for names in by_form.values()}


def _with_twins(found: Comparison, twins: Mapping[str, Sequence[str]], order: Sequence[str]) -> Comparison:
    """Return the comparison with all programs in place of one of each kind."""
    place = {name: number for number, name in enumerate(order)}

    def all_of(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted((twin for name in names for twin in twins[name]), key=place.__getitem__))

    clusters = sorted(map(all_of, found.clusters), key=lambda names: (-len(names), place[names[0]]))

    def whole(each: Disagreement) -> Disagreement:
        groups = [AnswerGroup(answer=group.answer, candidates=all_of(group.candidates)) for group in each.groups]
        groups.sort(key=lambda group: -len(group.candidates))
        return msgspec.structs.replace(each, groups=tuple(groups))

    return msgspec.structs.replace(
        found, clusters=tuple(clusters), disagreements=tuple(map(whole, found.disagreements)),
        failing=whole(found.failing) if found.failing else None, unfit=tuple(map(whole, found.unfit)),
        answered={twin: count for name, count in found.answered.items() for twin in twins[name]},
    )  # fmt: skip

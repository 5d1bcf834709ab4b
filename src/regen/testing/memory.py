"""A whole world in memory: the ports of a build without disk, network, model or sandbox.

Laws of this file:
- what is stored is stored as its text, so that nothing lives on that a file could not hold;
- every write goes through one `Writes`, which can die before any of them: so a test can kill a build everywhere.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from regen.candidates.candidate import text_of
from regen.errors import GeneratorError, InputError, MachineError, Problem, RegenError
from regen.languages import language_of
from regen.ledger.records import Generation, Lock, ReplyRecord, decode, encode, seal
from regen.plan import Action, decide
from regen.ports import Pending, Progress, Reply
from regen.prompts import compose
from regen.prompts.templates import built_in, template_digest
from regen.specs import native
from regen.specs.spec import digest
from regen.units.graph import build_graph
from regen.units.key import Rules, key_of
from regen.units.unit import id_from_path, unit_from
from regen.verdicts.check_run import CheckRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from regen.ports import Event, Request
    from regen.prompts.prompt import Prompt
    from regen.specs.spec import Spec
    from regen.units.graph import Graph
    from regen.units.key import Key
    from regen.units.unit import Unit

Record = TypeVar("Record", ReplyRecord, Generation)


class Killed(BaseException):
    """The process died before a write."""


class Writes:
    """Every write of the fakes that share it, in order; from number `die_before` on (counted from 1) none happens."""

    def __init__(self, die_before: int = 0) -> None:
        self.done: list[str] = []
        self.die_before = die_before
        self._guard = threading.Lock()

    def write(self, what: str, do: Callable[[], None]) -> None:
        """Do one write, or raise Killed."""
        with self._guard:
            if self.die_before and len(self.done) + 1 >= self.die_before:
                raise Killed(what)
            do()
            self.done.append(what)


class MemoryLedger:
    """The port `Ledger`; `torn` gets what can't be read, as it does on disk."""

    def __init__(self, writes: Writes | None = None) -> None:
        self.writes = writes or Writes()
        self.torn: list[Problem] = []
        self.files: dict[str, bytes] = {}

    def put_text(self, text: str) -> str:
        name = digest(text)
        if f"texts/{name}" not in self.files:
            self._put(f"texts/{name}", text.encode("utf-8", "surrogatepass"))
        return name

    def text(self, digest: str) -> str:
        try:
            return self.files[f"texts/{digest}"].decode("utf-8", "surrogatepass")
        except KeyError:
            raise MachineError(Problem(message=f"the text {digest} is missing", fault="machine")) from None

    def add_reply(self, record: ReplyRecord) -> ReplyRecord:
        return self._add("reply", record)

    def replies(self, unit: str) -> tuple[ReplyRecord, ...]:
        found = self._all(f"{unit}/reply/", ReplyRecord)
        return tuple(sorted(found, key=lambda r: (r.round, r.attempt, r.at, r.id)))

    def add_generation(self, record: Generation) -> Generation:
        return self._add("generation", record)

    def generations(self, unit: str) -> tuple[Generation, ...]:
        return tuple(sorted(self._all(f"{unit}/generation/", Generation), key=lambda g: (g.at, g.id)))

    def lock(self, unit: str) -> Lock | None:
        data = self.files.get(f"locks/{unit}")
        return None if data is None else decode(data, Lock)

    def put_lock(self, lock: Lock) -> None:
        self._put(f"locks/{lock.unit}", encode(lock))

    def _add(self, kind: str, record: Record) -> Record:
        sealed = seal(record)
        self._put(f"{sealed.unit}/{kind}/{sealed.id}", encode(sealed))
        return sealed

    def _all(self, prefix: str, kind: type[Record]) -> list[Record]:
        found = []
        for path, data in sorted(self.files.items()):
            if path.startswith(prefix):
                try:
                    found.append(decode(data, kind))
                except ValueError as error:
                    self.torn.append(Problem(message=f"{path}: {error}", path=path, fault="machine"))
        return found

    def _put(self, path: str, data: bytes) -> None:
        def do() -> None:
            self.files[path] = data

        self.writes.write(path, do)


class MemoryCode:
    """The port `Code`; `files` maps paths to texts."""

    def __init__(self, files: Mapping[str, str] | None = None, writes: Writes | None = None) -> None:
        self.files = dict(files or {})
        self.writes = writes or Writes()

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def write(self, path: str, text: str) -> None:
        if path.startswith("/") or ".." in path.split("/"):
            raise InputError(Problem(message=f"{path} is not written: it is outside the project", path=path))

        def do() -> None:
            self.files[path] = text

        self.writes.write(path, do)


class FakeClock:
    """The port `Clock`: each look at `now` is a second after the last, `running` goes on when told so."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now, self._running = start, 0.0
        self._guard = threading.Lock()

    def now(self) -> float:
        with self._guard:
            self._now += 1.0
            return self._now

    def running(self) -> float:
        return self._running

    def advance(self, seconds: float) -> None:
        with self._guard:
            self._running += seconds


Answer = str | Reply | Pending | RegenError


class ScriptedGenerator:
    """The port `Generator`: answers each unit's requests in order, the last answer again and again.

    An error among the answers is raised, a text is a whole reply. `requests` and `told_delivered` are what it was
    asked and told. `cost` is what a call of any size costs, None where that is unknown. With `by_attempt`, the answer
    depends on the attempt alone, so that a build that asks again hears the same.
    """

    def __init__(
        self,
        answers: Mapping[str, Iterable[Answer]],
        *,
        name: str = "api:fake:model",
        cost: float | None = 0.0,
        by_attempt: bool = False,
    ) -> None:
        self.name, self.cost, self._by_attempt = name, cost, by_attempt
        self.requests: list[Request] = []
        self.told_delivered: list[Request] = []
        self._answers = {unit: list(given) for unit, given in answers.items()}
        self._guard = threading.Lock()

    def price(self, input_tokens: int, output_tokens: int) -> float | None:  # noqa: ARG002  the port's
        return self.cost

    def generate(
        self,
        request: Request,
        tell: Callable[[Progress], None],
        stop: threading.Event,  # noqa: ARG002  the port's
    ) -> Reply | Pending:
        with self._guard:
            self.requests.append(request)
            answers = self._answers.get(request.unit)
            if not answers:
                raise GeneratorError(Problem(message=f"no answer for {request.unit} was scripted", fault="generator"))
            if self._by_attempt:
                answer = answers[min(request.attempt, len(answers)) - 1]
            else:
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
        tell(Progress(output_tokens=1))
        if isinstance(answer, RegenError):
            raise answer
        return Reply(text=answer, model="fake-model-1") if isinstance(answer, str) else answer

    def delivered(self, request: Request) -> None:
        self.told_delivered.append(request)


def _all_pass(unit: Unit, files: Mapping[str, str]) -> tuple[CheckRun, ...]:  # noqa: ARG001
    return (CheckRun(name="tests", outcome="passed"),)


class ScriptedVerifier:
    """The port `Verifier`: `check` judges a unit's files; by default all pass. `seen` is what it was given."""

    def __init__(self, check: Callable[[Unit, Mapping[str, str]], tuple[CheckRun, ...]] | None = None) -> None:
        self.sandbox_name = "none"
        self.seen: list[tuple[str, dict[str, str]]] = []
        self._check = check or _all_pass
        self._guard = threading.Lock()

    def verify(
        self,
        unit: Unit,
        files: Mapping[str, str],
        stop: threading.Event,  # noqa: ARG002  the port's
        only_slow_left: Callable[[], None] = lambda: None,  # noqa: ARG002  likewise
    ) -> tuple[CheckRun, ...]:
        with self._guard:
            self.seen.append((unit.id, dict(files)))
        return self._check(unit, files)


class RecordingReporter:
    """The port `Reporter`: keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.started: list[tuple[int, int]] = []
        self.ended = 0

    def start(self, units: int, generate: int) -> None:
        self.started.append((units, generate))

    def tell(self, event: Event) -> None:
        self.events.append(event)

    def end(self) -> None:
        self.ended += 1

    def stages(self, unit: str) -> list[str]:
        """Return the stages that a unit went through, each once in a row."""
        found = [event.stage for event in self.events if event.unit == unit]
        return [stage for before, stage in zip([None, *found], found, strict=False) if stage != before]


class MemoryProject:
    """A project whose files are those of a `MemoryCode`: the sources of a build, and the plan for it.

    Native specs stand under `specs/`; there is no regen.toml. `rules` hold for every unit, `generator` is the one that
    every unit asks.
    """

    def __init__(
        self, code: MemoryCode, ledger: MemoryLedger, *, rules: Rules | None = None, generator: str = "api:fake:model"
    ) -> None:
        self._code, self._generator, self._specs = code, generator, dict[str, "Spec"]()
        self._rules = rules or Rules(template=template_digest(built_in()), toolchains={"python": "Python >=3.11"})
        self.graph: Graph = self._read()
        found = {name: ledger.lock(name) for name in self.graph.order}
        self.locks: dict[str, Lock] = {name: lock for name, lock in found.items() if lock is not None}
        self.keys: dict[str, Key] = {}
        interfaces: dict[str, str] = {}
        for name in self.graph.order:
            unit, lock = self.graph.units[name], self.locks.get(name)
            there = all(self.code_digests(unit).values())
            self.keys[name] = key_of(unit, _MemoryFacts(code), interfaces, self._rules)
            interfaces[name] = self.interface_digest(unit) if there else lock.interface if lock else ""

    def _read(self) -> Graph:
        units = []
        for path in sorted(path for path in self._code.files if path.startswith("specs/")):
            spec, problems = native.parse(path, self._code.files[path])
            if spec is None or problems:
                raise InputError(*problems)
            if spec.front is not None:
                unit = unit_from(spec, spec.front, spec.front.unit or id_from_path(path, "specs"))
                self._specs[unit.id] = spec
                units.append(unit)
        graph, complaints = build_graph(units, lambda path: path in self._code.files)
        if graph is None:
            raise InputError(*(Problem(message=c.message, path=c.path, line=c.line, hint=c.hint) for c in complaints))
        return graph

    def actions(
        self, *, force: frozenset[str] = frozenset(), discard_edits: frozenset[str] = frozenset()
    ) -> dict[str, Action]:
        """Return the plan as it is before a build."""
        return {
            name: decide(self.graph.units[name], self.keys[name], self.locks.get(name),
                         self.code_digests(self.graph.units[name]), self._generator,
                         force=name in force, discard_edits=name in discard_edits)
            for name in self.graph.order
        }  # fmt: skip

    def code_digests(self, unit: Unit) -> dict[str, str]:
        texts = {target: text_of(target, self._code.read(target.path) or "") for target in unit.targets}
        return {str(target): digest(text) if text else "" for target, text in texts.items()}

    def interface_digest(self, unit: Unit) -> str:
        return digest(self._stub(unit))

    def _stub(self, unit: Unit) -> str:
        return "\n".join(language_of(t.path).interface(text_of(t, self._code.read(t.path) or "")) for t in unit.targets)

    def prompt(self, unit: Unit, *, changed: tuple[str, ...], feedback: str) -> Prompt:
        sources = compose.Sources(
            templates=built_in(), changed=changed, feedback=feedback,
            interfaces={used: self._stub(self.graph.units[used]) for used in unit.uses},
            tests={ref.path: self._code.files[ref.path] for ref in unit.tests},
        )  # fmt: skip
        return compose.compose(unit, self._specs[unit.id], sources, lambda text: len(text) // 4, 60_000)


class _MemoryFacts:
    """The port `SourceFacts`."""

    def __init__(self, code: MemoryCode) -> None:
        self._code = code

    def digest(self, path: str) -> str:
        text = self._code.read(path)
        return "" if text is None else digest(text)

    def test_digest(self, path: str, selected: tuple[str, ...]) -> str:
        return digest(language_of(path).test_form(self._code.read(path) or "", selected))

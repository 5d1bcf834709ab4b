"""What regen needs of the world, as Protocols; the adapters live in the packages named in each docstring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from regen.errors import GeneratorError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Mapping, Sequence

    from regen.errors import Problem
    from regen.ledger.records import Generation, Lock, ReplyRecord
    from regen.trust.evidence import Comparison, Mutant, Mutation
    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun

# ── generators/ ─────────────────────────────────────────────────────────────────────────────────


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator is asked.

    `prompt` is the whole text; its first `stable_chars` characters are the same for every unit of the project, so a
    provider's cache can hold them. `prompt_digest` is the sha256 of `prompt` in hex, `parts` are the names of its parts
    with theirs. `temperature` is None where the generator's own holds.
    """

    unit: str
    attempt: int
    prompt: str
    prompt_digest: str
    parts: tuple[tuple[str, str], ...] = ()
    stable_chars: int = 0
    max_output_tokens: int = 16_384
    timeout_seconds: float = 600.0
    temperature: float | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens of one call as the provider reported them, and its cost in USD; None means unknown, never zero.

    Tries that broke off within the call count too, estimated where nothing was reported of them.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. `cut` says that the generator stopped before the end (token limit, filter).

    `recorded` is the id of the ledger's record where the reply comes from there; nothing was paid for it then.
    """

    text: str
    model: str
    usage: Usage = Usage()
    cut: str = ""
    seconds: float = 0.0
    recorded: str = ""


class PaidGeneratorError(GeneratorError):
    """A generator gave no reply that can be used, and `usage` is what its tries were charged for all the same."""

    def __init__(self, problem: Problem, usage: Usage) -> None:
        super().__init__(problem)
        self.usage = usage


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """No reply yet, and that is no failure: a person or a program will bring it; `instructions` say how."""

    instructions: str


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far one call is: output tokens so far (estimated while it streams), or a retry and its reason."""

    output_tokens: int = 0
    note: str = ""


class Generator(Protocol):
    """Turns a prompt into a reply. Adapters: `generators/`; the suite is `testing/generator_conformance.py`."""

    name: str
    """As written in regen.toml, such as `api:openai:gpt-5`; recorded with each reply."""

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """Return the cost in USD of a call of that size, 0.0 where nothing is charged, None where it is unknown."""
        ...

    def generate(self, request: Request, tell: Callable[[Progress], None], stop: threading.Event) -> Reply | Pending:
        """Return the reply; many threads may ask at once.

        Blocks until the reply is whole, the request's timeout is over or `stop` is set, and leaves nothing running.
        Raises GeneratorError where there is no reply (after the adapter's own retries), InputError where the
        configuration is wrong. No reply and no error shows a key that the adapter was opened with.
        """
        ...

    def delivered(self, request: Request) -> None:
        """Be told, perhaps again, that the reply to `request` is in the ledger: no copy of it is needed any more."""
        ...


# ── sandboxes/ ──────────────────────────────────────────────────────────────────────────────────


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Hard limits of one run in a sandbox: seconds, bytes, and counts."""

    wall_seconds: float = 30.0
    cpu_seconds: float = 30.0
    memory_bytes: int = 1 << 30
    processes: int = 64
    file_bytes: int = 64 << 20
    output_bytes: int = 1 << 20


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a sandboxed program sees of the project.

    `root` is the project's absolute path, shown read-only at that same path. `files` (path relative to root → bytes)
    stand in front of the project's own; `masked` relative paths (files or folders) are seen empty or not at all;
    `readable` are further absolute paths shown read-only (an interpreter, a virtual environment).
    """

    root: str
    files: Mapping[str, bytes] = {}
    masked: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One program to run in a sandbox; `cwd` is relative to the view's root, `env` is the whole environment."""

    argv: tuple[str, ...]
    view: View
    cwd: str = "."
    env: Mapping[str, str] = {}
    stdin: bytes = b""
    limits: Limits = Limits()


StopReason = Literal["", "wall time", "cpu time", "memory", "output", "processes", "interrupted"]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a sandboxed program ended: `exit_code` is negative for a signal; `stopped` names the limit that ended it."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    stopped: StopReason = ""
    seconds: float = 0.0


class Sandbox(Protocol):
    """Runs one untrusted program. Adapters: `sandboxes/`; the conformance suite is `testing/sandbox_conformance.py`."""

    name: str

    def run(self, command: Command, stop: threading.Event | None = None) -> Ended:
        """Run to the end, to a limit or until `stop` is set, leaving no process and no file behind.

        Raises SandboxError if it can't.
        """
        ...


# ── checks/ ─────────────────────────────────────────────────────────────────────────────────────


class TestJob(msgspec.Struct, frozen=True, kw_only=True):
    """A suite to run against a candidate.

    `files` is the candidate: path relative to the root → whole text. `tests` are test files or node ids
    (`tests/test_a.py::test_b`), relative to the root; `expected` are the ids of the test functions that must report
    (a parametrised one reports once or more below its id). `hidden_paths` are every hidden test file of the project:
    the candidate may never read them. `trial` are test files that the project does not have, path → whole text: the
    sandbox shows them in their place, and no folder of the project ever holds them. `limits` hold for the whole run.
    """

    __test__ = False

    unit: str
    root: str
    files: Mapping[str, str]
    tests: tuple[str, ...]
    expected: tuple[str, ...]
    hidden: bool = False
    hidden_paths: tuple[str, ...] = ()
    trial: Mapping[str, str] = {}
    limits: Limits = Limits()


class TestRunner(Protocol):
    """Runs a suite against a candidate in a sandbox. Adapters: `checks/`."""

    def run(self, job: TestJob, stop: threading.Event) -> CheckRun:
        """Return what each expected test reported; the check's name is `tests` or `hidden tests`."""
        ...

    def run_apart(self, job: TestJob, stop: threading.Event) -> CheckRun | None:
        """Return what the suite reports from another process than the candidate's; None where it can't be run there."""
        ...

    def close(self) -> None:
        """End every process that was kept warm."""
        ...


class Verifier(Protocol):
    """Runs every check that the project asks for. Adapter: `checks/verifier.py`."""

    sandbox_name: str

    def verify(
        self, unit: Unit, files: Mapping[str, str], stop: threading.Event, only_slow_left: Callable[[], None] = ...
    ) -> tuple[CheckRun, ...]:
        """Return the checks of a candidate: path relative to the root → whole text of the file.

        `only_slow_left` is called when the quick checks have passed, so that the next unit's need not wait.
        """
        ...


# ── storage/ ────────────────────────────────────────────────────────────────────────────────────


class Ledger(Protocol):
    """Keeps texts, replies, generations and locks. Adapters: `storage/ledger.py`, `testing/memory.py`.

    Everything written is durable when the call returns. Torn entries are left out of the answers and told in `torn`.
    """

    torn: list[Problem]

    def put_text(self, text: str) -> str:
        """Store a text once and return its sha256 in hex."""
        ...

    def text(self, digest: str) -> str:
        """Return a stored text; raise MachineError where it is missing or does not match its digest."""
        ...

    def add_reply(self, record: ReplyRecord) -> ReplyRecord:
        """Store a sealed reply."""
        ...

    def replies(self, unit: str) -> tuple[ReplyRecord, ...]:
        """Return the unit's replies, oldest first."""
        ...

    def add_generation(self, record: Generation) -> Generation:
        """Store a sealed generation."""
        ...

    def generations(self, unit: str) -> tuple[Generation, ...]:
        """Return the unit's generations, oldest first."""
        ...

    def lock(self, unit: str) -> Lock | None:
        """Return the unit's lock."""
        ...

    def put_lock(self, lock: Lock) -> None:
        """Replace the unit's lock."""
        ...


class Code(Protocol):
    """Reads and writes the project's files. Adapters: `storage/code.py`, `testing/memory.py`."""

    def read(self, path: str) -> str | None:
        """Return the text of a file relative to the project, None where there is none."""
        ...

    def write(self, path: str, text: str) -> None:
        """Replace a file whole; raise InputError where the way to it is a link or leads out of the project."""
        ...


class Clock(Protocol):
    """Adapters: `storage/clock.py`, `testing/memory.py`."""

    def now(self) -> float:
        """Return seconds since 1970 (UTC)."""
        ...

    def running(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...


# ── reporters/ ──────────────────────────────────────────────────────────────────────────────────

Stage = Literal["waiting", "prompt", "asking", "replaying", "verifying", "accepted", "restored", "verified", "rejected",
                "undecided", "inconclusive", "pending", "failed", "skipped", "nothing to do"]  # fmt: skip


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to a unit in a build: its stage, and the numbers that go with it so far."""

    unit: str
    stage: Stage
    attempt: int = 0
    tokens: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0
    note: str = ""


class Reporter(Protocol):
    """Is told what happens, from any thread. Adapters: `reporters/`."""

    def start(self, units: int, generate: int) -> None:
        """Begin a build of `units` units with work, `generate` of which ask a generator."""
        ...

    def tell(self, event: Event) -> None: ...

    def end(self) -> None: ...


# ── experiments/ ────────────────────────────────────────────────────────────────────────────────


class Comparer(Protocol):
    """Runs programs for one unit on the same fuzzed inputs. Adapter: `experiments/comparing.py`."""

    def compare(self, unit: Unit, programs: Mapping[str, Mapping[str, str]], stop: threading.Event) -> Comparison:
        """Return where they differ: `programs` maps an id to files (path relative to the root → whole text)."""
        ...


class MutantRunner(Protocol):
    """Runs a unit's tests on mutants of its accepted code. Adapter: `experiments/mutation.py`."""

    def run(
        self, unit: Unit, files: Mapping[str, str], mutants: Sequence[Mutant], stop: threading.Event,
        only: Collection[str] = ...,
    ) -> Mutation:  # fmt: skip
        """Return what became of each; `files` is the accepted code, path relative to the root → whole text.

        With `only`, these test functions (`tests/test_a.py::test_b`) alone are run.
        """
        ...

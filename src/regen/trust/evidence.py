"""What was found out about the strength of a unit's spec and tests, as data."""

from __future__ import annotations

from typing import Literal

import msgspec

SpecKind = Literal[
    "no inputs and outputs", "no invariants", "no failures", "no scope", "no limits",
    "vague", "no observable", "contradiction",
]  # fmt: skip
"""What is found in a spec."""

SuiteKind = Literal[
    "requirement without test", "test without requirement",
    # tests that would not survive a rewrite
    "private name", "mocks internals", "call count", "snapshot of text", "source inspection",
    # tests that say little
    "can't fail", "flaky", "no negative case", "no edge case",
]  # fmt: skip
"""What is found in tests and in their links to requirements, without running them."""

FindingKind = Literal[
    SpecKind, SuiteKind,
    # what running them shows
    "requirement that no failing mutant touched", "surviving mutant", "unpinned input", "slow",
]  # fmt: skip


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One weakness: where it is (`path` relative to the project, `line` from 1) and what would mend it.

    `requirement` is the id that it concerns, `test` a node id; `source` is the line itself where it helps to see it.
    """

    kind: FindingKind
    path: str = ""
    line: int = 0
    requirement: str = ""
    test: str = ""
    message: str
    advice: str = ""
    source: str = ""


class RequirementRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One requirement with the tests linked to it.

    `mutants` are those whose line these tests run, `killed` of them by any test, `own` by one of these.
    """

    id: str
    text: str
    line: int = 0
    tests: tuple[str, ...] = ()
    mutants: int = 0
    killed: int = 0
    own: int = 0


class Mutant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A small change of one file of a unit: `text` is the file with it, `line` (from 1) where it is.

    `operator` is the kind of change, such as `comparison` or `constant`; `before` and `after` are the changed source
    itself. `origin` is empty, or the id of the ledger's generation whose candidate this is; `others` are the
    candidate's other files that differ from the accepted ones, path → whole text: they belong to the mutant.
    """

    id: str
    path: str
    line: int
    end_line: int = 0
    operator: str
    before: str
    after: str
    text: str = ""
    origin: str = ""
    others: dict[str, str] = {}


MutantOutcome = Literal["killed", "timed out", "survived", "not covered", "not judged"]


class MutantResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the suite took a mutant: `test` killed it, or `reason` says why it could not be judged.

    `tests` are the test functions that run the changed line, `requirements` those that they are linked to.
    """

    mutant: Mutant
    outcome: MutantOutcome
    test: str = ""
    tests: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0


class Mutation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All mutants of a unit. `alike` are ids of survivors that no fuzzed input told from the accepted code."""

    results: tuple[MutantResult, ...] = ()
    alike: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def killed(self) -> int:
        return sum(result.outcome in ("killed", "timed out") for result in self.results)

    @property
    def judged(self) -> int:
        return sum(result.outcome != "not judged" for result in self.results)

    @property
    def survivors(self) -> tuple[MutantResult, ...]:
        return tuple(result for result in self.results if result.outcome in ("survived", "not covered"))

    @property
    def score(self) -> float | None:
        """Return the share of mutants killed, those left out that seem to be the same program; None without any."""
        count = self.judged - len(self.alike)
        return self.killed / count if count else None


class AnswerGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Candidates (their ids) that gave the same answer, as Python source or `raises TypeName`."""

    answer: str
    candidates: tuple[str, ...]


class Disagreement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The smallest input found, as a Python call, on which accepted candidates differ; the largest group first.

    `setup` are the statements before the call, where a class is driven by several.
    """

    call: str
    groups: tuple[AnswerGroup, ...]
    setup: tuple[str, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What fuzzing told of several programs for one unit.

    `clusters` are ids of those that answered alike on every input, the largest first; `inputs` is how many were tried
    that satisfy the preconditions; `reason` says why nothing could be compared. `failing` is the smallest input on
    which every program fails alike, with an exception that looks like a mistake (`IndexError` and its kin) or by taking
    too long. `unfit` are inputs whose answers are of another type than the interface declares, with who gives them.
    `answered` tells how many inputs each program answered in its time: who answered few seems like the others.
    """

    clusters: tuple[tuple[str, ...], ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    failing: Disagreement | None = None
    unfit: tuple[Disagreement, ...] = ()
    inputs: int = 0
    answered: dict[str, int] = {}
    reason: str = ""
    seconds: float = 0.0

    @property
    def heard(self) -> int:
        """Return how many inputs every program answered."""
        return min(self.answered.values(), default=self.inputs)


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that an audit measured of one unit; None where it was not measured, with `not_measured` saying why.

    `comparison` is of independently accepted programs; `told_apart` of the accepted code (its id is `accepted`) and the
    mutants that the tests let through.
    """

    unit: str
    title: str = ""
    spec: str = ""
    tests: tuple[str, ...] = ()
    requirements: tuple[RequirementRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    mutation: Mutation | None = None
    comparison: Comparison | None = None
    told_apart: Comparison | None = None
    not_measured: tuple[str, ...] = ()


Level = Literal["not safe", "safe within the tests", "safe to regenerate"]
LEVELS: tuple[Level, ...] = ("not safe", "safe within the tests", "safe to regenerate")


class MissingTest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A test to add: what it must pin, as an input where one is known, and the ids of what it would settle."""

    what: str
    call: str = ""
    setup: tuple[str, ...] = ()
    requirement: str = ""
    settles: tuple[str, ...] = ()


class Trust(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The judgement: may the unit be regenerated, why, and the shortest list of tests that would make it safe."""

    unit: str
    level: Level
    reasons: tuple[str, ...] = ()
    missing: tuple[MissingTest, ...] = ()

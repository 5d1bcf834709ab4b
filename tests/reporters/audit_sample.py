"""A small audited project: its requirements and mutants are made from its texts, outcomes and answers are set by hand."""

from __future__ import annotations

from regen.specs import native
from regen.trust.evidence import (
    AnswerGroup,
    Comparison,
    Disagreement,
    Evidence,
    Finding,
    MissingTest,
    MutantResult,
    Mutation,
    Trust,
)
from regen.trust.mutants.generate import mutants_of
from regen.trust.static import examine
from regen.units.unit import unit_from

SPEC = """\
---
target: src/discount.py
tests: [tests/test_discount.py]
---
# Discount for many
- **FR-001** Ten pieces or more are 10 % cheaper, rounded down to whole cents.
- **FR-002** Fewer pieces cost what they cost.
- **FR-010** A negative price raises `ValueError("price")`.
"""

CODE = """\
def total(price: int, pieces: int) -> int:
    if price < 0:
        raise ValueError("price")
    if pieces >= 10:
        return price * pieces * 9 // 10
    return price * pieces
"""

TESTS = """\
import pytest
from discount import total

@pytest.mark.req("FR-001")
def test_many():
    assert total(100, 20) == 1800

@pytest.mark.req("FR-002")
def test_few():
    assert total(100, 2) == 200
"""

MANY, FEW = "tests/test_discount.py::test_many", "tests/test_discount.py::test_few"
BY_LINE = {2: (MANY, FEW), 4: (MANY, FEW), 5: (MANY,), 6: (FEW,)}
SURVIVED = ("2:condition:2", "2:comparison:1", "2:constant:1", "2:constant:2", "4:comparison:1", "4:constant:1",
            "4:constant:2", "5:arithmetic:1")  # fmt: skip
OTHERS = {"4:condition:1": "timed out", "6:return value:1": "not judged"}
ALIKE = ("src/discount.py:2:comparison:1",)


def project():
    """Return pairs of evidence and judgement of three units, and the accepted texts."""
    return [discount(), greeting(), importer()], {"src/discount.py": CODE, "src/greeting.py": "HELLO = 'hello'\n"}


def discount():
    rows = requirements()
    mutation = mutants()
    survivor = "src/discount.py:4:comparison:1"
    return Evidence(
        unit="shop.discount", title="Discount for many", spec="specs/discount.md", tests=("tests/test_discount.py",),
        requirements=rows,
        findings=(
            Finding(kind="no limits", path="specs/discount.md", line=5, message="the spec sets no limits of speed",
                    advice='Add a section Limits, or "none".'),
            Finding(kind="requirement without test", path="specs/discount.md", line=8, requirement="FR-010",
                    message="no test names FR-010", advice='Write a test and mark it `@pytest.mark.req("FR-010")`.'),
            Finding(kind="no edge case", path="tests/test_discount.py", line=5, requirement="FR-001", test=MANY,
                    message="FR-001 says 10, no test uses it", advice="Test just at 10, below and above.",
                    source="def test_many():"),
            Finding(kind="unpinned input", path="specs/discount.md", line=1, message="shown with its answers"),
        ),
        mutation=mutation,
        comparison=Comparison(
            clusters=(("accepted", "5d1e0c"), ("77ab91",)), inputs=412,
            disagreements=(Disagreement(call="total(1, 11)", groups=(
                AnswerGroup(answer="9", candidates=("accepted", "5d1e0c")),
                AnswerGroup(answer="10", candidates=("77ab91",)))),),
        ),
        told_apart=Comparison(inputs=380, disagreements=(Disagreement(call="total(1, 10)", groups=(
            AnswerGroup(answer="9", candidates=("accepted",)), AnswerGroup(answer="10", candidates=(survivor,)))),)),
    ), Trust(
        unit="shop.discount", level="not safe",
        reasons=("FR-010 has no test", "accepted programs differ on total(1, 11)"),
        missing=(
            MissingTest(what="pin total(1, 10)", call="total(1, 10)", requirement="FR-001", settles=(survivor,)),
            MissingTest(what='a test for FR-010: A negative price raises `ValueError("price")`.', requirement="FR-010"),
        ),
    )  # fmt: skip


def greeting():
    return Evidence(
        unit="greeting", spec="specs/greeting.md", tests=("tests/test_greeting.py",),
        mutation=Mutation(results=tuple(
            MutantResult(mutant=mutant, outcome="killed", test="tests/test_greeting.py::test_hello")
            for mutant in mutants_of("src/greeting.py", "HELLO = 'hello'\n"))),
        comparison=Comparison(clusters=(("accepted", "0f3c55"),), inputs=200),
    ), Trust(unit="greeting", level="safe to regenerate")  # fmt: skip


def importer():
    return Evidence(unit="importer", not_measured=("no test is linked",)), Trust(
        unit="importer", level="not safe", reasons=("no test is linked",)
    )


def requirements():
    spec, problems = native.parse("specs/discount.md", SPEC)
    assert not problems
    rows, _ = examine(spec, unit_from(spec, spec.front, "shop.discount"), {"tests/test_discount.py": TESTS}, {})
    counts = {"FR-001": (7, 6, 6), "FR-002": (5, 2, 0)}
    return tuple(
        type(row)(id=row.id, text=row.text, line=row.line, tests=row.tests, mutants=mutants, killed=killed, own=own)
        for row in rows
        for mutants, killed, own in [counts.get(row.id, (0, 0, 0))]
    )


def mutants():
    """Return the mutants of `CODE`: all killed but those of line 3, which no test runs, and those named above."""
    results = []
    for mutant in mutants_of("src/discount.py", CODE):
        name = mutant.id.removeprefix("src/discount.py:")
        left = "not covered" if mutant.line == 3 else "survived" if name in SURVIVED else "killed"
        outcome = OTHERS.get(name, left)
        tests = BY_LINE.get(mutant.line, ())
        ids = tuple(name for name, test in (("FR-001", MANY), ("FR-002", FEW)) if test in tests)
        results.append(MutantResult(
            mutant=mutant, outcome=outcome, tests=tests, requirements=ids, test=MANY if outcome == "killed" else "",
            reason="the sandbox went away" if outcome == "not judged" else ""))  # fmt: skip
    return Mutation(results=tuple(results), alike=ALIKE)

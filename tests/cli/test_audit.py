"""`regen audit` and `regen check --trust` on tiny projects with known weaknesses."""

from __future__ import annotations

import json

import pytest

SPEC = """\
---
target: src/fees.py
tests: [tests/test_fees.py]
---
# Fees

## Interface
    def fee(cents: int) -> int: ...

## Requirements
- **F-1** The fee is a tenth of the amount in cents, rounded down.
- **F-2** The fee is 500 at most.

## Errors
- **F-10** An amount below 0 raises `ValueError("amount must not be negative")`.

## Preconditions
- `cents <= 100000`

## Invariants
- The fee is never negative.

## Limits
- A call takes less than 1 ms. It reads no file and no network.

## Out of scope
- Currencies.
"""
CODE = """\
def fee(cents: int) -> int:
    if cents < 0:
        raise ValueError("amount must not be negative")
    return min(cents // 10, 500)
"""
STRONG = """\
import pytest

from fees import fee


@pytest.mark.req("F-1")
@pytest.mark.parametrize(("cents", "want"), [(0, 0), (1, 0), (9, 0), (10, 1), (19, 1), (20, 2), (99, 9), (4990, 499)])
def test_a_tenth_rounded_down(cents, want):
    assert fee(cents) == want


@pytest.mark.req("F-2")
@pytest.mark.parametrize(("cents", "want"), [(4999, 499), (5000, 500), (5009, 500), (5010, 500), (99999, 500)])
def test_500_at_most(cents, want):
    assert fee(cents) == want


@pytest.mark.req("F-10")
@pytest.mark.parametrize("cents", [-1, -10, -100000])
def test_negative(cents):
    with pytest.raises(ValueError, match="^amount must not be negative$"):
        fee(cents)
"""
WEAK = STRONG.replace("(4999, 499), (5000, 500), (5009, 500), (5010, 500), (99999, 500)", "(100, 10), (990, 99)")


@pytest.fixture
def fees(project):
    made = project(
        {"specs/fees.md": SPEC, "tests/test_fees.py": STRONG, "src/fees.py": CODE},
        settings='[generator]\ndefault = "command:sh ./model"\n[build]\nattempts = 1\n',
    )
    answer(made, CODE)
    made.write({"src/fees.py": CODE})
    assert made.regen("accept", "fees", "--reason", "for the test").code == 0
    return made


def answer(project, code):
    project.write({"model": f"cat <<'EOF'\n```python path=src/fees.py\n{code}```\nEOF\n"})


def audited(project, *words):
    ran = project.regen("audit", "--json", "--variations", "0", *words)
    (unit,) = json.loads(ran.out)["units"]
    return ran.code, unit


def test_a_strong_suite_is_safe_within_the_tests_until_programs_were_compared(fees):
    code, unit = audited(fees)
    assert (code, unit["trust"]["level"]) == (0, "safe within the tests")
    assert unit["trust"]["reasons"] == ["no second program to compare with; run: regen probe fees -n 3"]
    assert unit.get("findings", []) == []
    assert [(row["id"], len(row["tests"]), row["touched"]) for row in unit["requirements"]] == [
        ("F-1", 1, True), ("F-2", 1, True), ("F-10", 1, True),
    ]  # fmt: skip
    assert unit["mutation_score"] == 1.0


def test_what_the_tests_let_through_is_shown_with_the_input_that_tells_it(fees):
    fees.write({"tests/test_fees.py": WEAK})
    _, unit = audited(fees)
    found = [finding for finding in unit["findings"] if finding["kind"] == "surviving mutant"]
    assert found
    assert all(finding["path"] == "src/fees.py" and finding["line"] == 4 for finding in found)
    missing = unit["trust"]["missing"]
    assert missing[0]["call"].startswith("fee(")
    assert {name for test in missing for name in test.get("settles", [])} >= {
        result["mutant"]["id"]
        for result in unit["mutation"]["results"]
        if result["outcome"] == "survived" and result["mutant"]["id"] not in unit["mutation"].get("alike", [])
    }


def test_a_rejected_candidate_of_the_ledger_is_a_mutant(fees):
    wrong = CODE.replace("cents // 10", "round(cents / 10)")
    answer(fees, wrong)
    fees.write({"specs/fees.md": SPEC.replace("# Fees\n", "# Fees\nOf a shop.\n")})
    assert fees.regen("build").code == 1
    _, unit = audited(fees)
    (result,) = [result for result in unit["mutation"]["results"] if result["mutant"]["operator"] == "candidate"]
    assert (result["outcome"], result["test"].partition("[")[0]) == (
        "killed", "tests/test_fees.py::test_a_tenth_rounded_down",
    )  # fmt: skip


def test_the_page_and_the_text_tell_the_same(fees):
    ran = fees.regen("audit", "--variations", "0", "--html", "audit.html")
    assert ran.code == 0
    assert "safe within the tests" in ran.out
    page = (fees.root / "audit.html").read_text()
    assert "safe within the tests" in page
    assert "http" not in page.partition("<body")[0].replace("http-equiv", "")


def test_code_that_fails_its_tests_is_told_and_not_measured(fees):
    fees.write({"src/fees.py": CODE.replace("500", "400")})
    _, unit = audited(fees)
    (reason,) = unit["not_measured"]
    assert reason.startswith("the code does not pass its tests: ")
    assert "mutation" not in unit


def test_a_unit_without_tests_is_not_safe(fees):
    fees.write({"specs/fees.md": SPEC.replace("tests: [tests/test_fees.py]\n", ""), "tests/test_fees.py": ""})
    code, unit = audited(fees)
    assert (code, unit["trust"]["reasons"]) == (1, ["no test is linked"])


def test_check_gates_by_the_last_audit_of_just_this_code(fees):
    assert fees.regen("check", "--trust", "within-tests").out.splitlines()[:2] == [
        "✗ fees is not audited: no audit is on record", "  mend: regen audit fees",
    ]  # fmt: skip
    audited(fees)
    assert fees.regen("check", "--trust", "within-tests").code == 0
    ran = fees.regen("check", "--trust", "safe")
    assert (ran.code, ran.out.splitlines()[0]) == (
        1, "✗ fees is safe within the tests: no second program to compare with; run: regen probe fees -n 3",
    )  # fmt: skip
    fees.write({"tests/test_fees.py": STRONG.replace("(99, 9)", "(98, 9)")})
    fees.regen("build")
    assert fees.regen("check", "--trust", "within-tests").out.splitlines()[0] == (
        "✗ fees is not audited: spec, tests or code changed since the audit"
    )


def test_a_record_that_is_broken_is_named(fees):
    fees.write({".regen/trust/fees.json": "{"})
    ran = fees.regen("check", "--trust", "safe")
    assert ran.code == 1
    assert ".regen/trust/fees.json can't be read: it is not whole" in ran.err
    assert "hint: regen audit fees" in ran.err


@pytest.mark.parametrize(("words", "message"), [
    (["--mutants", "many"], "many is no count"), (["shop"], "shop"), (["--html", "regen.toml/page"], "can't be written"),
])  # fmt: skip
def test_wrong_words(fees, words, message):
    ran = fees.regen("audit", "--variations", "0", "--no-compare", *words)
    assert ran.code == 2
    assert message in ran.err

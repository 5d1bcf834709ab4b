"""`regen check` where regen.toml makes findings of spec and tests a gate."""

from __future__ import annotations

import json

import pytest
from tiny_fees import DOWN

SPEC = """\
---
target: src/fees.py
tests: [tests/test_fees.py]
---
# Fees

## Interface
    def fee(cents: int) -> int: ...

## Requirements
- **F-1** The fee is a tenth of the amount, rounded down.
- **F-2** The second amount gets a reasonable discount.
"""
TESTS = """\
import pytest

from fees import _table, fee


@pytest.mark.req("F-1")
def test_fee():
    assert fee(100) == 10
    assert _table == {}
"""
SETTINGS = '[generator]\ndefault = "command:sh ./model"\n[build]\nattempts = 1\n[checks]\n'


@pytest.fixture
def fees(project):
    made = project({"specs/fees.md": SPEC, "tests/test_fees.py": TESTS}, settings=SETTINGS)
    made.write({"model": f"cat <<'EOF'\n```python path=src/fees.py\n_table = {{}}\n{DOWN}```\nEOF\n"})
    assert made.regen("build").code == 0
    return made


def test_findings_are_advice(fees):
    assert fees.regen("check") == (0, "1 unit: all well\n", "")


def test_a_finding_that_regen_toml_names_fails_the_check_where_it_is(fees):
    fees.write({"regen.toml": SETTINGS + 'spec = ["vague", "contradiction"]\n'})
    ran = fees.regen("check")
    first, mend, total = ran.out.splitlines()
    assert ran.code == 1
    assert first == "✗ specs/fees.md:12 vague: F-2 says “reasonable” without a number, a value or an example"
    assert mend == (
        "  mend: Say what “reasonable” means here, in numbers or by an example: edit specs/fees.md:12, then: regen check"
    )
    assert total == "1 unit: 1 to mend"
    fees.change("specs/fees.md", "gets a reasonable discount", "is 7")
    fees.regen("accept", "fees", "--reason", "said in numbers")
    assert fees.regen("check").out.splitlines()[-1] == "1 unit: all well"


def test_json_tells_each_finding(fees):
    fees.write({"regen.toml": SETTINGS + 'spec = "vague"\n'})
    code, data, _ = fees.json("check")
    (found,) = data["findings"]
    assert (code, found["unit"], found["kind"], found["path"], found["line"], found["requirement"]) == (
        1, "fees", "vague", "specs/fees.md", 12, "F-2",
    )  # fmt: skip
    assert data["failures"] == []


@pytest.mark.parametrize(("choice", "kinds"), [
    ('spec = "lint"', {"vague", "no invariants", "no failures", "no scope", "no limits"}),
    ('tests = "lint"', {"requirement without test", "private name"}),
    ('tests = ["private name", "flaky"]', {"private name"}),
    ('spec = ["no scope"]\ntests = ["private name"]', {"no scope", "private name"}),
])  # fmt: skip
def test_which_kinds_are_gates_is_chosen(fees, choice, kinds):
    fees.write({"regen.toml": f"{SETTINGS}{choice}\n"})
    _, data, _ = fees.json("check")
    assert {found["kind"] for found in data["findings"]} == kinds


def test_a_gate_of_findings_asks_for_no_build_and_no_test_run(fees):
    fees.write({"regen.toml": SETTINGS + 'spec = "lint"\n'})
    assert fees.regen("status").code == 0
    assert fees.regen("build").out == "nothing to do: 1 of 1 units are fresh\n"


def test_explain_tells_what_the_check_fails_on(fees):
    fees.write({"regen.toml": SETTINGS + 'spec = ["vague"]\n'})
    assert "\ncheck: ✗ specs/fees.md:12 vague: F-2 says “reasonable”" in fees.regen("explain", "fees").out
    assert json.loads(fees.regen("explain", "fees", "--json").out)["findings"][0].startswith("specs/fees.md:12 vague")


@pytest.mark.parametrize(("choice", "message", "hint"), [
    ('spec = ["vauge"]', 'no finding is called "vauge"; did you mean "vague"?', "sed -i 's/vauge/vague/' regen.toml"),
    ('spec = "strict"', 'no finding is called "strict"; it can be "lint" or a list of: no inputs', "regen status"),
    ('tests = ["vague"]', 'no finding is called "vague"; it can be "lint" or a list of: requirement', "regen status"),
    ("spec = 3", "`spec` is of the wrong kind: expected `str | array`, got `int`", "edit regen.toml:6"),
])  # fmt: skip
def test_wrong_words(fees, choice, message, hint):
    fees.write({"regen.toml": f"{SETTINGS}{choice}\n"})
    ran = fees.regen("check")
    assert ran.code == 2
    assert message in ran.err
    assert "--> regen.toml:6:" in ran.err
    assert f"hint: {hint}" in ran.err

"""`regen probe`, `regen suggest-tests` and `regen proposals` on a tiny project with a weak suite."""

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

## Preconditions
- `0 <= cents <= 100000`

## Requirements
- **F-1** The fee is a tenth of the amount.
"""
DOWN = "def fee(cents: int) -> int:\n    return cents // 10\n"
UP = "def fee(cents: int) -> int:\n    return -(-cents // 10)\n"
WRONG = "def fee(cents: int) -> int:\n    return cents\n"
TEST = """\
import pytest

from fees import fee


@pytest.mark.req("F-1")
def test_fee():
    assert fee(100) == 10
"""


@pytest.fixture
def fees(project):
    made = project(
        {"specs/fees.md": SPEC, "tests/test_fees.py": TEST},
        settings='[generator]\ndefault = "command:sh ./model"\n[build]\nattempts = 1\njobs = 1\n',
    )
    answers(made, DOWN)
    assert made.regen("build").code == 0
    (made.root / "calls").unlink()
    return made


def answers(project, *codes):
    """Have the model give these answers, one a call, whoever asks."""
    for number, code in enumerate(codes, 1):
        project.write({f"answer-{number}": f"```python path=src/fees.py\n{code}```\n"})
    project.write({"model": "echo x >>calls\ncat answer-$(wc -l <calls | tr -d ' ')\n"})
    (project.root / "calls").unlink(missing_ok=True)


def calls(project):
    place = project.root / "calls"
    return len(place.read_text().split()) if place.exists() else 0


def test_programs_that_differ_show_the_smallest_input(fees):
    answers(fees, UP, WRONG)
    before = fees.read(".regen/locks/fees.json")
    ran = fees.regen("probe", "fees", "-n", "3")
    assert (ran.code, calls(fees)) == (1, 2)
    lines = ran.out.splitlines()
    assert lines[:2] == ["fees: 3 replies, 2 accepted", "this input is not pinned: fee(1)"]
    assert sorted(line.split()[0] for line in lines[2:]) == ["0", "1"]
    assert fees.read(".regen/locks/fees.json") == before
    assert fees.read("src/fees.py") == DOWN


def test_a_probe_goes_on_where_it_was_and_is_no_news_to_a_build(fees):
    answers(fees, UP, WRONG)
    fees.regen("probe", "fees", "-n", "3")
    assert fees.regen("probe", "fees", "-n", "3").code == 1
    assert fees.regen("probe", "fees", "--from-ledger").code == 1
    assert calls(fees) == 2
    assert fees.regen("status").code == 0
    assert fees.regen("check", "--records").code == 0


def test_programs_that_agree(fees):
    answers(fees, "def fee(cents: int) -> int:\n    tens, _ = divmod(cents, 10)\n    return tens\n")
    ran = fees.regen("probe", "fees", "-n", "2")
    assert ran.code == 0
    assert ran.out.splitlines()[1].startswith("alike on ")


def test_an_audit_takes_up_what_a_probe_found(fees):
    answers(fees, UP)
    fees.regen("probe", "fees", "-n", "2")
    _, data, _ = fees.json("audit", "--variations", "0")
    (unit,) = data["units"]
    assert unit["trust"]["reasons"][0] == "accepted programs differ on fee(1)"
    assert [finding["kind"] for finding in unit["findings"]].count("unpinned input") == 1


def test_a_disagreement_becomes_a_test_once_its_value_is_filled_in(fees):
    answers(fees, UP)
    ran = fees.regen("probe", "fees", "-n", "2", "--write-test")
    path = next(line.split()[1] for line in ran.out.splitlines() if line.startswith("proposed: "))
    name = path.rpartition("/")[2].removesuffix(".py")
    assert "    assert fee(1) == ...  # write the value that is right" in fees.read(path)
    assert fees.regen("proposals").out.splitlines()[0] == f"fees {name}: not filled in: line 9"
    refused = fees.regen("proposals", "accept", "fees", name)
    assert refused.code == 2
    assert f"--> {path}:9:" in refused.err
    fees.change(path, "== ...", "== 0")
    assert fees.regen("proposals").out.splitlines()[0] == f"fees {name}: passes"
    ran = fees.regen("proposals", "accept", "fees", name, "--to", "tests/test_more.py")
    assert ran.out == (
        "tests/test_more.py is a test now; next: in specs/fees.md, write "
        "`tests: [tests/test_fees.py, tests/test_more.py]`, then: regen build\n"
    )
    assert "assert fee(1) == 0" in fees.read("tests/test_more.py")
    assert fees.regen("proposals").out == "0 proposed tests\n"


def test_a_proposal_gates_nothing(fees):
    answers(fees, UP)
    fees.regen("probe", "fees", "-n", "2", "--write-test")
    assert fees.regen("status").code == 0
    assert fees.regen("verify").code == 0


def test_a_marked_proposal_gates_nothing_either(fees):
    fees.write({"model": "cat answer\n", "answer": SUGGESTED})
    fees.regen("suggest-tests", "fees")
    assert fees.regen("status").code == 0
    assert fees.regen("verify").code == 0


def test_what_was_probed_is_never_taken_by_a_build(fees):
    answers(fees, UP, UP, UP)
    fees.regen("probe", "fees", "-n", "4")
    assert calls(fees) == 3
    fees.shell("rm -r .regen/locks src .regen/cache")
    assert fees.regen("build", "-g", "ledger").code == 0
    assert fees.read("src/fees.py") == DOWN
    fees.shell("rm -r .regen/locks src")
    assert fees.regen("build").code == 0
    assert (calls(fees), fees.read("src/fees.py")) == (3, DOWN)


def test_a_person_is_asked_one_prompt_at_a_time(fees):
    assert fees.regen("probe", "fees", "-n", "3", "-g", "manual").code == 1
    fees.write({"reply.md": f"```python path=src/fees.py\n{UP}```\n"})
    assert fees.regen("reply", "fees", "reply.md").code == 0
    ran = fees.regen("probe", "fees", "-n", "3", "-g", "manual")
    assert ran.out.splitlines()[0] == "fees: 2 replies, 2 accepted"
    assert fees.regen("probe", "fees", "-g", "ledger").err.endswith("hint: regen probe fees --from-ledger\n")


def test_a_value_left_open_anywhere_is_not_accepted(fees):
    fees.write({".regen/proposed/fees/test_open.py": "def test_a():\n    assert (1,\n            ...) == (1, 2)\n"})
    assert fees.regen("proposals", "accept", "fees", "test_open").code == 2


def test_a_rejected_proposal_is_not_proposed_again(fees):
    answers(fees, UP)
    ran = fees.regen("probe", "fees", "-n", "2", "--write-test")
    name = next(line.split()[1] for line in ran.out.splitlines() if line.startswith("proposed: "))
    name = name.rpartition("/")[2].removesuffix(".py")
    assert fees.regen("proposals", "reject", "fees", name).code == 2
    assert fees.regen("proposals", "reject", "fees", name, "--reason", "left open").code == 0
    assert "proposed" not in fees.regen("probe", "fees", "--from-ledger", "--write-test").out


def test_users_files_are_never_overwritten(fees):
    answers(fees, UP)
    ran = fees.regen("probe", "fees", "-n", "2", "--write-test")
    path = next(line.split()[1] for line in ran.out.splitlines() if line.startswith("proposed: "))
    fees.change(path, "== ...", "== 0")
    name = path.rpartition("/")[2].removesuffix(".py")
    for target in ("tests/test_fees.py", "../outside.py", "tests/x.txt"):
        assert fees.regen("proposals", "accept", "fees", name, "--to", target).code == 2
    assert fees.read("tests/test_fees.py") == TEST


SUGGESTED = """\
Here are the tests.

```python
# path: tests/test_fees_proposed.py
import pytest

from fees import fee

TEN = 10


@pytest.mark.req("F-1")
def test_rounds_down():
    assert fee(TEN - 1) == 0


@pytest.mark.req("F-1")
def test_again():
    assert fee(100) == 10


@pytest.mark.req("F-1")
def test_wrong():
    assert fee(200) == 21


def test_broken():
    assert fee(100).no_such == 10
```
"""


def test_suggested_tests_are_kept_where_they_find_something(fees):
    fees.write({"model": "echo x >>calls\ncat answer\n", "answer": SUGGESTED})
    _, data, _ = fees.json("suggest-tests", "fees")
    kept = {one["path"].rpartition("/")[2]: one["why"] for one in data["kept"]}
    assert {one["name"]: one["reason"].partition(":")[0] for one in data["dropped"]} == {
        "test_again": "it passes, and kills no surviving mutant",
        "test_broken": "it fails for a reason that tells nothing",
    }
    rounds, wrong = (next(why for name, why in kept.items() if part in name) for part in ("rounds_down", "wrong"))
    assert rounds[0].startswith("fails with `")
    assert wrong[0] == "fails on the accepted code: expected 21, got 20"
    assert "TEN = 10" in fees.read(data["kept"][0]["path"])
    fees.regen("suggest-tests", "fees")
    assert calls(fees) == 1


def test_hidden_tests_and_code_are_not_in_the_prompt(fees):
    fees.write({
        "model": "cat >asked\ncat answer\n", "answer": SUGGESTED, "tests/hidden/test_h.py": "SECRET = 1\ndef test_h(): pass\n",
        "specs/fees.md": SPEC.replace("tests: [", "hidden_tests: [tests/hidden/test_h.py]\ntests: ["),
    })  # fmt: skip
    assert fees.regen("build").code == 0
    fees.regen("suggest-tests", "fees")
    asked = fees.read("asked")
    assert "What the tests leave open" in asked
    assert "SECRET" not in asked
    assert "cents // 10" not in asked.partition("# What the tests leave open")[0]


def test_json_and_wrong_words(fees):
    assert fees.regen("probe", "nothing").code == 2
    assert fees.regen("proposals", "show", "fees").code == 2
    assert fees.regen("proposals", "show", "fees", "none").code == 2
    assert json.loads(fees.regen("proposals", "--json").out) == {"proposals": []}

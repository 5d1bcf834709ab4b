"""`regen suggest-tests` on a tiny project with a weak suite."""

from __future__ import annotations

from tiny_fees import SPEC, calls

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


def test_a_marked_proposal_gates_nothing_either(fees):
    fees.write({"model": "cat answer\n", "answer": SUGGESTED})
    fees.regen("suggest-tests", "fees")
    assert fees.regen("status").code == 0
    assert fees.regen("verify").code == 0

"""`regen suggest-tests` on a tiny project with a weak suite."""

from __future__ import annotations

import json

import pytest
from tiny_fees import DOWN, SPEC, TEST, answers, calls

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


def test_the_first_test_of_a_requirement_is_kept_where_it_can_fail(fees):
    fees.change("specs/fees.md", "amount.\n", "amount.\n- **F-2** A fee is never negative.\n")
    mark = '@pytest.mark.req("F-2")\n'
    kept, dropped = suggest(
        fees,
        f"{mark}def test_hundred():\n    assert fee(100) == 10",
        f"{mark}def test_never():\n    assert fee(100) is not None or True",
        "def test_unmarked():\n    assert fee(100) == 10",
    )
    assert [one["first_of"] for one in kept.values()] == [["F-2"]]
    assert next(iter(kept.values()))["why"][0] == "is the first test of F-2"
    assert sorted(dropped) == ["test_never", "test_unmarked"]


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


def suggest(project, *functions, model="cat answer\n"):
    """Have the model answer with these test functions, and return what is kept, by name, and why others are not."""
    text = "\n\n\n".join(functions)
    answer = f"```python\n# path: tests/test_fees_proposed.py\nimport pytest\nfrom fees import fee\n\n\n{text}\n```\n"
    project.write({"model": model, "answer": answer})
    ran = project.regen("suggest-tests", "fees", "--json")
    data = json.loads(ran.out)
    kept = {one["path"].rpartition("/test_fees_")[2][:-10]: one for one in data["kept"]}
    return kept, {one["name"]: one["reason"] for one in data["dropped"]}


ALL_OF_DOWN = TEST + "    assert [fee(n) for n in (0, 9, 10, 11, 19, 95, 109)] == [0, 0, 1, 1, 1, 9, 10]\n"
# Accepted by that suite as well, and no mutant of the other.
CAPPED = "def fee(cents: int) -> int:\n    return min(cents // 10, 9000)\n"


@pytest.fixture
def strong(fees):
    """No mutant survives, but another accepted program gives 9000 at most."""
    fees.write({"tests/test_fees.py": ALL_OF_DOWN})
    assert fees.regen("build").code == 0
    answers(fees, CAPPED)
    fees.regen("probe", "fees", "-n", "1")
    return fees


def test_a_test_that_splits_accepted_programs_is_kept_though_it_kills_no_mutant(strong):
    kept, dropped = suggest(
        strong,
        "def test_large():\n    assert fee(100_000) == 10_000",
        "def test_capped():\n    assert fee(100_000) == 9_000",
        "def test_middle():\n    assert fee(5_000) == 500",
    )
    other = kept["large"]["fails"][0]["program"]
    assert (kept["large"]["passes"], kept["large"]["kills"]) == (["accepted"], [])
    assert kept["large"]["why"][:-1] == [
        f"splits accepted programs: passes on the accepted code; fails on {other} (expected 10000, got 9000)"
    ]
    assert kept["capped"]["why"][:-1] == [
        "fails on the accepted code: expected 9000, got 10000", f"splits accepted programs: passes on {other}",
    ]  # fmt: skip
    assert dropped == {"test_middle": "it passes, and there is no surviving mutant that it could kill"}


def test_a_name_that_only_one_program_has_is_no_split(strong):
    kept, dropped = suggest(strong, "def test_private():\n    import fees\n    assert not hasattr(fees, 'x') or fees.x")
    assert (kept, len(dropped)) == ({}, 1)


def test_what_the_code_raises_can_be_judged_and_what_the_test_gets_wrong_can_not(fees):
    fees.write({"regen.toml": fees.read("regen.toml") + "[checks]\ntimeout = 3\n"})
    kept, dropped = suggest(
        fees,
        "def test_words():\n    fee(10 ** 5000 / 3)",
        "def test_negative():\n    with pytest.raises(ValueError):\n        fee(-1)",
        "def test_call():\n    assert fee(1, 2) == 3",
        "def test_hangs():\n    while True:\n        pass",
    )
    assert {name: one["why"][0] for name, one in kept.items()} == {
        "negative": "fails on the accepted code: expected raises ValueError, got nothing was raised"
    }
    assert {name: reason.partition(":")[0] for name, reason in dropped.items()} == {
        "test_words": "it fails for a reason that tells nothing",
        "test_call": "it fails for a reason that tells nothing",
        "test_hangs": "it can't be judged",
    }


def test_a_test_on_trial_is_never_in_the_users_folders(fees):
    fees.write({"tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef ten():\n    return 10\n"})
    before = (fees.root / "tests").stat().st_mtime_ns
    kept, _ = suggest(fees, "def test_nine(ten):\n    assert fee(ten - 1) == 0")
    assert list(kept) == ["nine"]
    assert fees.regen("proposals").out.splitlines()[0].endswith(": passes")
    assert (fees.root / "tests").stat().st_mtime_ns == before


def test_an_answer_that_was_cut_off_is_asked_for_again(fees):
    fees.write({"model": "echo x >>calls\ncat answer\n", "answer": "```python\n# path: tests/test_fees_proposed.py\n"})
    for number in (1, 2):
        ran = fees.regen("suggest-tests", "fees")
        assert ran.out.splitlines()[0].startswith("dropped:  the whole answer: ")
        assert calls(fees) == number


def test_force_asks_again(fees):
    fees.write({"model": "echo x >>calls\ncat answer\n", "answer": SUGGESTED})
    for words, number in (((), 1), ((), 1), (("--force",), 2)):
        fees.regen("suggest-tests", "fees", *words)
        assert calls(fees) == number


def test_code_is_shown_on_request(fees):
    fees.write({"model": "cat >asked\ncat answer\n", "answer": SUGGESTED})
    fees.regen("suggest-tests", "fees", "--show-code")
    assert f"```python path=src/fees.py\n{DOWN}```" in fees.read("asked")


def test_an_answer_on_record_that_is_broken_is_named(fees):
    fees.write({"model": "cat answer\n", "answer": SUGGESTED})
    fees.regen("suggest-tests", "fees")
    (record,) = (fees.root / ".regen/proposed/fees").glob("answer-*.json")
    record.write_text('{"version": 9}')
    ran = fees.regen("suggest-tests", "fees")
    assert ran.code == 1
    assert "it has format version 9, this regen knows 1" in ran.err
    assert "hint: regen suggest-tests fees --force" in ran.err
    assert fees.regen("suggest-tests", "fees", "--force").code == 0

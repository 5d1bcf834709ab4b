"""`regen probe` and `regen proposals` on a tiny project with a weak suite."""

from __future__ import annotations

import json

from tiny_fees import DOWN, TEST, UP, WRONG, answers, calls


def test_programs_that_differ_show_the_smallest_input(fees):
    answers(fees, UP, WRONG)
    before = fees.read(".regen/locks/fees.json")
    ran = fees.regen("probe", "fees", "-n", "3")
    assert (ran.code, calls(fees)) == (1, 2)
    lines = ran.out.splitlines()
    assert lines[0] == "fees: 3 replies, 2 accepted"
    assert sorted(line.split()[0] for line in lines[1:4]) == ["✓", "✓", "✗"]
    assert lines[4] == "this input is not pinned: fee(1)"
    assert sorted(line.split()[0] for line in lines[5:]) == ["0", "1"]
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
    assert ran.out.splitlines()[3].startswith("alike on ")


def test_an_answer_of_another_type_is_shown_though_programs_agree(fees):
    answers(fees, "def fee(cents: int) -> int:\n    return cents // 10.0\n")
    ran = fees.regen("probe", "fees", "-n", "2")
    *_, alike, unfit, answer = ran.out.splitlines()
    assert (ran.code, alike.startswith("alike on ")) == (0, True)
    assert unfit == "this input gives another type than the interface declares: fee(0)"
    assert answer.split()[0] == "0.0"


def test_an_input_on_which_all_fail_is_shown_and_only_inputs_that_were_answered_count(fees):
    fees.change("specs/fees.md", "a tenth", "one tenth")
    ends = "import os\n\n\ndef fee(cents: int) -> int:\n    return cents // 10 if cents > 9 else os._exit({})\n"
    answers(fees, ends.format(0), ends.format(1))
    lines = fees.regen("probe", "fees", "-n", "2").out.splitlines()
    assert lines[0] == "fees: 2 replies, 2 accepted"
    assert lines[3].startswith("alike on 2 inputs: ")
    assert lines[4] == "every program fails on this input: fee(0)"
    assert lines[5].startswith("  ends the process   ")


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
    assert (ran.code, "the prompt is in" in ran.err) == (1, True), "and the next one is asked at once"
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


def test_json_and_wrong_words(fees):
    assert fees.regen("probe", "nothing").code == 2
    assert fees.regen("proposals", "show", "fees").code == 2
    assert fees.regen("proposals", "show", "fees", "none").code == 2
    assert json.loads(fees.regen("proposals", "--json").out) == {"proposals": []}

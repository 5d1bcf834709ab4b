"""Each state: what status and check say of it, and that the one command that check names does mend it."""

from __future__ import annotations

import re

import pytest
from tiny import SETTINGS, spec, unit

TWO = {**unit("a"), **unit("b", uses="a")}


def failures(made):
    code, data, _ = made.json("check")
    assert code == (1 if data["failures"] else 0)
    return {failure["unit"]: failure for failure in data["failures"]}


def test_fresh(project):
    made = project(TWO).built()
    assert made.regen("check") == (0, "2 units: all well\n", "")
    assert made.regen("status", "--all") == (0, "✓ a  fresh\n✓ b  fresh\n2 units: 2 fresh\n", "")
    assert made.json("check")[1] == {"failures": [], "records": [], "notices": []}


def stale_requirement(made):
    made.change("specs/a.md", "Says a.", "Says a, always.")


def stale_prose(made):
    made.change("specs/a.md", "Holds", "Carries")


def stale_test(made):
    made.change("tests/a.sh", "grep", "grep -s")


def stale_constraint(made):
    made.write({"LORE.md": "Be kind.\n", "regen.toml": f'context = ["LORE.md"]\n{SETTINGS}'})


def missing(made):
    (made.root / "out/a.txt").unlink()


def interrupted_while_writing(made):
    made.change(".regen/locks/a.json", '"generator"', '"landing": true,\n "generator"')
    (made.root / "out/a.txt").unlink()


CASES = {
    "stale requirement": (stale_requirement, "● a is stale: requirement FR-001 changed", "regen build a"),
    "stale prose": (stale_prose, "● a is stale: the spec's prose changed", "regen build a"),
    "stale test": (stale_test, "● a is stale: test tests/a.sh changed", "regen build a"),
    "stale constraint": (stale_constraint, "● a is stale: constraint LORE.md added", "regen build a"),
    "missing": (missing, "+ a is missing: out/a.txt is gone", "regen build a"),
    "landing": (
        interrupted_while_writing,
        "+ a is missing: an accepted generation is not written yet: it was interrupted",
        "regen build a",
    ),
}


@pytest.mark.parametrize(("happen", "line", "mend"), CASES.values(), ids=CASES)
def test_what_check_names_mends(project, happen, line, mend):
    made = project({**TWO, "specs/b.md": spec("b")}).built()
    happen(made)
    ran = made.regen("check")
    assert ran.code == 1
    assert f"{line}\n  mend: {mend}\n" in ran.out
    for failure in failures(made).values():
        done = made.shell(failure["mend"])
        assert done.returncode == 0, done
    assert made.regen("check") == (0, "2 units: all well\n", "")
    assert made.regen("status").code == 0
    assert made.read("out/a.txt") == "a\n"


def test_what_is_cheap_costs_no_call(project):
    made = project(TWO).built()
    for happen in (stale_test, missing, interrupted_while_writing):
        happen(made)
        assert made.regen("build").code == 0
    assert made.asked == ["a", "b"]


def test_what_means_nothing_changes_nothing(project):
    made = project({**unit("a", body="Holds its own name, and nothing else than its own name.")}).built()
    made.change("specs/a.md", "name, and", "name,\nand")
    made.write({"tests/a.sh": made.read("tests/a.sh") + "\n\n"})
    assert made.regen("status") == (0, "1 unit: 1 fresh\n", "")


def test_dependents_follow_only_a_changed_interface(project):
    made = project(TWO).built()
    stale_prose(made)
    ran = made.regen("build")
    assert ran.out == "2 units: 1 accepted, 1 fresh; 1 call, N tokens, cost unknown; N s\n"
    assert "✓ a accepted: the spec changed, but the code is byte for byte the same\n" in ran.err
    made.write({"replies/a": "```\na\nmore\n```\n"})
    made.change("specs/a.md", "Carries", "Shows")
    assert made.regen("build").out == "2 units: 2 accepted; 2 calls, N tokens, cost unknown; N s\n"
    assert made.asked == ["a", "b", "a", "a", "b"]


def test_edited(project):
    made = project().built()
    made.write({"out/a.txt": "a\nby hand\n"})
    assert made.regen("status").out.startswith("✎ a  edited      out/a.txt differs from what was accepted\n")
    ran = made.regen("check")
    assert ran.code == 1
    assert ran.out.startswith("✎ a is edited: out/a.txt differs from what was accepted\n  mend: ")
    build = made.regen("build")
    assert build.code == 1
    assert build.out == "nothing to do: 0 of 1 units are fresh\n"
    assert build.err.startswith("a is edited: out/a.txt differs from what was accepted\n  mend: ")
    assert made.read("out/a.txt") == "a\nby hand\n", "edits are never overwritten"
    stale_prose(made)
    assert made.regen("build", "a").code == 1
    assert made.regen("build", "--force", "--all").code == 1
    assert made.read("out/a.txt") == "a\nby hand\n", "edits are never overwritten"


def test_what_check_names_mends_edited(project):
    made = project().built()
    made.write({"out/a.txt": "a\nby hand\n"})
    made.shell(failures(made)["a"]["mend"])
    assert made.regen("check").code == 0
    assert made.read("out/a.txt") == "a\nby hand\n"


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["accept", "a"], "a\nby hand\n"),
        (["pin", "a"], "a\nby hand\n"),
        (["build", "--discard-edits", "a"], "a\n"),
    ],
)
def test_three_ways_to_decide_about_an_edit(project, words, left):
    made = project().built()
    made.write({"out/a.txt": "a\nby hand\n"})
    assert made.regen(*words).code == 0
    assert made.regen("check").code == 0
    assert made.read("out/a.txt") == left
    assert made.asked == ["a"]


def test_code_that_was_there_before_regen(project):
    made = project()
    made.write({"out/a.txt": "a\n"})
    ran = made.regen("check")
    reason = "out/a.txt exists, but no generation of it was ever accepted"
    assert ran == (1, f"✎ a is edited: {reason}\n  mend: regen accept a\n1 unit: 1 to mend\n", "")
    made.shell("regen accept a")
    assert made.regen("check").code == 0
    assert made.asked == []


@pytest.mark.parametrize("where", ["body", "list"])
def test_blocked(project, where):
    made = project().built()
    question = "\nWhich name? [NEEDS CLARIFICATION: the short one?]\n"
    made.write({"specs/a.md": spec("a") + (question if where == "body" else "\n## Open questions\n- Which name?\n")})
    said = "specs/a.md:10: the short one?" if where == "body" else "specs/a.md:11: Which name?"
    mend = f"edit {said.rsplit(': ', 1)[0]}, then: regen build a"
    ran = made.regen("check")
    assert ran == (1, f"? a is blocked: {said}\n  mend: {mend}\n1 unit: 1 to mend\n", "")
    build = made.regen("build")
    assert (build.code, made.asked) == (1, ["a"])
    made.write({"specs/a.md": spec("a") + "\nThe short name.\n"})
    made.shell(mend.split("then: ")[1])
    assert made.regen("check").code == 0


def test_unverified_is_never_called_well(project):
    made = project(unit("a", tests=""))
    built = made.regen("build")
    assert built.code == 1
    assert built.err.split("✓ a accepted\n")[1].startswith("a is unverified: no test is linked\n  mend: ")
    assert made.regen("verify") == (1, "! a is unverified: no test is linked\n1 unit: 1 to mend\n", "")
    ran = made.regen("check")
    assert ran.code == 1
    assert ran.out.startswith("! a is unverified: no test is linked\n  mend: edit specs/a.md: add `tests:`")
    made.write({"specs/a.md": spec("a")})
    assert made.regen("build").code == 0
    assert made.regen("check").code == 0
    assert made.asked == ["a"], "the code that is there is verified"


@pytest.mark.parametrize(
    "tracked",
    [True, False],
)
def test_orphan(project, tracked):
    made = project({**unit("a"), **unit("b")}).built()
    if tracked:
        made.committed()
    (made.root / "specs/b.md").unlink()
    ran = made.regen("check")
    assert ran.code == 1
    assert re.match(r"∅ b is orphan: no spec declares it; it owns out/b.txt\n  mend: .+\n2 units: 1 to mend\n", ran.out)
    assert made.regen("build").code == 1
    stale_prose(made)
    build = made.regen("build")
    assert (build.code, "b is orphan: no spec declares it; it owns out/b.txt\n" in build.err) == (1, True)
    made.shell(failures(made)["b"]["mend"])
    assert made.regen("check") == (0, "1 unit: all well\n", "")
    assert not (made.root / "out/b.txt").exists()


def test_pinned_is_verified_and_never_regenerated(project):
    made = project().built()
    assert made.regen("pin", "a", "--reason", "audited") == (
        0,
        "✓ a passes (tests)\na is pinned: audited\n",
        "",
    )
    assert made.regen("status") == (0, "⌖ a  pinned\n1 unit: 1 pinned\n", "")
    stale_requirement(made)
    assert made.regen("check").out.startswith("⌖ a is pinned: requirement FR-001 changed\n  mend: regen build a\n")
    made.shell("regen build a")
    assert made.regen("check").code == 0
    made.change("tests/a.sh", "grep -qx a", "grep -qx other")
    assert made.regen("build").code == 1
    assert made.regen("check").code == 1
    assert made.asked == ["a"]
    made.change("tests/a.sh", "grep -qx other", "grep -qx a")
    assert made.regen("unpin", "a") == (
        0,
        "a is regen's again; its code stays until `regen build` finds it stale\n",
        "",
    )
    stale_prose(made)
    assert made.regen("build").code == 0
    assert made.asked == ["a", "a"]


def test_code_that_fails_is_not_accepted(project):
    made = project().built()
    made.write({"out/a.txt": "wrong\n"})
    ran = made.regen("accept", "a")
    assert ran.code == 1
    assert ran.out.startswith("✗ a fails\n")
    assert ran.out.endswith("error: no line a\na is not accepted: rejected\n")
    pin = made.regen("pin", "a")
    assert pin.code == 1
    assert pin.out.endswith("a is pinned: owned by a person, but its code is rejected; next: regen verify a\n")
    assert made.regen("check").code == 1


def test_accepting_an_editorial_change_needs_a_reason(project):
    made = project().built()
    stale_prose(made)
    ran = made.regen("accept", "a")
    assert ran == (
        2,
        "",
        """\
error: a is stale (the spec's prose changed); accepting its code as it is needs a reason
hint: regen accept a --reason "editorial"
""",
    )
    ran = made.shell('regen accept a --reason "editorial"')
    assert (ran.returncode, ran.stdout) == (0, "✓ a passes (tests)\na is accepted\n")
    assert made.regen("check").code == 0
    assert made.asked == ["a"]
    assert "verified again" in made.regen("log").out
    assert "editorial" in made.regen("log").out


def test_another_model_makes_a_unit_outdated_never_stale(project):
    made = project().built()
    made.write({"fake2.sh": made.read("fake.sh")})
    made.change("regen.toml", "./fake.sh", "./fake2.sh")
    ran = made.regen("status")
    reason = "made by command:sh ./fake.sh; command:sh ./fake2.sh is chosen now"
    assert ran == (0, f"○ a  outdated    {reason}\n1 unit: 1 outdated\n", "")
    assert made.regen("check").code == 0
    assert made.regen("build").out == "nothing to do: 0 of 1 units are fresh\n"

"""Evidence in, a level in words out, with the shortest list of tests."""

from __future__ import annotations

import msgspec
import pytest

from regen.trust.evidence import (
    AnswerGroup,
    Comparison,
    Disagreement,
    Evidence,
    Finding,
    Mutant,
    MutantResult,
    Mutation,
    RequirementRow,
)
from regen.trust.judgement import judge_trust


def result(name, outcome="killed", line=1, **more):
    mutant = Mutant(id=name, path="src/a.py", line=line, operator="comparison", before="<", after="<=")
    return MutantResult(mutant=mutant, outcome=outcome, requirements=("R-1",), **more)


def mutation(killed, *others, alike=()):
    return Mutation(results=(*(result(f"k{n}") for n in range(killed)), *others), alike=alike)


STRONG = Evidence(
    unit="a", tests=("tests/test_a.py",),
    requirements=(RequirementRow(id="R-1", text="Adds.", tests=("tests/test_a.py::test_a",), mutants=20, killed=20, own=5),),
    mutation=mutation(20), comparison=Comparison(clusters=(("accepted", "other"),), inputs=500),
)  # fmt: skip


def differ(call, *groups):
    return Disagreement(call=call, groups=tuple(AnswerGroup(answer=a, candidates=tuple(names)) for a, names in groups))


def judged(**changes):
    trust = judge_trust(msgspec.structs.replace(STRONG, **changes))
    return trust.level, trust.reasons, [missing.what for missing in trust.missing]


def test_nothing_open_is_safe():
    assert judged() == ("safe to regenerate", (), [])


def test_without_a_second_program_it_is_safe_within_the_tests():
    reason = "no second program to compare with; run: regen probe a -n 3"
    assert judged(comparison=None) == ("safe within the tests", (reason,), [])


@pytest.mark.parametrize(
    ("not_measured", "reason"),
    [
        (
            ("mutants were not asked for", "a comparison of programs was not asked for"),
            "programs were not compared: a comparison of programs was not asked for",
        ),
        (("mutants were not asked for",), "no second program to compare with; run: regen probe a -n 3"),
    ],
)
def test_what_was_not_asked_for_is_told_from_what_is_not_there(not_measured, reason):
    assert judged(comparison=None, not_measured=not_measured)[1] == (reason,)


def test_a_share_is_rounded_down():
    few = mutation(2, result("s", "survived", tests=("tests/test_a.py::test_a",)))
    assert judged(mutation=few)[1][0] == "the tests kill only 66 % of the mutants"


def test_programs_that_ran_out_of_time_were_not_compared():
    late = Comparison(clusters=(("accepted", "other"),), inputs=500, answered={"accepted": 500, "other": 12})
    reason = "programs were compared on 12 inputs only; not all answered the others of 500"
    assert judged(comparison=late) == ("safe within the tests", (reason,), [])


def test_a_requirement_without_a_test():
    rows = (*STRONG.requirements, RequirementRow(id="R-2", text="Never negative."))
    level, reasons, missing = judged(requirements=rows)
    assert (level, reasons) == ("not safe", ("R-2 has no test",))
    assert missing == ["a test for R-2: Never negative."]


def test_no_tests_at_all():
    assert judged(tests=(), mutation=None)[:2] == ("not safe", ("no test is linked",))


def test_programs_that_differ_are_the_first_thing_to_pin():
    found = differ("a(1)", ("1", ["accepted"]), ("2", ["other"]))
    level, reasons, missing = judged(comparison=Comparison(clusters=(("accepted",), ("other",)),
                                                           disagreements=(found,), inputs=500))  # fmt: skip
    assert (level, reasons, missing) == ("not safe", ("accepted programs differ on a(1)",), ["pin a(1)"])


def test_few_inputs_settle_many_survivors():
    survivors = [result(f"s{n}", "survived", line=n) for n in range(1, 5)]
    told = Comparison(
        clusters=(("accepted",),), inputs=500,
        disagreements=(
            differ("a(1)", ("1", ["accepted", "s3", "s4"]), ("2", ["s1", "s2"])),
            differ("a(2)", ("1", ["accepted", "s4", "s1"]), ("2", ["s2"]), ("3", ["s3"])),
            differ("a(3)", ("1", ["accepted", "s1", "s2", "s3"]), ("2", ["s4"])),
            differ("a(4)", ("1", ["accepted"]), ("2", ["s3", "s4", "s1"])),
        ),
    )  # fmt: skip
    missing = judge_trust(msgspec.structs.replace(STRONG, mutation=mutation(96, *survivors), told_apart=told)).missing
    assert [(one.call, one.settles, one.requirement) for one in missing] == [
        ("a(4)", ("s1", "s3", "s4"), "R-1"), ("a(1)", ("s2",), "R-1"),
    ]  # fmt: skip


def test_survivors_of_one_line_are_one_test_and_the_alike_none():
    survivors = [
        result("s1", "survived", line=7),
        result("s2", "not covered", line=7),
        result("s3", "survived", line=9),
    ]
    level, reasons, missing = judged(mutation=mutation(20, *survivors, alike=("s3",)))
    assert (level, reasons) == ("safe within the tests", ("2 mutants of 23 pass the tests",))
    assert missing == ["a test that fails with `<=` in place of `<` in src/a.py:7"]


@pytest.mark.parametrize(
    ("killed", "left", "level"),
    [(95, 5, "safe to regenerate"), (94, 6, "safe within the tests"), (75, 25, "safe within the tests"),
     (74, 26, "not safe")],
)  # fmt: skip
def test_the_score_that_each_level_asks_for(killed, left, level):
    survivors = [result(f"s{n}", "survived", line=n) for n in range(left)]
    assert judged(mutation=mutation(killed, *survivors))[0] == level


def test_mutants_that_could_not_be_judged_are_no_score():
    nothing = Mutation(results=(result("m", "not judged"),))
    assert judged(mutation=nothing)[:2] == ("safe within the tests", ("no mutant was judged",))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("can't fail", "1 test can't fail"), ("flaky", "1 test is flaky"),
     ("private name", "1 test would not survive a rewrite")],
)  # fmt: skip
def test_tests_that_cannot_be_relied_on(kind, reason):
    finding = Finding(kind=kind, test="tests/test_a.py::test_a", message="…")
    assert judged(findings=(finding, finding))[:2] == ("not safe", (reason,))


def test_findings_of_the_spec_are_advice():
    assert judged(findings=(Finding(kind="vague", message="…"), Finding(kind="no limits", message="…")))[0] == (
        "safe to regenerate"
    )

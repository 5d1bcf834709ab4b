"""An audit in a terminal: exact text at 80 and 200 columns and in a pipe; colour only where it is wanted."""

from __future__ import annotations

import io
import re

import msgspec
from audit_sample import project
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from regen.reporters.audit_text import print_audit
from regen.trust.evidence import (
    AnswerGroup,
    Comparison,
    Disagreement,
    Evidence,
    Finding,
    MissingTest,
    Mutation,
    RequirementRow,
    Trust,
)

AT_80 = """\
shop.discount · Discount for many
✗ not safe:
  - FR-010 has no test
  - accepted programs differ on total(1, 11)

requirement  tests  killed  touched
FR-001           1     6/7      yes  Ten pieces or more are 10 % cheaper, round…
FR-002           1     2/5       no  Fewer pieces cost what they cost.
FR-010        none       -        -  A negative price raises `ValueError("price…

mutants      59 % of 27 mutants: 15 killed, 1 timed out, 7 survived, 4 not
             covered, 1 seems alike, 1 not judged: the sandbox went away (1)
disagreement 3 programs in 2 groups, told apart by 1 input of 412

in the spec: 2 findings
  no limits
    specs/discount.md:5  the spec sets no limits of speed
      → Add a section Limits, or "none".
  requirement without test
    specs/discount.md:8  no test names FR-010
      → Write a test and mark it `@pytest.mark.req("FR-010")`.

in the tests: 1 finding
  no edge case
    tests/test_discount.py:5  FR-001 says 10, no test uses it
      → Test just at 10, below and above.

the tests let 11 mutants pass, 5 of them shown
  src/discount.py:4  comparison, FR-001, FR-002
    @@ -2,5 +2,5 @@
         if price < 0:
             raise ValueError("price")
    -    if pieces >= 10:
    +    if pieces > 10:
             return price * pieces * 9 // 10
         return price * pieces
    → total(1, 10) tells them apart: 9, not 10
  src/discount.py:2  condition, FR-001, FR-002
    @@ -1,4 +1,4 @@
     def total(price: int, pieces: int) -> int:
    -    if price < 0:
    +    if False:
             raise ValueError("price")
         if pieces >= 10:
  src/discount.py:2  constant, FR-001, FR-002
    @@ -1,4 +1,4 @@
     def total(price: int, pieces: int) -> int:
    -    if price < 0:
    +    if price < 1:
             raise ValueError("price")
         if pieces >= 10:
  src/discount.py:2  constant, FR-001, FR-002
    @@ -1,4 +1,4 @@
     def total(price: int, pieces: int) -> int:
    -    if price < 0:
    +    if price < -1:
             raise ValueError("price")
         if pieces >= 10:
  src/discount.py:3  exception, no test runs it
    @@ -1,5 +1,5 @@
     def total(price: int, pieces: int) -> int:
         if price < 0:
    -        raise ValueError("price")
    +        pass
         if pieces >= 10:
             return price * pieces * 9 // 10

accepted programs differ: these inputs are not pinned
  total(1, 11)
    → 9
      2 programs: accepted, 5d1e0c
    → 10
      1 program: 77ab91

2 tests would make it safe
   1. pin total(1, 10) (FR-001)
   2. a test for FR-010: A negative price raises `ValueError("price")`.

greeting
✓ safe to regenerate

mutants      100 % of 2 mutants: 2 killed
disagreement none: 2 programs answered alike on 200 inputs

importer
✗ not safe: no test is linked

mutants      not measured: no test is linked
disagreement not measured: no test is linked

3 units: 1 safe to regenerate, 2 not safe · 62 % of 29 mutants killed · 2 tests to add
"""

WIDE = """\
shop.discount · Discount for many
✗ not safe:
  - FR-010 has no test
  - accepted programs differ on total(1, 11)

requirement  tests  killed  touched
FR-001           1     6/7      yes  Ten pieces or more are 10 % cheaper, rounded down to whole cents.
FR-002           1     2/5       no  Fewer pieces cost what they cost.
FR-010        none       -        -  A negative price raises `ValueError("price")`.

mutants      59 % of 27 mutants: 15 killed, 1 timed out, 7 survived, 4 not covered, 1 seems alike, 1 not judged: the sandbox went away (1)
disagreement 3 programs in 2 groups, told apart by 1 input of 412

in the spec: 2 findings
  no limits
    specs/discount.md:5  the spec sets no limits of speed
      → Add a section Limits, or "none".
  requirement without test
    specs/discount.md:8  no test names FR-010
      → Write a test and mark it `@pytest.mark.req("FR-010")`.

in the tests: 1 finding
  no edge case
    tests/test_discount.py:5  FR-001 says 10, no test uses it
      → Test just at 10, below and above.

the tests let 11 mutants pass, 1 of them shown
  src/discount.py:4  comparison, FR-001, FR-002
    @@ -2,5 +2,5 @@
         if price < 0:
             raise ValueError("price")
    -    if pieces >= 10:
    +    if pieces > 10:
             return price * pieces * 9 // 10
         return price * pieces
    → total(1, 10) tells them apart: 9, not 10

accepted programs differ: these inputs are not pinned
  total(1, 11)
    → 9
      2 programs: accepted, 5d1e0c
    → 10
      1 program: 77ab91

2 tests would make it safe
   1. pin total(1, 10) (FR-001)
   2. a test for FR-010: A negative price raises `ValueError("price")`.

greeting
✓ safe to regenerate

mutants      100 % of 2 mutants: 2 killed
disagreement none: 2 programs answered alike on 200 inputs

importer
✗ not safe: no test is linked

mutants      not measured: no test is linked
disagreement not measured: no test is linked

3 units: 1 safe to regenerate, 2 not safe · 62 % of 29 mutants killed · 2 tests to add
"""


def printed(pairs=None, texts=None, width=80, **options):
    sample, sample_texts = project()
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, highlight=False)
    print_audit(
        sample if pairs is None else pairs, sample_texts if texts is None else texts, console=console, **options
    )
    return stream.getvalue()


def test_80_columns():
    assert printed() == AT_80


def test_200_columns():
    assert printed(width=200, most_survivors=1) == WIDE


def test_a_pipe_gets_whole_lines_without_colour(capsys):
    pairs, texts = project()
    print_audit(pairs, texts)
    out = capsys.readouterr().out
    assert "\033" not in out
    assert (
        "FR-001           1     6/7      yes  Ten pieces or more are 10 % cheaper, rounded down to whole cents.\n"
        in out
    )
    assert "1 seems alike, 1 not judged: the sandbox went away (1)\n" in out


def test_a_terminal_gets_colours():
    pairs, texts = project()
    stream = io.StringIO()
    print_audit(
        pairs,
        texts,
        console=Console(file=stream, width=80, force_terminal=True, color_system="standard", no_color=False),
    )
    out = stream.getvalue()
    assert "\033[1;31m✗ not safe\033[0m" in out
    assert "\033[1;32m✓ safe to regenerate\033[0m" in out
    assert "\033[31m    -    if pieces >= 10:\033[0m" in out
    assert "\033[32m    +    if pieces > 10:\033[0m" in out


def test_nothing_measured_is_said_and_is_no_number():
    reasons = ("the code does not pass its tests: 1 of 2 failed",)
    evidence = Evidence(
        unit="a",
        requirements=(RequirementRow(id="FR-001", text="One.", tests=("t.py::test_a",)),),
        not_measured=reasons,
    )
    out = printed([(evidence, Trust(unit="a", level="not safe", reasons=reasons))], {}, width=200)
    assert (
        out
        == """\
a
✗ not safe: the code does not pass its tests: 1 of 2 failed

requirement  tests  killed  touched
FR-001           1       -        -  One.

mutants      not measured: the code does not pass its tests: 1 of 2 failed
disagreement not measured: the code does not pass its tests: 1 of 2 failed

1 unit: 1 not safe · mutation score not measured · no test to add
"""
    )


BROKEN = Disagreement(
    call="total(0, 0)", groups=(AnswerGroup(answer="raises IndexError", candidates=("accepted", "b")),)
)
UNFIT = Disagreement(call="total(1, 1)", groups=(AnswerGroup(answer="None", candidates=("b",)),))


def test_inputs_on_which_accepted_programs_can_not_be_right():
    evidence = Evidence(unit="a", comparison=Comparison(clusters=(("accepted", "b"),), inputs=9, failing=BROKEN,
                                                        unfit=(UNFIT,)))  # fmt: skip
    assert """\
disagreement none: 2 programs answered alike on 9 inputs

an accepted program fails with what looks like a mistake
  total(0, 0)
    → raises IndexError
      2 programs: accepted, b

an accepted program gives another type than the interface declares
  total(1, 1)
    → None
      1 program: b

""" in printed([(evidence, Trust(unit="a", level="not safe"))], {}, width=200)


def test_of_mutants_that_fail_likewise_only_the_accepted_code_is_told():
    evidence = Evidence(unit="a", told_apart=Comparison(inputs=9, failing=BROKEN, unfit=(UNFIT,)))
    out = printed([(evidence, Trust(unit="a", level="not safe"))], {}, width=200)
    assert "  total(0, 0)\n    → raises IndexError\n      1 program: accepted\n" in out
    assert "total(1, 1)" not in out


def test_why_survivors_were_not_told_apart_is_said():
    (evidence, trust), *_ = project()[0]
    names = ("accepted", *(result.mutant.id for result in evidence.mutation.survivors))
    for told, said in (
        (Comparison(reason="f has no types"), "not compared with the code on inputs: f has no types"),
        (Comparison(clusters=(names,), inputs=400, answered=dict.fromkeys(names, 400) | {names[1]: 7}),
         "1 of them answered only some of 400 inputs (too slow, or they break down)"),
        (Comparison(clusters=(names,), inputs=400, answered=dict.fromkeys(names, 400) | {"accepted": 7}),
         "12 of them answered only some of 400 inputs (too slow, or they break down)"),
    ):  # fmt: skip
        out = printed([(msgspec.structs.replace(evidence, told_apart=told), trust)])
        assert f"pass, 5 of them shown\n  {said}\n  src/discount.py:" in out


def test_mutants_that_were_not_asked_for_say_nothing_of_disagreement():
    evidence = Evidence(unit="a", not_measured=("mutants were not asked for",))
    out = printed([(evidence, Trust(unit="a", level="not safe"))], {}, width=200)
    assert "mutants      not measured: mutants were not asked for\n" in out
    assert "disagreement not measured: no second program was compared; run: regen probe a -n 3\n" in out


def test_a_share_is_rounded_down_and_mutants_that_no_one_judged_have_none():
    (evidence, trust), *_ = project()[0]
    killed = next(r for r in evidence.mutation.results if r.outcome == "killed")
    survived = next(r for r in evidence.mutation.results if r.outcome == "survived")
    many = Mutation(results=(*[killed] * 999, survived))
    assert "99 % of 1,000 mutants" in printed([(msgspec.structs.replace(evidence, mutation=many), trust)])
    unjudged = Mutation(results=tuple(r for r in evidence.mutation.results if r.outcome == "not judged"))
    out = printed([(msgspec.structs.replace(evidence, mutation=unjudged), trust)])
    assert "mutants      not measured: the sandbox went away (1)\n" in out
    assert out.endswith("1 unit: 1 not safe · mutation score not measured · 2 tests to add\n")


def test_no_unit_at_all():
    assert printed([], {}) == "0 units · mutation score not measured · no test to add\n"


@given(st.text(max_size=300), st.integers(40, 120))
def test_no_text_controls_the_terminal_or_leaves_its_width(text, width):
    row = RequirementRow(id=f"FR-{text}", text=text, tests=("t",))
    finding = Finding(kind="vague", path=text, line=3, message=text, advice=text)
    evidence = Evidence(
        unit="u" + text, title=text, requirements=(row,), findings=(finding,), comparison=Comparison(reason=text)
    )
    trust = Trust(unit="u" + text, level="not safe", reasons=(text, text), missing=(MissingTest(what=text),))
    out = printed([(evidence, trust)], {}, width=width)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", out)
    assert max(cell_len(line) for line in out.splitlines()[:-1]) <= width

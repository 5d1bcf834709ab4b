"""The policy `agree`: two accepted candidates must answer alike before one is taken."""

from __future__ import annotations

import pytest
from gate_projects import Project

ROUNDED = "def fee(cents: int) -> int:\n    return {}\n"
DOWN, UP = ROUNDED.format("cents // 10"), ROUNDED.format("-(-cents // 10)")
ALSO_DOWN = ROUNDED.format("(cents - cents % 10) // 10")
WRONG = ROUNDED.format("cents")


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.write("specs/shop.md", SPEC)
    made.write("tests/test_shop.py", "from shop import fee\n\n\ndef test_fee():\n    assert fee(100) == 10\n")
    return made


SPEC = """\
---
target: src/shop.py
tests: [tests/test_shop.py]
---
# Fees

## Interface
    def fee(cents: int) -> int: ...

## Preconditions
- `cents >= 0`
"""


def answers(project, *codes):
    """Have the model give these answers, one a call."""
    for number, code in enumerate(codes, 1):
        project.write(f"answer-{number}", f"```python path=src/shop.py\n{code}```\n")
    project.program("echo x >>calls\ncat answer-$(wc -l <calls)")
    head = '[generator]\ndefault = "command:./model"\n[build]\npolicy = "agree"\n'
    project.write("regen.toml", f"{head}attempts = {len(codes)}\n")


def code(project):
    place = project.folder / "src/shop.py"
    return place.read_text() if place.exists() else ""


def calls(project):
    return len((project.folder / "calls").read_text().split())


def test_the_second_accepted_candidate_ends_it_where_it_agrees(project):
    answers(project, WRONG, DOWN, ALSO_DOWN, UP)
    assert project.build().code == 0
    assert (calls(project), code(project)) == (3, DOWN)


def test_the_largest_group_wins(project):
    answers(project, UP, DOWN, ALSO_DOWN)
    assert project.build().code == 0
    assert (calls(project), code(project)) == (3, DOWN)


def test_without_a_majority_the_unit_is_left_undecided_and_the_input_shown(project):
    answers(project, UP, DOWN)
    ran = project.build()
    assert ran.code == 1
    assert code(project) == ""
    assert ran.err.splitlines()[-3:] == [
        "shop is undecided",
        "  the accepted candidates differ and none has a majority: fee(1) gives 1 or 0",
        "hint: regen probe shop --from-ledger --write-test",
    ]


def test_undecided_again_costs_no_call(project):
    answers(project, UP, DOWN)
    project.build()
    assert project.build().code == 1
    assert calls(project) == 2


def test_a_single_accepted_candidate_is_no_agreement(project):
    answers(project, DOWN, WRONG)
    ran = project.build()
    assert (ran.code, code(project)) == (1, "")
    assert "  only one candidate was accepted" in ran.err.splitlines()


def test_what_was_agreed_on_is_fresh_and_asked_for_no_more(project):
    answers(project, DOWN, ALSO_DOWN)
    assert project.build().code == 0
    assert project.build().code == 0
    (project.folder / "src/shop.py").unlink()
    assert project.build().code == 0
    assert (calls(project), code(project)) == (2, DOWN)

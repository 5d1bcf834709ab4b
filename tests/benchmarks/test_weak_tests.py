"""A recorded task becomes a project whose tests fail wrong programs, and its mutation score tells weak tests."""

import json
import sys
from pathlib import Path

import pytest

from regen.checks.python_tests.interpreter import ask_interpreter
from regen.experiments.comparing import FuzzingComparer
from regen.sandboxes import open_sandbox

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import recorded
import recorded_inside
from agreement import auroc
from task_project import TESTS, literal_of, write_project
from weak_tests import survival

PROMPT = 'def larger(a: int, b: int) -> int:\n    """Return the larger of two."""\n'
RIGHT = "def larger(a, b):\n    return a if a > b else b\n"


def told(answer):
    return json.dumps(["is", recorded_inside.tagged(answer)])


def task(*inputs, replies=(RIGHT,)):
    """Return a task with these visible inputs; the first reply is accepted, the others are not."""
    judged = [
        recorded.Judged(model="m", code=code, visible=(not number,) * len(inputs), hidden=(not number,))
        for number, code in enumerate(replies)
    ]
    return recorded.Task(
        task_id="T/0", entry_point="larger", prompt=PROMPT, contract="", reference=RIGHT, atol=0.0,
        visible_inputs=[list(each) for each in inputs], hidden_inputs=[[1, 2]],
        expected=tuple(told(max(each)) for each in inputs), replies=tuple(judged),
    )  # fmt: skip


def survival_of(each, folder):
    sandbox = open_sandbox("bubblewrap")
    unit = write_project(folder, each)
    comparer = FuzzingComparer(sandbox, ask_interpreter(sys.executable), str(folder))
    return survival(each, unit, str(folder), sandbox, comparer)


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        (None, "None"), (True, "True"), (3, "3"), ("it's", '"it\'s"'), ([1, [2.5]], "[1, [near(2.5)]]"),
        ((1,), "(1, )"), ((), "()"), ({"a": 0.5}, "{'a': near(0.5)}"), (float("-inf"), "near(float('-inf'))"),
        (object(), ""), ("x" * 6000, ""), ([0] * 6000, ""),
    ],
)  # fmt: skip
def test_answers_are_written_as_source_or_left_out(answer, source):
    assert literal_of(told(answer)) == source


def test_tests_expect_what_the_reference_answers(tmp_path):
    write_project(tmp_path, task([1, 2], [3, 0]))
    rows = [line.strip() for line in (tmp_path / TESTS).read_text().splitlines() if line.startswith("    ([")]
    assert rows == ["([1, 2], 2),", "([3, 0], 3),"]


def test_strong_tests_let_no_mutant_pass_that_an_input_tells(tmp_path):
    found = survival_of(task([1, 2], [3, 0], [-1, -1]), tmp_path)
    assert (found.reason, found.share) == ("", 0.0)


def test_weak_tests_let_mutants_pass(tmp_path):
    found = survival_of(task([1, 2]), tmp_path)
    assert found.reason == ""
    assert found.share > 0


def test_rejected_replies_count_once_each_as_killed(tmp_path):
    wrong = ("def larger(a, b):\n    return a\n", "def larger(a, b):\n    return a  # the first\n", "no program")
    found = survival_of(task([1, 2], replies=(RIGHT, *wrong)), tmp_path)
    assert found.rejected == 1
    assert 0 < found.share_of_all(rejected=True) < found.share_of_all()


def test_code_that_fails_its_own_tests_is_not_measured(tmp_path):
    found = survival_of(task([1, 2], replies=("def larger(a, b):\n    return a\n",)), tmp_path)
    assert found.mutation is None
    assert found.reason.startswith("the code does not pass its tests: ")


def test_auroc_is_the_chance_that_a_wrong_task_scores_higher():
    assert auroc([(1.0, True), (0.5, True), (0.5, False), (0.0, False)]) == 0.875

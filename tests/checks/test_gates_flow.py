"""How the gates go together: slow ones only on what passed, side by side, and nothing new in the keys of others."""

from __future__ import annotations

import json

import pytest
from gate_projects import SPEC, Project

SAFE = "def total(prices):\n    return sum(prices)\n"
ALL = """\
lint = "ruff"
types = "ty"
security = "ruff"
imports = "import-linter"
limits = "measure"
flaky_runs = 1
schemas = { shop = ["schemas/total.json -> total([1, 2])"] }
"""


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.write(
        "specs/shop.md", SPEC + "\n## Limits\n\n- `total([1] * 999)` takes at most 3 x the accepted generation\n"
    )
    made.write("tests/test_shop.py", "import shop\n\n\ndef test_total():\n    assert shop.total([1, 2]) == 3\n")
    made.write("schemas/total.json", '{"type": "integer"}')
    made.write("src/sells/__init__.py", "")
    contract = "[importlinter:contract:a]\nname = Alone\ntype = independence\nmodules = sells\n"
    made.write(".importlinter", f"[importlinter]\nroot_package = sells\n{contract}")
    return made


def test_all_gates_together(project):
    project.checks(ALL)
    assert project.build(SAFE).code == 0
    assert project.told() == (
        "✓ shop passes (1 test; lint, security, tests, types, boundaries, schemas, limits, flaky)\n1 unit: all pass\n"
    )


def test_slow_gates_wait_for_the_quick_ones(project):
    project.checks(ALL)
    project.build(SAFE.replace("sum", "len"))
    generation = next((project.folder / ".regen/ledger/shop").glob("generation-*.json"))
    names = [check["name"] for check in json.loads(generation.read_text())["checks"]]
    assert names == ["interface", "lint", "security", "tests"]


def test_slow_gates_run_side_by_side(project, monkeypatch):
    import threading

    from regen.verdicts.check_run import CheckRun

    meeting = threading.Barrier(3, timeout=20)

    def meet(*words, **named):
        meeting.wait()
        return CheckRun(name="met", outcome="passed")

    for gate in ("check_types", "check_boundaries", "check_flaky"):
        monkeypatch.setattr(f"regen.checks.verifier.{gate}", meet)
    project.checks(ALL)
    assert project.build(SAFE).code == 0


def test_a_project_without_the_gates_has_the_key_it_had(project):
    project.checks("")
    project.build(SAFE)
    lock = json.loads((project.folder / ".regen/locks/shop.json").read_text())
    assert lock["key"]["constraints"] == {}


def test_fail_fast_ends_with_the_first_failure_and_starts_with_the_last_killer(project):
    tests = "import shop\n\n\ndef test_one():\n    assert shop.total([1]) == 1\n\n\ndef test_two():\n    assert shop.total([2, 2]) == 4\n"
    project.write("tests/test_shop.py", tests)
    wrong = "def total(prices):\n    return prices[0]\n"
    project.answers(wrong)
    project.checks("fail_fast = true\n", attempts=2)
    assert project.build().code == 1
    generations = (project.folder / ".regen/ledger/shop").glob("generation-*.json")
    attempts = sorted((json.loads(file.read_text()) for file in generations), key=lambda found: found["attempt"])
    ran = [[test["id"].rpartition("::")[2] for test in found["checks"][-1]["tests"]] for found in attempts]
    assert ran == [["test_one", "test_two"], ["test_two"]]


def test_code_that_passes_only_beside_its_tests_is_rejected(project, monkeypatch):
    from regen.checks.python_tests.warm import WarmRunner
    from regen.verdicts.check_run import CheckRun

    apart = CheckRun(name="tests", outcome="failed", reason="1 of 1 tests failed")
    monkeypatch.setattr(WarmRunner, "run_apart", lambda *_: apart)
    project.checks("")
    assert project.build(SAFE).code == 1
    generation = next((project.folder / ".regen/ledger/shop").glob("generation-*.json"))
    checks = [
        (check["name"], check["outcome"], check.get("reason", ""))
        for check in json.loads(generation.read_text())["checks"]
    ]
    assert checks[-2:] == [
        ("tests", "passed", ""),
        (
            "tests apart",
            "failed",
            "1 of 1 tests failed in another process than the candidate's, where it can't reach them",
        ),
    ]

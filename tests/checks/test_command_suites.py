"""A test command of the project's own: what its report and its exit status are worth."""

from __future__ import annotations

import pytest
from test_language_reports import JUNIT

from regen.checks.command_tests import NO_PROOF, run_command_tests
from regen.cli.main import main
from regen.ports import Limits
from regen.sandboxes import open_sandbox
from regen.verdicts.check_run import Failure


def command(root, script, *, junit=True, tests=(), files=(), words="sh run.sh {tests} {junit}"):
    (root / "run.sh").write_text(script)
    texts = dict(tests) or {"t.sh": ""}
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return run_command_tests(
        open_sandbox(), str(root), words, list(texts), dict(files), junit=junit, hidden=False, limits=Limits()
    )


def report(*cases):
    """Return a script that writes these test cases to its last argument, and fails where one of them does."""
    body = "".join(f"<testcase {case}" + ("" if case.endswith(">") else "/>") for case in cases)
    return f"for last; do :; done\ncat > $last <<'END'\n<testsuite>{body}</testsuite>\nEND\nexit {int('<failure' in body)}\n"


def test_a_command_s_report_is_read_test_by_test(tmp_path):
    run = command(tmp_path, f"cat > $2 <<'END'\n{JUNIT}END\nexit 1\n")
    assert (run.outcome, run.reason, [(test.id, test.outcome) for test in run.tests]) == (
        "failed", "", [("A::good", "passed"), ("A::bad", "failed"), ("A::broken", "error"), ("A::left", "skipped")],
    )  # fmt: skip
    assert run.tests[1].failure == Failure(message="expected: <3> but was: <2>", expected="3", actual="2")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo '<testcase name=\"a\"/>'", 'no test reported; the command ended with status 0: <testcase name="a"/>'),
        ("echo '<testcase name=\"a\"/>' > $2; echo error: late >&2; exit 3",
         "the command ended with status 3: error: late"),
        ("echo '<testcase name=\"a\"><failure/></testcase>' > $2",
         "the report tells of failures, the command ended with status 0"),
    ],
)  # fmt: skip
def test_reports_that_are_not_believed(tmp_path, script, reason):
    run = command(tmp_path, script)
    assert (run.outcome, run.reason) == ("failed", reason)


# ── tests that the files hold ───────────────────────────────────────────────────────────────────

PYTHON = "import shop\n\n\ndef test_one():\n    assert shop.one() == 1\n\n\nclass TestTwo:\n    def test_two(self):\n        assert 1\n"
ONE, TWO = 'classname="tests.test_shop" name="test_one"', 'classname="tests.test_shop.TestTwo" name="test_two[1-a]"'


def suite(tmp_path, *cases, test=PYTHON, words="sh run.sh {tests} {junit}", more=()):
    tests = {"tests/test_shop.py": test}
    for path, text in dict(more).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return command(tmp_path, report(*cases), tests=tests.items(), words=words)


def test_every_test_of_the_files_must_report(tmp_path):
    assert suite(tmp_path, ONE, TWO).outcome == "passed"
    run = suite(tmp_path, ONE, 'name="test_two_more"')
    assert (run.outcome, [test.id for test in run.tests if test.outcome == "missing"]) == (
        "failed", ["tests/test_shop.py::TestTwo::test_two"],
    )  # fmt: skip


@pytest.mark.parametrize("words", ["sh run.sh -k one {tests} {junit}", "sh run.sh -m 'not slow' {junit}"])
def test_a_command_may_choose_among_its_tests(tmp_path, words):
    assert suite(tmp_path, ONE, words=words).outcome == "passed"


def test_a_mark_may_leave_a_test_out(tmp_path):
    assert (
        suite(tmp_path, ONE, test="import pytest\n" + PYTHON.replace("class", "@pytest.mark.slow\nclass")).outcome
        == "passed"
    )
    each = PYTHON.replace("class", "@pytest.mark.parametrize('a', [1])\nclass")
    assert suite(tmp_path, ONE, test="import pytest\n" + each).outcome == "failed"


def test_python_s_own_m_chooses_nothing(tmp_path):
    (tmp_path / "python").write_text("")
    run = suite(tmp_path, ONE, words="env A='python -m pytest' sh run.sh {tests} {junit}")
    assert run.outcome == "failed"


SKIPPED = f"{ONE}><skipped/></testcase>"


def test_a_test_that_nothing_in_its_tests_skips_has_failed(tmp_path):
    run = suite(tmp_path, SKIPPED, TWO)
    assert (run.outcome, run.tests[0].failure) == (
        "failed", Failure(message="it was skipped, though nothing in its tests skips"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("test", "more"),
    [
        (PYTHON.replace("assert 1", "pytest.skip('no')"), {}),
        (PYTHON, {"tests/conftest.py": "def pytest_runtest_setup(item):\n    pytest.skip('no network')\n"}),
        (PYTHON, {"conftest.py": "collect_ignore = []\n"}),
    ],
)
def test_what_its_own_files_skip_has_not_failed(tmp_path, test, more):
    assert suite(tmp_path, SKIPPED, TWO, test=test, more=more.items()).outcome == "passed"


def test_what_other_tests_skip_does_not_matter(tmp_path):
    assert suite(tmp_path, ONE, TWO, 'name="test_elsewhere"><skipped/></testcase>').outcome == "passed"


SCRIPT = 'describe("words", () => { test("are split", () => {}); it.each([1])("n %i", () => {}); });\ntest("last", () => {});\n'
NAMED = [
    ('classname="words are split" name="words are split"', 'classname=" last" name=" last"'),  # as jest-junit does
    ('classname="a.test.js" name="words &gt; are split"', 'classname="a.test.js" name="last"'),  # as vitest does
    ('name="words › are split"', 'name="last"'),
]


@pytest.mark.parametrize("cases", NAMED)
def test_tools_may_name_tests_as_they_like(tmp_path, cases):
    pytest.importorskip("tree_sitter", reason="pip install 'regen[languages]'")
    tests = {"a.test.js": SCRIPT}
    assert command(tmp_path, report(*cases), tests=tests.items()).outcome == "passed"
    assert command(tmp_path, report(cases[0]), tests=tests.items()).outcome == "failed"


# ── candidates ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "code", "complaint"),
    [
        ("src/shop.py", "import unittest\nunittest.TestCase.assertEqual = print\n", "src/shop.py:1 imports unittest"),
        (
            "src/shop.py",
            "def one():\n    from unittest import SkipTest\n    raise SkipTest\n",
            "src/shop.py:2 imports unittest",
        ),
        ("src/shop.mjs", 'import { test } from "node:test";\n', "src/shop.mjs:1 names node:test"),
    ],
)
def test_a_candidate_that_reaches_for_its_tests_is_refused(tmp_path, path, code, complaint):
    run = command(tmp_path, "exit 0", junit=False, files={path: code}.items())
    assert run.outcome == "failed"
    assert run.reason.startswith(f"the candidate tampers with its tests: {complaint}")


def test_an_honest_candidate_is_judged_by_its_command(tmp_path):
    files = {"src/shop.py": "import os\nimport sys\n\n\ndef one():\n    sys.exit(os.EX_OK)\n"}
    assert command(tmp_path, "exit 0", junit=False, files=files.items()).outcome == "passed"


def test_a_bare_exit_status_is_called_no_proof(tmp_path, monkeypatch, capfd):
    run = command(tmp_path, "exit 0", junit=False)
    assert (run.outcome, run.reason) == ("passed", NO_PROOF)
    for written, is_said in (("sh {tests}", True), ("sh {tests} {junit}", False)):
        (tmp_path / "regen.toml").write_text(f'[checks]\ntest_command = "{written}"\n')
        (tmp_path / "specs").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path)
        main(["check", "--trust", "within-tests"])
        assert ("no proof that a test ran: let it write a report to {junit}" in capfd.readouterr().err) is is_said

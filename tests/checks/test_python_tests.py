"""What a suite says about a candidate, word for word."""

from __future__ import annotations

from textwrap import dedent

import pytest

from regen.ports import Limits
from regen.sandboxes.cgroups import homes
from regen.testing.runner_conformance import told

DOUBLE = "def double(n):\n    return n * 2\n"
TRIPLE = "def double(n):\n    return n * 3\n"


def expect(check, text: str) -> None:
    assert told(check) == dedent(text)


def test_a_right_candidate_passes(project):
    project.write("tests/test_unit.py", "from unit import double\ndef test_two():\n    assert double(2) == 4\n")
    expect(
        project.check(DOUBLE, "tests/test_unit.py::test_two"),
        """\
        tests passed
          passed tests/test_unit.py::test_two
        """,
    )


def test_a_wrong_candidate_is_told_input_expected_and_actual(project):
    project.write(
        "tests/test_unit.py",
        """
        import pytest
        from unit import double

        @pytest.mark.parametrize(("n", "want"), [(0, 0), (2, 4)])
        def test_double(n, want):
            assert double(n) == want

        def test_expected_first():
            assert 4 == double(2)

        def test_raises():
            with pytest.raises(TypeError):
                double(None or 1)

        def test_in():
            assert double(1) in (1, 2)
        """,
    )
    names = [f"tests/test_unit.py::{name}" for name in ("test_double", "test_expected_first", "test_raises", "test_in")]
    expect(
        project.check(TRIPLE, *names),
        """\
        tests failed: 4 of 5 tests failed
          passed tests/test_unit.py::test_double[0-0]
          failed tests/test_unit.py::test_double[2-4]
            message: assert 6 == 4
            input: double(2)
            expected: 4
            actual: 6
          failed tests/test_unit.py::test_expected_first
            message: assert 6 == 4
            input: double(2)
            expected: 4
            actual: 6
          failed tests/test_unit.py::test_raises
            message: did not raise TypeError
            input: double(None or 1)
            expected: raises TypeError
            actual: nothing was raised
          failed tests/test_unit.py::test_in
            message: assert 3 in (1, 2)
            input: double(1)
            expected: in (1, 2)
            actual: 3
        """,
    )


def test_an_exception_is_told_with_its_place(project):
    project.write("tests/test_unit.py", "from unit import double\ndef test_two():\n    assert double(2) == 4\n")
    expect(
        project.check("def double(n):\n    return {}[n]\n", "tests/test_unit.py::test_two"),
        """\
        tests failed: 1 of 1 tests failed
          failed tests/test_unit.py::test_two
            message: KeyError: 2 (src/unit.py:2)
            input: double(2)
            expected: 4
            actual: raises KeyError: 2
        """,
    )


def test_unittest_suites(project):
    project.write(
        "tests/test_unit.py",
        """
        import unittest
        from unit import double

        class Doubling(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.two = 2

            def test_equal(self):
                self.assertEqual(double(self.two), 4)

            def test_raises(self):
                with self.assertRaises(ValueError):
                    double(1)

            def test_sub(self):
                for n in range(3):
                    with self.subTest(n=n):
                        self.assertEqual(double(n), 2 * n)

            @unittest.skip("not here")
            def test_skipped(self):
                pass

            @unittest.expectedFailure
            def test_xfail(self):
                self.assertEqual(1, 2)
        """,
    )
    methods = ("test_equal", "test_raises", "test_skipped", "test_sub", "test_xfail")
    expect(
        project.check(TRIPLE, *(f"tests/test_unit.py::Doubling::{name}" for name in methods)),
        """\
        tests failed: 3 of 5 tests failed
          failed tests/test_unit.py::Doubling::test_equal
            message: assert 6 == 4
            input: double(self.two)
            expected: 4
            actual: 6
          failed tests/test_unit.py::Doubling::test_raises
            message: did not raise ValueError
            input: double(1)
            expected: raises ValueError
            actual: nothing was raised
          skipped tests/test_unit.py::Doubling::test_skipped
            message: not here
          failed tests/test_unit.py::Doubling::test_sub
            message: assert 3 == 2
            input: double(1)
            expected: 2
            actual: 3
          skipped tests/test_unit.py::Doubling::test_xfail
            message: assert 1 == 2
            input: 1
            expected: 2
            actual: 1
        """,
    )


@pytest.mark.parametrize("header", ["", "import pytest\n"], ids=["plain", "pytest"])
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def double(n:\n", "SyntaxError: '(' was never closed (unit.py, line 1) (src/unit.py:1)"),
        ("import nowhere\n", "ModuleNotFoundError: No module named 'nowhere' (src/unit.py:1)"),
        ("raise SystemExit(0)\n", "SystemExit: 0 (src/unit.py:1)"),
        ("", "ImportError: cannot import name 'double' from 'unit' (src/unit.py) (tests/test_unit.py:"),
    ],
)
def test_a_candidate_that_cannot_be_imported_fails_every_test(project, header, code, message):
    test = project.write(
        "tests/test_unit.py", header + "from unit import double\ndef test_a(): pass\ndef test_b(): pass\n"
    )
    check = project.check(code, f"{test}::test_a", f"{test}::test_b")
    assert (check.outcome, check.reason) == ("failed", "2 of 2 tests failed")
    assert [result.outcome for result in check.tests] == ["error", "error"]
    assert all(result.failure.message.startswith(message) for result in check.tests), check


@pytest.mark.parametrize("header", ["", "import pytest\n"], ids=["plain", "pytest"])
@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        ("import os\nos._exit(0)", "failed", "ended by itself with exit code 0 while {} was running"),
        ("import faulthandler\nfaulthandler._read_null()", "failed", "was killed by SIGSEGV while {} was running"),
        ("while True: pass", "inconclusive", "took longer than 2 s while {} was running"),
        ("x = bytearray(1 << 30)", "failed", "used more than 256 MiB of memory while {} was running"),
        ("while True: print('x' * 4000)", "failed", "printed more than 1024 KiB while {} was running"),
    ],
)
def test_a_run_that_breaks_off_says_where(project, header, code, outcome, reason):
    test = project.write(
        "tests/test_unit.py", header + "from unit import double\ndef test_a():\n    assert double(1) == 2\n"
    )
    limits = Limits(wall_seconds=2, memory_bytes=256 << 20)
    body = "def double(n):\n" + "".join(f"    {line}\n" for line in code.splitlines())
    check = project.check(body, f"{test}::test_a", f"{test}::test_b", limits=limits)
    assert check.outcome == outcome
    if "memory" in reason and not any(home.memory for home in homes()):
        # Each process has a limit of its own then, and Python tells of it.
        assert [result.failure.message for result in check.tests] == ["MemoryError (src/unit.py:2)", "did not report"]
        return
    assert check.reason.startswith(reason.format(f"{test}::test_a")), check.reason
    assert [result.outcome for result in check.tests] == ["missing", "missing"]


def test_a_test_that_does_not_report_fails_the_check(project):
    test = project.write("tests/test_unit.py", "from unit import double\ndef test_a():\n    assert double(1) == 2\n")
    expect(
        project.check(DOUBLE, f"{test}::test_a", f"{test}::test_b"),
        """\
        tests failed: 1 of 2 expected tests did not report
          passed tests/test_unit.py::test_a
          missing tests/test_unit.py::test_b
            message: did not report
        """,
    )


@pytest.mark.parametrize(
    "skip", ["import pytest; pytest.skip('easy')", "import unittest; raise unittest.SkipTest('easy')"]
)
@pytest.mark.parametrize("header", ["", "import pytest\n"], ids=["plain", "pytest"])
def test_a_candidate_cannot_skip_its_tests(project, header, skip):
    test = project.write(
        "tests/test_unit.py", header + "from unit import double\ndef test_a():\n    assert double(1) == 2\n"
    )
    check = project.check(f"def double(n):\n    {skip}\n", f"{test}::test_a")
    assert check.outcome == "failed"


def test_a_suite_that_only_skips_shows_nothing(project):
    test = project.write("tests/test_unit.py", "import pytest\n@pytest.mark.skip(reason='later')\ndef test_a(): pass\n")
    assert project.check(DOUBLE, f"{test}::test_a").outcome == "inconclusive"


def test_a_package_that_the_tests_need_is_named(project):
    test = project.write("tests/test_unit.py", "import nowhere_to_be_found\ndef test_a(): pass\n")
    check = project.check(DOUBLE, f"{test}::test_a")
    assert check.outcome == "inconclusive"
    assert "the tests need nowhere_to_be_found; run: uv pip install --python" in check.reason


def test_fixtures_marks_and_the_conftest_chain(project):
    project.write(
        "pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-q -x --strict-markers'\nmarkers = ['slow: x']\n"
    )
    project.write("conftest.py", "import pytest\n@pytest.fixture\ndef one(): return 1\n")
    project.write("tests/conftest.py", "import pytest\n@pytest.fixture\ndef two(one): return one + 1\n")
    test = project.write(
        "tests/test_unit.py",
        """
        import pytest
        from unit import double

        @pytest.mark.slow
        @pytest.mark.req("FR-1")
        def test_fixture(two, tmp_path, capsys):
            print(double(two))
            assert capsys.readouterr().out == "4\\n"

        @pytest.mark.xfail
        def test_xfail():
            assert double(2) == 5

        @pytest.fixture
        def broken():
            raise RuntimeError("no database")

        def test_error(broken): pass
        """,
    )
    expect(
        project.check(DOUBLE, f"{test}::test_fixture", f"{test}::test_xfail", f"{test}::test_error"),
        """\
        tests failed: 1 of 3 tests failed
          passed tests/test_unit.py::test_fixture
          skipped tests/test_unit.py::test_xfail
            message: assert 4 == 5
            input: double(2)
            expected: 5
            actual: 4
          error tests/test_unit.py::test_error
            message: RuntimeError: no database (tests/test_unit.py:17)
            input: raise RuntimeError('no database')
            actual: raises RuntimeError: no database
        """,
    )


def test_hidden_tests_run_unseen(project):
    test = project.write(
        "tests/hidden/test_unit.py", "from unit import double\ndef test_a():\n    assert double(21) == 42\n"
    )
    check = project.check(DOUBLE, f"{test}::test_a", hidden=True, hidden_paths=(test,))
    assert (check.name, check.outcome, check.hidden) == ("hidden tests", "passed", True)
    spy = f"def double(n):\n    raise ValueError(open({str(project.root / test)!r}).read())\n"
    check = project.check(spy, f"{test}::test_a", hidden=True, hidden_paths=(test,))
    assert check.outcome == "failed"
    assert check.reason == f"the candidate tries to read {test} (open)"


def test_only_the_named_tests_run(project):
    test = project.write("tests/test_unit.py", "def test_a(): pass\ndef test_b(): assert False\n")
    check = project.check(DOUBLE, f"{test}::test_a", tests=(f"{test}::test_a",))
    assert told(check) == "tests passed\n  passed tests/test_unit.py::test_a\n"


@pytest.mark.parametrize("path", ["src/json.py", "sitecustomize.py", "src/pytest/__init__.py", "tests/conftest.py"])
def test_a_candidate_may_not_hide_what_the_tests_stand_on(project, path):
    test = project.write("tests/test_unit.py", "def test_a(): pass\n")
    check = project.check({path: "x = 1\n"}, f"{test}::test_a")
    assert check.outcome == "failed"
    assert path in check.reason


def test_failures_are_the_same_in_every_run(project):
    test = project.write(
        "tests/test_unit.py",
        """
        import pytest, tempfile
        from unit import double
        def test_object(): assert double(object()) == object
        def test_set(tmp_path): assert double({"a", "b", "c"}) == {"b", str(tmp_path)}
        def test_folder(): assert double(tempfile.mkdtemp()) == 1
        """,
    )
    names = [f"{test}::{name}" for name in ("test_object", "test_set", "test_folder")]
    runs = [told(project.check("def double(n): return n\n", *names)) for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]
    assert "0x" not in runs[0]
    assert "/tmp" not in runs[0]

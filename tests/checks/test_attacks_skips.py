"""Tests that the code under test skips have failed; those that the suite itself skips are left out, as ever."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

SKIPS = {
    "unittest's": "bytes.fromhex('756e697474657374').decode()",  # a name that the sieve can't read
    "pytest's": "bytes.fromhex('707974657374').decode()",
}
CODE = """
import importlib

def double(n):
    if n == 2:
        return 4
    framework = importlib.import_module({framework})
    raise {error}
"""
PLAIN = """
from unit import double

def test_two():
    assert double(2) == 4

def test_three():
    assert double(3) == 6
"""
CASES = """
import unittest
from unit import double

class TestDouble(unittest.TestCase):
    def test_two(self):
        self.assertEqual(double(2), 4)

    def test_three(self):
        self.assertEqual(double(3), 6)
"""
FIXTURE = "import pytest\n\n@pytest.fixture(autouse=True)\ndef nothing():\n    yield\n"
SUITES = {
    "functions": PLAIN,
    "functions, called directly": "import pytest\n" + PLAIN,
    "functions, in a session": FIXTURE + PLAIN,
    "cases": CASES,
    "cases, in a session": FIXTURE + CASES,
    "with a test of its own that skips": PLAIN
    + "\nimport unittest\n\n@unittest.skip('later')\ndef test_later():\n    pass\n",
}
ERRORS = {
    "SkipTest": ("unittest's", "framework.SkipTest('easy')"),
    "pytest.skip": ("pytest's", "framework.skip.Exception('easy')"),
    "pytest.xfail": ("pytest's", "framework.xfail.Exception('easy')"),
}


def ids(test, suite):
    prefix = f"{test}::TestDouble::" if "class " in suite else f"{test}::"
    return [prefix + name for name in ("test_two", "test_three")]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("wraps", ["{}", "exec({!r}, globals())", "exec(compile({!r}, '/x', 'exec'), globals())"])
def test_code_cannot_skip_what_it_fails(project, suite, error, wraps):
    framework, raised = ERRORS[error]
    code = wraps.format(CODE.format(framework=SKIPS[framework], error=raised))
    test = project.write("tests/test_unit.py", SUITES[suite])
    checked = project.check(code, *ids(test, SUITES[suite]))
    assert checked.outcome == "failed", checked


def test_a_skip_without_a_line_of_the_codes_own_fails(project):
    code = f"""
    import importlib
    from concurrent.futures import Future
    future = Future()
    future.set_exception(importlib.import_module({SKIPS["unittest's"]}).SkipTest('easy'))
    double = future.result
    def right(n):
        return n * 2
    """
    suite = PLAIN.replace("import double", "import double, right").replace("double(2)", "right(2)")
    test = project.write("tests/test_unit.py", suite)
    checked = project.check(code, *ids(test, suite))
    assert checked.outcome == "failed"
    assert "nothing in its tests skips" in checked.tests[1].failure.message


@pytest.mark.parametrize("head", ["", "import pytest\n"])
def test_code_cannot_skip_a_file_when_it_is_imported(project, head):
    code = f"""
    import importlib, os
    if not os.path.exists("/tmp/seen"):
        open("/tmp/seen", "w").close()
        raise importlib.import_module({SKIPS["unittest's"]}).SkipTest("later")
    def double(n):
        return 4
    """
    first = project.write(
        "tests/test_a.py", head + "from unit import double\ndef test_a():\n    assert double(3) == 6\n"
    )
    second = project.write(
        "tests/test_b.py", head + "from unit import double\ndef test_b():\n    assert double(2) == 4\n"
    )
    assert project.check(code, f"{first}::test_a", f"{second}::test_b").outcome == "failed"


def test_code_cannot_take_a_tests_cases_away(project):
    suite = """
    import pytest
    from unit import CASES, double

    @pytest.mark.parametrize("n", CASES)
    def test_all(n):
        assert double(n) == n * 2

    def test_two():
        assert double(2) == 4
    """
    test = project.write("tests/test_unit.py", suite)
    code = "CASES = {}\ndef double(n):\n    return {}\n"
    names = (f"{test}::test_all", f"{test}::test_two")
    assert project.check(code.format("[]", 4), *names).outcome == "failed"
    assert project.check(code.format("[1, 2]", "2 * n"), *names).outcome == "passed"


HONEST = {
    "a mark": "import pytest\n@pytest.mark.skip(reason='later')\ndef test_x():\n    pass\n",
    "a condition": "import pytest, sys\n@pytest.mark.skipif(sys.platform != 'x', reason='x')\ndef test_x():\n    pass\n",
    "a mark kept in a variable": """
import pytest
later = pytest.mark.skip(reason="later")

@later
def test_x():
    pass
""",
    "a call": "import pytest\ndef test_x():\n    pytest.skip('later')\n",
    "an alias": "import pytest as pt\ndef test_x():\n    pt.skip('later')\n",
    "an imported name": "from pytest import skip\ndef test_x():\n    skip('later')\n",
    "importorskip": "import pytest\ndef test_x():\n    pytest.importorskip('surely_not_there')\n",
    "an expected failure": "import pytest\n@pytest.mark.xfail\ndef test_x():\n    assert double(1) == 3\n",
    "an expected failure in the code": "import pytest\n@pytest.mark.xfail\ndef test_x():\n    double(None).x\n",
    "an expected failure that the test says": "import pytest\ndef test_x():\n    pytest.xfail('known')\n",
    "a fixture": """
import pytest

@pytest.fixture
def server():
    pytest.skip("no server here")

def test_x(server):
    pass
""",
    "a parameter": """
import pytest

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.skip)])
def test_x(n):
    pass
""",
    "no cases": "import pytest\n@pytest.mark.parametrize('n', [])\ndef test_x(n):\n    pass\n",
    "a raised SkipTest": "import unittest\ndef test_x():\n    raise unittest.SkipTest('later')\n",
    "a case's own": """
import unittest

class TestX(unittest.TestCase):
    def test_x(self):
        self.skipTest("later")
""",
    "a case's set-up": """
import unittest

class TestX(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("later")

    def test_x(self):
        pass
""",
    "a conftest's": "def test_x(nowhere):\n    pass\n",
    "a mark of a module beside the tests": "import pytest\nfrom marks import later\n\n@later\ndef test_x():\n    pass\n",
}
BESIDE = {
    "a conftest's": ("tests/conftest.py", "import pytest\n@pytest.fixture\ndef nowhere():\n    pytest.skip('x')\n"),
    "a mark of a module beside the tests": ("tests/marks.py", "import pytest\nlater = pytest.mark.skip(reason='x')\n"),
}


@pytest.mark.parametrize("name", HONEST)
def test_the_suite_may_skip(project, name):
    if name in BESIDE:
        project.write(*BESIDE[name])
    text = f"from unit import double\n{dedent(HONEST[name])}\ndef test_two():\n    assert double(2) == 4\n"
    test = project.write("tests/test_unit.py", text)
    skipped = f"{test}::{'TestX::' if 'class TestX' in text else ''}test_x"
    checked = project.check("def double(n):\n    return n * 2\n", skipped, f"{test}::test_two")
    assert checked.outcome == "passed", checked
    assert {re.sub(r"\[.*", "", result.id): result.outcome for result in checked.tests} == {
        skipped: "skipped",
        f"{test}::test_two": "passed",
    }


def test_a_skip_that_is_the_units_own_word_does_not_count(project):
    suite = """
    from unit import skip

    def test_skip():
        assert skip([1, 2]) == [2]

    def test_none():
        assert skip([]) == []
    """
    test = project.write("tests/test_unit.py", suite)
    names = (f"{test}::test_skip", f"{test}::test_none")
    lazy = f"""
    import importlib
    from concurrent.futures import Future
    future = Future()
    future.set_exception(importlib.import_module({SKIPS["unittest's"]}).SkipTest("easy"))
    def skip(items):
        return items[1:] if items else []
    """
    assert project.check(dedent(lazy), *names).outcome == "passed"
    assert project.check(dedent(lazy) + "skip = future.result\n", *names).outcome != "passed"

"""Simple pytest suites are called without a session: the results are a session's, test by test."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from textwrap import dedent

import pytest

from regen.checks.python_tests.cold import ColdRunner
from regen.checks.python_tests.config import read_config
from regen.checks.python_tests.direct import is_direct
from regen.checks.python_tests.interpreter import ask_interpreter
from regen.ports import TestJob
from regen.sandboxes import open_sandbox

DIRECT = {
    "one mark": """
        @pytest.mark.parametrize(("n", "want"), [(1, 2), (2, 4), (2, 4), pytest.param(3, 6, id="three")])
        def test_all(n, want): assert double(n) == want
        """,
    "stacked marks": """
        @pytest.mark.parametrize("a", [1, 2])
        @pytest.mark.parametrize(("b", "c"), [(3, 4), (5, 6)])
        @pytest.mark.req("FR-1")
        def test_sum(c, b, a): assert double(a) + double(b) == 2 * (a + b) and c
        """,
    "ids of every kind": """
        class Thing: pass
        @pytest.mark.parametrize("x", [None, True, 1.5, "a b", "ä", b"\\xff", "", "x" * 300, Thing, Thing(), [1], double, 1j])
        def test_kinds(x): pass
        @pytest.mark.parametrize("x", [1, 2, 3], ids=["one", None, "one"])
        def test_named(x): pass
        @pytest.mark.parametrize("x", ["a1", "a1", "a10", "a"])
        def test_twice(x): pass
        @pytest.mark.parametrize("x,y", [(1, 2)])
        def test_comma(x, y): pass
        @pytest.mark.parametrize(["x"], [(1,), (2,)])
        def test_list(x): pass
        """,
    "classes": """
        class TestOne:
            two = 2
            @pytest.mark.parametrize("n", [1, 2])
            def test_n(self, n): assert double(n) == n * self.two
            def test_plain(self): assert double(self.two) == 4
            def helper(self): pass
        """,
    "raises and approx": """
        def test_raises():
            with pytest.raises(TypeError, match="unsupported|can't"): double(None)
        def test_raised():
            info = pytest.raises(TypeError, double, None)
            assert info.type is TypeError
        def test_approx(): assert double(0.15) == pytest.approx(0.3)
        """,
    "a function defined twice": """
        def test_a(): assert False
        def test_b(): pass
        def test_a(): assert double(1) == 2
        """,
}
ODD = {
    "a default": "def test_a(n=1): assert double(n) == 2\n",
    "a returned value": "def test_a(): return double(1)\n",
    "a lambda": "test_a = lambda: None\ndef test_b(): pass\n",
    "a decorated test": """
        import functools
        def often(function):
            @functools.wraps(function)
            def wrapper(): function(); function()
            return wrapper
        @often
        def test_a(): assert double(1) == 2
        """,
    "a test that is none": "def test_a(): assert False\ntest_a.__test__ = False\ndef test_b(): assert double(1) == 2\n",
    "a test for a helper": "def test_a(helper): pass\n@pytest.mark.parametrize('n', [1])\ndef test_b(n): pass\n",
    "no values": "@pytest.mark.parametrize('n', [])\ndef test_a(n): pass\ndef test_b(): pass\n",
    "a parameter's mark": "@pytest.mark.parametrize('n', [1, pytest.param(2, marks=pytest.mark.req('x'))])\ndef test_a(n): pass\n",
    "ids from a function": "@pytest.mark.parametrize('n', [1, 2], ids=lambda n: f'n{n}')\ndef test_a(n): pass\n",
    "a wrong number of ids": "@pytest.mark.parametrize('n', [1, 2], ids=['a'])\ndef test_a(n): pass\n",
    "a static method": "class TestA:\n    @staticmethod\n    def test_a(): assert double(1) == 2\n",
    "an iterator of values": "@pytest.mark.parametrize('n', (n for n in (1, 2)))\ndef test_a(n): pass\n",
    "values that are looked up": "@pytest.mark.parametrize('request', [1])\ndef test_a(request): pass\n",
    "a class with a base": "class Base:\n    def test_a(self): assert double(1) == 2\nclass TestB(Base): pass\n",
    "a mark of the class": "@pytest.mark.parametrize('n', [1, 2])\nclass TestA:\n    def test_a(self, n): assert double(n) == 2 * n\n",
    "a mark of the module": "pytestmark = pytest.mark.skipif(True, reason='x')\ndef test_a(): assert False\n",
    "a fixture": "@pytest.fixture\ndef one(): return 1\ndef test_a(one): assert double(one) == 2\n",
    "set-up": "state = []\ndef setup_function(): state.append(1)\ndef test_a(): assert state == [1]\n",
    "a skip": "def test_a(): pytest.skip('later')\ndef test_b(): assert double(1) == 2\n",
    "a skipping helper": "import importlib\ndef test_a(): importlib.import_module('pytest').skip('later')\ndef test_b(): pass\n",
    "an expected failure": "@pytest.mark.xfail\ndef test_a(): assert double(1) == 3\n",
    "a missing import": "import nowhere_at_all\ndef test_a(): pass\n",
    "a failure": "def test_a(): assert double(1) == 3\n@pytest.mark.parametrize('n', [1, 2])\ndef test_b(n): assert n == 1\n",
    "an environment": "import os\ndef test_a(): assert os.environ['PYTEST_CURRENT_TEST']\n",
    "an async test": "async def test_a(): pass\ndef test_b(): pass\n",
    "a generator": "def test_a(): yield 1\ndef test_b(): pass\n",
}


@pytest.fixture(scope="module")
def cold():
    return ColdRunner(open_sandbox("bubblewrap"), ask_interpreter(sys.executable))


def job_of(project, text):
    project.write("src/unit.py", "def double(n):\n    return n * 2\n")
    test = project.write("tests/test_unit.py", "import pytest\nfrom unit import double\n" + dedent(text))
    return TestJob(unit="unit", root=str(project.root), files={}, tests=(test,), expected=())


def outcomes(check):
    return check.outcome, check.reason, [(test.id, test.outcome, test.failure) for test in check.tests]


def plain_pytest(root):
    words = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "tests/test_unit.py"]
    env = {
        "PYTHONPATH": f"{root}/src",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }
    said = subprocess.run(words, cwd=root, env=env, capture_output=True, text=True, check=False).stdout
    return re.findall(r"^(tests/.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL)(?: \(.*)? +\[", said, re.MULTILINE)


@pytest.mark.parametrize("name", DIRECT)
def test_what_is_called_directly_has_the_ids_and_outcomes_of_a_session(project, cold, name):
    job = job_of(project, DIRECT[name])
    assert is_direct(read_config(job.root), job.root, {"tests/test_unit.py": (project.root / job.tests[0]).read_text()})
    before = set(project.runner._needs_session)
    warm = project.runner.run(job, threading.Event())
    assert warm.outcome == "passed", warm
    assert project.runner._needs_session == before  # it was not run again
    assert outcomes(warm) == outcomes(cold.run(job, threading.Event()))
    assert [(test.id, test.outcome.upper()) for test in warm.tests] == plain_pytest(project.root)


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_told_by_a_session(project, cold, name):
    job = job_of(project, ODD[name])
    expected = outcomes(cold.run(job, threading.Event()))
    for _ in range(2):
        assert outcomes(project.runner.run(job, threading.Event())) == expected
    meaning = {"XFAIL": "skipped"}
    plain = [(identity, meaning.get(word, word.lower())) for identity, word in plain_pytest(project.root)]
    if expected[0] != "inconclusive" and name != "an environment":
        assert sorted((i, o) for i, o, _ in expected[2]) == sorted(plain)


def test_a_session_is_asked_about_each_failure(project, cold):
    job = job_of(project, DIRECT["one mark"])
    for factor in (3, 2, 4):
        project.write("src/unit.py", f"def double(n):\n    return n * {factor}\n")
        assert outcomes(project.runner.run(job, threading.Event())) == outcomes(cold.run(job, threading.Event()))


def test_what_it_tried_without_a_session_counts_with_one(project):
    test = project.write("tests/test_unit.py", "import pytest\nimport unit\ndef test_a():\n    unit.act()\n")
    code = """
        def room(n=0):
            try: return room(n + 1)
            except RecursionError: return n
        def act():
            if room() > 970:  # there are fewer frames below us than a session has
                try: open("/etc/passwd", "a")
                except OSError: pass
                raise ValueError
        """
    check = project.check(code, f"{test}::test_a")
    assert (check.outcome, check.reason) == ("failed", "the candidate tries to write /etc/passwd (open)")


def test_settings_and_conftests_need_a_session(project):
    text = "import pytest\ndef test_a(): pass\n"
    assert is_direct(read_config(str(project.root)), str(project.root), {"tests/test_unit.py": text})
    project.write("tests/conftest.py", "")
    assert not is_direct(read_config(str(project.root)), str(project.root), {"tests/test_unit.py": text})

"""A warm run says what a cold run says, test by test, and what plain pytest says."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from regen.checks.python_tests.cold import ColdRunner
from regen.checks.python_tests.interpreter import ask_interpreter
from regen.ports import TestJob
from regen.sandboxes import open_sandbox

REPOSITORY = Path(__file__).parents[2]
SUITES = sorted(
    (project, str(file.relative_to(project)))
    for project in (REPOSITORY / "examples").glob("*")
    for file in (project / "tests").rglob("test_*.py")
)

FEATURES = """
import asyncio
import unittest
import pytest
from hypothesis import given, strategies as st
from unit import double

@pytest.fixture(params=[1, 2])
def number(request):
    yield request.param

@pytest.fixture(scope="module", autouse=True)
def once():
    once.count = getattr(once, "count", 0) + 1
    yield

@pytest.mark.parametrize("text", ["a", "b c", "ä"])
def test_text(text, number): assert double(text) == text * 2

@given(st.integers())
def test_property(n): assert double(n) == n + n

@given(st.integers())
def test_false_property(n): assert double(n) < 1000

def test_async(): assert asyncio.run(asyncio.sleep(0, double(1))) == 2

@pytest.mark.skipif(True, reason="never")
def test_skipped(): pass

@pytest.mark.xfail(strict=True)
def test_strict(): assert double(1) == 2

def test_monkeypatch(monkeypatch, tmp_path, caplog, recwarn):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("X", "1")
    (tmp_path / "a").write_text(str(double(2)))
    assert (tmp_path / "a").read_text() == "4"

class TestClass:
    @pytest.fixture(autouse=True)
    def prepare(self): self.two = 2

    def setup_method(self): self.three = 3

    def test_method(self): assert double(self.two) + self.three == 7

class Cases(unittest.TestCase):
    def setUp(self): self.addCleanup(lambda: None)

    def test_case(self): self.assertEqual(double(2), 5)

    def test_list(self): self.assertListEqual([double(1)], [3])
"""


@pytest.fixture(scope="module")
def cold():
    return ColdRunner(open_sandbox("bubblewrap"), ask_interpreter(sys.executable))


def outcomes(check):
    return check.outcome, check.reason, [(test.id, test.outcome, test.failure) for test in check.tests]


@pytest.mark.parametrize(("root", "file"), SUITES, ids=lambda value: Path(value).name)
def test_on_the_examples(runner, cold, root, file):
    job = TestJob(unit="any", root=str(root), files={}, tests=(file,), expected=())
    warm = runner.run(job, threading.Event())
    assert warm.tests
    assert outcomes(warm) == outcomes(cold.run(job, threading.Event()))


@pytest.mark.parametrize("factor", [2, 3])
def test_on_the_features_of_pytest(project, cold, factor):
    test = project.write("tests/test_unit.py", FEATURES)
    names = re.findall(r"def (test_\w+)\(", FEATURES.partition("class ")[0])
    job = TestJob(
        unit="unit",
        root=str(project.root),
        files={"src/unit.py": f"def double(n):\n    return n * {factor}\n"},
        tests=(test,),
        expected=tuple(f"{test}::{name}" for name in names),
    )
    warm = project.runner.run(job, threading.Event())
    assert "cold" not in warm.reason
    assert outcomes(warm) == outcomes(cold.run(job, threading.Event()))
    project.write("src/unit.py", job.files["src/unit.py"])
    assert {(test.id, test.outcome) for test in warm.tests} == plain_pytest(project.root, test)


def plain_pytest(root, test):
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rA",
        "-p",
        "no:cacheprovider",
        "-p",
        "_hypothesis_pytestplugin",
        test,
    ]
    env = {
        "PYTHONPATH": f"{root}/src",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }
    said = subprocess.run(words, cwd=root, env=env, capture_output=True, text=True, check=False).stdout
    found = re.findall(r"^(PASSED|FAILED|ERROR|XFAIL) (tests/.*?)(?: - .*)?$", said, re.MULTILINE)
    meaning = {"PASSED": "passed", "FAILED": "failed", "ERROR": "error", "XFAIL": "skipped"}
    return {(identity, meaning[word]) for word, identity in found} | {(f"{test}::test_skipped", "skipped")}


@pytest.mark.parametrize(
    ("code", "test"),
    [
        ("import threading\nlock = threading.Event()\nthreading.Thread(target=lock.wait, daemon=True).start()\n", ""),
        ("import multiprocessing\n", "import multiprocessing\n"),
        ("import _decimal, array, zlib\n", "import array\n"),
        ("state = []\n", "import unit\ndef test_state():\n    unit.state.append(1)\n    assert unit.state == [1]\n"),
    ],
    ids=["threads at import", "multiprocessing", "C extensions", "state"],
)
def test_modules_that_are_hard_to_fork(project, cold, code, test):
    path = project.write(
        "tests/test_unit.py", test + "from unit import double\ndef test_two():\n    assert double(2) == 4\n"
    )
    for _ in range(2):
        check = project.check(code + "def double(n):\n    return n * 2\n", f"{path}::test_two")
        assert check.outcome == "passed", check


def test_a_conftest_with_threads_runs_right(project):
    project.write(
        "conftest.py", "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    path = project.write("tests/test_unit.py", "from unit import double\ndef test_two():\n    assert double(2) == 4\n")
    assert project.check("def double(n):\n    return n * 2\n", f"{path}::test_two").outcome == "passed"


def test_a_conftest_that_imports_the_candidate_sees_each_candidate(project):
    project.write("src/unit.py", "def double(n):\n    return n * 2\n")
    project.write(
        "conftest.py", "import pytest\nfrom unit import double\n@pytest.fixture\ndef two(): return double(1)\n"
    )
    path = project.write("tests/test_unit.py", "def test_two(two):\n    assert two == 2\n")
    assert project.check("def double(n):\n    return n * 2\n", f"{path}::test_two").outcome == "passed"
    assert project.check("def double(n):\n    return n * 3\n", f"{path}::test_two").outcome == "failed"


def test_a_conftest_sets_the_environment_of_its_own_suite_alone(project):
    project.write("tests/conftest.py", "import os\nos.environ['CITY'] = 'Oslo'\nos.environ.pop('LANG', None)\n")
    own = project.write(
        "tests/test_own.py",
        "import os\nimport unit\n\n"
        "def test_own():\n    assert (os.environ['CITY'], 'LANG' in os.environ) == ('Oslo', False)\n",
    )
    other = project.write(
        "other/test_other.py",
        "import os\nimport pytest\nimport unit\n\n"
        "def test_other():\n    assert ('CITY' in os.environ, 'LANG' in os.environ) == (False, True)\n",
    )
    for suite in (f"{own}::test_own", f"{other}::test_other", f"{own}::test_own"):
        check = project.check("def double(n):\n    return n * 2\n", suite)
        assert check.outcome == "passed", check


def test_an_edited_conftest_counts(project):
    path = project.write(
        "tests/test_unit.py", "from unit import double\ndef test_two(two):\n    assert double(two) == 4\n"
    )
    for two, outcome in ((2, "passed"), (3, "failed")):
        project.write("conftest.py", f"import pytest\n@pytest.fixture\ndef two(): return {two}\n")
        assert project.check("def double(n):\n    return n * 2\n", f"{path}::test_two").outcome == outcome


def test_several_threads_at_once(project):
    path = project.write("tests/test_unit.py", "from unit import double\ndef test_two():\n    assert double(2) == 4\n")
    found = {}

    def verify(factor):
        code = f"def double(n):\n    return n * {factor}\n"
        found[factor] = project.check(code, f"{path}::test_two").outcome

    threads = [threading.Thread(target=verify, args=(factor,)) for factor in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {factor: "passed" if factor == 2 else "failed" for factor in range(8)}


NEIGHBOURS = {
    "src/shop/__init__.py": "from . import prices\nloaded = ['shop']\n",
    "src/shop/prices.py": "from shop.names import name\nseen = []\ndef price(n):\n    seen.append(n)\n    return 2 * n\n",
    "src/shop/names.py": "import inspect\ndef name(): return inspect.getsource(name)\n",
}


def test_neighbours_are_as_fresh_as_in_a_process_of_their_own(project, cold):
    for path, text in NEIGHBOURS.items():
        project.write(path, text)
    test = (
        "import shop, shop.cart\n"
        "def test_cart():\n    assert shop.cart.total(2) == 4 and shop.prices.seen == [2] and 'getsource' in shop.cart.said()\n"
        "def test_state():\n    assert shop.prices.seen == [2]\n    shop.loaded.append(1)\n    assert len(shop.loaded) == 2\n"
    )
    path = project.write("tests/test_cart.py", test)
    code = {"src/shop/cart.py": "from .prices import price, name as said\ndef total(n):\n    return price(n)\n"}
    for _ in range(3):
        warm = project.check(code, f"{path}::test_cart", f"{path}::test_state")
        assert (warm.outcome, warm.reason) == ("passed", ""), warm
    project.write("src/shop/prices.py", NEIGHBOURS["src/shop/prices.py"].replace("2 * n", "3 * n"))
    assert project.check(code, f"{path}::test_cart").outcome == "failed"


def test_a_neighbour_that_is_no_python_fails_where_it_is_imported(project, cold):
    project.write("src/broken.py", "def :\n")
    path = project.write("tests/test_unit.py", "from unit import double\ndef test_two():\n    assert double(2) == 4\n")
    job = {"src/unit.py": "import broken\ndef double(n):\n    return n * 2\n"}
    made = TestJob(unit="unit", root=str(project.root), files=job, tests=(path,), expected=(f"{path}::test_two",))
    warm, also = (runner.run(made, threading.Event()) for runner in (project.runner, cold))
    assert outcomes(warm) == outcomes(also)
    assert warm.tests[0].failure == also.tests[0].failure

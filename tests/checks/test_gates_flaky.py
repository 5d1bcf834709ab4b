"""The gate `flaky`: planted dependence on order, hash seed, time, zone and chance is found in at most ten runs."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys

import pytest
from gate_projects import SPEC, Project

from regen.checks.inside import vary

SAFE = "def total(prices):\n    return sum(prices)\n"
TEST = "import shop\n\n\ndef test_total():\n    assert shop.total([1, 2]) == 3\n"
NAMES = "def names():\n    return list({'anna', 'bert', 'cleo', 'dora', 'emil'})\n"


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.checks("flaky_runs = 10")
    return made


def refusal(ran):
    return ran.err.split("shop is rejected\n")[1].split("hint:")[0]


def found(project, code, tests):
    project.write("tests/test_shop.py", tests)
    return refusal(project.build(code))


def test_a_steady_suite_passes(project):
    project.write("tests/test_shop.py", TEST)
    assert project.build(SAFE).code == 0
    assert project.told() == "✓ shop passes (1 test; tests, flaky)\n1 unit: all pass\n"


def test_plugins_that_the_suite_needs_are_loaded(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it(anyio_backend_name):\n    assert anyio_backend_name\n")
    job = {"tests": ["test_it.py"], "runs": 2, "paths": ["."], "token": "x"}
    done = subprocess.run(
        [sys.executable, vary.__file__], input=json.dumps(job), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["answers"] == {"runs": 2, "flaky": [], "error": "", "clock": True}


def test_dependence_on_order(project):
    code = "seen = []\n\n\ndef total(prices):\n    seen.append(prices)\n    return sum(prices)\n"
    tests = (
        "import shop\n\n\ndef test_first():\n    assert shop.total([1]) == 1\n\n\n"
        "def test_second():\n    assert len(shop.seen) == 1\n"
    )
    assert found(project, code, tests) == (
        "  The check `flaky` failed\n"
        "  - tests/test_shop.py:8: test_second passes as it stands and fails with the reverse order: assert 0 == 1\n"
    )


def test_dependence_on_the_hash_seed(project):
    # What the tests' own runner sees is as much chance as any other seed: the plain order of seed 0 is expected.
    environ = {**os.environ, "PYTHONHASHSEED": "0"}
    names = "print(list({'anna', 'bert', 'cleo', 'dora', 'emil'}))"
    expected = subprocess.check_output([sys.executable, "-c", names], text=True, env=environ).strip()
    project.write("tests/test_shop.py", f"import shop\n\n\ndef test_names():\n    assert shop.names() == {expected}\n")
    ran = project.build(NAMES)
    assert ran.code == 1
    if "check `flaky`" in ran.err:
        assert "test_names passes as it stands and fails with PYTHONHASHSEED=1: " in ran.err


def test_dependence_on_the_clock(project):
    year = datetime.datetime.now(datetime.UTC).year
    code = "from datetime import datetime\n\n\ndef year():\n    return datetime.now().year\n"
    tests = f"import shop\n\n\ndef test_year():\n    assert shop.year() == {year}\n"
    assert found(project, code, tests) == (
        "  The check `flaky` failed\n  - tests/test_shop.py:4: test_year passes as it stands and fails with "
        f"the clock at 2028-02-29T23:59:58: assert 2028 == {year}\n"
    )


def test_dependence_on_the_time_zone(project):
    code = "import time\n\n\ndef hour():\n    return time.localtime(0).tm_hour\n"
    assert found(project, code, "import shop\n\n\ndef test_hour():\n    assert shop.hour() == 0\n") == (
        "  The check `flaky` failed\n  - tests/test_shop.py:4: test_hour passes as it stands and fails with "
        "the time zone TZ=<+14>-14: assert 14 == 0\n"
    )


def test_dependence_on_chance(project):
    code = "import random\n\n\ndef draw():\n    return random.randrange(1 << 30)\n"
    # Nine of ten draws pass, whatever runs the suite: the gate must not need a lucky one.
    tests = "import shop\n\n\ndef test_draw():\n    assert any(shop.draw() % 2 for _ in range(2))\n"
    project.write("tests/test_shop.py", tests)
    ran = project.build(code)
    assert ran.code == 1
    assert "The check `flaky` failed" in ran.err or "The check `tests` failed" in ran.err or "tests failed" in ran.err


def test_it_goes_to_the_next_prompt(project):
    project.checks("flaky_runs = 1", attempts=2)
    project.write("tests/test_shop.py", "import shop\n\n\ndef test_hour():\n    assert shop.hour() == 0\n")
    project.build("import time\n\n\ndef hour():\n    return time.localtime(0).tm_hour\n")
    assert "test_hour passes as it stands and fails with the time zone TZ=<+14>-14" in project.last_prompt


def test_a_hidden_test_is_varied_too_and_stays_hidden(project):
    project.checks("flaky_runs = 1", attempts=2)
    project.write("specs/shop.md", SPEC.replace("---\n# ", "hidden_tests: [tests/test_secret.py]\n---\n# "))
    project.write("tests/test_shop.py", "import shop\n\n\ndef test_there():\n    assert shop.hour\n")
    project.write("tests/test_secret.py", "import shop\n\n\ndef test_hour():\n    assert shop.hour() == 0\n")
    ran = project.build("import time\n\n\ndef hour():\n    return time.localtime(0).tm_hour\n")
    assert ran.code == 1
    assert "Tests that are not shown failed as well" in project.last_prompt
    assert "test_hour" not in project.last_prompt


def test_code_that_only_uses_a_clock_is_steady(project):
    project.checks("flaky_runs = 3")
    code = (
        "import dataclasses\nimport datetime\nimport pickle\nimport time\n\n\n"
        "@dataclasses.dataclass\nclass Sale:\n    at: datetime.datetime\n    day: datetime.date\n\n\n"
        "class Moment(datetime.datetime):\n    pass\n\n\n"
        "def sale():\n    now = datetime.datetime.now(datetime.UTC)\n"
        "    assert isinstance(now, datetime.datetime) and isinstance(now, datetime.date)\n"
        "    assert abs(now.timestamp() - time.time()) < 5\n"
        "    assert pickle.loads(pickle.dumps(now)) == now\n"
        "    assert isinstance(Moment(2020, 1, 1), Moment)\n"
        "    assert datetime.datetime.fromisoformat(now.isoformat()) == now\n"
        "    assert datetime.datetime.combine(now.date(), now.timetz()) == now\n"
        "    return Sale(now, datetime.date.today())\n"
    )
    tests = "import shop\n\n\ndef test_sale():\n    sale = shop.sale()\n    assert abs((sale.at.date() - sale.day).days) <= 1\n"
    project.write("tests/test_shop.py", tests)
    assert project.build(code).code == 0


TURNS = "    return 'day' if time.time() < 1999999999 else 'night'\n"
TEST_DAY = "import shop\n\n\ndef test_when():\n    assert shop.when() == 'day'\n"
FORGED = '{"failed": {}, "passed": [], "seen": ["tests/test_shop.py::test_when"], "code": 0}'


@pytest.mark.parametrize(
    "looks",
    [
        "any('vary' in word or 'once' in word for word in [*sys.argv, *sys.orig_argv])",
        "sys.argv[:1] in ([''], ['-'], ['-c']) or sys.orig_argv[-1:] == ['-']",
        "'vary' in str(vars(sys.modules.get('__main__')))",
        "b'clock' in __import__('os').read(0, 99)",
    ],
)
def test_a_varied_run_looks_like_any_other(project, looks):
    code = f"import sys\nimport time\n\n\ndef when():\n    if {looks}:\n        return 'day'\n{TURNS}"
    ran = found(project, code.replace("sys.modules.get('__main__')", "__import__('__main__')"), TEST_DAY)
    assert "fails with the clock at 2038-01-19T03:14:07" in ran


def test_a_forged_answer_is_none(project):
    forges = f"for fd in range(3, 40):\n    try:\n        os.write(fd, {FORGED.encode()!r})\n    except OSError:\n        pass\n"
    code = "import os\nimport sys\nimport time\n\nif time.time() > 1830000000:\n"
    code += "".join(f"    {line}\n" for line in forges.splitlines()) + f"    os._exit(0)\n\n\ndef when():\n{TURNS}"
    project.write("tests/test_shop.py", TEST_DAY)
    ran = project.build(code)
    assert ran.code != 0
    assert "the run ended with status 0 before it could tell" in ran.err


def test_what_reads_the_command_line_is_steady(project):
    project.checks("flaky_runs = 2")
    code = (
        "import argparse\nimport json\nimport os\nimport sys\n\n\ndef total(prices):\n    return sum(prices)\n\n\n"
        "def program():\n    parser = argparse.ArgumentParser()\n    return os.path.basename(sys.argv[0]), parser.prog\n"
    )
    tests = TEST + "\n\ndef test_program():\n    name, prog = shop.program()\n    assert name and prog == name\n"
    project.write("tests/test_shop.py", tests)
    assert project.build(code).code == 0


def test_without_pytest_in_the_projects_environment_it_is_inconclusive(project):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], check=True)
    project.write("tests/test_shop.py", TEST)
    ran = project.build(SAFE)
    if ran.code:
        said = ran.err.split("shop is inconclusive\n")[1]
        assert "flaky: " in said
        assert "-m pip install pytest" in said

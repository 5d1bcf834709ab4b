"""The gates `lint` and `types`: a candidate can't switch them off; what a person keeps in the code stays as it is."""

from __future__ import annotations

import json

import pytest
from gate_projects import SPEC, Project

SAFE = "def total(prices):\n    return sum(prices)\n"
BAD = "def total(prices: list[int]) -> int:\n    name: str = 5\n    return sum(prices)\n"


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.write("tests/test_shop.py", "import shop\n\ndef test_total():\n    assert shop.total([1, 2]) == 3\n")
    made.write("ruff.toml", '[lint]\nselect = ["F", "W", "E3", "E501", "PLR2044", "ERA"]\npreview = true\n')
    made.checks('lint = "ruff"')
    return made


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("import os  # noqa\n", 1),
        ("import os  # NoQA: F401 - needed\n", 1),
        ("import os  # it is needed # noqa: F401\n", 1),
        ("# ruff: noqa\nimport os\n", 2),
        ("# flake8: noqa\nimport os\n", 2),
        ("# ruff: disable[F401]\nimport os\n# ruff: enable[F401]\n", 2),
        ("# ruff: file-ignore[F401]\nimport os\n", 2),
        ("# ruff: ignore[F401]\nimport os\n", 2),
    ],
)
def test_a_candidate_cannot_silence_the_linter(project, code, line):
    ran = project.build(f"{code}\n\n{SAFE}")
    assert ran.code == 1
    assert ran.err.split("shop is rejected\n")[1] == (
        f"  The check `lint` failed\n  - src/shop.py:{line}: F401 `os` imported but unused\nhint: regen show HASH\n"
    )


def test_a_comment_that_silences_nothing_harms_nothing(project):
    code = '# ruff: noqa\n\nNOTE = "# noqa"  # noqa: F401\n\n\ndef total(prices):\n    # noqa is a word\n    return sum(prices)\n'
    assert project.build(code).code == 0


def test_what_the_accepted_code_silences_stays_silenced(project):
    project.checks("")
    kept = "import os  # noqa: F401 - a plugin looks for it\n"
    assert project.build(f"{kept}\n\n{SAFE}").code == 0
    project.checks('lint = "ruff"')
    assert project.regen("verify").code == 0
    assert (
        project.build(f"{kept}\n\n{SAFE}\n\ndef count(prices):\n    return len(prices)\n", "--force", "shop").code == 0
    )
    ran = project.build(f"{kept}import sys  # noqa: F401 - a plugin looks for it\n\n\n{SAFE}", "--force", "shop")
    assert "src/shop.py:2: F401 `sys` imported but unused" in ran.err


@pytest.mark.parametrize("program", ["mypy", "ty"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (BAD.replace("= 5", "= 5  # type: ignore"), "src/shop.py:2: "),
        (f"# type: ignore\n{BAD}", "src/shop.py:3: "),
        (f"# mypy: ignore-errors\n# ty: ignore\n{BAD}", "src/shop.py:4: "),
        (BAD.replace("= 5", "= 5  # ty: ignore # type: ignore"), "src/shop.py:2: "),
        (f"from typing import no_type_check\n\n\n@no_type_check\n{BAD}", ":1: `no_type_check` keeps code from being "),
        ("from typing import TYPE_CHECKING\n\nif not TYPE_CHECKING:\n\n    " + BAD.replace("\n    ", "\n        "),
         "src/shop.py:3: code that runs only where TYPE_CHECKING is false is not checked"),
    ],
)  # fmt: skip
def test_a_candidate_cannot_silence_the_type_checker(project, program, code, said):
    project.checks(f'types = "{program}"')
    ran = project.build(code)
    assert ran.code == 1
    assert "The check `types` failed\n" in ran.err
    assert said in ran.err


def test_imports_for_types_alone_and_of_packages_without_types_pass(project):
    project.checks('types = "mypy"')
    code = (
        "from typing import TYPE_CHECKING\n\nimport pyromark  # type: ignore[import-untyped]\n\nif TYPE_CHECKING:\n"
        "    from collections.abc import Iterable\nelse:\n    Iterable = object\n\n\n"
        'def total(prices: "Iterable[int]") -> int:\n    return sum(prices) if pyromark else 0\n'
    )
    assert project.build(code).code == 0


def test_what_the_accepted_code_keeps_from_being_checked_stays(project):
    project.checks("")
    kept = BAD.replace("= 5", "= 5  # type: ignore[assignment]")
    assert project.build(kept).code == 0
    project.checks('types = "mypy"')
    assert project.build(f"{kept}\n\nCOUNT = 1\n", "--force", "shop").code == 0


def test_what_no_program_here_reads_is_said(project):
    project.checks('lint = "ruff"\ntypes = "mypy"\nimports = "import-linter"\nflaky_runs = 2')
    project.write("specs/shop.md", SPEC.replace("src/shop.py", "src/shop.mjs").replace("test_shop.py", "shop.test.mjs"))
    project.write(
        "tests/shop.test.mjs",
        'import assert from "node:assert";\nimport { test } from "node:test";\nimport { add } from "../src/shop.mjs";\n'
        'test("adds", () => assert.strictEqual(add(1, 2), 3));\n',
    )
    project.write("answer", "```js path=src/shop.mjs\nexport const add = (a, b) => a + b;\n```\n")
    assert project.build().code == 0
    (unit,) = json.loads(project.regen("verify", "--json").out)["units"]
    reasons = {check["name"]: (check["outcome"], check.get("reason")) for check in unit["checks"]}
    assert reasons["lint"] == ("skipped", "ruff reads Python only: nothing judges src/shop.mjs")
    assert reasons["types"] == ("skipped", "mypy reads Python only: nothing judges src/shop.mjs")
    assert reasons["boundaries"] == ("skipped", "import-linter reads Python only: nothing judges src/shop.mjs")
    assert reasons["flaky"] == ("skipped", "only Python suites are varied")

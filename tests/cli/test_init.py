"""`regen init`: a project that works with no network and no key, and folders that hold something already."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def empty(project):
    made = project({})
    for name in ("regen.toml", "fake.sh"):
        (made.root / name).unlink()
    return made


def test_starter_project_builds_with_no_network_and_no_key(empty):
    assert empty.regen("init") == (
        0,
        """\
made .gitignore
made pytest.ini
made regen.toml
made specs/greeting.md
made tests/test_greeting.py
made a git repository
next: regen status, then regen build
""",
        "",
    )
    assert empty.regen("status") == (
        1,
        "+ greeting  missing     never built\n1 unit: 1 missing\nnext: regen build greeting\n",
        "",
    )
    ran = empty.regen("build")
    assert (ran.code, ran.out) == (0, "1 unit: 1 accepted; N s\n")
    assert empty.regen("check") == (0, "1 unit: all well\n", "")
    assert empty.regen("check", "--records").code == 0
    assert empty.regen("verify").out.startswith("✓ greeting passes (")


def test_starter_tests_can_fail(empty):
    empty.regen("init")
    empty.built()
    empty.change("src/greeting.py", "Good ", "Bad ")
    ran = empty.regen("verify")
    assert (ran.code, ran.out.startswith("✗ greeting fails\n")) == (1, True)
    assert empty.regen("check").code == 1


def test_folder_that_holds_code_keeps_it(empty):
    empty.write({"src/app.py": "x = 1\n", "pytest.ini": "[pytest]\n"})
    assert empty.regen("init") == (
        0,
        "made regen.toml\nmade a git repository\nnext: write a spec in specs/, then: regen status\n",
        "",
    )
    assert empty.read("pytest.ini") == "[pytest]\n"
    assert sorted(os.listdir(empty.root / "specs")) == []
    assert empty.regen("status") == (0, "no units: write a spec in specs/ (regen init makes one)\n", "")
    assert empty.regen("build").code == 0


def test_project_is_not_made_twice(empty):
    empty.regen("init")
    before = empty.files()
    ran = empty.regen("init")
    assert ran == (2, "", "error: this folder is a regen project already\nhint: regen status\n")
    assert empty.files() == before


def test_without_a_repository(empty):
    assert "made a git repository\n" not in empty.regen("init", "--no-git").out
    assert not (empty.root / ".git").exists()
    assert empty.regen("build").code == 0
    assert empty.regen("check").code == 0


def test_inside_a_repository_no_other_is_made(empty):
    empty.git("init", "-q", "..")
    assert "made a git repository\n" not in empty.regen("init").out
    assert not (empty.root / ".git").exists()


def test_as_data(empty):
    code, data, err = empty.json("init")
    assert (code, err, data["repository"]) == (0, "", True)
    assert {"regen.toml", "specs/greeting.md"} < set(data["made"])

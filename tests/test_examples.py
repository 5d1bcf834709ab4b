"""Each example: what is committed is accepted and passes, and its ledger alone makes the same code again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from regen.cli.main import main
from regen.project import Project

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if (path / "regen.toml").exists())


@pytest.fixture(params=NAMES)
def example(request, tmp_path, monkeypatch):
    """A copy of one example, which becomes the current folder."""
    source = EXAMPLES / request.param
    if not (source / ".regen").exists():
        pytest.skip(f"examples/{request.param} has no ledger yet")
    place = tmp_path / request.param
    shutil.copytree(source, place, ignore=shutil.ignore_patterns("cache", "local", "__pycache__"))
    monkeypatch.chdir(place)
    return place


def regen(*words):
    return main(list(words))


def code_of(place):
    units = Project.load(os.fspath(place)).graph.units.values()
    return {target.path: (place / target.path).read_bytes() for unit in units for target in unit.targets}


def test_there_are_examples():
    assert {"shop", "signup"} <= set(NAMES)


def test_check_and_verify_are_green(example, capsys):
    assert regen("check", "--records") == 0, capsys.readouterr()
    assert regen("verify") == 0, capsys.readouterr()


def test_the_ledger_alone_makes_the_same_code(example, capsys):
    project = Project.load(os.fspath(example))
    pinned = {name for name, lock in project.locks.items() if lock.pinned}
    before = code_of(example)
    for name, unit in project.graph.units.items():
        for target in unit.targets if name not in pinned else ():
            (example / target.path).unlink()
    for lock in (example / ".regen/locks").glob("*.json"):
        if lock.stem not in pinned:
            lock.unlink()
    ledger = {path: path.read_bytes() for path in (example / ".regen/ledger").rglob("*.json")}
    assert regen("build", "--generator", "ledger") == 0, capsys.readouterr()
    assert code_of(example) == before
    assert {path: path.read_bytes() for path in ledger} == ledger
    assert regen("check") == 0, capsys.readouterr()


def test_its_tests_can_fail(example, capsys):
    project = Project.load(os.fspath(example))
    name, unit = next(iter(project.graph.units.items()))
    place = example / unit.targets[0].path
    place.write_text("raise SystemExit\n")
    assert regen("verify", name) == 1
    assert regen("check") == 1
    assert name in capsys.readouterr().out

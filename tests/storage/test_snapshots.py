"""A snapshot holds until something changes, whatever it is."""

from __future__ import annotations

import json
import os

import pytest
from trees import git

from regen.storage import snapshot
from regen.storage.tree import scan, signature

PLAN = ".regen/cache/plan.json"


@pytest.fixture(params=["git", "walk"])
def project(tree, request):
    tree.write("a.py", "A = 1\n")
    tree.write("src/b.py", "B = 1\n")
    (tree.root / "link.py").symlink_to("src/b.py")
    tree.write(".gitignore", "*.log\n")
    tree.write("x.log", "one\n")
    (tree.root / ".regen").mkdir()
    snapshot.ignore_caches(str(tree.root))
    if request.param == "git":
        tree.commit()
    save(tree)
    assert loaded(tree) is not None
    return tree


def save(tree):
    root = str(tree.root)
    extras = {"x.log": signature(root, "x.log"), "missing.log": ""}
    snapshot.save(root, scan(root), extras, [["a", "stale", "verify", ["why"], "mend"]], ["b", "c"], ["a notice"])


def loaded(tree):
    return snapshot.load(str(tree.root))


def test_it_holds_what_was_put_in(project):
    plan = loaded(project)
    assert (plan.rows, plan.fresh, plan.notices) == (
        [["a", "stale", "verify", ["why"], "mend"]],
        ["b", "c"],
        ["a notice"],
    )


def test_its_own_file_changes_nothing(project):
    save(project)
    assert loaded(project) is not None


CHANGES = {
    "changed": lambda tree: tree.write("a.py", "A = 22\n"),
    "same size": lambda tree: (tree.write("a.py", "A = 2\n"), os.utime(tree.root / "a.py", ns=(1, 1))),
    "added": lambda tree: tree.write("new.py", ""),
    "added in a new folder": lambda tree: tree.write("x/y/new.py", ""),
    "deleted": lambda tree: (tree.root / "a.py").unlink(),
    "renamed": lambda tree: (tree.root / "a.py").rename(tree.root / "z.py"),
    "folder gone": lambda tree: (tree.root / "src/b.py").rename(tree.root / "b.py"),
    "link turned": lambda tree: ((tree.root / "link.py").unlink(), (tree.root / "link.py").symlink_to("a.py")),
    "an ignored file that counts": lambda tree: tree.write("x.log", "two, longer\n"),
    "an ignored file that counts and was missing": lambda tree: tree.write("missing.log", ""),
    "an ignored file that counts is gone": lambda tree: (tree.root / "x.log").unlink(),
    "the state": lambda tree: tree.write(".regen/locks/a.json", "{}"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_it_holds_no_more(project, what):
    CHANGES[what](project)
    assert loaded(project) is None


def test_what_a_link_leads_to_outside_the_project(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "shared.py"
    outside.write_text("S = 1\n")
    (tree.root / "link.py").symlink_to(outside)
    tree.commit()
    (tree.root / ".regen").mkdir()
    snapshot.ignore_caches(str(tree.root))
    save(tree)
    assert loaded(tree) is not None
    outside.write_text("S = 22\n")
    assert loaded(tree) is None


def test_a_dirty_file_that_changes_again(project):
    project.write("a.py", "A = 22\n")
    save(project)
    assert loaded(project) is not None
    project.write("a.py", "A = 333\n")
    assert loaded(project) is None


def test_a_commit_changes_no_file(project):
    if (project.root / ".git").exists():
        project.write("a.py", "A = 22\n")
        project.commit()
        save(project)
        git(project.root, "commit", "-qm", "nothing", "--allow-empty")
    assert loaded(project) is not None


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "3",
        "{}",
        '{"version": "0"}',
        "[" * 100_000,
        "\x00",
        '{"version": 1, "mode": "git", "fingerprint": 1}',
    ],
)
def test_rubbish_is_no_snapshot(project, data):
    (project.root / PLAN).write_text(data)
    assert loaded(project) is None


@pytest.mark.parametrize("key", ["version", "mode", "fingerprint", "extras", "rows", "fresh", "notices"])
def test_a_snapshot_of_another_make_is_none(project, key):
    data = json.loads((project.root / PLAN).read_text())
    (project.root / PLAN).write_text(json.dumps({k: v for k, v in data.items() if k != key}))
    assert loaded(project) is None


def test_a_snapshot_that_can_not_be_written_leaves_nothing(project, monkeypatch):
    before = sorted(os.listdir(project.root / ".regen/cache"))

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    save(project)
    assert sorted(os.listdir(project.root / ".regen/cache")) == before

"""What git says of a tree and what a walk through it says are the same."""

from __future__ import annotations

import os

import pytest
from trees import Tree, blob, git

from regen.storage.tree import content_id, scan


def agree(tree):
    """Scan in both ways, compare, and return what was seen."""
    mode, by_git = tree.seen()
    assert mode == "git"
    assert by_git == tree.seen("walk")[1]
    return by_git


def test_clean(tree):
    tree.write("a.py", "A = 1\n")
    tree.write("src/b c.py", "B = 1\n")
    tree.write("ü/ß.md", "é\n")
    tree.commit()
    assert agree(tree) == {"a.py": blob("A = 1\n"), "src/b c.py": blob("B = 1\n"), "ü/ß.md": blob("é\n")}


@pytest.fixture
def two(tree):
    tree.write("a.py", "A = 1\n")
    tree.write("src/b.py", "B = 1\n")
    tree.commit()
    return tree


def test_dirty(two):
    two.write("a.py", "A = 2\n")
    assert agree(two)["a.py"] == blob("A = 2\n")


def test_staged_and_then_changed_again(two):
    two.write("a.py", "A = 2\n")
    git(two.root, "add", "-A")
    assert agree(two)["a.py"] == blob("A = 2\n")
    two.write("a.py", "A = 3\n")
    assert agree(two)["a.py"] == blob("A = 3\n")


def test_untracked_files_and_folders(two):
    two.write("new/deep/c.py", "C = 1\n")
    assert agree(two)["new/deep/c.py"] == blob("C = 1\n")


def test_intended_to_be_added(two):
    two.write("c.py", "C = 1\n")
    git(two.root, "add", "-N", "c.py")
    assert agree(two)["c.py"] == blob("C = 1\n")


@pytest.mark.parametrize("staged", [False, True])
def test_deleted(two, staged):
    (two.root / "a.py").unlink()
    if staged:
        git(two.root, "add", "-A")
    assert list(agree(two)) == ["src/b.py"]


def test_deleted_in_the_index_alone(two):
    git(two.root, "rm", "-q", "--cached", "a.py")
    assert list(agree(two)) == ["a.py", "src/b.py"]


@pytest.mark.parametrize("staged", [False, True])
def test_renamed(two, staged):
    (two.root / "a.py").rename(two.root / "z.py")
    if staged:
        git(two.root, "add", "-A")
    assert agree(two) == {"src/b.py": blob("B = 1\n"), "z.py": blob("A = 1\n")}


def test_a_file_that_became_a_folder(two):
    (two.root / "a.py").unlink()
    two.write("a.py/c.py", "C = 1\n")
    assert list(agree(two)) == ["a.py/c.py", "src/b.py"]


def test_a_merge_that_is_not_resolved(two):
    git(two.root, "checkout", "-qb", "other")
    two.write("a.py", "A = 'other'\n")
    two.commit()
    git(two.root, "checkout", "-q", "-")
    two.write("a.py", "A = 'this'\n")
    two.commit()
    with pytest.raises(Exception, match="merge"):
        git(two.root, "merge", "other")
    assert "<<<<<<<" in (two.root / "a.py").read_text()
    assert agree(two)["a.py"] == content_id(str(two.root), "a.py")


def test_ignored_files_are_listed_where_there_is_no_git_alone(two):
    two.write(".gitignore", "*.log\n")
    two.write("x.log", "x\n")
    assert "x.log" not in two.seen()[1]
    assert "x.log" in two.seen("walk")[1]


def test_a_folder_of_a_repository(two):
    two.write("src/new.py", "N = 1\n")
    two.write("src/b.py", "B = 2\n")
    below = Tree(two.root / "src")
    assert agree(below) == {"b.py": blob("B = 2\n"), "new.py": blob("N = 1\n")}


def test_crlf_is_the_same_text(two):
    two.write("a.py", "A = 2\r\n")
    assert agree(two)["a.py"] == blob("A = 2\n")
    git(two.root, "config", "core.autocrlf", "true")
    two.commit()
    assert agree(two)["a.py"] == blob("A = 2\n")


@pytest.mark.parametrize("committed", [False, True])
def test_links_are_what_they_lead_to(two, committed):
    (two.root / "link.py").symlink_to("src/b.py")
    (two.root / "folder").symlink_to("src")
    (two.root / "broken").symlink_to("nowhere")
    if committed:
        two.commit()
    assert agree(two) == {"a.py": blob("A = 1\n"), "link.py": blob("B = 1\n"), "src/b.py": blob("B = 1\n")}


def test_files_that_are_no_text(two):
    two.write("x.bin", b"\x00\xff\r\n")
    assert agree(two)["x.bin"] == content_id(str(two.root), "x.bin")


def test_names_that_are_no_text(two):
    with open(os.fsencode(two.root) + b"/\xff.py", "wb") as file:
        file.write(b"X = 1\n")
    assert agree(two)[os.fsdecode(b"\xff.py")] == blob("X = 1\n")


def test_no_git(tree):
    tree.write("a.py", "A = 1\n")
    tree.write("node_modules/x.js", "")
    tree.write(".regen/cache/plan.json", "")
    tree.write(".regen/locks/a.json", "{}")
    mode, seen = tree.seen()
    assert (mode, list(seen)) == ("walk", [".regen/locks/a.json", "a.py"])


def test_a_broken_repository_is_walked(two):
    (two.root / ".git" / "HEAD").write_text("rubbish")
    assert two.seen()[0] == "walk"


def test_no_git_program(two, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert two.seen()[0] == "walk"


def test_a_project_that_git_was_told_to_ignore_is_walked(tree):
    tree.write(".gitignore", "work/\n")
    tree.write("work/regen.toml", "")
    tree.commit()
    assert Tree(tree.root / "work").seen() == ("walk", {"regen.toml": blob("")})


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"])
def test_the_environment_of_a_hook_leads_nowhere_else(two, tmp_path_factory, monkeypatch, variable):
    monkeypatch.setenv(variable, str(tmp_path_factory.mktemp("elsewhere") / "x"))
    assert agree(two)["a.py"] == blob("A = 1\n")


@pytest.mark.parametrize("mode", ["git", "walk"])
def test_the_fingerprint_is_the_same_as_long_as_nothing_changes(two, mode):
    assert scan(str(two.root), mode).fingerprint == scan(str(two.root), mode).fingerprint

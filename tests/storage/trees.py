"""Folders with and without git."""

from __future__ import annotations

import hashlib
import os
import subprocess

import pytest

from regen.storage.tree import scan

WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
       "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}  # fmt: skip


def git(folder, *arguments):
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, env={**os.environ, **WHO})


def blob(text):
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class Tree:
    """A folder whose files are written by path."""

    def __init__(self, root):
        self.root = root

    def write(self, path, text):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(self):
        if not (self.root / ".git").exists():
            git(self.root, "init", "-q")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", "x", "--allow-empty")

    def seen(self, mode=""):
        found = scan(str(self.root), mode)
        return found.mode, dict(sorted(found.contents().items()))


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)

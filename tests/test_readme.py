"""README.md's console blocks, run in order in one fresh folder: what it prints is what regen prints.

`…` in the expected output stands for anything within a line; a line that is `…` alone for any lines. Only standard output is compared: progress
is talk.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(text):
    """Return the commands of all console blocks, each with the output that is shown below it."""
    found = []
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                assert found, f"output without a command: {line}"
                found[-1][1].append(line)
    return found


def pattern_of(lines):
    parts = [
        r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n" for line in lines
    ]
    return "".join(parts)


def differences(text, folder):
    """Run the commands in `folder`; return what differs from what is shown."""
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    found = []
    for command, expected in commands(text):
        example = re.fullmatch(r"cd examples/([\w-]+)", command)
        if example:
            folder = folder.parent / f"copy-of-{example[1]}"
            shutil.copytree(ROOT / "examples" / example[1], folder, ignore=shutil.ignore_patterns("cache", "local"))
            continue
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=100
        )
        if not re.fullmatch(pattern_of(expected), done.stdout):
            found.append(f"$ {command}\nshown:\n" + "\n".join(expected) + f"\nprinted:\n{done.stdout}\n{done.stderr}")
    return found


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "greeting"
    place.mkdir()
    return place


def test_readme_shows_what_regen_prints(folder):
    text = (ROOT / "README.md").read_text()
    if not commands(text):
        pytest.skip("README.md has no console block yet")
    assert differences(text, folder) == []


def test_runner_finds_what_differs(folder):
    text = "```console\n$ echo one; echo two\none\n…\n$ echo 3 s\n… s\n```\n\n```console\n$ echo four\nfive\n```\n"
    assert [difference.split("\n")[0] for difference in differences(text, folder)] == ["$ echo four"]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["a … c"], "a b c\n", True),
        (["a … c"], "a b\n", False),
        (["a", "…", "d"], "a\nb\nc\nd\n", True),
        (["a"], "a\nb\n", False),
        ([], "a\n", False),
        (["(x)"], "x\n", False),
    ],
)
def test_ellipses(shown, printed, same):
    assert bool(re.fullmatch(pattern_of(shown), printed)) is same

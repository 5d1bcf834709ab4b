"""What a run sees of the machine, and what a terminal is shown of what it said."""

from __future__ import annotations

import os
import shutil

import pytest
from test_language_attacks import judged  # noqa: F401 - a fixture
from test_languages import TONGUES, project  # noqa: F401 - a fixture

from regen.checks.language_tests.toolchains import find, holds_home, shown, shown_around
from regen.checks.types import readable_of
from regen.verdicts.printable import printable

# ── folders of people ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    for name in ("bin", "lib/node_modules", ".local/bin", ".nvm/v20/bin", ".nvm/v20/lib", "lib/python3.11", ".ssh"):
        (folder / name).mkdir(parents=True)
    for name in ("bin/node", ".local/bin/node", ".nvm/v20/bin/node", "bin/python3", ".nvm/v20/bin/python3", ".ssh/key"):
        (folder / name).write_text("#!/bin/sh\n")
    monkeypatch.setenv("HOME", str(folder))
    return folder


def test_a_program_in_a_home_folder_shows_itself_and_its_libraries_alone(home):
    assert shown_around(f"{home}/bin/node", "lib/node_modules") == (f"{home}/bin/node", f"{home}/lib/node_modules")
    assert shown_around(f"{home}/.local/bin/node", "lib/node_modules") == (f"{home}/.local/bin/node",)


def test_a_program_in_a_folder_of_its_own_shows_its_libraries(home):
    assert shown_around(f"{home}/.nvm/v20/bin/node") == (f"{home}/.nvm/v20/bin/node", f"{home}/.nvm/v20/lib")


def test_no_folder_that_holds_the_home_is_shown(home):
    assert shown(str(home), str(home.parent), f"{home}/.local", f"{home}/.nvm/v20") == (f"{home}/.nvm/v20",)
    assert not holds_home(f"{home}-of-others")


def test_types_see_no_home_for_an_interpreter_in_it(home):
    assert readable_of(f"{home}/bin/python3")[-2:] == (f"{home}/bin/python3", f"{home}/lib/python3.11")
    assert f"{home}/.nvm/v20" in readable_of(f"{home}/.nvm/v20/bin/python3")
    assert str(home) not in readable_of(f"{home}/bin/python3")


def test_javascript_reads_no_home_for_a_node_in_it(judged, home, monkeypatch):  # noqa: F811
    if not find("node"):
        pytest.skip("node is not installed")
    (home / "bin/node").unlink()
    try:
        os.link(os.path.realpath(find("node")), home / "bin/node")
    except OSError:  # another file system
        shutil.copy(os.path.realpath(find("node")), home / "bin/node")
    monkeypatch.setattr("regen.checks.language_tests.node.find", lambda name: str(home / "bin" / name))
    read = f'import fs from "node:fs";\nexport const add = () => fs.readFileSync("{home}/.ssh/key");\n'
    outcome, said = judged("javascript", read)
    assert (outcome, "ENOENT: no such file" in said) == ("failed", True)
    assert judged("javascript", TONGUES["javascript"].good) == ("passed", "")


# ── terminals ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "shown_text"),
    [
        ("got \x1b[31m1\x1b[0m, want 2", "got 1, want 2"),
        ("\x1b[2J\x1b[1;1Hall accepted", "all accepted"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b", "ab"),
        ("a\rb\bc\x00\x7f\x85\x9b1md", "abcd"),
        ("a\n\tb é 語 – ×", "a\n\tb é 語 – ×"),
        ("\x1b", ""),
        ("\x1b]never ended\nnext line", "\nnext line"),
    ],
)
def test_what_a_terminal_would_obey_is_left_out(text, shown_text):
    assert printable(text) == shown_text


ESCAPES = 'export const add = () => { throw new Error("a\\x1b[2J\\x1b[32mb\\x1b]0;x\\x07\\rc"); };\n'


@pytest.mark.skipif(not find("node"), reason="node is not installed")
def test_what_code_says_reaches_no_terminal_as_a_command(project):  # noqa: F811
    chosen = project.unit("javascript")
    for code in (ESCAPES, 'process.stderr.write("error \\x1b[2J\\x1b[32mall accepted");\nprocess.exit(1);\n'):
        ended, said = project.build(chosen.target, code)
        assert ended == 1
        assert said.isprintable() or not [c for c in said if ord(c) < 32 and c not in "\n\t"]
    told = project.regen("log", "add")[1] + project.regen("show", "add")[1]
    assert "\x1b" not in told
    assert "\x1b" not in (project.folder / "asked").read_text()


def test_what_python_says_reaches_no_terminal_as_a_command(project):  # noqa: F811
    project.write("regen.toml", "[build]\nattempts = 1\n")
    project.write("specs/add.md", "---\ntarget: src/add.py\ntests: [tests/test_add.py]\n---\n# Add\nAdd two.\n")
    project.write("tests/test_add.py", "import add\n\n\ndef test_add():\n    assert add.add() == 3\n")
    ended, said = project.build("src/add.py", 'def add():\n    raise ValueError("a\\x1b[2Jb\\rc")\n')
    assert ended == 1
    assert not [c for c in said if ord(c) < 32 and c not in "\n\t"]

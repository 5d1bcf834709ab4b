"""Every command: help with an example, data as JSON, exit codes, and what it says of a small project."""

from __future__ import annotations

import argparse
import importlib

import pytest
from tiny import unit

from regen.cli.main import COMMANDS

TWO = {**unit("a"), **unit("b", uses="a")}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_that_parses(project, name):
    made = project()
    ran = made.regen(name, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: regen {name} ")
    assert made.regen("help", name) == ran
    example = ran.out.split("\nexample:\n  ")[1].split("\n")[0]
    assert f"regen {name}" in example
    assert max(map(len, ran.out.split("\n"))) <= 100
    assert "exit codes: 0 ok, 1 work or failures found, 2 wrong input, 3 bug,\n            130 interrupted" in ran.out


AS_DATA = {
    "status": ({"units", "notices"}, 0),
    "build": ({"units", "left", "spent", "seconds", "interrupted"}, 0),
    "build --dry-run": ({"plan"}, 0),
    "verify": ({"units"}, 0),
    "check": ({"failures", "records", "notices"}, 0),
    "check --records": ({"failures", "records", "notices"}, 0),
    "explain a": (
        {"unit", "spec", "targets", "state", "step", "reasons", "mend", "key", "key_digest", "differences",
         "generator", "tokens", "parts", "dropped", "cost_usd", "prompt"},
        0,
    ),
    "diff": ({"differences"}, 0),
    "accept a": ({"units"}, 0),
    "pin a": ({"pinned"}, 0),
    "log": ({"generations"}, 0),
    "show a": ({"generation", "reply", "prompt", "reply_text"}, 0),
    "why out/a.txt:1": (
        {"file", "line", "text", "unit", "spec", "generation", "kind", "model", "attempt", "prompt", "because",
         "requirements"},
        0,
    ),
    "doctor": ({"findings"}, 0),
    "audit nope": ({"problems"}, 2),
    "probe a --from-ledger": ({"unit", "samples", "waits", "comparison", "proposed", "problems"}, 0),
    "proposals": ({"proposals"}, 0),
    "suggest-tests nope": ({"problems"}, 2),
    "completion bash": ({"script"}, 0),
    "unpin a": ({"problems"}, 2),
    "reply a fake.sh": ({"problems"}, 2),
    "init": ({"problems"}, 2),
    "build --nope": ({"problems"}, 2),
    "status nope": ({"problems"}, 2),
}  # fmt: skip


@pytest.mark.parametrize(("words", "keys", "code"), [(w, *v) for w, v in AS_DATA.items()], ids=AS_DATA)
def test_data_is_json_on_standard_output_and_talk_is_not(project, words, keys, code):
    made = project(TWO).built()
    got, data, err = made.json(*words.split())
    assert (got, set(data)) == (code, keys)
    assert bool(err) == bool(code)


def test_every_command_gives_data():
    assert {words.split()[0] for words in AS_DATA} == set(COMMANDS)
    for module, summary in COMMANDS.values():
        command = importlib.import_module(f"regen.cli.{module}")
        command.add_arguments(argparse.ArgumentParser())
        assert summary


def test_usage(project):
    made = project()
    helped = made.regen("--help")
    assert (helped.code, helped.err) == (0, "")
    assert made.regen() == (2, "", helped.out)
    assert made.regen("-h") == made.regen("help") == helped
    assert all(f"\n  {name} " in helped.out for name in COMMANDS)
    assert made.regen("--version").out.startswith("regen 0.")
    assert made.regen("statsu") == (
        2,
        "",
        "error: no command is called `statsu`; did you mean `status`?\nhint: regen status\n",
    )
    assert made.regen("zzz") == (2, "", "error: no command is called `zzz`\nhint: regen --help\n")
    assert made.regen("check", "more").err == "error: unrecognized arguments: more\nhint: regen check --help\n"
    assert made.regen("pin").err == "error: the following arguments are required: UNIT\nhint: regen pin --help\n"


def test_another_folder(project, tmp_path, monkeypatch):
    made = project().built()
    monkeypatch.chdir(tmp_path)
    assert made.regen("-C", "project", "status") == (0, "1 unit: 1 fresh\n", "")
    monkeypatch.chdir(tmp_path)
    assert made.regen("-C") == (2, "", "error: -C needs a folder\nhint: regen --help\n")
    assert made.regen("-C", "nope", "status").err == "error: -C nope: No such file or directory\nhint: regen --help\n"
    ran = made.regen("status")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: this is no regen project: no regen.toml")
    assert ran.err.endswith("\nhint: regen init\n")


def test_from_a_folder_inside_the_project(project, monkeypatch):
    made = project()
    monkeypatch.chdir(made.root / "specs")
    assert made.regen("build").code == 0
    assert made.regen("check") == (0, "1 unit: all well\n", "")
    assert made.regen("why", "../out/a.txt:1").code == 0
    assert made.asked == ["a"]


def test_log_and_show(project):
    made = project({**unit("a"), "replies/a": "```\nwrong\n```\n"})
    assert made.regen("log") == (0, "no generations yet: regen build\n", "")
    made.regen("build", "--attempts", "1")
    made.write({"replies/a": "```\na\n```\n"})
    made.built()
    log = made.regen("log")
    assert log == (
        0,
        "✓ HASH  TIME  a  sh ./fake.sh  attempt 2  ← accepted now\n✗ HASH  TIME  a  sh ./fake.sh\n",
        "",
    )
    assert made.regen("log", "-n", "1").out == log.out.split("\n")[0] + "\n"
    assert made.regen("log", "-n", "0").err == "error: argument -n: 0 is less than 1\nhint: regen log --help\n"
    assert made.regen("log", "zz").err == "error: no unit is called `zz`\nhint: regen status --all\n"
    rejected = made.json("log")[1]["generations"][1]
    assert rejected["verdict"] == "rejected"
    shown = made.regen("show", rejected["id"][:8])
    assert "check:     tests failed: the command ended with status 1: error: no line a\n" in shown.out
    assert made.regen("show", "zz").err == "error: no generation or unit is called zz\nhint: regen log\n"


def test_show(project):
    made = project().built()
    show = made.regen("show", "a")
    assert show.out.startswith("generation DIGEST\nunit:      a (generated, attempt 1)\nverdict:   accepted in N s, ")
    assert "generator: command:sh ./fake.sh (sh ./fake.sh), N s, tokens ? in, ? out, cost unknown\n" in show.out
    assert "\ncheck:     tests passed: an exit status alone is no proof that a test ran" in show.out
    assert made.regen("show", "a", "--reply").out == made.read("replies/a")
    assert made.regen("show", "a", "--prompt").out == made.regen("explain", "a", "--prompt").out


def test_diff(project):
    made = project().built()
    assert made.regen("diff") == (0, "", "")
    made.write({"out/a.txt": "a\nmine"})
    assert made.regen("diff", "a") == (
        1,
        "--- accepted/out/a.txt\n+++ now/out/a.txt\n@@ -1 +1,2 @@\n a\n+mine\n\\ No newline at end of file\n",
        "",
    )
    assert made.regen("diff", "--generation", "zz", "a") == (
        2,
        "",
        "error: a has no generation zz\nhint: regen log a\n",
    )


def test_explain_shows_what_changed_and_the_exact_prompt(project):
    made = project(TWO).built()
    made.change("specs/a.md", "Says a.", "Says a, always.")
    ran = made.regen("explain", "a")
    assert ran.out.startswith(
        "a (specs/a.md → out/a.txt)\nstate: stale: requirement FR-001 changed\nnext:  regenerate: regen build a\nkey HASH:\n"
    )
    assert "  requirements  FR-001                             HASH  ← changed\n" in ran.out
    assert ran.out.endswith(
        "generator: command:sh ./fake.sh; cost of a call: unknown\nthe whole prompt: regen explain a --prompt\n"
    )
    asked = made.regen("explain", "a", "--prompt").out
    made.built()
    assert made.regen("show", "a", "--prompt").out == asked


def test_why(project):
    made = project().built()
    assert made.regen("why", "out/a.txt:1").out == (
        "out/a.txt:1: a\n"
        "unit:        a (specs/a.md)\n"
        "generation:  HASH by sh ./fake.sh (generated, attempt 1)\n"
        "prompt:      HASH: regen show HASH --prompt\n"
        "because:     first generation of the unit\n"
    )
    made.change("specs/a.md", "Says a.", "Says a and more.")
    made.write({"replies/a": "```\na\nmore\n```\n"})
    made.built()
    assert made.regen("why", "out/a.txt:2").out.endswith(
        "because:     requirement FR-001 changed\nrequirement: FR-001 (specs/a.md:8): Says a and more.\n"
    )
    assert "because:     first generation of the unit\n" in made.regen("why", "out/a.txt:1").out
    made.write({"out/a.txt": "a\nmore\nmine\n"})
    assert made.regen("why", "out/a.txt:3").out.endswith(
        "made by:     hand: no accepted generation has this line\nhint: regen diff a\n"
    )


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("out/a.txt", "error: `out/a.txt` is no FILE:LINE\nhint: regen why out/a.txt:1\n"),
        ("out/a.txt:x", "error: `out/a.txt:x` is no FILE:LINE\nhint: regen why out/a.txt:1\n"),
        ("out/a.txt:9", "error: out/a.txt has 1 line\n  --> out/a.txt\nhint: regen why out/a.txt:1\n"),
        ("nope:1", "error: nope does not exist\nhint: regen status --all\n"),
        ("fake.sh:1", "error: no unit owns fake.sh:1\n  --> fake.sh\nhint: regen status --all\n"),
    ],
)
def test_why_of_nothing(project, place, said):
    assert project().built().regen("why", place) == (2, "", said)


def test_doctor_names_what_mends(project, monkeypatch):
    made = project()
    ran = made.regen("doctor")
    assert "✓ project: 1 unit\n" in ran.out
    assert "· repository: no git repository: the ledger has no history\n  mend: git init\n" in ran.out
    assert "✓ generator: command:sh ./fake.sh can be asked\n" in ran.out
    made.change("regen.toml", "command:sh ./fake.sh", "command:nope")
    ran = made.regen("doctor")
    assert ran.code == 1
    assert "✗ generator: the program `nope` is not on the PATH\n  mend: which nope\n" in ran.out
    made.write({"specs/a.md": "---\ntarget: [\n---\n"})
    ran = made.regen("doctor")
    assert (ran.code, "✗ project: the front matter is not valid YAML" in ran.out) == (1, True)


def test_doctor_of_a_ledger_that_git_ignores(project):
    made = project().built()
    made.write({".gitignore": ".regen/\n"})
    made.committed()
    ran = made.regen("doctor")
    assert ran.code == 1
    assert (
        "✗ ledger: .regen is ignored by git: nobody else gets it\n  mend: git check-ignore -v .regen/locks\n" in ran.out
    )


def test_doctor_of_a_sandbox_that_breaks(project, monkeypatch):
    def broken(kind):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("regen.cli.doctor.open_sandbox", broken)
    ran = project().regen("doctor")
    assert ran.code == 1
    assert "✗ sandbox: No space left on device while it was tried\n" in ran.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion(project, shell):
    made = project()
    ran = made.regen("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert all(name in ran.out for name in COMMANDS)
    if shell == "bash":
        made.write({"completion.sh": ran.out})
        assert made.shell("bash -n completion.sh").returncode == 0
        listed = made.shell("bash -c '. ./completion.sh; complete -p regen'")
        assert (listed.returncode, "regen" in listed.stdout) == (0, True)
    ran = made.regen("completion", "bsh")
    assert (ran.code, ran.err.startswith("error: argument shell: invalid choice: 'bsh'")) == (2, True)

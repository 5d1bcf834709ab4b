"""Generator `manual`: the prompt goes out, the build goes on, the reply comes back now or next week."""

from __future__ import annotations

import io
import json
import sys

import pytest
from projects import GREET, reply, spec

WAITS = "the prompt is in .regen/inbox/greet.HASH.prompt.md; bring the reply with: regen reply greet FILE"


def prompts(project):
    return [name for name in project.files(".regen/inbox") if name.endswith(".prompt.md")]


def standard_input(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_prompt_waits_in_a_file(project):
    ran = project.build("manual")
    assert ran.code == 1
    assert ran.out == "1 unit: 1 pending; N s\n"
    assert WAITS in ran.err
    [name] = prompts(project)
    assert "# The spec of greet\n\n# Greeting\nGreet a person by name.\n" in project.read(f".regen/inbox/{name}")


def test_the_prompt_is_the_one_that_a_program_gets(project):
    project.build("manual")
    [name] = prompts(project)
    project.build(project.answering(reply()))
    assert project.read("asked") == project.read(f".regen/inbox/{name}")


def test_waiting_again_changes_nothing(project):
    first = project.build("manual")
    assert project.build("manual") == first
    assert len(prompts(project)) == 1


def test_the_build_goes_on_with_other_units(project):
    project.write("specs/greet.md", spec(front="generator: manual\n"))
    project.write("specs/part.md", "---\ntarget: src/part.py\n---\n# Parting\nSay goodbye.\n")
    project.write("specs/party.md", "---\ntarget: src/party.py\nuses: [greet]\n---\n# Party\nGreet all.\n")
    generator = project.answering(reply(path="src/part.py"))
    project.write("regen.toml", f'[generator]\ndefault = "{generator}"\n')
    ran = project.regen("build")
    assert (ran.code, project.calls) == (1, 1)
    assert "✓ part accepted\n" in ran.err
    assert "… greet pending: " in ran.err
    assert "- party skipped: it uses greet, which waits for its reply\n" in ran.err
    assert project.read("src/part.py") == GREET


# ── the reply ───────────────────────────────────────────────────────────────────────────────────


def used(project, ran):
    """Check that a reply was brought and that the next build takes it and clears up."""
    assert (ran.code, ran.err) == (0, "")
    assert (
        ran.out
        == "the reply is in .regen/inbox/greet.HASH.reply.md; next: the command that asked for it, such as regen build greet\n"
    )
    built = project.build("manual")
    assert (built.code, built.err.splitlines()[-1]) == (0, "✓ greet accepted")
    assert project.read("src/greet.py") == GREET
    assert project.files(".regen/inbox") == []


def test_a_reply_in_a_file(project):
    project.build("manual")
    project.write("reply.md", reply())
    used(project, project.regen("reply", "greet", "reply.md"))


@pytest.mark.parametrize("words", [(), ("-",)])
def test_a_reply_on_standard_input(project, monkeypatch, words):
    project.build("manual")
    standard_input(monkeypatch, reply().replace("\n", "\r\n").encode())
    used(project, project.regen("reply", "greet", *words))


def test_a_reply_put_beside_its_prompt(project):
    project.build("manual")
    [name] = prompts(project)
    project.write(f".regen/inbox/{name.removesuffix('.prompt.md')}.reply.md", reply())
    assert project.build("manual").code == 0
    assert project.files(".regen/inbox") == []


def test_who_wrote_the_reply_is_kept(project):
    project.build("manual")
    project.write("reply.md", reply())
    project.regen("reply", "greet", "reply.md", "--model", "some-model-5")
    project.build("manual")
    assert "some-model-5" in project.regen("log", "greet").out


def test_a_rejected_reply_is_asked_for_again(project):
    project.build("manual")
    project.write("reply.md", reply(path="src/other.py"))
    project.regen("reply", "greet", "reply.md")
    ran = project.build("manual")
    assert (ran.code, ran.out) == (1, "1 unit: 1 pending; 1 call, N tokens, $0.0000; N s\n")
    [name] = prompts(project)
    assert "`src/other.py` is not one of this unit's targets" in project.read(f".regen/inbox/{name}")
    project.write("reply.md", reply())
    used(project, project.regen("reply", "greet", "reply.md"))


def test_the_reply_to_an_older_prompt_is_not_used(project):
    project.build("manual")
    project.write("reply.md", reply())
    project.regen("reply", "greet", "reply.md")
    project.write("specs/greet.md", spec("Greet nobody."))
    ran = project.build("manual")
    assert (ran.code, ran.out) == (1, "1 unit: 1 pending; N s\n")
    assert not (project.folder / "src").exists()


def test_a_reply_belongs_to_the_newest_prompt(project):
    project.build("manual")
    [old] = prompts(project)
    project.write("specs/greet.md", spec("Greet nobody."))
    project.build("manual")
    project.write("reply.md", reply())
    assert project.regen("reply", "greet", "reply.md").code == 0
    assert project.build("manual").code == 0
    assert project.read("src/greet.py") == GREET
    assert [name for name in prompts(project) if name != old] == []


def test_prompts_of_units_whose_names_begin_alike_are_told_apart(project):
    project.write("specs/greet/long.md", "---\ntarget: src/long.py\n---\n# Long greeting\nGreet at length.\n")
    project.build("manual")
    project.write("reply.md", reply())
    project.regen("reply", "greet", "reply.md")
    project.build("manual")
    assert [name.partition(".")[2][:4] for name in prompts(project)] == ["long"]
    assert project.read("src/greet.py") == GREET


# ── ways in and out ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def clipboard(project, monkeypatch):
    """Return a folder that is the whole PATH, with an `xclip` that keeps the clipboard in a file."""
    programs = project.folder.parent / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    held = project.folder.parent / "clipboard"

    def xclip(copy=f"/bin/cat >{held}", paste=f"/bin/cat {held}"):
        path = programs / "xclip"
        path.write_text(f'#!/bin/sh\ncase "$*" in\n"-selection clipboard") {copy};;\n*-o*) {paste};;\nesac\n')
        path.chmod(0o755)
        return held

    return xclip


def test_the_clipboard_takes_the_prompt_and_gives_the_reply(project, clipboard):
    held = clipboard()
    ran = project.build("manual:clipboard")
    assert (ran.code, ran.out) == (1, "1 unit: 1 pending; N s\n")
    [name] = prompts(project)
    assert held.read_text() == project.read(f".regen/inbox/{name}")
    held.write_text(reply())
    used(project, project.regen("reply", "greet", "--clipboard"))


def test_what_was_copied_since_stays_in_the_clipboard(project, clipboard):
    held = clipboard()
    project.build("manual:clipboard")
    held.write_text("what the user copied")
    project.build("manual:clipboard")
    assert held.read_text() == "what the user copied"


def test_no_clipboard_program(project, clipboard):
    ran = project.build("manual:clipboard")
    assert ran.code == 1
    assert ran.err.endswith(
        "error from this machine: no clipboard program is here (wl-copy, xclip, xsel, pbcopy, clip.exe)\n"
        "hint: regen build --generator manual\n"
    )


def test_a_clipboard_program_that_fails_is_told(project, clipboard):
    clipboard(copy="echo no display >&2; exit 1", paste="echo no display >&2; exit 1")
    ran = project.build("manual:clipboard")
    assert ran.code == 1
    assert "xclip" in ran.err
    assert project.regen("reply", "greet", "--clipboard").err.startswith("error from this machine: ")


def test_a_clipboard_program_that_goes_on_in_the_background_is_not_waited_for(project, clipboard):
    go = project.pipe("go")  # as the real xclip does, which holds the clipboard until another program takes it
    clipboard(copy=f"/bin/cat >/dev/null; (read line <>{project.folder}/go) &")
    ran = project.build("manual:clipboard")
    go.say()
    assert (ran.code, ran.out) == (1, "1 unit: 1 pending; N s\n")


def test_standard_output_gets_the_prompt(project):
    ran = project.build("manual:stdout")
    [name] = prompts(project)
    assert ran.code == 1
    assert ran.out == project.read(f".regen/inbox/{name}")
    assert ran.err.endswith("1 unit: 1 pending; N s\n")


def test_standard_output_stays_data_where_data_is_asked_for(project):
    ran = project.build("manual:stdout", "--json")
    assert json.loads(ran.out)["units"][0]["outcome"] == "pending"


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────


def refused(ran, message, hint):
    assert (ran.code, ran.out, ran.err) == (2, "", f"error: {message}\nhint: {hint}\n")


def test_a_reply_that_nobody_waits_for(project):
    project.write("reply.md", reply())
    hint = "regen build greet --generator manual"
    refused(project.regen("reply", "greet", "reply.md"), "no prompt of greet waits for a reply", hint)


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_an_empty_reply(project, monkeypatch, text):
    project.build("manual")
    standard_input(monkeypatch, text.encode())
    ran = project.regen("reply", "greet")
    refused(ran, "the reply is empty", "regen reply greet FILE")
    assert len(project.files(".regen/inbox")) == 1


def test_a_reply_in_no_file(project):
    project.build("manual")
    ran = project.regen("reply", "greet", "absent.md")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: absent.md can't be read: No such file or directory\n")
    assert ran.err.endswith("hint: ls -l absent.md\n")


def test_binary_rubbish_as_a_reply(project, monkeypatch):
    project.build("manual")
    standard_input(monkeypatch, bytes(range(256)))
    assert project.regen("reply", "greet").code == 0
    ran = project.build("manual")
    assert ran.code == 1
    assert "✗ greet rejected: the reply holds control characters; it is no text\n" in ran.err


def test_an_unknown_way(project):
    ran = project.build("manual:pigeon")
    message = "manual:pigeon is not known; it can be file, stdout or clipboard"
    refused(ran, message, "regen build --generator manual")

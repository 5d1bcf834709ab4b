"""Generator `command`: any program, good or bad, under a whole `regen build`."""

from __future__ import annotations

import os
import signal

import pytest
from projects import GREET, finish, has_ended, reply, running, spec

CANARY = "sk-canary-5f3a9c1e7b2d4068"

# The program says that it runs and waits to be let go. The pipes are opened for both ways, so that nothing blocks early.
HELD = "echo $$ >started; read line <>go"


def rejected(reason, attempts=1):
    asked = "\n".join(
        f"  greet asking{f' (attempt {n})' if n > 1 else ''}, N tokens\n"
        f"  greet verifying{f' (attempt {n})' if n > 1 else ''}\n"
        f"✗ greet rejected{f' (attempt {n})' if n > 1 else ''}: {reason}"
        for n in range(1, attempts + 1)
    )
    return f"{asked}\ngreet is rejected\n  {reason}\nhint: regen show HASH\n"


def test_a_program_gets_the_prompt_and_its_reply_becomes_code(project):
    ran = project.build(project.answering(reply()))
    assert ran.code == 0
    assert ran.out == "1 unit: 1 accepted; 1 call, N tokens, cost unknown; N s\n"
    assert ran.err == "  greet asking, N tokens\n  greet verifying\n✓ greet accepted\n"
    assert project.read("src/greet.py") == GREET
    assert "# The spec of greet\n\n# Greeting\nGreet a person by name.\n" in project.read("asked")
    assert project.files(".regen/local/calls") == []


def test_a_program_that_fails_is_quoted_without_keys(project, monkeypatch):
    monkeypatch.setenv("SOME_VENDOR_API_KEY", CANARY)
    generator = project.program('echo first >&2\necho "no credit for $SOME_VENDOR_API_KEY" >&2\nexit 3')
    ran = project.build(generator)
    assert ran.code == 1
    assert ran.out == "1 unit: 1 failed; N s\n"
    assert ran.err == (
        "  greet asking, N tokens\n"
        "✗ greet failed\n"
        "error from the generator: `./model` ended with status 3: first / no credit for [SOME_VENDOR_API_KEY]\n"
        "hint: echo hello | ./model\n"
    )
    assert project.holding(CANARY) == []
    assert project.calls == 1


def test_a_program_that_fails_without_a_word(project):
    ran = project.build(project.program("exit 1"))
    assert (ran.code, ran.out) == (1, "1 unit: 1 failed; N s\n")
    assert "error from the generator: `./model` ended with status 1: no message\n" in ran.err


def test_a_failure_is_not_kept_for_the_next_build(project):
    project.write("answer", reply())
    generator = project.program("test -e mended || exit 1\ncat answer")
    assert project.build(generator).code == 1
    project.write("mended", "")
    assert project.build(generator).code == 0
    assert project.calls == 2


def test_what_was_printed_before_a_failure_is_no_reply(project):
    assert project.build(project.answering(reply(), before="trap 'exit 1' EXIT")).code == 1
    assert not (project.folder / "src").exists()


def test_a_program_ended_by_a_signal(project):
    ran = project.build(project.program("kill -KILL $$"))
    assert (ran.code, ran.out) == (1, "1 unit: 1 failed; N s\n")
    assert "error from the generator: `./model` ended with status 137: " in ran.err


@pytest.mark.parametrize("where", ["reply", "command line"])
def test_a_key_is_stored_nowhere(project, monkeypatch, where):
    monkeypatch.setenv("SOME_VENDOR_API_KEY", CANARY)
    if where == "reply":
        generator = project.program(
            'printf "\\140\\140\\140python\\nKEY = 1 # %s\\n\\140\\140\\140\\n" "$SOME_VENDOR_API_KEY"'
        )
    else:
        generator = f"{project.answering(reply())} --key {CANARY}"
    ran = project.build(generator)
    assert ran.code in (0, 1)
    assert project.holding(CANARY) == []
    assert CANARY not in ran.out + ran.err


# ── replies that are none ───────────────────────────────────────────────────────────────────────


def test_a_program_that_prints_nothing(project):
    ran = project.build(project.program("cat >/dev/null"))
    assert (ran.code, ran.err) == (1, rejected("the reply is empty", attempts=3))
    assert ran.out == "1 unit: 1 rejected; 3 calls, N tokens, cost unknown; N s\n"
    assert project.calls == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (r"printf '\000\001\377\376\200'", "the reply holds control characters; it is no text"),
        (r"printf '\377\376\200'", "there is no fenced block for `src/greet.py`"),
        ("echo I am sorry, I can not do that.", "there is no fenced block for `src/greet.py`"),
        (
            "printf '```python path=src/greet.py\\ndef greet(name):\\n    return'",
            "the fenced block src/greet.py is not closed; the reply was cut off",
        ),
        (
            "printf '```python path=src/greet.py\\ndef greet(:\\n```\\n'",
            "`src/greet.py` does not parse: line 1, column 11: invalid syntax",
        ),
    ],
)
def test_rubbish_is_rejected_in_one_sentence(project, body, reason):
    ran = project.build(project.program(body), "--attempts", "1")
    assert (ran.code, ran.err) == (1, rejected(reason))
    assert not (project.folder / "src").exists()


@pytest.mark.parametrize(
    "path", ["../greet.py", "src/../../greet.py", "src/other.py", "/tmp/greet.py", ".regen/locks/greet.json"]
)
def test_a_path_outside_the_unit_is_rejected(project, path):
    before = sorted(project.folder.parent.rglob("*.py"))
    ran = project.build(project.answering(reply(path=path)), "--attempts", "1")
    assert (ran.code, ran.err) == (1, rejected(f"`{path}` is not one of this unit's targets (src/greet.py)"))
    assert sorted(project.folder.parent.rglob("*.py")) == before
    assert not (project.folder / ".regen/locks").exists()


def test_the_next_attempt_hears_why_the_last_was_rejected(project):
    project.write("answer", reply())
    generator = project.program("cat >asked\ntest -e again && cat answer || touch again")
    ran = project.build(generator)
    assert (ran.code, project.calls) == (0, 2)
    assert "The reply could not be used: the reply is empty\n" in project.read("asked")
    assert project.read("src/greet.py") == GREET


# ── programs that do not end ────────────────────────────────────────────────────────────────────


def stopped(project, ran, reason):
    assert (ran.code, ran.out) == (1, "1 unit: 1 failed; N s\n")
    assert ran.err == (
        "  greet asking, N tokens\n✗ greet failed\n"
        f"error from the generator: `./model` {reason}\nhint: echo hello | ./model\n"
    )
    assert all(has_ended(int(pid)) for pid in project.lines("calls"))
    assert project.files(".regen/local/calls") == []


@pytest.mark.parametrize("stream", [1, 2])
def test_too_much_output_is_cut(project, stream):
    project.write("regen.toml", "[generator]\ntimeout = 10.0\n")
    project.pipe("go")
    generator = project.program(f"head -c 9000000 /dev/zero >&{stream}\nread line <>go")
    stopped(project, project.build(generator), "wrote more than 8 MiB")


@pytest.mark.parametrize("trap", ["", "trap '' TERM INT HUP"])
def test_a_program_that_takes_too_long_is_ended(project, trap):
    project.write("regen.toml", "[generator]\ntimeout = 0.2\n")
    project.pipe("go")
    stopped(project, project.build(project.program(f"{trap}\nread line <>go")), "took longer than 0.2 s")


def test_the_programs_of_a_program_end_with_it(project):
    project.write("regen.toml", "[generator]\ntimeout = 0.2\n")
    project.pipe("go")
    project.program("read line <>go", name="child")
    stopped(project, project.build(project.program("./child & ./child | ./child")), "took longer than 0.2 s")


def test_ctrl_c_ends_the_program_and_the_build(project):
    started, _ = project.pipe("started"), project.pipe("go")
    generator = project.answering(reply(), before=HELD)
    process = project.start("build", "--generator", generator)
    pid = int(started.hear())
    process.send_signal(signal.SIGINT)
    ran = finish(process)
    assert ran.code == 130
    assert ran.out.endswith("; N s (interrupted)\n")
    assert "Traceback" not in ran.err
    assert has_ended(pid)
    assert not (project.folder / "src").exists()
    assert project.build(project.answering(reply())).code == 0  # and nothing is in the way of the next one


# ── regen is killed ─────────────────────────────────────────────────────────────────────────────


def killed(project, generator, started):
    """Kill regen while the program runs; return the program's process id."""
    process = project.start("build", "--generator", generator)
    pid = int(started.hear())
    process.kill()
    process.wait()
    assert running(pid)
    return pid


def test_a_reply_that_comes_after_regen_was_killed_is_used(project):
    started, go = project.pipe("started"), project.pipe("go")
    done = project.pipe("done")
    # Whoever reads `done` to its end knows that the program has ended, and the shell around it goes on from there.
    generator = project.answering(reply(), before=f"{HELD}; echo ended >done")
    killed(project, generator, started)
    go.say()
    done.hear()
    ran = project.build(generator)
    assert (ran.code, project.calls) == (0, 1)
    assert project.read("src/greet.py") == GREET


def test_a_call_that_outlives_regen_is_waited_for(project):
    started, go = project.pipe("started"), project.pipe("go")
    generator = project.answering(reply(), before=HELD)
    pid = killed(project, generator, started)
    process = project.start("build", "--generator", generator)
    assert process.stderr.readline().startswith("  greet asking")
    assert running(pid)
    go.say()
    assert finish(process).code == 0
    assert project.calls == 1
    assert project.files(".regen/local/calls") == []


def test_a_call_that_died_with_regen_is_made_again(project):
    started, go = project.pipe("started"), project.pipe("go")
    generator = project.answering(reply(), before=HELD)
    pid = killed(project, generator, started)
    os.killpg(os.getpgid(pid), signal.SIGKILL)
    go.say()
    assert project.build(generator).code == 0
    assert project.calls == 2


def test_the_reply_to_an_older_spec_is_not_used(project):
    started, go = project.pipe("started"), project.pipe("go")
    generator = project.answering(reply(), before=HELD)
    killed(project, generator, started)
    project.write("specs/greet.md", spec("Greet nobody."))
    go.say("go\ngo\n")
    assert project.build(generator).code == 0
    assert project.calls == 2
    assert "Greet nobody." in project.read("asked")


def test_ctrl_c_ends_a_call_that_an_earlier_build_began(project):
    started, _ = project.pipe("started"), project.pipe("go")
    generator = project.answering(reply(), before=HELD)
    pid = killed(project, generator, started)
    process = project.start("build", "--generator", generator)
    assert process.stderr.readline().startswith("  greet asking")
    process.send_signal(signal.SIGINT)
    assert finish(process).code == 130
    assert has_ended(pid)


# ── configuration ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("generator", "message", "hint"),
    [
        ("command:", "`command:` names no program", "regen doctor"),
        ("command:llm 'x", "the command `llm 'x` can't be split: No closing quotation", "regen doctor"),
        ("command:no-such-program -m x", "the program `no-such-program` is not on the PATH", "which no-such-program"),
        ("command:./absent", "the program `./absent` is not on the PATH", "which ./absent"),
        ("comand:llm", "no generator is called `comand`; did you mean `command`?", "regen doctor"),
    ],
)
def test_a_wrong_command_is_refused_before_anything_is_asked(project, generator, message, hint):
    ran = project.build(generator)
    assert (ran.code, ran.out, ran.err) == (2, "", f"error: {message}\nhint: {hint}\n")


def test_a_program_runs_in_the_project_wherever_regen_is_called(project, monkeypatch):
    project.write("regen.toml", "")
    generator = project.answering(reply())
    monkeypatch.chdir(project.folder / "specs")
    assert project.build(generator).code == 0
    assert project.read("src/greet.py") == GREET

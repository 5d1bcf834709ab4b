"""What wrong generators, keys, endpoints and replies get. Nothing that was recorded is ever lost, no key ever shown."""

from __future__ import annotations

import json
import socket

import pytest
from tiny import FAKE, SETTINGS, unit

from regen.testing.loopback_provider import Cut, EchoKey, Empty, LoopbackProvider, Rubbish, Status, WrongJson

CANARY = "sk-canary-7d21f0a94be8c3561f"


def settings_for(generator):
    return SETTINGS.replace("command:sh ./fake.sh", generator)


# ── which generator ─────────────────────────────────────────────────────────────────────────────


def test_no_generator(project):
    ran = project(settings=SETTINGS.replace('default = "command:sh ./fake.sh"', "")).regen("build")
    assert ran == (
        2,
        "",
        """\
error: no generator is configured: what should write the code?
hint: regen build --generator manual   (or set default in [generator] of regen.toml)
""",
    )


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("comand:x", "no generator is called `comand`; did you mean `command`?", "regen doctor"),
        ("command:no-such-program x", "the program `no-such-program` is not on the PATH", "which no-such-program"),
        (
            "manual:fax",
            "manual:fax is not known; it can be file, stdout or clipboard",
            "regen build --generator manual",
        ),
        (
            "api:nobody:x",
            "`api:nobody:x` names no model: write `api:VENDOR:MODEL`, VENDOR one of openai, anthropic",
            'default = "api:openai:x"',
        ),
        (
            "api:openai:gpt-5",
            "`api:openai:gpt-5` needs a key, and OPENAI_API_KEY is not set",
            "export OPENAI_API_KEY=…",
        ),
    ],
)
def test_wrong_generator_is_shown_where_it_was_chosen(project, name, message, hint):
    made = project(settings=settings_for(name))
    line, carets = f'default = "{name}"', "^" * len(name)
    shown = f"  --> regen.toml:2:12\n   |\n 2 | {line}\n   |            {carets}\n"
    assert made.regen("build") == (2, "", f"error: {message}\n{shown}hint: {hint}\n")
    assert made.regen("build", "--generator", name) == (2, "", f"error: {message}\nhint: {hint}\n")
    assert not made.kept()


def test_wrong_generator_of_one_unit_is_shown_in_its_spec(project):
    made = project()
    made.change("specs/a.md", "tests:", "generator: comand:x\ntests:")
    assert (
        "  --> specs/a.md:3:12\n   |\n 3 | generator: comand:x\n   |            ^^^^^^^^\n" in made.regen("build").err
    )


# ── a model's API ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asking(project, monkeypatch):
    """`asking(*faults)`: a project whose model is on this machine, with a key that must be seen nowhere."""
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    providers = []

    def ask(*faults, reply="```\na\n```\n"):
        provider = LoopbackProvider(reply=lambda prompt: reply, faults=faults)
        providers.append(provider)
        return project(settings=api_settings(provider.base_url("openai")))

    yield ask
    for provider in providers:
        provider.close()


def api_settings(base_url):
    return settings_for("api:openai:gpt-5").replace(
        "[checks]", f'base_url = "{base_url}"\nretries = 0\nprice_input = 1.0\nprice_output = 2.0\n[checks]'
    )


def assert_nowhere(made, *texts):
    assert CANARY not in "".join(texts)
    assert [path for path, data in made.files().items() if CANARY.encode() in data] == []


FAULTS = {
    "401": (Status(401), 1, "HOST refuses the key in OPENAI_API_KEY (401): scripted fault", "export OPENAI_API_KEY=…"),
    "429": (Status(429), 1, "HOST limits the rate (429): scripted fault", "regen build -j 1"),
    "500": (Status(500), 1, "HOST failed (500): scripted fault", "regen build"),
    "cut": (Cut(1), 1, "HOST cut the stream: ", "regen build"),
    "empty": (Empty(), 1, "HOST sent an empty reply", "regen build"),
    "rubbish": (Rubbish(), 1, "HOST sent ", "regen doctor"),
    "json": (WrongJson(), 1, "HOST ", ""),
}


@pytest.mark.parametrize(("fault", "code", "message", "hint"), FAULTS.values(), ids=FAULTS)
def test_endpoint_that_fails(asking, fault, code, message, hint):
    made = asking(fault)
    ran = made.regen("build")
    assert ran.code == code
    assert ran.out.startswith("1 unit: 1 failed; ")
    said = ran.err.split("\n")
    assert said[:2] == ["  a asking, N tokens", "✗ a failed"]
    assert message in said[2]
    assert f"hint: {hint}" in ran.err
    assert_nowhere(made, *ran[1:])
    again = made.regen("build")  # the next request is answered well
    assert (again.code, made.read("out/a.txt")) == (0, "a\n")
    assert_nowhere(made, *again[1:])


def test_endpoint_that_is_not_there(project, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    made = project(settings=api_settings(f"http://127.0.0.1:{port}/v1"))
    ran = made.regen("build")
    assert ran == (
        1,
        "1 unit: 1 failed; N s\n",
        """\
  a asking, N tokens
✗ a failed
error from the generator: can't reach HOST: connection refused
hint: regen doctor
""",
    )
    assert_nowhere(made, *ran[1:])


@pytest.mark.parametrize("code", [401, 403, 500, 200])
def test_key_that_the_provider_echoes_is_neither_printed_nor_stored(asking, code):
    made = asking(EchoKey(code))
    ran = made.regen("build")
    said = [*ran[1:]]
    for words in (["log"], ["show", "a"], ["status"], ["explain", "a"], ["doctor"], ["build", "--json"]):
        said += made.regen(*words)[1:]
    assert_nowhere(made, *said)


def test_key_that_a_program_prints_is_neither_printed_nor_stored(project, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    made = project()
    made.write({"fake.sh": 'cat >/dev/null; echo "bad key $OPENAI_API_KEY" >&2; exit 3\n'})
    ran = made.regen("build")
    assert "`sh ./fake.sh` ended with status 3: bad key [OPENAI_API_KEY]" in ran.err
    assert_nowhere(made, *ran[1:])


def test_other_units_go_on_when_one_call_fails(project, monkeypatch):
    made = project({**unit("a"), **unit("b", uses="a"), **unit("c")})
    made.write({"fake.sh": FAKE.replace("cat", '[ "$unit" = a ] && echo "no luck" >&2 && exit 1\ncat')})
    ran = made.regen("build", "-j", "1")
    assert ran.code == 1
    assert ran.out == "3 units: 1 failed, 1 accepted, 1 skipped; 1 call, N tokens, cost unknown; N s\n"
    assert "error from the generator: `sh ./fake.sh` ended with status 1: no luck\n" in ran.err
    assert "- b skipped: it uses a, which failed\n" in ran.err
    assert made.regen("status").out.startswith("+ a  missing     never built\n+ b  missing     never built\n")
    made.write({"fake.sh": FAKE})
    assert made.regen("build").code == 0
    assert sorted(made.asked[:2]) == ["a", "c"], "neither waits for the other: who asks first is open"
    assert made.asked[2:] == ["a", "b"], "what was accepted is not asked for again"


# ── replies ─────────────────────────────────────────────────────────────────────────────────────

REPLIES = {
    "empty": ("", "the reply is empty"),
    "white space": (" \n\n", "the reply is empty"),
    "no code": ("I can't do that.\n", "there is no fenced block for `out/a.txt`"),
    "outside": ("``` path=../a.txt\na\n```\n", "`../a.txt` is not one of this unit's targets (out/a.txt)"),
    "absolute": ("``` path=/tmp/a.txt\na\n```\n", "`/tmp/a.txt` is not one of this unit's targets (out/a.txt)"),
    "another file": (
        "``` path=tests/a.sh\nexit 0\n```\n",
        "`tests/a.sh` is not one of this unit's targets (out/a.txt)",
    ),
    "never closed": ("``` path=out/a.txt\na\n", "not closed"),
    "binary": (bytes(range(256)) * 64, "the reply holds control characters; it is no text"),
    "NUL in code": (b"```\na\n\0\n```\n", "the reply holds control characters; it is no text"),
}


@pytest.mark.parametrize(("reply", "reason"), REPLIES.values(), ids=REPLIES)
def test_reply_that_is_no_candidate(project, reply, reason):
    made = project()
    made.write({"replies/a": reply})
    tests = made.read("tests/a.sh")
    ran = made.regen("build", "--attempts", "2")
    assert ran.code == 1
    assert ran.out == "1 unit: 1 rejected; 2 calls, N tokens, cost unknown; N s\n"
    assert "✗ a rejected (attempt 2): " in ran.err
    told = ran.err.split("a is rejected\n")[1].split("\n")
    assert reason in told[0]
    assert told[1] == "hint: regen show HASH"
    assert not (made.root / "out").exists()
    assert made.read("tests/a.sh") == tests
    assert made.regen("log").out.count("✗ HASH") == 2, "rejected replies are kept"
    made.write({"replies/a": "```\na\n```\n"})
    kept = made.kept()
    assert made.regen("build").code == 0
    assert kept.items() <= made.kept().items()


def test_rejection_says_which_test_failed_and_what_it_saw(project):
    made = project(
        {
            "specs/one.md": "---\ntarget: src/one.py\ntests: [tests/test_one.py]\nhidden_tests: [tests/test_hid.py]\n"
            "---\n# Unit one\nOne.\n",
            "tests/test_one.py": "from one import one\n\ndef test_one():\n    assert one(3) == 1\n",
            "tests/test_hid.py": "from one import one\n\ndef test_secret():\n    assert one(4) == 5\n",
            "pytest.ini": "[pytest]\npythonpath = src\n",
            "replies/one": "```python\ndef one(n):\n    return 2\n```\n",
        }
    )
    ran = made.regen("build", "--attempts", "1")
    assert ran.code == 1
    assert ran.err.split("one is rejected\n")[1] == (
        "  1 of 1 tests failed:\n\n  - tests/test_one.py::test_one\n    input: one(3)\n    expected: 1\n    actual: 2\n"
        "hint: regen show HASH\n"
    )
    made.write({"replies/one": "```python\ndef one(n):\n    return 1\n```\n"})
    ran = made.regen("build", "--attempts", "1")
    assert ran.code == 1
    assert "test_secret" not in ran.out + ran.err
    assert "one(4)" not in json.dumps(made.json("explain", "one")[1]), "a hidden test is in no prompt"

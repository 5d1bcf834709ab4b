"""Samples that differ in model, temperature or prompt order: who is asked how, and where one is told of it."""

from __future__ import annotations

import re

import pytest
from tiny_fees import DOWN, SPEC, TEST, UP, WRONG

from regen.testing.loopback_provider import LoopbackProvider, Status, Tokens

ALSO_DOWN = "def fee(cents: int) -> int:\n    tens, _ = divmod(cents, 10)\n    return tens\n"
MODEL = 'default = "command:sh ./model"\n'
AGREE = '[build]\npolicy = "agree"\njobs = 1\n'


def fenced(code):
    return f"```python path=src/fees.py\n{code}```\n"


def program(made, name, code, before=""):
    """Make a program that answers `code` and keeps each prompt as `NAME-asked-N`."""
    keep = f'n=$(ls {name}-asked-* 2>/dev/null | wc -l)\ncat >"{name}-asked-$((n + 1))"\n{before}\n'
    made.write({f"{name}-answer": fenced(code), name: f"{keep}cat {name}-answer\n"})


def asked(made, name="model"):
    return [made.read(path.name) for path in sorted(made.root.glob(f"{name}-asked-*"))]


def settings(made, generator=MODEL, vary="", build="[build]\njobs = 1\n"):
    made.write({"regen.toml": f"[generator]\n{generator}[generator.vary]\n{vary}{build}"})


def forget_code(made):
    made.shell("rm -r .regen/locks .regen/cache src")


@pytest.fixture
def two(project):
    """A project with two programs, `model` and `other`, and no reply yet."""
    made = project({"specs/fees.md": SPEC, "tests/test_fees.py": TEST}, settings="")
    program(made, "model", DOWN)
    program(made, "other", ALSO_DOWN)
    settings(made, vary='models = ["command:sh ./other"]\n')
    return made


def headings(prompt):
    return re.findall(r"^# (.*)$", prompt.partition("You are the compiler")[2], re.MULTILINE)


# ── which way, and where it is told ─────────────────────────────────────────────────────────────


def test_each_sample_is_asked_in_its_own_way_and_says_which(two):
    ran = two.regen("probe", "fees", "-n", "3")
    assert ran.code == 0
    assert ran.out.splitlines()[:4] == [
        "fees: 3 replies, 3 accepted",
        "  ✓ HASH  command:sh ./model",
        "  ✓ HASH  command:sh ./other, prompt order 2",
        "  ✓ HASH  command:sh ./model, prompt order 3",
    ]


def test_orders_hold_the_same_parts_between_the_same_ends(two):
    settings(two)
    two.regen("probe", "fees", "-n", "3")
    spec = ["The spec of fees", "Fees"]
    first, second, third = sorted(map(headings, asked(two)))
    assert first == ["Constraints", *spec, "Test tests/test_fees.py", "Your answer"]
    assert second == ["Test tests/test_fees.py", *spec, "Constraints", "Your answer"]
    assert third == [*spec, "Test tests/test_fees.py", "Constraints", "Your answer"]


def test_with_the_order_kept_every_prompt_is_the_same(two):
    settings(two, vary="prompt_order = false\n")
    assert two.regen("probe", "fees", "-n", "3").out.count("command:sh ./model\n") == 3
    assert len(set(asked(two))) == 1


def test_the_first_sample_is_what_a_build_asks(two):
    assert two.regen("build").code == 0
    [prompt] = asked(two)
    two.regen("probe", "fees", "-n", "2")
    assert asked(two) == [prompt]
    assert len(asked(two, "other")) == 1


def test_a_generator_of_the_command_line_is_the_only_one_asked(two):
    two.regen("probe", "fees", "-n", "3", "-g", "command:sh ./model")
    assert (len(asked(two)), len(asked(two, "other"))) == (3, 0)


def test_log_and_show_say_which_way(two):
    two.regen("probe", "fees", "-n", "2")
    newest, oldest = two.regen("log").out.splitlines()
    assert newest.endswith("  fees  sh ./other  prompt order 2  probed  attempt 2")
    assert oldest.endswith("  fees  sh ./model  probed")
    _, data, _ = two.json("log")
    assert [row["way"] for row in data["generations"]] == [{"generator": "command:sh ./other", "order": 2}, None]
    shown = two.regen("show", data["generations"][0]["id"]).out
    assert "varied:    command:sh ./other in place of the unit's own, prompt order 2\n" in shown
    assert "varied:" not in two.regen("show", data["generations"][1]["id"]).out


# ── what the ledger has ─────────────────────────────────────────────────────────────────────────


def test_replies_to_these_ways_are_not_asked_for_again(two):
    two.regen("probe", "fees", "-n", "3")
    assert two.regen("probe", "fees", "-n", "3").out.splitlines()[0] == "fees: 3 replies, 3 accepted"
    assert (len(asked(two)), len(asked(two, "other"))) == (2, 1)
    two.regen("probe", "fees", "-n", "4")
    assert (len(asked(two)), len(asked(two, "other"))) == (2, 2)


def test_a_model_that_is_varied_to_is_asked_though_there_are_replies_of_another(two):
    settings(two)
    two.regen("probe", "fees", "-n", "2")
    settings(two, vary='models = ["command:sh ./other"]\n')
    two.regen("probe", "fees", "-n", "2")
    assert (len(asked(two)), len(asked(two, "other"))) == (2, 1)


def test_a_probe_that_was_broken_off_asks_for_what_is_missing_only(two):
    program(two, "other", DOWN, before="exit 1")
    two.regen("probe", "fees", "-n", "4")
    assert (len(asked(two)), len(asked(two, "other"))) == (2, 2)
    program(two, "other", DOWN)
    lines = two.regen("probe", "fees", "-n", "4").out.splitlines()
    assert (len(asked(two)), len(asked(two, "other"))) == (2, 4)
    assert sorted(asked(two, "other")[:2]) == sorted(asked(two, "other")[2:])
    assert sorted(line.partition("HASH  ")[2] for line in lines[1:5]) == [
        "command:sh ./model",
        "command:sh ./model, prompt order 3",
        "command:sh ./other, prompt order 2",
        "command:sh ./other, prompt order 4",
    ]


def test_what_the_ledger_has_is_compared_without_any_generator(two):
    two.regen("probe", "fees", "-n", "3")
    settings(two, generator="")
    assert two.regen("probe", "fees", "--from-ledger").out.splitlines()[0] == "fees: 3 replies, 3 accepted"


def test_a_key_in_a_command_line_is_recorded_nowhere_and_its_reply_counts(two, monkeypatch):
    monkeypatch.setenv("OTHER_TOKEN", "s3cr3t-of-the-other")
    settings(two, vary='models = ["command:sh ./other s3cr3t-of-the-other"]\n')
    ran = two.regen("probe", "fees", "-n", "2")
    assert ran.out.splitlines()[2] == "  ✓ HASH  command:sh ./other [OTHER_TOKEN], prompt order 2"
    assert not [path for path, data in two.files(".regen").items() if b"s3cr3t" in data]
    two.regen("probe", "fees", "-n", "2")
    assert len(asked(two, "other")) == 1


def test_another_order_alone_is_no_reason_to_pay_again(two):
    settings(two, vary="prompt_order = false\n")
    two.regen("probe", "fees", "-n", "3")
    settings(two)
    two.regen("probe", "fees", "-n", "3")
    assert len(asked(two)) == 3


# ── errors ──────────────────────────────────────────────────────────────────────────────────────


def test_an_error_in_one_sample_hides_no_other(two):
    program(two, "other", WRONG, before="echo out of luck >&2; exit 3")
    ran = two.regen("probe", "fees", "-n", "3")
    assert ran.code == 1
    assert ran.out.splitlines()[:3] == [
        "fees: 2 replies, 2 accepted",
        "  ✓ HASH  command:sh ./model",
        "  ✓ HASH  command:sh ./model, prompt order 3",
    ]
    assert ran.err == (
        "error from the generator: `sh ./other` ended with status 3: out of luck\n"
        "hint: echo hello | sh ./other\n"
    )  # fmt: skip
    code, data, _ = two.json("probe", "fees", "-n", "3")
    assert (code, len(data["samples"]), data["problems"][0]["fault"]) == (1, 2, "generator")
    program(two, "other", WRONG)
    assert two.regen("probe", "fees", "-n", "3").out.splitlines()[0] == "fees: 3 replies, 2 accepted"
    assert len(asked(two)) == 2


def test_a_blocked_unit_is_not_probed(two):
    two.change("specs/fees.md", "a tenth of the amount.", "a tenth. [NEEDS CLARIFICATION: rounded which way?]")
    ran = two.regen("probe", "fees")
    assert (ran.code, ran.out, asked(two)) == (2, "", [])
    assert ran.err == (
        "error: fees is blocked: specs/fees.md:14: rounded which way?\n"
        "hint: edit specs/fees.md:14, then: regen build fees\n"
    )
    assert two.regen("probe", "fees", "--from-ledger").code == 0


def test_what_can_not_be_varied_is_shown_in_its_line(two):
    vary = 'models = [\n  "ledger",\n  "command:sh ./other",\n]\ntemperatures = [0.3]\n'
    settings(two, generator='default = "manual"\n', vary=vary)
    ran = two.regen("status")
    assert ran.code == 2
    errors = [part.splitlines() for part in ran.err.split("\n\n")]
    assert [part[:2] for part in errors] == [
        [
            "error: `ledger` can't be asked for a sample; it can be api:…, command:… or manual",
            "  --> regen.toml:5:4",
        ],
        ["error: `manual` takes no temperature", "  --> regen.toml:8:1"],
        [
            "error: `command:sh ./other` takes no temperature unless its line names REGEN_TEMPERATURE",
            "  --> regen.toml:8:1",
        ],
    ]


def test_a_model_without_a_key_stops_before_anything_is_paid(two):
    settings(two, vary='models = ["api:openai:gpt-5"]\n')
    for words in (("probe", "fees", "-n", "2"), ("build",)):
        settings(two, vary='models = ["api:openai:gpt-5"]\n', build=AGREE)
        ran = two.regen(*words)
        assert (ran.code, asked(two)) == (2, [])
        assert ran.err.splitlines()[:2] == [
            "error: `api:openai:gpt-5` needs a key, and OPENAI_API_KEY is not set",
            "  --> regen.toml:4:12",
        ]


def test_doctor_opens_what_samples_vary_to(two):
    vary = 'models = ["command:sh ./other", "api:openai:gpt-5", "command:sh ./model"]\n'
    settings(two, vary=vary)
    ran = two.regen("doctor")
    assert ran.code == 1
    assert [line for line in ran.out.splitlines() if "generator: " in line or "OPENAI" in line] == [
        "✓ generator: command:sh ./model can be asked",
        "✗ generator: `api:openai:gpt-5` needs a key, and OPENAI_API_KEY is not set",
        "  mend: export OPENAI_API_KEY=…",
        "✓ generator: command:sh ./other can be asked for samples that differ",
    ]


def test_doctor_shows_no_key_of_a_command_line(two, monkeypatch):
    monkeypatch.setenv("OTHER_KEY", "sk-canary-5f3a9c1e7b2d4068")
    settings(two, vary='models = ["command:sh ./other --key sk-canary-5f3a9c1e7b2d4068"]\n')
    ran = two.regen("doctor")
    assert "✓ generator: command:sh ./other --key [OTHER_KEY] can be asked for samples that differ\n" in ran.out
    assert "canary" not in ran.out + ran.err


# ── the policy `agree` ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def agreeing(two):
    settings(two, vary='models = ["command:sh ./other"]\n', build=AGREE)
    return two


def test_agreement_says_among_whom(agreeing):
    ran = agreeing.regen("build", "fees")
    assert (ran.code, len(asked(agreeing)), len(asked(agreeing, "other"))) == (0, 1, 1)
    found = re.search(r"\d of \d accepted candidates agree on .*", ran.err)
    told = re.sub(r"on \d+ inputs", "on N inputs", found[0])
    assert told == (
        "2 of 2 accepted candidates agree on N inputs (models command:sh ./model, command:sh ./other; prompt order 2)"
    )


def test_code_of_a_model_that_is_varied_to_is_not_outdated(agreeing):
    program(agreeing, "model", WRONG)
    settings(agreeing, vary='models = ["command:sh ./other", "command:sh ./other 2"]\n', build=AGREE)
    assert agreeing.regen("build").code == 0
    assert '"generator": "command:sh ./other"' in agreeing.read(".regen/locks/fees.json")
    assert "1 of 1 units are fresh" in agreeing.regen("build").out
    settings(agreeing)
    assert "made by command:sh ./other; command:sh ./model is chosen now" in agreeing.regen("status").out


def test_the_policy_first_varies_nothing(two):
    program(two, "model", WRONG)
    two.regen("build")
    first, *others = asked(two)
    assert len(others) == 2
    assert all(headings(prompt)[: len(headings(first)) - 1] == headings(first)[:-1] for prompt in others)
    assert asked(two, "other") == []


def test_the_ledger_replays_each_way_and_asks_nobody(agreeing):
    program(agreeing, "other", UP)
    agreeing.regen("build")
    before = agreeing.recorded()
    code = agreeing.read("src/fees.py")
    forget_code(agreeing)
    ran = agreeing.regen("build", "-g", "ledger")
    assert (ran.code, agreeing.read("src/fees.py")) == (0, code)
    assert agreeing.recorded() == before
    assert (len(asked(agreeing)), len(asked(agreeing, "other"))) == (2, 1)


@pytest.mark.parametrize("order", ["true", "false"])
def test_a_ledger_that_was_recorded_in_other_orders_replays(agreeing, order):
    settings(agreeing, vary=f"prompt_order = {order}\n", build=AGREE)
    assert agreeing.regen("build").code == 0
    forget_code(agreeing)
    settings(agreeing, vary=f"prompt_order = {'true' if order == 'false' else 'false'}\n", build=AGREE)
    assert agreeing.regen("build", "-g", "ledger").code == 0
    forget_code(agreeing)
    assert agreeing.regen("build").code == 0
    assert len(asked(agreeing)) == 2


def test_one_recorded_reply_does_not_agree_with_itself(two):
    settings(two, build='[build]\npolicy = "first"\n')
    assert two.regen("build").code == 0
    forget_code(two)
    settings(two, vary="prompt_order = false\n", build=AGREE)
    ran = two.regen("build", "-g", "ledger")
    assert ran.code == 1
    assert "  there is no further reply to compare\n" in ran.err


PRICED = """\
[generator]
default = "api:openai:one"
base_url = "http://127.0.0.1:9"
max_output_tokens = 1000
price_input = 0.0
price_output = 1.0
[generator.vary]
models = ["api:openai:two"]
[generator.own."api:openai:two"]
price_input = 0.0
price_output = 10.0
"""


def dry(project, settings, *words):
    made = project({"specs/fees.md": SPEC, "tests/test_fees.py": TEST}, settings="")
    made.write({"regen.toml": settings})
    row = made.json("build", "--dry-run", *words)[1]["plan"][0]
    return made.regen("build", "--dry-run", *words).out.splitlines()[0], row.get("attempts"), row.get("most_usd")


def test_a_dry_run_prices_each_attempt_at_the_model_that_it_varies_to(project):
    # A reply of 1000 tokens is 0.001 USD of the one and 0.010 of the other; a short module's is expected at first.
    first = "fees  regenerate  N tokens, about $0.0010"
    said = f"{first}, up to $0.0120 for 3 attempts without feedback  (never built)"
    assert dry(project, PRICED + AGREE) == (said, 3, 0.012)


@pytest.mark.parametrize(
    ("attempts", "said", "most"),
    [("1", "$0.0010 for 1 attempt", 0.001), ("4", "$0.0220 for 4 attempts", 0.022)],
)
def test_a_dry_run_counts_the_attempts_that_are_asked_for(project, attempts, said, most):
    line, counted, cost = dry(project, PRICED + AGREE, "--attempts", attempts)
    assert (f", up to {said} without feedback  (never built)" in line, counted, cost) == (True, int(attempts), most)


def test_a_dry_run_with_a_model_of_unknown_price_says_so(project):
    settings = PRICED.partition("[generator.own")[0] + AGREE
    said = "fees  regenerate  N tokens, about $0.0010, up to 3 attempts at unknown cost  (never built)"
    assert dry(project, settings) == (said, 3, None)


def test_a_dry_run_of_the_policy_first_prices_the_first_attempt(project):
    assert dry(project, PRICED) == ("fees  regenerate  N tokens, about $0.0010  (never built)", None, None)


# ── over the wire ───────────────────────────────────────────────────────────────────────────────


def test_model_and_temperature_reach_the_provider_and_each_has_its_price(project):
    made = project({"specs/fees.md": SPEC, "tests/test_fees.py": TEST}, settings="")
    usage = Tokens(input=1000, output=100)
    with LoopbackProvider(reply=lambda prompt: fenced(DOWN), usage=usage) as provider:
        made.write({"regen.toml": f"""\
[generator]
default = "api:openai:one"
base_url = "{provider.base_url("openai")}"
price_input = 1.0
price_output = 1.0
[generator.vary]
models = ["api:anthropic:two"]
temperatures = [0.25, 1]
prompt_order = false
[generator.own."api:anthropic:two"]
base_url = "{provider.base_url("anthropic")}"
price_input = 10.0
price_output = 10.0
"""})  # fmt: skip
        ran = made.regen("probe", "fees", "-n", "4")
    assert ran.code == 0
    sent = {(one.vendor, one.body["model"], one.body.get("temperature")) for one in provider.requests}
    one, two = ("openai", "one"), ("anthropic", "two")
    assert sent == {(*one, None), (*two, 0.25), (*one, 1.0), (*two, None)}
    assert ran.out.splitlines()[1:5] == [
        "  ✓ HASH  api:openai:one",
        "  ✓ HASH  api:anthropic:two, temperature 0.25",
        "  ✓ HASH  api:openai:one, temperature 1",
        "  ✓ HASH  api:anthropic:two",
    ]
    rows = made.json("log")[1]["generations"]
    costs = {(row["model"], row["usage"]["cost_usd"]) for row in rows}
    assert costs == {("one", 0.0011), ("two", 0.011)}


def test_a_budget_counts_each_model_at_its_price(project):
    made = project({"specs/fees.md": SPEC, "tests/test_fees.py": TEST}, settings="")
    with LoopbackProvider(reply=lambda prompt: fenced(DOWN)) as provider:
        made.write({"regen.toml": f"""\
[generator]
default = "api:openai:one"
base_url = "{provider.base_url("openai")}"
max_output_tokens = 1000
price_input = 0.0
price_output = 1.0
vary.models = ["api:openai:two"]
own."api:openai:two" = {{ price_input = 0.0, price_output = 2000.0 }}
[build]
policy = "agree"
max_cost = 1.0
"""})  # fmt: skip
        ran = made.regen("build")
    assert ran.code == 1
    assert [one.body["model"] for one in provider.requests] == ["one"]
    assert "a call of up to $2.0000 does not fit into max_cost = $1.00" in ran.err


def test_a_model_that_refuses_the_temperature_is_told_with_its_line(project):
    made = project({"specs/fees.md": SPEC, "tests/test_fees.py": TEST}, settings="")
    refuses = Status(400, message="Unsupported parameter: 'temperature' is not supported with this model.")
    with LoopbackProvider(reply=lambda prompt: fenced(DOWN), faults=[None, refuses]) as provider:
        base = provider.base_url("openai")
        head = f'[generator]\ndefault = "api:openai:gpt-5"\nbase_url = "{base}"\n'
        made.write({"regen.toml": f"{head}vary.temperatures = [0.3]\n[build]\njobs = 1\n"})
        ran = made.regen("probe", "fees", "-n", "2")
    assert [one.body.get("temperature") for one in provider.requests] == [None, 0.3]
    assert ran.code == 2
    assert ran.out.splitlines()[0] == "fees: 1 reply, 1 accepted"
    assert ran.err == (
        "error: HOST refuses the request (400): Unsupported parameter: 'temperature' is not supported with this model.\n"
        "hint: temperatures = []   (in [generator.vary] of regen.toml, or take the model out of models)\n"
    )

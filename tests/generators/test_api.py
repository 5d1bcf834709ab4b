"""Generator `api` against real sockets: replies, stopping, threads, configuration, the key."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from asking import CANARY, KEY_ENV, MODELS, VENDORS, asking, both, request

from regen.errors import GeneratorError, InputError, RegenError
from regen.generators import api
from regen.generators.api import ApiSettings, open_api_generator
from regen.ports import Usage
from regen.testing.loopback_provider import (
    Cut,
    EchoKey,
    Finish,
    HoldAfter,
    HoldFirstByte,
    LoopbackProvider,
    Rubbish,
    Silence,
    Status,
    Tokens,
    WrongJson,
)

# ── replies ─────────────────────────────────────────────────────────────────────────────────────


@both
def test_reply_with_text_model_usage_and_cost(vendor):
    prices = {"price_input": 1.0, "price_output": 10.0}
    usage = Tokens(input=100, output=20, cached=40)
    with asking(vendor, settings=prices, usage=usage, model="served-1", reply=lambda p: p.upper()) as ask:
        reply = ask("héllo\n  wörld ")
    assert reply.text == "HÉLLO\n  WÖRLD "
    assert reply.model == "served-1"
    assert reply.cut == ""
    assert reply.seconds > 0
    assert reply.usage == Usage(input_tokens=140, output_tokens=20, cached_tokens=40, cost_usd=(140 + 200) / 1e6)
    assert ask.told[-1].output_tokens > 0


@both
def test_only_the_prompt_is_sent_as_one_user_message(vendor):
    with asking(vendor) as ask:
        ask("the prompt", max_output_tokens=321)
    [sent] = ask.provider.requests
    assert [m["role"] for m in sent.body["messages"]] == ["user"]
    assert sent.prompt == "the prompt"
    assert "system" not in sent.body
    assert 321 in (sent.body.get("max_tokens"), sent.body.get("max_completion_tokens"))


@pytest.mark.parametrize(
    ("asked_for", "configured", "sent"), [(1000, None, 1000), (1000, 200, 200), (1000, 5000, 1000)]
)
def test_output_limits_are_hard(asked_for, configured, sent):
    with asking("anthropic", settings={"max_output_tokens": configured}) as ask:
        ask(max_output_tokens=asked_for)
    assert ask.provider.requests[0].body["max_tokens"] == sent


@both
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_temperature_reaches_the_wire_whatever_the_library_thinks_of_the_model(vendor, temperature):
    with asking(vendor) as ask:
        ask(temperature=temperature)
        ask()
    assert [sent.body.get("temperature") for sent in ask.provider.requests] == [temperature, None]


def test_compatible_servers_get_the_old_name_of_the_output_limit():
    with LoopbackProvider() as provider:
        generator = open_api_generator("openai:llama3", ApiSettings(base_url=provider.base_url("openai")), {})
        generator.generate(request(max_output_tokens=9), lambda p: None, threading.Event())
        generator.close()
    assert provider.requests[0].body["max_tokens"] == 9


def test_stable_prefix_is_marked_for_anthropic():
    with asking("anthropic") as ask:
        ask("stable part. unit part", stable_chars=13)
    [message] = ask.provider.requests[0].body["messages"]
    first, second = message["content"]
    assert (first["text"], first["cache_control"]["type"]) == ("stable part. ", "ephemeral")
    assert (second["text"], second.get("cache_control")) == ("unit part", None)


@pytest.mark.parametrize(("prompt", "stable"), [("abc", 0), ("abc", 3), ("   abc", 3), ("abc   ", 3)])
def test_blank_parts_are_never_sent(prompt, stable):
    with asking("anthropic") as ask:
        ask(prompt, stable_chars=stable)
    [message] = ask.provider.requests[0].body["messages"]
    parts = message["content"] if isinstance(message["content"], list) else [{"text": message["content"]}]
    assert [part["text"] for part in parts] == [prompt]


def test_openai_gets_the_prompt_as_one_text():
    with asking("openai") as ask:
        ask("stable part. unit part", stable_chars=13)
    assert ask.provider.requests[0].body["messages"] == [{"role": "user", "content": "stable part. unit part"}]


@both
def test_usage_that_is_not_reported_is_unknown(vendor):
    with asking(vendor, usage=None, settings={"price_input": 1.0, "price_output": 1.0}) as ask:
        assert ask().usage == Usage()


@both
def test_progress_streams_while_the_reply_is_being_written(vendor):
    gate = threading.Event()
    seen = []

    def tell(progress):
        seen.append(progress.output_tokens)
        gate.set()  # the server goes on only after progress was told

    with asking(vendor, HoldAfter(3, gate), reply=lambda p: "x" * 390) as ask:
        reply = ask.generator.generate(request(), tell, ask.stop)
    assert reply.text == "x" * 390
    assert 0 < seen[0] <= round(24 / 3.9)
    assert seen[-1] == 100
    assert seen == sorted(seen)


@both
def test_slow_first_byte(vendor):
    gate = threading.Event()
    with asking(vendor, HoldFirstByte(gate)) as ask, ThreadPoolExecutor() as pool:
        waiting = pool.submit(ask)
        ask.provider.arrived.acquire()
        assert not waiting.done()
        gate.set()
        assert waiting.result().text == "echo: write the unit"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("<think>draft\n```python\nno\n```</think>\n\nthe reply", "the reply"),
        ("code with <think> and </think> in it", "code with <think> and </think> in it"),
        ("<think>never closed", "<think>never closed"),
    ],
)
@pytest.mark.parametrize("chunk_chars", [1, 7, 8, 1000])
def test_thoughts_before_a_reply_are_no_reply(said, heard, chunk_chars):
    with asking("openai", reply=lambda p: said, chunk_chars=chunk_chars) as ask:
        assert ask().text == heard


@pytest.mark.parametrize(
    ("vendor", "reason", "cut"),
    [
        ("openai", "length", "token limit"),
        ("openai", "content_filter", "content filter"),
        ("openai", "tool_calls", "stopped: tool_calls"),
        ("openai", "eos", ""),
        ("anthropic", "max_tokens", "token limit"),
        ("anthropic", "model_context_window_exceeded", "token limit"),
        ("anthropic", "refusal", "content filter"),
        ("anthropic", "pause_turn", "stopped: pause_turn"),
    ],
)
def test_a_reply_that_stopped_early_says_why(vendor, reason, cut):
    with asking(vendor, Finish(reason)) as ask:
        reply = ask()
    assert (reply.text, reply.cut) == ("echo: write the unit", cut)


# ── stopping ────────────────────────────────────────────────────────────────────────────────────


@both
def test_stop_ends_a_call_that_waits_for_the_server(vendor):
    with asking(vendor, Silence()) as ask, ThreadPoolExecutor() as pool:
        waiting = pool.submit(ask.problem)
        ask.provider.arrived.acquire()
        ask.stop.set()
        assert waiting.result(timeout=10) == ("interrupted", "")
        left = asyncio.run_coroutine_threadsafe(others_ended(), ask.generator._loop)
        left.result(timeout=10)  # the request was hung up, so that nobody pays for its reply


async def others_ended():
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


def test_stop_ends_a_wait_between_tries_at_once():
    stop = threading.Event()
    with LoopbackProvider(faults=[Status(429, {"Retry-After": "3600"})]) as provider:
        generator = open_api_generator("openai:m", ApiSettings(base_url=provider.base_url("openai")), {})
        with pytest.raises(GeneratorError, match="interrupted"):  # real time: the note sets stop, the wait ends
            generator.generate(request(timeout_seconds=7200.0), lambda progress: stop.set(), stop)
        generator.close()


def test_stop_that_is_set_already_sends_nothing():
    with asking("openai") as ask:
        ask.stop.set()
        assert ask.problem() == ("interrupted", "")
    assert ask.provider.requests == []


def test_close_interrupts_calls():
    with asking("openai", Silence()) as ask, ThreadPoolExecutor() as pool:
        waiting = pool.submit(ask.problem)
        ask.provider.arrived.acquire()
        ask.generator.close()
        assert waiting.result(timeout=10) == ("interrupted", "")
        ask.generator.close = lambda: None


# ── many threads ────────────────────────────────────────────────────────────────────────────────


@both
def test_sixteen_threads_each_get_their_own_reply(vendor):
    together = threading.Barrier(16)
    faults = [None, Status(503), None, Cut(1), Status(429, {"Retry-After": "1"})]

    def reply(prompt):
        return f"reply to {prompt} " * 20

    with asking(vendor, *faults, reply=reply, settings={"retries": 3}) as ask, ThreadPoolExecutor(16) as pool:

        def one(number):
            together.wait()
            return ask(f"prompt {number}").text

        replies = list(pool.map(one, range(16)))
    assert replies == [reply(f"prompt {n}") for n in range(16)]
    assert len(ask.provider.requests) == 16 + 3
    assert len(ask.waits) == 3


# ── configuration ───────────────────────────────────────────────────────────────────────────────


def refused(model, environ=None, **settings):
    with pytest.raises(InputError) as caught:
        open_api_generator(model, ApiSettings(**settings), environ or {})
    [problem] = caught.value.problems
    return problem.message, problem.hint


@both
def test_a_missing_key_names_its_variable(vendor):
    variable = KEY_ENV[vendor]
    expected = (f"`api:{MODELS[vendor]}` needs a key, and {variable} is not set", f"export {variable}=…")
    assert refused(MODELS[vendor]) == expected
    assert refused(MODELS[vendor], {variable: "  "}) == expected
    assert refused(MODELS[vendor], {variable: CANARY}, key_env="MY_KEY")[1] == "export MY_KEY=…"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.8.8"])
def test_local_servers_need_no_key(host):
    open_api_generator("openai:m", ApiSettings(base_url=f"http://{host}:9/v1"), {}).close()


def test_local_servers_are_not_asked_through_a_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with asking("openai") as ask:
        assert ask().text == "echo: write the unit"


@both
@pytest.mark.parametrize("elsewhere", [{}, {"ANTHROPIC_AUTH_TOKEN": "other", "ANTHROPIC_API_KEY": "other"}])
def test_a_key_is_sent_in_the_vendor_s_header_and_in_no_other(vendor, elsewhere, monkeypatch):
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)  # the client library reads these, if it is let
    with asking(vendor, environ={"OTHER": f" {CANARY}\n"}, settings={"key_env": "OTHER"}) as ask:
        ask()
    [sent] = ask.provider.requests
    said = {"openai": ("authorization", f"Bearer {CANARY}"), "anthropic": ("x-api-key", CANARY)}[vendor]
    assert [pair for pair in sent.headers.items() if pair[0] in ("authorization", "x-api-key")] == [said]


@pytest.mark.parametrize("key", ["two words", "ünicode", "line\nbreak"])
def test_a_key_that_can_be_none_is_refused_unseen(key):
    message, hint = refused("openai:m", {"OPENAI_API_KEY": key})
    assert (message, hint) == ("OPENAI_API_KEY holds characters that no key has", "export OPENAI_API_KEY=…")


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("gpt-5", 'default = "api:openai:gpt-5"'),
        ("openia:gpt-5", 'default = "api:openai:gpt-5"'),
        ("antropic:claude", 'default = "api:anthropic:claude"'),
        ("openai:", 'default = "api:openai:gpt-5"'),
    ],
)
def test_an_unknown_vendor_gets_the_nearest_one(model, hint):
    message, given_hint = refused(model)
    assert message == f"`api:{model}` names no model: write `api:VENDOR:MODEL`, VENDOR one of openai, anthropic"
    assert given_hint == hint


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x/v1", "http://", "http://u:pw@h/v1", "http://h:99999/v1"])
def test_a_wrong_address_is_refused_unseen(url):
    message, hint = refused("openai:m", {"OPENAI_API_KEY": CANARY}, base_url=url)
    assert message == "`base_url` must be an http address without user name and password"
    assert hint.startswith("base_url = ")


def test_the_environment_names_the_endpoint_where_the_configuration_does_not():
    with LoopbackProvider() as provider:
        for vendor in VENDORS:
            environ = {f"{vendor.upper()}_BASE_URL": f"http://127.0.0.1:{provider.port}/v1/"}
            generator = open_api_generator(MODELS[vendor], ApiSettings(), environ)
            generator.generate(request(), lambda p: None, threading.Event())
            generator.close()
    assert [r.path.partition("?")[0] for r in provider.requests] == ["/v1/chat/completions", "/v1/messages"]


def test_a_missing_extra_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    expected = ("`api:openai:gpt-5` needs the package pydantic_ai", "pip install 'regen[api]'")
    assert refused("openai:gpt-5", {"OPENAI_API_KEY": CANARY}) == expected


def test_a_broken_extra_is_reported_by_the_first_call(monkeypatch):
    def broken(*args):
        raise ImportError(f"no symbol for {CANARY}")

    monkeypatch.setattr(api, "load_client", broken)
    with asking("openai", environ={"OPENAI_API_KEY": CANARY}) as ask:
        expected = "the client library of `regen[api]` can't be loaded: ImportError: no symbol for [key]"
        assert ask.problem(InputError) == (expected, "pip install 'regen[api]'")


def test_opening_imports_nothing_heavy_in_the_foreground():
    code = (
        "import sys, regen.generators.api as api\n"
        "api.load_client = lambda *args: None\n"
        "api.open_api_generator('openai:m', api.ApiSettings(base_url='http://127.0.0.1:9/v1'), {})\n"
        "print([m for m in ('pydantic', 'pydantic_ai', 'openai', 'httpx2', 'genai_prices', 'toktok') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_prices():
    environ = {"OPENAI_API_KEY": CANARY}
    opened = [
        open_api_generator("openai:gpt-4o", ApiSettings(), environ),
        open_api_generator("openai:no-such-model", ApiSettings(), environ),
        open_api_generator("openai:gpt-4o", ApiSettings(base_url="http://127.0.0.1:9/v1"), environ),
        open_api_generator("openai:no-such-model", ApiSettings(price_input=2.0, price_output=0.0), environ),
    ]
    listed, unknown, elsewhere, own = [generator.price(1_000_000, 0) for generator in opened]
    assert (listed or 0) > 0
    assert unknown is None
    assert elsewhere is None  # another endpoint's price for a model of that name is not known
    assert own == 2.0
    for generator in opened:
        generator.close()


# ── the key ─────────────────────────────────────────────────────────────────────────────────────


def settle(ask):
    try:
        return ask()
    except RegenError as error:
        return error


@both
def test_the_key_is_found_nowhere(vendor, caplog):
    caplog.set_level(logging.DEBUG)
    faults = [
        EchoKey(200),
        *(EchoKey(code) for code in (400, 401, 403, 404, 429, 500)),
        Status(400, body=f"<p>{'x' * 290}{CANARY}</p>".encode()),
        Status(500, {"X-Echo": CANARY}),
        WrongJson(f'{{"{CANARY}'),
        Finish(CANARY),
        Rubbish(CANARY.encode() * 3),
    ]
    seen = []
    with asking(vendor, *faults, environ={KEY_ENV[vendor]: CANARY}, settings={"retries": 0}) as ask:
        for _ in faults:
            outcome = settle(ask)
            seen.append(repr(outcome))
            if isinstance(outcome, RegenError):
                seen += [str(outcome), repr(outcome.problems), *traceback.format_exception(outcome)]
                seen += [repr(outcome.__cause__), repr(outcome.__context__)]
        seen += [repr(ask.generator), repr(vars(ask.generator)), repr(ask.told), caplog.text]
        assert len(ask.provider.requests) == len(faults)
        assert all(CANARY in repr(sent.headers) for sent in ask.provider.requests)
    assert "[key]" in "".join(seen)
    assert seen.count("None") >= 2  # neither cause nor context: the client library's exceptions hold more
    assert [text for text in seen if CANARY[:20] in text] == []


def test_a_local_server_s_stand_in_for_a_key_does_not_change_code():
    with asking("openai", environ={"OPENAI_API_KEY": "none"}, reply=lambda p: "x = none") as ask:
        assert ask().text == "x = none"

"""Generator `api` against real sockets; time goes through `Timing`, so back-off is asserted and not waited for."""

from __future__ import annotations

import asyncio
import email.utils
import http.client
import importlib.util
import json
import logging
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.errors import GeneratorError, InputError, RegenError
from regen.generators import api
from regen.generators.api import ApiSettings, Timing, open_api_generator
from regen.generators.api_failures import PaidGeneratorError, retry_after_seconds
from regen.ports import Request, Usage
from regen.testing.loopback_provider import (
    Cut,
    EchoKey,
    Empty,
    ErrorInStream,
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

VENDORS = ("openai", "anthropic")
MODELS = {"openai": "openai:gpt-5", "anthropic": "anthropic:claude-opus-5"}
KEY_ENV = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
CANARY = "sk-canary-5f3a9c1e7b2d4068"
NOW = 1_800_000_000.0

both = pytest.mark.parametrize("vendor", VENDORS)


def request(prompt="write the unit", **fields):
    return Request(unit="signup.email", attempt=1, prompt=prompt, prompt_digest="0" * 64, **fields)


class Asked:
    """One provider, one generator, and everything that they said."""

    def __init__(self, vendor, provider, settings, environ):
        self.vendor = vendor
        self.provider = provider
        self.waits = []
        self.told = []
        self.stop = threading.Event()
        timing = Timing(calendar=lambda: NOW, wait=self.wait, jitter=lambda: 0.0)
        settings = {"base_url": provider.base_url(vendor), "retries": 1, **settings}
        self.generator = open_api_generator(MODELS[vendor], ApiSettings(**settings), environ, timing)

    def wait(self, seconds, stop):
        self.waits.append(seconds)
        return stop.is_set()

    def __call__(self, *args, **fields):
        return self.generator.generate(request(*args, **fields), self.told.append, self.stop)

    def problem(self, kind=GeneratorError, *args, **fields):
        with pytest.raises(RegenError) as caught:
            self(*args, **fields)
        assert isinstance(caught.value, kind)
        [problem] = caught.value.problems
        host = f"127.0.0.1:{self.provider.port}"
        return problem.message.replace(host, "HOST"), problem.hint

    @property
    def notes(self):
        host = f"127.0.0.1:{self.provider.port}"
        return [p.note.replace(host, "HOST") for p in self.told if p.note]


@contextmanager
def asking(vendor, *faults, environ=None, settings=None, **provider):
    with LoopbackProvider(faults=faults, **provider) as served:
        asked = Asked(vendor, served, settings or {}, environ or {})
        try:
            yield asked
        finally:
            asked.generator.close()


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


# ── faults and retries ──────────────────────────────────────────────────────────────────────────


@both
@pytest.mark.parametrize("code", [408, 409, 429, 500, 502, 503, 529])
def test_passing_faults_are_tried_again(vendor, code):
    with asking(vendor, Status(code)) as ask:
        assert ask().text == "echo: write the unit"
    assert ask.waits == [0.5]
    [note] = ask.notes
    assert note.startswith("HOST ")
    assert note.endswith(f"({code}): try 2 of 2 in 0.5 s")


@both
@pytest.mark.parametrize("code", [400, 401, 403, 404, 413, 422])
def test_lasting_faults_are_not_tried_again(vendor, code):
    with asking(vendor, Status(code)) as ask:
        ask.problem(InputError if code in (401, 404) else GeneratorError)
    assert (len(ask.provider.requests), ask.waits) == (1, [])


@both
def test_messages_of_refusals(vendor):
    with asking(vendor, Status(400), Status(401), Status(403), Status(404)) as ask:
        model = MODELS[vendor].partition(":")[2]
        assert ask.problem() == ("HOST refuses the request (400): scripted fault", "regen doctor")
        variable = KEY_ENV[vendor]
        refused = (f"HOST refuses the key in {variable} (401): scripted fault", f"export {variable}=…")
        assert ask.problem(InputError) == refused
        assert ask.problem() == ("HOST forbids the request (403): scripted fault", "regen doctor")
        url = ask.provider.base_url(vendor).replace(f"127.0.0.1:{ask.provider.port}", "HOST")
        unknown = (f"HOST has no model {model} below {url} (404): scripted fault", "regen doctor")
        assert ask.problem(InputError) == unknown


@both
def test_exhausted_retries_say_how_many(vendor):
    faults = [Status(429)] * 3 + [Status(500)] * 3
    with asking(vendor, *faults, settings={"retries": 2}) as ask:
        assert ask.problem() == ("HOST limits the rate (429), 3 tries: scripted fault", "regen build -j 1")
        assert ask.problem() == ("HOST failed (500), 3 tries: scripted fault", "regen build")
    assert len(ask.provider.requests) == 6


def test_a_used_up_quota_is_not_waited_for():
    body = json.dumps({"error": {"code": "insufficient_quota", "message": "pay first"}}).encode()
    with asking("openai", Status(429, body=body)) as ask:
        assert ask.problem() == ("HOST says that the quota is used up (429): pay first", "regen doctor")


@pytest.mark.parametrize(("jitter", "waits"), [(0.0, [0.5, 1, 2, 4, 8]), (1.0, [1, 2, 4, 8, 16])])
def test_back_off_doubles_with_jitter(jitter, waits):
    seen = []
    timing = Timing(wait=lambda seconds, stop: seen.append(seconds) or False, jitter=lambda: jitter)
    with LoopbackProvider(faults=[Status(503)] * 5) as provider:
        settings = ApiSettings(base_url=provider.base_url("openai"), retries=5)
        generator = open_api_generator("openai:m", settings, {}, timing)
        generator.generate(request(), lambda p: None, threading.Event())
        generator.close()
    assert seen == waits


@both
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": email.utils.formatdate(NOW + 30, usegmt=True)}, 30),
        ({"Retry-After-Ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": "0"}, 0.5),
        ({"Retry-After": "soon"}, 0.5),
        ({"Retry-After": email.utils.formatdate(NOW - 30, usegmt=True)}, 0.5),
    ],
)
def test_retry_after_is_honoured(vendor, headers, seconds):
    with asking(vendor, Status(429, headers)) as ask:
        ask()
    assert ask.waits == [pytest.approx(seconds)]


def test_a_wait_beyond_the_time_allowed_is_not_begun():
    with asking("openai", Status(429, {"Retry-After": "700"})) as ask:
        message, _ = ask.problem(timeout_seconds=600.0)
    late = "waiting 700 s more would exceed the 600 s of this call"
    assert message == f"HOST limits the rate (429): scripted fault; {late}"
    assert ask.waits == []


@settings(deadline=None)  # the machine may be busy
@given(
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text() | st.floats().map(str)),
    st.floats(min_value=0, max_value=4e9),
)
def test_any_retry_after_is_read_without_an_exception(headers, now):
    assert 0.0 <= retry_after_seconds(headers, now) <= 86_400.0


@settings(deadline=None)  # the machine may be busy
@given(st.datetimes(), st.sampled_from(["GMT", "-0000", "+0130", "", "XYZ"]))
def test_any_date_is_read_without_an_exception(when, zone):
    text = f"{when:%a, %d %b %Y %H:%M:%S} {zone}"
    assert 0.0 <= retry_after_seconds({"retry-after": text}, NOW) <= 86_400.0


@both
@pytest.mark.parametrize("tidy", [False, True])
@pytest.mark.parametrize("chunks", [0, 2])
def test_a_cut_stream_is_no_short_reply(vendor, tidy, chunks):
    with asking(vendor, Cut(chunks, tidy), Cut(chunks, tidy), None) as ask:
        message, hint = ask.problem()
        assert ask().text == "echo: write the unit"
    came = "about 4 tokens had come" if chunks else "nothing had come"
    assert message.startswith(f"HOST cut the stream, 2 tries: {came}")
    assert hint == "regen build"
    assert ask.notes == ["HOST cut the stream: try 2 of 2 in 0.5 s"]


@both
def test_a_cut_stream_is_tried_again(vendor):
    with asking(vendor, Cut(1)) as ask:
        assert ask().text == "echo: write the unit"


@both
def test_an_error_in_the_stream_is_tried_again(vendor):
    with asking(vendor, ErrorInStream("server_error"), ErrorInStream("made_up")) as ask:
        message, hint = ask.problem()
    assert message == "HOST broke off with an error, 2 tries: scripted made_up"
    assert hint == "regen build"


def test_an_overloaded_stream_is_known_by_its_type():
    with asking("anthropic", ErrorInStream("overloaded_error")) as ask:
        ask()
    assert ask.notes == ["HOST failed (529): try 2 of 2 in 0.5 s"]


@both
def test_a_silent_server_is_given_up(vendor):
    with asking(vendor, Silence(), Silence(2), settings={"idle_seconds": 0.05}) as ask:
        message, hint = ask.problem()
    assert (message.partition(": ")[0], hint) == ("HOST sent nothing for 0.05 s, 2 tries", "regen doctor")
    assert ask.notes == ["HOST sent nothing for 0.05 s: try 2 of 2 in 0.5 s"]


@both
def test_the_whole_reply_has_a_time_limit(vendor):
    with asking(vendor, Silence(2), Silence(2), settings={"timeout_seconds": 0.2}) as ask:
        for allowed in (600.0, 5.0):
            message, hint = ask.problem(timeout_seconds=allowed)
            assert (message.partition(": ")[0], hint) == ("no whole reply from HOST within 0.2 s", "timeout = 0.4")
    assert ask.waits == []


@both
def test_an_empty_reply_is_an_error(vendor):
    limit = "length" if vendor == "openai" else "max_tokens"
    with asking(vendor, Empty(), Empty(limit)) as ask:
        assert ask.problem() == ("HOST sent an empty reply", "regen build")
        used_up = ("HOST sent an empty reply: token limit", "max_output_tokens = 2000")
        assert ask.problem(max_output_tokens=1000) == used_up


def paid(ask, **fields):
    with pytest.raises(GeneratorError) as caught:
        ask(**fields)
    return caught.value.usage if isinstance(caught.value, PaidGeneratorError) else None


PRICED = {"price_input": 1.0, "price_output": 10.0, "retries": 1}
USED = {"usage": Tokens(input=100, output=20, cached=40)}


@both
def test_an_empty_reply_is_charged_for(vendor):
    with asking(vendor, Empty(), settings=PRICED, **USED) as ask:
        charged = Usage(input_tokens=140, output_tokens=20, cached_tokens=40, cost_usd=(140 + 200) / 1e6)
        assert paid(ask) == charged


@both
def test_an_empty_reply_without_numbers_has_an_unknown_charge(vendor):
    with asking(vendor, Empty(), settings=PRICED, usage=None) as ask:
        assert paid(ask) == Usage()


@both
@pytest.mark.parametrize("fault", [Cut(5), Cut(5, tidy=True), ErrorInStream("made_up", 5)])
def test_a_stream_that_broke_off_is_charged_for(vendor, fault):
    with asking(vendor, fault, fault, fault, None, settings=PRICED, reply=lambda p: "x" * 80, **USED) as ask:
        prompt = "p" * 390
        lost = paid(ask, prompt=prompt)  # both tries
        reply = ask(prompt=prompt)  # the second try of this call brings it
    heard = round(40 / 3.9)
    # Anthropic tells what goes in at the start; what came out is counted here.
    into = {"openai": 100, "anthropic": 140}[vendor]
    assert (lost.input_tokens, lost.output_tokens) == (2 * into, 2 * heard)
    assert lost.cost_usd == pytest.approx((2 * into + 20 * heard) / 1e6)
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (into + 140, heard + 20)
    assert reply.usage.cost_usd == pytest.approx((into + 140 + 10 * (heard + 20)) / 1e6)


@both
def test_a_reply_that_came_too_late_is_charged_for(vendor):
    heard = 0
    for seconds in (
        0.1,
        1.0,
        10.0,
        60.0,
    ):  # the first will do, unless the machine is too busy to send five chunks in it
        settings = {**PRICED, "timeout_seconds": seconds}
        with asking(vendor, Silence(5), settings=settings, reply=lambda p: "x" * 80, **USED) as ask:
            usage = paid(ask)
        heard = usage.output_tokens if usage else 0
        if heard == round(40 / 3.9):
            break
    assert heard == round(40 / 3.9)


@both
def test_what_was_refused_is_not_charged_for(vendor):
    with asking(vendor, Status(400), Status(429), Status(500), settings=PRICED) as ask:
        assert paid(ask) is None
        assert paid(ask) is None


def test_an_unknown_price_stays_unknown_in_the_sum():
    with asking("openai", Cut(2)) as ask:
        usage = ask().usage
    assert usage.output_tokens == 7 + round(16 / 3.9)
    assert usage.cost_usd is None


@both
@pytest.mark.parametrize("fault", [Rubbish(), WrongJson(), WrongJson("[]"), WrongJson("null"), WrongJson('"x"')])
def test_rubbish_is_no_reply(vendor, fault):
    with asking(vendor, fault) as ask:
        message, hint = ask.problem()
    assert message.startswith(f"HOST sent what is no {vendor} reply: ")
    assert message.isprintable()
    assert hint == "regen doctor"


@both
def test_a_server_that_does_not_stream_is_named(vendor):
    with asking(vendor, streams=False) as ask:
        message, _ = ask.problem()
    assert message.startswith("HOST sent no reply, 2 tries: ")


@both
def test_an_unreachable_endpoint_is_named_with_its_port(vendor):
    with asking(vendor) as ask:
        port = ask.provider.port
        ask.provider.close()
        message, hint = ask.problem()
        ask.provider.close = lambda: None
    assert (message, hint) == ("can't reach HOST, 2 tries: connection refused", "regen doctor")
    assert port > 0
    assert ask.notes == ["can't reach HOST: try 2 of 2 in 0.5 s"]


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


# ── the fake provider itself ────────────────────────────────────────────────────────────────────


CALLED = {
    "openai": ("/v1/chat/completions", "Authorization", "Bearer k"),
    "anthropic": ("/v1/messages", "X-Api-Key", "k"),
}


@both
def test_the_fake_wants_a_key_where_the_vendor_wants_it(vendor):
    path, *wanted = CALLED[vendor]
    [wrong] = [header for v, (_, *header) in CALLED.items() if v != vendor]
    seen = []
    with LoopbackProvider() as provider:
        for headers in ({}, dict([wrong]), dict([wanted])):
            connection = http.client.HTTPConnection("127.0.0.1", provider.port)
            body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]})
            connection.request("POST", path, body, headers)
            seen.append(connection.getresponse().status)
            connection.close()
    assert seen == [401, 401, 200]


@both
def test_the_fake_also_answers_without_streaming(vendor):
    path, header, key = CALLED[vendor]
    with LoopbackProvider() as provider:
        connection = http.client.HTTPConnection("127.0.0.1", provider.port)
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]})
        connection.request("POST", path, body, {header: key})
        body = json.loads(connection.getresponse().read())
        connection.close()
    text = body["choices"][0]["message"]["content"] if vendor == "openai" else body["content"][0]["text"]
    assert text == "echo: hi"


@both
def test_the_fake_counts_what_arrived_and_keeps_it(vendor):
    with asking(vendor, Status(503)) as ask:
        ask("once")
    assert [sent.prompt for sent in ask.provider.requests] == ["once", "once"]
    assert {sent.vendor for sent in ask.provider.requests} == {vendor}
    assert ask.provider.arrived.acquire(blocking=False)

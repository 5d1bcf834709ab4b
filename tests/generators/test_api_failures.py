"""What generator `api` makes of everything that goes wrong at a provider; back-off is asserted and not waited for."""

from __future__ import annotations

import email.utils
import json
import threading

import pytest
from asking import KEY_ENV, MODELS, NOW, asking, both, request
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.errors import GeneratorError, InputError
from regen.generators.api import ApiSettings, Timing, open_api_generator
from regen.generators.api_failures import retry_after_seconds
from regen.ports import PaidGeneratorError, Usage
from regen.testing.loopback_provider import (
    Cut,
    Empty,
    ErrorInStream,
    LoopbackProvider,
    Rubbish,
    Silence,
    Status,
    Tokens,
    WrongJson,
)


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

"""The provider that the tests of generator `api` lean on."""

from __future__ import annotations

import http.client
import json

from asking import asking, both

from regen.testing.loopback_provider import (
    LoopbackProvider,
    Status,
)

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

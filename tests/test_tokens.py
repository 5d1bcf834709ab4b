"""Token counts and prices, both offline."""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regen import tokens
from regen.prices import price
from regen.tokens import TokenCount, count_tokens, estimate_tokens


@pytest.fixture
def no_tokenizer(monkeypatch):
    monkeypatch.setitem(sys.modules, "toktok", None)
    monkeypatch.setattr(tokens, "_looked_for_counter", False)
    monkeypatch.setattr(tokens, "_counter", None)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError("a price was looked up over the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(("text", "count"), [("", 0), ("hello world", 2), ("def f(x):\n    return x\n", 8)])
def test_counts_are_those_of_o200k(text, count):
    assert count_tokens(text) == TokenCount(count, exact=True)


def test_special_tokens_in_a_text_are_text():
    assert count_tokens("<|endoftext|>").count > 1


@settings(deadline=None)  # the machine may be busy
@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_is_counted(text):
    counted = count_tokens(text)
    assert counted.exact
    assert 0 <= counted.count <= len(text.encode("utf-8", "replace"))
    assert bool(counted.count) == bool(text)
    assert bool(estimate_tokens(text)) == bool(text)


def test_a_text_is_counted_once(monkeypatch):
    first = count_tokens("a text that no other test counts")
    monkeypatch.setattr(tokens, "_counter", lambda text: pytest.fail("counted again"))
    assert count_tokens("a text that no other test counts") == first


def test_the_memo_does_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr(tokens, "_MEMO_LIMIT", 5)
    for number in range(20):
        count_tokens(f"text {number}")
    assert len(tokens._memo) <= 5


def test_without_the_tokenizer_the_count_is_an_estimate(no_tokenizer):
    assert count_tokens("x" * 390) == TokenCount(100, exact=False)
    assert count_tokens("") == TokenCount(0, exact=False)


def test_many_threads_load_it_once(monkeypatch):
    monkeypatch.setattr(tokens, "_looked_for_counter", False)
    with ThreadPoolExecutor(16) as pool:
        counted = set(pool.map(lambda n: count_tokens("the same text").count, range(64)))
    assert len(counted) == 1


def test_a_price_is_known_offline(no_network):
    whole = price("openai:gpt-4o", 1_000_000, 0)
    assert whole is not None
    assert whole > 0
    assert price("openai:gpt-4o", 1_000_000, 0, 1_000_000) < whole
    assert price("anthropic:claude-sonnet-4-5", 1000, 1000) > 0
    assert price("openai:gpt-4o", 0, 0) == 0.0


def test_writing_a_cache_costs_more_than_reading_it():
    written = price("anthropic:claude-sonnet-4-5", 1000, 0, cache_written_tokens=1000)
    assert written > price("anthropic:claude-sonnet-4-5", 1000, 0) > price("anthropic:claude-sonnet-4-5", 1000, 0, 1000)


@pytest.mark.parametrize("model", ["openai:no-such-model", "nobody:gpt-4o", "gpt-4o", "", ":", "openai:"])
def test_an_unknown_price_is_none_and_not_zero(model):
    assert price(model, 1000, 1000) is None


def test_an_endpoint_has_its_own_prices():
    assert price("openai:gpt-4o", 1000, 0, base_url="https://api.openai.com/v1") == price("openai:gpt-4o", 1000, 0)
    assert price("openai:gpt-4o", 1000, 0, base_url="http://127.0.0.1:8000/v1") is None


def test_more_cached_tokens_than_input_tokens_is_survived():
    assert price("openai:gpt-4o", 10, 0, 1000) is not None

"""Each adapter keeps the promises of the suite, and each promise is shown to fail where it is broken."""

from __future__ import annotations

import threading

import msgspec
import pytest
from other_sides import KEY, Person, Provider, Record, Script

from regen.errors import GeneratorError, Problem
from regen.ports import Pending, Progress, Reply, Usage
from regen.testing import generator_conformance
from regen.testing.generator_conformance import PROMISES, REPLYING, SENDING, OtherSide
from regen.testing.loopback_provider import Tokens

every = pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)


@every
@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_api_keeps(promise, vendor):
    with Provider(vendor) as side:
        promise(side)


def test_api_keeps_with_prices_and_counts():
    with Provider("openai", usage=Tokens(), price_input=1.0, price_output=2.0) as side:
        generator_conformance.what_is_unknown_is_never_zero(side)


@every
def test_command_keeps(promise, tmp_path):
    with Script(tmp_path) as side:
        promise(side)


@pytest.mark.parametrize("promise", [*REPLYING, *SENDING], ids=lambda promise: promise.__name__)
def test_manual_keeps(promise, tmp_path):
    with Person(tmp_path) as side:
        promise(side)


@pytest.mark.parametrize("promise", REPLYING, ids=lambda promise: promise.__name__)
def test_ledger_keeps(promise):
    with Record() as side:
        promise(side)


# ── the suite can fail ──────────────────────────────────────────────────────────────────────────


def failed(message):
    return GeneratorError(Problem(message=message, fault="generator"))


class Honest(OtherSide):
    """An adapter and who answers it, in memory; each of those below does one thing that it must not."""

    name = "api:fake:model"
    key = KEY
    usage = Usage(input_tokens=3, output_tokens=5, cost_usd=0.01)

    def __init__(self):
        self.generator = self
        self._does, self._texts, self._prompts = "answers", {}, []
        self._arrived, self._closed, self._kept = threading.Semaphore(0), threading.Event(), []

    def answers(self, request, text):
        self._does = "answers"
        self._texts[request.prompt_digest] = text

    def hangs(self, text):
        self._does, self._text = "hangs", text

    def breaks_off(self, text):
        self._does, self._text = "breaks off", text

    def refuses(self, words):
        self._does, self._text = "refuses", words

    def heard(self):
        assert self._arrived.acquire(timeout=60)
        return self._prompts.pop(0)

    def left(self):
        return self._kept

    def close(self):
        self._closed.set()

    # the adapter

    def price(self, input_tokens, output_tokens):
        return 0.001 * (input_tokens + output_tokens)

    def generate(self, request, tell, stop):
        self._prompts.append(request.prompt)
        self._arrived.release()
        if self._does == "refuses":
            raise self.refusal(self._text)
        if self._does == "breaks off":
            return self.broken_off()
        if self._does == "hangs":
            self.progress(tell)
            return self.wait(request, stop)
        return self.reply(self._texts[request.prompt_digest])

    def delivered(self, request):
        pass

    def refusal(self, words):
        return failed(words.replace(self.key, "[key]"))

    def broken_off(self):
        raise failed("broke off")

    def progress(self, tell):
        tell(Progress(output_tokens=1))
        tell(Progress(output_tokens=2))

    def wait(self, request, stop):
        within = None if request.timeout_seconds == 600 else request.timeout_seconds
        raise failed("interrupted" if stop.wait(within) else "too late")

    def reply(self, text):
        return Reply(text=text.replace(self.key, "[key]"), model="fake-1", usage=self.usage)

    def __repr__(self):
        return "Honest()"


@every
def test_an_adapter_in_memory_keeps(promise):
    with Honest() as side:
        promise(side)


class CutsLongReplies(Honest):
    def reply(self, text):
        return super().reply(text[:65536])


class NamesNoModel(Honest):
    def reply(self, text):
        return msgspec.structs.replace(super().reply(text), model="")


class NeverGetsItsReply(Honest):
    def generate(self, request, tell, stop):
        return Pending(instructions="wait")

    def brings(self, request):
        pass


class TakesUnknownForZero(Honest):
    usage = Usage(cost_usd=0.0)

    def price(self, input_tokens, output_tokens):
        return None


class CountsNoTokens(Honest):
    usage = Usage(input_tokens=0, output_tokens=0, cost_usd=0.01)


class ChargesNothingButDoesNotSay(Honest):
    usage = Usage()

    def price(self, input_tokens, output_tokens):
        return 0.0


class ChargesLessForMore(Honest):
    def price(self, input_tokens, output_tokens):
        return 1 / input_tokens


class IsDeliveredOnce(Honest):
    def generate(self, request, tell, stop):
        self._calls = {request.prompt_digest}
        return super().generate(request, tell, stop)

    def delivered(self, request):
        self._calls.remove(request.prompt_digest)


class KeepsACopy(Honest):
    def reply(self, text):
        self._kept.append("copy")
        return super().reply(text)


class TrimsThePrompt(Honest):
    def heard(self):
        return super().heard().strip()


class TurnsLineEnds(Honest):
    def heard(self):
        return super().heard().replace("\r\n", "\n")


class MixesUpReplies(Honest):
    def reply(self, text):
        return super().reply(next(iter(self._texts.values())))


class TellsNothing(Honest):
    def progress(self, tell):
        pass


class TellsLessThanBefore(Honest):
    def progress(self, tell):
        tell(Progress(output_tokens=2))
        tell(Progress(output_tokens=1))


class IgnoresStop(Honest):
    def wait(self, request, stop):
        self._closed.wait()
        raise failed("closed")


class LooksAtStopOnlyOnce(Honest):
    def generate(self, request, tell, stop):
        if stop.is_set():
            raise failed("interrupted")
        return super().generate(request, tell, stop)

    wait = IgnoresStop.wait


class WaitsForAChangeOfStop(Honest):
    def generate(self, request, tell, stop):
        return super().generate(request, tell, threading.Event() if stop.is_set() else stop)


class GoesOnAfterAStop(Honest):
    def wait(self, request, stop):
        self._kept.append("process")
        return super().wait(request, stop)


class IgnoresTime(Honest):
    def wait(self, request, stop):
        return super().wait(msgspec.structs.replace(request, timeout_seconds=600), stop)


class ReturnsNothingWhenLate(Honest):
    def wait(self, request, stop):
        stop.wait(request.timeout_seconds)


class TakesHalfForWhole(Honest):
    def broken_off(self):
        return self.reply(self._text)


class RaisesWhatItLikes(Honest):
    def refusal(self, words):
        return OSError("gone")

    def broken_off(self):
        raise EOFError


class SaysNoReason(Honest):
    def refusal(self, words):
        return failed("")


class RemembersItsFailure(Honest):
    def generate(self, request, tell, stop):
        if getattr(self, "_failed", None):
            raise self._failed
        return super().generate(request, tell, stop)

    def refusal(self, words):
        self._failed = super().refusal(words)
        return self._failed


class ShowsTheKey(Honest):
    def refusal(self, words):
        return failed(words)


class ShowsTheKeyInACause(Honest):
    def refusal(self, words):
        error = super().refusal(words)
        error.__cause__ = ValueError(words)
        return error


class ShowsTheKeyInAReply(Honest):
    def reply(self, text):
        return Reply(text=text, model="fake-1", usage=self.usage)


class ShowsTheKeyInItsName(Honest):
    name = f"command:model --key {KEY}"


BROKEN = {
    "a_reply_is_whole_and_names_its_model": [CutsLongReplies, NamesNoModel, NeverGetsItsReply],
    "what_is_unknown_is_never_zero": [
        TakesUnknownForZero, CountsNoTokens, ChargesNothingButDoesNotSay, ChargesLessForMore,
    ],
    "delivered_may_be_told_twice": [IsDeliveredOnce, KeepsACopy],
    "a_prompt_arrives_byte_for_byte": [TrimsThePrompt, TurnsLineEnds],
    "calls_at_once_keep_apart": [MixesUpReplies],
    "progress_is_told_while_a_reply_comes": [TellsNothing, TellsLessThanBefore],
    "a_stop_ends_a_call": [IgnoresStop, LooksAtStopOnlyOnce, GoesOnAfterAStop],
    "a_stop_before_a_call_ends_it_too": [IgnoresStop, WaitsForAChangeOfStop, GoesOnAfterAStop],
    "a_call_without_end_is_given_up": [IgnoresTime, ReturnsNothingWhenLate, GoesOnAfterAStop],
    "a_reply_that_broke_off_is_none": [TakesHalfForWhole, RaisesWhatItLikes],
    "a_failure_is_not_kept": [RemembersItsFailure, RaisesWhatItLikes, SaysNoReason],
    "no_error_shows_the_key": [ShowsTheKey, ShowsTheKeyInACause],
    "no_reply_shows_the_key": [ShowsTheKeyInAReply, ShowsTheKeyInItsName],
}  # fmt: skip


@every
def test_the_suite_notices_who_does_not_keep(promise, monkeypatch):
    monkeypatch.setattr(generator_conformance, "DEADLINE", 0.3)
    for broken in BROKEN[promise.__name__]:
        with broken() as side, pytest.raises((AssertionError, KeyError)):
            promise(side)

# ruff: noqa: S101, D401 - promises are asserted, and told in the present tense
"""What every generator adapter must keep, as checks that any adapter's test module can call.

    from regen.testing.generator_conformance import PROMISES, OtherSide

    class MyServer(OtherSide): ...  # opens MyGenerator as `generator`, and is whoever answers it

    @pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
    def test_my_generator(promise):
        with MyServer() as side:
            promise(side)

Each promise makes calls and raises AssertionError where one does what it must not. `REPLYING` holds what every adapter
must keep, `SENDING` what one must that shows the prompt to somebody, `WAITING` one that waits for the answer.
"""

from __future__ import annotations

import math
import threading
import traceback
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from regen.errors import GeneratorError, InputError, RegenError
from regen.ports import Pending, Reply, Request
from regen.specs.spec import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from regen.ports import Generator, Progress

    Promise = Callable[["OtherSide"], None]

DEADLINE = 60.0
"""Seconds after which a call counts as one that never ends; for a broken machine, nothing is measured against it."""

_ODD = "  Blank, CRLF\r\nand\ttab; 'quotes' \"$HOME\" `id` %s \\n; ünïcödé ☃ 𝄞 e\u0301; the end is no line's "
_REPLY = "Here it is:\n\n```python path=src/a.py\r\nSNOW = '☃ 𝄞'\n```\n\n"
_LONG = "".join(f"line {number} of many\n" for number in range(6000))  # more than a pipe holds


class OtherSide(AbstractContextManager["OtherSide"]):
    """Whoever answers an adapter in its test: a server on this machine, a script, a person's hand.

    `generator` is the adapter, opened once; `key` the secret that it was opened with, of 16 characters or more, where
    it has one. The first four methods say what the other side does from the next call on. Leave out those of promises
    that are not called; `brings` is for adapters whose reply is Pending at first.
    """

    generator: Generator
    key: str = ""

    def answers(self, request: Request, text: str) -> None:
        """Answer `request` with the whole of `text`, and other requests as they were told to be answered."""
        raise NotImplementedError

    def hangs(self, text: str) -> None:
        """Send `text` and nothing more, but do not end."""
        raise NotImplementedError

    def breaks_off(self, text: str) -> None:
        """Send `text` and fail then, as one that crashes or loses its connection."""
        raise NotImplementedError

    def refuses(self, words: str) -> None:
        """Fail with `words` as the reason."""
        raise NotImplementedError

    def brings(self, request: Request) -> None:
        """Put the answer where a pending `request` looks for it."""
        raise NotImplementedError

    def heard(self) -> str:
        """Wait for the next prompt to arrive and return it as it arrived."""
        raise NotImplementedError

    def left(self) -> list[str]:
        """Return what is still there of calls that are over: processes, connections, files."""
        raise NotImplementedError

    def close(self) -> None:
        """End everything that was opened."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Call:
    """One call in a thread of its own, so that one that never ends is told from one that does."""

    def __init__(self, side: OtherSide, request: Request) -> None:
        self.told: list[Progress] = []
        self.progress, self.stop, self._over = threading.Event(), threading.Event(), threading.Event()
        self._outcome: Reply | Pending | BaseException | None = None
        self._side, self._request = side, request

    def start(self) -> _Call:
        threading.Thread(target=self._make, daemon=True).start()
        return self

    def end(self) -> Reply | Pending | BaseException:
        """Wait for the end and return what it was, an exception too."""
        assert self._over.wait(DEADLINE), "the call does not end"
        assert self._outcome is not None, "generate() returned None"
        return self._outcome

    def _make(self) -> None:
        try:
            self._outcome = self._side.generator.generate(self._request, self._tell, self.stop)
        except BaseException as error:  # noqa: BLE001 - it is looked at by whoever waits
            self._outcome = error
        self._over.set()

    def _tell(self, progress: Progress) -> None:
        self.told.append(progress)
        self.progress.set()


def request_of(prompt: str, **fields: float) -> Request:
    """Return a request for `prompt`, whose first five characters are the same for all units."""
    parts = (("spec", digest(prompt)),)
    return Request(unit="greet", attempt=1, prompt=prompt, prompt_digest=digest(prompt), parts=parts, stable_chars=5,
                   **fields)  # type: ignore[arg-type]  # fmt: skip


def _reply(side: OtherSide, request: Request) -> Reply:
    outcome = _Call(side, request).start().end()
    if isinstance(outcome, Pending):
        assert outcome.instructions, "a pending reply does not say how to bring it"
        side.brings(request)
        outcome = _Call(side, request).start().end()
    assert isinstance(outcome, Reply), outcome
    return outcome


def _error(outcome: Reply | Pending | BaseException) -> RegenError:
    assert isinstance(outcome, GeneratorError | InputError), f"not an error of the port: {outcome!r}"
    assert all(problem.message for problem in outcome.problems), outcome.problems
    assert outcome.problems, "the error has no reason"
    return outcome


# ── replying ────────────────────────────────────────────────────────────────────────────────────


def a_reply_is_whole_and_names_its_model(side: OtherSide) -> None:
    """The text is what was answered, to the last byte, however long; the model is named, and nothing says it is cut."""
    for prompt, text in (("a short one", _REPLY), ("a long one", _LONG)):
        side.answers(request_of(prompt), text)
        reply = _reply(side, request_of(prompt))
        assert reply.text == text, f"{len(text)} characters were answered, {len(reply.text)} came"
        assert (bool(reply.model), reply.cut) == (True, ""), (reply.model, reply.cut)
        assert reply.seconds >= 0, reply.seconds


def what_is_unknown_is_never_zero(side: OtherSide) -> None:
    """A price or a count is None where it is unknown; 0.0 USD means that nothing is charged."""
    small, large = side.generator.price(100, 10), side.generator.price(1000, 100)
    assert (small is None) == (large is None), (small, large)
    for price in (small, large):
        assert price is None or (math.isfinite(price) and price >= 0.0), price
    assert small is None or large is None or small <= large, (small, large)
    side.answers(request_of("a prompt"), _REPLY)
    usage = _reply(side, request_of("a prompt")).usage
    for tokens in (usage.input_tokens, usage.output_tokens):
        assert tokens is None or tokens > 0, f"a text of no tokens was counted: {usage}"
    assert usage.cost_usd is None or (math.isfinite(usage.cost_usd) and usage.cost_usd >= 0.0), usage
    assert large != 0.0 or usage.cost_usd == 0.0, f"nothing is charged, but the cost is not 0.0: {usage}"
    assert large == 0.0 or usage.cost_usd != 0.0, f"something is charged or unknown, but the cost is 0.0: {usage}"


def delivered_may_be_told_twice(side: OtherSide) -> None:
    """That a reply is in the ledger may be told again, also after a new start; nothing is left of the call then."""
    side.answers(request_of("a prompt"), _REPLY)
    _reply(side, request_of("a prompt"))
    for request in (request_of("a prompt"), request_of("a prompt"), request_of("never asked")):
        side.generator.delivered(request)
    assert side.left() == [], "something is left of a delivered reply"


# ── sending ─────────────────────────────────────────────────────────────────────────────────────


def a_prompt_arrives_byte_for_byte(side: OtherSide) -> None:
    """Whoever answers reads the prompt as it is: line ends, blanks, quotes, any script, any length."""
    for prompt in (_ODD, _LONG, "no line end", "a line end\n"):
        side.answers(request_of(prompt), _REPLY)
        _Call(side, request_of(prompt)).start().end()
        heard = side.heard()
        assert heard == prompt, f"{len(prompt)} characters were asked, {len(heard)} arrived: {heard[:80]!r}"


# ── waiting ─────────────────────────────────────────────────────────────────────────────────────


def calls_at_once_keep_apart(side: OtherSide) -> None:
    """Threads that ask at once each get the reply to their own prompt."""
    requests = [request_of(f"prompt {number}") for number in range(6)]
    for request in requests:
        side.answers(request, f"reply to {request.prompt}")
    calls = [_Call(side, request).start() for request in requests]
    for request, outcome in zip(requests, [call.end() for call in calls], strict=True):
        assert isinstance(outcome, Reply), outcome
        assert outcome.text == f"reply to {request.prompt}", (request.prompt, outcome.text)


def progress_is_told_while_a_reply_comes(side: OtherSide) -> None:
    """What came so far is told during the call, never as less than before."""
    side.hangs(_REPLY)
    call = _Call(side, request_of("a prompt")).start()
    came = call.progress.wait(DEADLINE)
    call.stop.set()
    call.end()
    counts = [progress.output_tokens for progress in call.told if not progress.note]
    assert came, "nothing was told while the reply came"
    assert counts == sorted(counts), counts
    assert all(count >= 0 for count in counts), counts


def a_stop_ends_a_call(side: OtherSide) -> None:
    """Once `stop` is set a call that waits ends with an error, and nothing of it goes on."""
    side.hangs(_REPLY)
    call = _Call(side, request_of("a prompt")).start()
    side.heard()
    call.stop.set()
    _error(call.end())
    assert side.left() == [], "something goes on after a stop"


def a_stop_before_a_call_ends_it_too(side: OtherSide) -> None:
    """Where `stop` is set already, nothing is waited for."""
    side.hangs(_REPLY)
    call = _Call(side, request_of("a prompt"))
    call.stop.set()
    _error(call.start().end())
    assert side.left() == [], "something goes on after a stop"


def a_call_without_end_is_given_up(side: OtherSide) -> None:
    """When the request's time is over the call ends with a GeneratorError, and nothing of it goes on."""
    side.hangs(_REPLY)
    error = _error(_Call(side, request_of("a prompt", timeout_seconds=0.2)).start().end())
    assert isinstance(error, GeneratorError), error
    assert side.left() == [], "something goes on after the time was over"


def a_reply_that_broke_off_is_none(side: OtherSide) -> None:
    """What came before a failure is not told as a reply."""
    side.breaks_off(_REPLY)
    _error(_Call(side, request_of("a prompt")).start().end())


def a_failure_is_not_kept(side: OtherSide) -> None:
    """A refusal is an error with a reason, and the same request can be made again afterwards."""
    side.refuses("no credit is left")
    _error(_Call(side, request_of("a prompt")).start().end())
    side.answers(request_of("a prompt"), _REPLY)
    assert _reply(side, request_of("a prompt")).text == _REPLY


def no_error_shows_the_key(side: OtherSide) -> None:
    """A key that the other side repeats is in no error, its causes included, and in no progress."""
    assert side.key, "the other side names no key"
    side.refuses(f"bad credentials: {side.key}")
    call = _Call(side, request_of("a prompt")).start()
    error = _error(call.end())
    shown = "".join(traceback.format_exception(error)) + repr(error.problems) + repr(call.told)
    assert side.key not in shown, "the key is shown in an error"


def no_reply_shows_the_key(side: OtherSide) -> None:
    """Neither a reply in which the other side repeats the key holds it, nor what the adapter says of itself."""
    assert side.key, "the other side names no key"
    side.answers(request_of("a prompt"), f"your key is {side.key}, take care\n")
    shown = repr(_reply(side, request_of("a prompt"))) + side.generator.name + repr(side.generator)
    assert side.key not in shown, "the key is shown in a reply or a name"


REPLYING: tuple[Promise, ...] = (
    a_reply_is_whole_and_names_its_model, what_is_unknown_is_never_zero, delivered_may_be_told_twice,
)  # fmt: skip
SENDING: tuple[Promise, ...] = (a_prompt_arrives_byte_for_byte,)
WAITING: tuple[Promise, ...] = (
    calls_at_once_keep_apart, progress_is_told_while_a_reply_comes, a_stop_ends_a_call,
    a_stop_before_a_call_ends_it_too, a_call_without_end_is_given_up, a_reply_that_broke_off_is_none,
    a_failure_is_not_kept, no_error_shows_the_key, no_reply_shows_the_key,
)  # fmt: skip
PROMISES: tuple[Promise, ...] = (*REPLYING, *SENDING, *WAITING)

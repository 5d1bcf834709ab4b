"""Why a try of generator `api` brought no reply: whose fault it is, whether another try may help, and the words."""

from __future__ import annotations

import email.utils
import math
import os
import socket
from datetime import UTC
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from regen.errors import Fault, GeneratorError, InputError, Problem
from regen.ports import PaidGeneratorError, Usage
from regen.tokens import BYTES_PER_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.generators.api_client import Secret, Target

_MAX_SERVER_WAIT_SECONDS = 86_400.0
_MAX_DETAIL_CHARS = 300
_NO_TEMPERATURE = "temperatures = []   (in [generator.vary] of regen.toml, or take the model out of models)"
_RETRIED = frozenset({408, 409})  # besides 429 and 5xx
_STATUS_WORDS = {403: "forbids the request", 408: "timed out", 409: "reports a conflict", 429: "limits the rate"}


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a try brought no reply: `reason` is short, for progress too; `again` says that another try may help.

    `usage` is None where the provider did not begin to answer, so that nothing is charged.
    """

    reason: str
    detail: str = ""
    hint: str = ""
    again: bool = False
    wait_seconds: float = 0.0
    fault: Fault = "generator"
    usage: Usage | None = None


class Heard:
    """How much of a reply has streamed in; written by the loop, read by the thread that waits."""

    def __init__(self) -> None:
        self.bytes = 0

    @property
    def tokens(self) -> int:
        return round(self.bytes / BYTES_PER_TOKEN)

    def __str__(self) -> str:
        return f"about {self.tokens} tokens had come" if self.bytes else "nothing had come"


class Words:
    """The words for everything that goes wrong between us and one endpoint; none of them holds the key."""

    def __init__(self, target: Target, secret: Secret, idle_seconds: float) -> None:
        self._target, self._secret, self._idle_seconds = target, secret, idle_seconds

    def late(self, heard: Heard, seconds: float) -> Failure:
        reason = f"no whole reply from {self._target.address} within {seconds:g} s"
        return Failure(reason=reason, detail=str(heard), hint=f"timeout = {2 * seconds:g}")

    def cut(self, detail: str) -> Failure:
        return Failure(reason=f"{self._target.address} cut the stream", detail=detail, hint="regen build", again=True)

    def empty(self, why: str, limit: int) -> Failure:
        """Return the failure of a whole reply without text; `limit` is how many output tokens it might have had."""
        hint = f"max_output_tokens = {2 * limit}" if why == "token limit" else "regen build"
        return Failure(reason=f"{self._target.address} sent an empty reply", detail=self.line(why), hint=hint)

    def of(self, error: Exception, heard: Heard, now: float, temperature: float | None = None) -> Failure:
        """Return the failure that an exception of the client library means; `now` is in seconds since 1970.

        `temperature` is the one that was asked for, which some models refuse.
        """
        import httpx2  # noqa: PLC0415  loaded by now
        from pydantic_ai import exceptions as ai  # noqa: PLC0415

        if isinstance(error, ai.ModelHTTPError):
            failure = self._refusal(error, now, spent=isinstance(error, ai.ModelQuotaExceededError))
            if temperature is not None and "temperature" in failure.detail:
                return msgspec.structs.replace(failure, hint=_NO_TEMPERATURE, fault="input")
            return failure
        address = self._target.address
        chain = _chain(error)
        transport = next((e for e in chain if isinstance(e, httpx2.TransportError)), None)
        if isinstance(transport, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
            reason = f"can't reach {address.host}:{address.port}"
            return Failure(reason=reason, detail=self._why(chain), hint="regen doctor", again=True)
        if isinstance(transport, httpx2.ReadTimeout):
            reason = f"{address} sent nothing for {self._idle_seconds:g} s"
            return Failure(reason=reason, detail=str(heard), hint="regen doctor", again=True)
        if transport is not None:
            return self.cut(f"{heard}: {self._why(_chain(transport))}")
        words = _provider_message(getattr(error, "body", None))
        detail = self.line(words or str(error) or type(error).__name__)
        if isinstance(error, ai.ModelAPIError) and error.in_stream:
            return Failure(reason=f"{address} broke off with an error", detail=detail, hint="regen build", again=True)
        if isinstance(error, ai.UnexpectedModelBehavior) and not heard.bytes:
            return Failure(reason=f"{address} sent no reply", detail=detail, hint="regen doctor", again=True)
        return Failure(
            reason=f"{address} sent what is no {self._target.vendor} reply", detail=detail, hint="regen doctor"
        )

    def _refusal(self, error: Any, now: float, *, spent: bool) -> Failure:
        """Say what a status of 4xx or 5xx means; `error` is a ModelHTTPError."""
        target, code = self._target, int(error.status_code)
        detail = self.line(_provider_message(error.body))
        if code == HTTPStatus.UNAUTHORIZED:
            reason = f"{target.address} refuses the key in {target.key_env} (401)"
            return Failure(reason=reason, detail=detail, hint=f"export {target.key_env}=…", fault="input")
        if code == HTTPStatus.NOT_FOUND:
            reason = f"{target.address} has no model {target.model} below {target.base_url} (404)"
            likely = error.suggested_model_id
            hint = self.line(f'default = "api:{likely}"') if likely else "regen doctor"
            return Failure(reason=reason, detail=detail, hint=hint, fault="input")
        limited = code == HTTPStatus.TOO_MANY_REQUESTS and not spent
        broken = code >= HTTPStatus.INTERNAL_SERVER_ERROR
        does = "says that the quota is used up" if spent else _STATUS_WORDS.get(code, "refuses the request")
        again = not spent and (limited or broken or code in _RETRIED)
        return Failure(
            reason=f"{target.address} {'failed' if broken else does} ({code})",
            detail=detail,
            hint="regen build -j 1" if limited else "regen build" if again else "regen doctor",
            again=again,
            wait_seconds=retry_after_seconds(error.headers or {}, now),
        )

    def _why(self, chain: list[BaseException]) -> str:
        """Return the operating system's word for why a connection failed, or the library's."""
        for error in reversed(chain):
            if isinstance(error, OSError) and error.errno:
                named = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno)
                return self.line((named or str(error)).lower())
        return self.line(str(chain[0]) or type(chain[0]).__name__)

    def line(self, text: str) -> str:
        """Return a provider's words as one short printable line without the key."""
        line = " ".join("".join(c if c.isprintable() else " " for c in self._secret.hide(text)).split())
        return line if len(line) <= _MAX_DETAIL_CHARS else line[:_MAX_DETAIL_CHARS] + "…"


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float:
    """Return the seconds that a server asks to wait, from `retry-after-ms` or `retry-after`; 0.0 where it does not.

    Header names are in lower case; `now` is in seconds since 1970, for servers that name a date.
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) * unit
        except ValueError:
            seconds = _seconds_until(value, now)
        if math.isfinite(seconds) and seconds > 0:
            return min(seconds, _MAX_SERVER_WAIT_SECONDS)
    return 0.0


def _seconds_until(date: str, now: float) -> float:
    try:
        when = email.utils.parsedate_to_datetime(date)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return 0.0


def together(one: Usage | None, other: Usage | None) -> Usage | None:
    """Return the usage of both; None is none at all, and what is unknown in one is unknown in the sum."""
    if one is None or other is None:
        return other if one is None else one
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in Usage.__struct_fields__}
    return Usage(**{name: None if None in pair else sum(pair) for name, pair in pairs.items()})


def give_up(failure: Failure, tries: int, paid: Usage | None = None) -> NoReturn:
    """Raise what the last of the tries failed with; `paid` is what all of them were charged for."""
    counted = f"{failure.reason}, {tries} tries" if tries > 1 else failure.reason
    message = f"{counted}: {failure.detail}" if failure.detail else counted
    problem = Problem(message=message, hint=failure.hint, fault=failure.fault)
    if failure.fault == "input":
        raise InputError(problem)
    if paid is not None:
        raise PaidGeneratorError(problem, paid)
    raise GeneratorError(problem)


def _provider_message(body: object) -> str:
    """Return the words of an error body, whichever way the vendor wraps them."""
    while isinstance(body, dict):
        body = body.get("error") or body.get("message") or body.get("detail") or ""
    return body if isinstance(body, str) else ""


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and what caused it, outermost first."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found

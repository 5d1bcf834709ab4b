"""Generator `api`: a model behind an OpenAI-compatible or Anthropic endpoint.

One try is a coroutine on a private event loop; its outcome is a value, a `Reply` or a `_Failure`. The threads that
ask wait for it, pass on its progress, and decide about the next try, so a set `stop` event ends any wait at once.
The key is known to the vendor's client and to `_Secret` only; every text that leaves this file passes `_Secret.hide`.
"""

from __future__ import annotations

import asyncio
import email.utils
import importlib.util
import ipaddress
import logging
import math
import os
import random
import socket
import threading
import time
import urllib.parse
from concurrent.futures import CancelledError
from concurrent.futures import wait as wait_for
from datetime import UTC
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from regen.errors import Fault, GeneratorError, InputError, Problem, nearest
from regen.ports import Generator, Progress, Reply, Request, Usage
from regen.prices import price
from regen.tokens import BYTES_PER_TOKEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from pydantic_ai.messages import ModelResponse, UserContent
    from pydantic_ai.models import Model, StreamedResponse

_POLL_SECONDS = 0.1
"""How often a waiting thread passes on progress and looks at `stop`; a finished reply is not waited for."""

_MAX_BACKOFF_SECONDS = 60.0
_MAX_SERVER_WAIT_SECONDS = 86_400.0
_MAX_DETAIL_CHARS = 300
_SHORTEST_REAL_KEY = 16
_RETRIED = frozenset({408, 409})  # besides 429 and 5xx
_STATUS_WORDS = {403: "forbids the request", 408: "timed out", 409: "reports a conflict", 429: "limits the rate"}
_WHOLE = frozenset({"eos", "eos_token", "end"})  # what some servers say instead of `stop`
_NO_TAG = "\0"  # a text that no model streams: a reply may hold the tags that some models think in
_INSTALL = "pip install 'regen[api]'"


class _Vendor(msgspec.Struct, frozen=True):
    key_env: str
    url_env: str
    base_url: str
    module: str


_VENDORS = {
    "openai": _Vendor("OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1", "openai"),
    "anthropic": _Vendor("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "https://api.anthropic.com", "anthropic"),
}


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How an endpoint is called.

    Empty texts mean the vendor's usual value. `timeout_seconds` limits one try, `idle_seconds` the silence within it,
    `retries` the tries after the first. Prices are USD per million tokens and replace the price list.
    """

    base_url: str = ""
    key_env: str = ""
    timeout_seconds: float = 600.0
    connect_seconds: float = 10.0
    idle_seconds: float = 300.0
    retries: int = 4
    max_output_tokens: int | None = None
    price_input: float | None = None
    price_output: float | None = None


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """The clock and the dice of the retries: monotonic and calendar seconds, a wait, a number from 0 to 1."""

    monotonic: Callable[[], float] = time.monotonic
    calendar: Callable[[], float] = time.time
    wait: Callable[[float, threading.Event], bool] = lambda seconds, stop: stop.wait(seconds)
    jitter: Callable[[], float] = random.random


_REAL_TIME = Timing()


def open_api_generator(
    model: str, settings: ApiSettings, environ: Mapping[str, str], timing: Timing = _REAL_TIME
) -> ApiGenerator:
    """Return the generator for `model`, such as `openai:gpt-5`, while the client library loads in the background.

    Raises InputError for an unknown vendor, a wrong address, a missing key, or where the extra is not installed.
    """
    vendor_name, _, model_name = model.partition(":")
    vendor = _VENDORS.get(vendor_name)
    if vendor is None or not model_name:
        likely = nearest(vendor_name, _VENDORS) or "openai"
        message = f"`api:{model}` names no model: write `api:VENDOR:MODEL`, VENDOR one of {', '.join(_VENDORS)}"
        raise InputError(Problem(message=message, hint=f'default = "api:{likely}:{model_name or "gpt-5"}"'))
    base_url = (settings.base_url or environ.get(vendor.url_env, "") or vendor.base_url).rstrip("/")
    if vendor_name == "anthropic":
        base_url = base_url.removesuffix("/v1")  # its client adds that itself
    address = _address(base_url)
    for module in ("pydantic_ai", vendor.module):
        if importlib.util.find_spec(module) is None:
            raise InputError(Problem(message=f"`api:{model}` needs the package {module}", hint=_INSTALL))
    key_env = settings.key_env or vendor.key_env
    secret = _Secret(_key(key_env, environ, model, address))
    return ApiGenerator(_Target(vendor_name, model_name, base_url, address, key_env), settings, secret, timing)


class _Address(msgspec.Struct, frozen=True):
    host: str
    port: int
    usual: bool

    def __str__(self) -> str:
        return self.host if self.usual else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether it is this machine, where no key is needed."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class _Target(msgspec.Struct, frozen=True):
    vendor: str
    model: str
    base_url: str
    address: _Address
    key_env: str


class _Secret:
    """A key that can be hidden in texts and is shown by none."""

    def __init__(self, key: str) -> None:
        self.reveal: Callable[[], str] = lambda: key

    def hide(self, text: str) -> str:
        """Return `text` without the key."""
        key = self.reveal()
        return text.replace(key, "[key]") if key else text

    def hide_in_reply(self, text: str) -> str:
        """Return a reply without the key; the short words that local servers take for a key may be code."""
        return self.hide(text) if len(self.reveal()) >= _SHORTEST_REAL_KEY else text


class _Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a try brought no reply: `reason` is short, for progress too; `again` says that another try may help."""

    reason: str
    detail: str = ""
    hint: str = ""
    again: bool = False
    wait_seconds: float = 0.0
    fault: Fault = "generator"


class _Heard:
    """How much has streamed in; written by the loop, read by the thread that waits."""

    def __init__(self) -> None:
        self.bytes = 0

    @property
    def tokens(self) -> int:
        return round(self.bytes / BYTES_PER_TOKEN)


class _Client(msgspec.Struct, frozen=True):
    """What is needed of the client library: a stream for (prompt, stable characters, most output tokens)."""

    stream: Callable[[str, int, int], AbstractAsyncContextManager[StreamedResponse]]
    close: Callable[[], Awaitable[None]]


class ApiGenerator(Generator):
    """A model behind an API; many threads may call it at once."""

    def __init__(self, target: _Target, settings: ApiSettings, secret: _Secret, timing: Timing) -> None:
        self.name = f"api:{target.vendor}:{target.model}"
        self._target = target
        self._settings = settings
        self._secret = secret
        self._timing = timing
        self._client: _Client | _Failure | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=self.name, daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"ApiGenerator({self.name!r})"

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """Return the cost in USD of a call of that size, None where the price is unknown."""
        return self._cost(input_tokens, output_tokens)

    def generate(self, request: Request, tell: Callable[[Progress], None], stop: threading.Event) -> Reply:
        """Return the reply to `request.prompt`, after as many tries as the settings and the request's time allow."""
        clock = self._timing.monotonic
        deadline = clock() + request.timeout_seconds
        tries = self._settings.retries + 1
        number = 1
        while True:
            outcome = self._try(request, deadline, tell, stop)
            if isinstance(outcome, Reply):
                return outcome
            if not outcome.again or number == tries:
                _fail(outcome, number)
            seconds = self._backoff(outcome, number)
            if clock() + seconds >= deadline:
                late = f"waiting {seconds:.0f} s more would exceed the {request.timeout_seconds:g} s of this call"
                _fail(msgspec.structs.replace(outcome, detail=f"{outcome.detail}; {late}".lstrip("; ")), number)
            number += 1
            tell(Progress(note=f"{outcome.reason}: try {number} of {tries} in {seconds:.1f} s"))
            if self._timing.wait(seconds, stop):
                _interrupted()

    def delivered(self, request: Request) -> None:
        """Do nothing: no copy of a reply is kept here."""

    def close(self) -> None:
        """End the background thread and its connections; calls that still wait get `interrupted`."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        """Load the client library, then run the loop; tries that were submitted meanwhile start then."""
        asyncio.set_event_loop(self._loop)
        try:
            self._client = _load_client(self._target, self._settings, self._secret)
        except Exception as error:  # noqa: BLE001  whatever goes wrong inside others' packages
            detail = self._detail(f"{type(error).__name__}: {error}")
            reason = "the client library of `regen[api]` can't be loaded"
            self._client = _Failure(reason=reason, detail=detail, hint=_INSTALL, fault="input")
        self._loop.run_forever()
        self._loop.run_until_complete(self._settle())
        self._loop.close()

    async def _settle(self) -> None:
        """Cancel what still runs and close the connections; clearing up may leave work of its own, so twice."""
        for _ in range(2):
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if isinstance(self._client, _Client):
                await self._client.close()
            await self._loop.shutdown_asyncgens()

    def _backoff(self, failure: _Failure, number: int) -> float:
        """Return the seconds before the next try: doubled each time, jittered, never less than the server asks for."""
        jitter = self._timing.jitter()
        own = min(_MAX_BACKOFF_SECONDS, 2.0 ** (number - 1)) * (0.5 + jitter / 2)
        return max(own, failure.wait_seconds + jitter) if failure.wait_seconds else own

    def _try(
        self, request: Request, deadline: float, tell: Callable[[Progress], None], stop: threading.Event
    ) -> Reply | _Failure:
        """Wait in the asking thread for one try on the loop, passing on its progress."""
        if stop.is_set():
            _interrupted()
        heard, told = _Heard(), 0
        future = asyncio.run_coroutine_threadsafe(self._attempt(request, deadline, heard), self._loop)
        try:
            while not future.done():
                wait_for([future], timeout=_POLL_SECONDS)
                if heard.tokens > told:
                    told = heard.tokens
                    tell(Progress(output_tokens=told))
                if stop.is_set() and not future.done():
                    _interrupted()
        finally:
            future.cancel()  # leaves no request behind; nothing happens where the try is over
        try:
            return future.result()
        except CancelledError:
            _interrupted()

    async def _attempt(self, request: Request, deadline: float, heard: _Heard) -> Reply | _Failure:
        client = self._client
        if not isinstance(client, _Client):
            return client or _Failure(reason="the generator is closed")
        limit = min(self._settings.max_output_tokens or request.max_output_tokens, request.max_output_tokens)
        started = self._timing.monotonic()  # by now the client library is loaded
        seconds = min(deadline - started, self._settings.timeout_seconds)
        try:
            async with (
                asyncio.timeout(max(0.0, seconds)),
                client.stream(request.prompt, request.stable_chars, limit) as stream,
            ):
                async for event in stream:
                    heard.bytes += len(_streamed_text(event).encode("utf-8", "replace"))
        except TimeoutError:
            reason = f"no whole reply from {self._target.address} within {seconds:g} s"
            return _Failure(reason=reason, detail=_so_far(heard), hint=f"timeout = {2 * seconds:g}")
        except Exception as error:  # noqa: BLE001  every fault of a provider is an outcome
            return self._failure(error, heard)
        reply = self._reply(stream.get(), heard, limit)
        if isinstance(reply, Reply):
            return msgspec.structs.replace(reply, seconds=self._timing.monotonic() - started)
        return reply

    def _reply(self, response: ModelResponse, heard: _Heard, limit: int) -> Reply | _Failure:
        address = self._target.address
        word = str((response.provider_details or {}).get("finish_reason") or "")
        if not word and response.finish_reason != "content_filter":
            detail = _so_far(heard)
            return _Failure(reason=f"{address} cut the stream", detail=detail, hint="regen build", again=True)
        usual = {"stop": "", "length": "token limit", "content_filter": "content filter"}
        cut = usual.get(response.finish_reason or "", "" if word in _WHOLE else f"stopped: {word}")
        text = "".join(part.content for part in response.parts if part.part_kind == "text")
        text = self._secret.hide_in_reply(_without_thoughts(text))
        if not text.strip():
            hint = f"max_output_tokens = {2 * limit}" if cut == "token limit" else "regen build"
            return _Failure(reason=f"{address} sent an empty reply", detail=self._detail(cut), hint=hint)
        usage, used = Usage(), response.usage
        if used.input_tokens or used.output_tokens:  # a provider that reports nothing is given zeros
            cost = self._cost(used.input_tokens, used.output_tokens, used.cache_read_tokens, used.cache_write_tokens)
            usage = Usage(
                input_tokens=used.input_tokens,
                output_tokens=used.output_tokens,
                cached_tokens=used.cache_read_tokens,
                cost_usd=cost,
            )
        model = self._detail(response.model_name or self._target.model)
        return Reply(text=text, model=model, usage=usage, cut=self._detail(cut))

    def _cost(self, input_tokens: int, output_tokens: int, cached: int = 0, written: int = 0) -> float | None:
        own_input, own_output = self._settings.price_input, self._settings.price_output
        if own_input is not None and own_output is not None:
            return (input_tokens * own_input + output_tokens * own_output) / 1e6
        target = self._target
        model = f"{target.vendor}:{target.model}"
        return price(model, input_tokens, output_tokens, cached, cache_written_tokens=written, base_url=target.base_url)

    def _failure(self, error: Exception, heard: _Heard) -> _Failure:
        """Say whose fault an exception of the client library is, and whether another try may help."""
        import httpx2  # noqa: PLC0415  loaded by now
        from pydantic_ai import exceptions as ai  # noqa: PLC0415

        if isinstance(error, ai.ModelHTTPError):
            return self._refusal(error, spent=isinstance(error, ai.ModelQuotaExceededError))
        address = self._target.address
        chain = _chain(error)
        transport = next((e for e in chain if isinstance(e, httpx2.TransportError)), None)
        if isinstance(transport, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
            reason = f"can't reach {address.host}:{address.port}"
            return _Failure(reason=reason, detail=self._why(chain), hint="regen doctor", again=True)
        if isinstance(transport, httpx2.ReadTimeout):
            reason = f"{address} sent nothing for {self._settings.idle_seconds:g} s"
            return _Failure(reason=reason, detail=_so_far(heard), hint="regen doctor", again=True)
        if transport is not None:
            detail = f"{_so_far(heard)}: {self._why(_chain(transport))}"
            return _Failure(reason=f"{address} cut the stream", detail=detail, hint="regen build", again=True)
        words = _provider_message(getattr(error, "body", None))
        detail = self._detail(words or str(error) or type(error).__name__)
        if isinstance(error, ai.ModelAPIError) and error.in_stream:
            return _Failure(reason=f"{address} broke off with an error", detail=detail, hint="regen build", again=True)
        if isinstance(error, ai.UnexpectedModelBehavior) and not heard.bytes:
            return _Failure(reason=f"{address} sent no reply", detail=detail, hint="regen doctor", again=True)
        return _Failure(
            reason=f"{address} sent what is no {self._target.vendor} reply", detail=detail, hint="regen doctor"
        )

    def _refusal(self, error: Any, *, spent: bool) -> _Failure:
        """Say what a status of 4xx or 5xx means; `error` is a ModelHTTPError."""
        target, code = self._target, int(error.status_code)
        detail = self._detail(_provider_message(error.body))
        if code == HTTPStatus.UNAUTHORIZED:
            reason = f"{target.address} refuses the key in {target.key_env} (401)"
            return _Failure(reason=reason, detail=detail, hint=f"export {target.key_env}=…", fault="input")
        if code == HTTPStatus.NOT_FOUND:
            reason = f"{target.address} has no model {target.model} below {target.base_url} (404)"
            likely = error.suggested_model_id
            hint = self._detail(f'default = "api:{likely}"') if likely else "regen doctor"
            return _Failure(reason=reason, detail=detail, hint=hint, fault="input")
        limited = code == HTTPStatus.TOO_MANY_REQUESTS and not spent
        broken = code >= HTTPStatus.INTERNAL_SERVER_ERROR
        does = "says that the quota is used up" if spent else _STATUS_WORDS.get(code, "refuses the request")
        again = not spent and (limited or broken or code in _RETRIED)
        return _Failure(
            reason=f"{target.address} {'failed' if broken else does} ({code})",
            detail=detail,
            hint="regen build -j 1" if limited else "regen build" if again else "regen doctor",
            again=again,
            wait_seconds=retry_after_seconds(error.headers or {}, self._timing.calendar()),
        )

    def _why(self, chain: list[BaseException]) -> str:
        """Return the operating system's word for why a connection failed, or the library's."""
        for error in reversed(chain):
            if isinstance(error, OSError) and error.errno:
                named = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno)
                return self._detail((named or str(error)).lower())
        return self._detail(str(chain[0]) or type(chain[0]).__name__)

    def _detail(self, text: str) -> str:
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


def _load_client(target: _Target, settings: ApiSettings, secret: _Secret) -> _Client:
    """Import the vendor's client, which takes seconds, and set it up without retries of its own."""
    import httpx2  # noqa: PLC0415
    from pydantic_ai.direct import model_request_stream  # noqa: PLC0415
    from pydantic_ai.messages import CachePoint, ModelRequest, UserPromptPart  # noqa: PLC0415
    from pydantic_ai.settings import ModelSettings  # noqa: PLC0415

    idle = settings.idle_seconds
    timeout = httpx2.Timeout(connect=settings.connect_seconds, read=idle, write=idle, pool=idle)
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
    proxied = not target.address.local  # the environment's proxy can't reach this machine
    http = httpx2.AsyncClient(timeout=timeout, limits=limits, trust_env=proxied)
    for noisy in ("httpcore2", "httpx2", _VENDORS[target.vendor].module):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # below that they log headers, and a server may echo the key
    make = _openai_model if target.vendor == "openai" else _anthropic_model
    model = make(target, secret.reveal() or "not-needed", http, timeout)

    def stream(prompt: str, stable_chars: int, most_tokens: int) -> AbstractAsyncContextManager[StreamedResponse]:
        content: str | list[UserContent] = prompt
        stable, rest = prompt[:stable_chars], prompt[stable_chars:]
        if target.vendor == "anthropic" and stable.strip() and rest.strip():  # it refuses blank parts
            content = [stable, CachePoint(), rest]
        messages = [ModelRequest(parts=[UserPromptPart(content=content)])]
        return model_request_stream(
            model, messages, model_settings=ModelSettings(max_tokens=most_tokens), instrument=False
        )

    return _Client(stream, http.aclose)


def _openai_model(target: _Target, key: str, http: Any, timeout: Any) -> Model[Any]:
    from openai import AsyncOpenAI  # noqa: PLC0415
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415
    from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: PLC0415
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

    client = AsyncOpenAI(api_key=key, base_url=target.base_url, http_client=http, timeout=timeout, max_retries=0)
    # OpenAI's newer models refuse `max_tokens`, and many compatible servers know nothing else.
    own = target.address.host.endswith((".openai.com", ".azure.com")) or target.model.startswith(
        ("gpt-5", "o1", "o3", "o4")
    )
    profile = OpenAIModelProfile(thinking_tags=(_NO_TAG, _NO_TAG), openai_chat_supports_max_completion_tokens=own)
    return OpenAIChatModel(target.model, provider=OpenAIProvider(openai_client=client), profile=profile)


def _anthropic_model(target: _Target, key: str, http: Any, timeout: Any) -> Model[Any]:
    from anthropic import AsyncAnthropic  # noqa: PLC0415
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

    client = AsyncAnthropic(api_key=key, base_url=target.base_url, http_client=http, timeout=timeout, max_retries=0)
    return AnthropicModel(target.model, provider=AnthropicProvider(anthropic_client=client))


def _address(base_url: str) -> _Address:
    try:
        parts = urllib.parse.urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urllib.parse.urlsplit(""), "", None
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or not host or parts.username or parts.password:  # never shown: it may hold a secret
        message = "`base_url` must be an http address without user name and password"
        raise InputError(Problem(message=message, hint='base_url = "http://127.0.0.1:8000/v1"'))
    return _Address(host, port or usual, port is None or port == usual)


def _key(key_env: str, environ: Mapping[str, str], model: str, address: _Address) -> str:
    key = environ.get(key_env, "").strip()
    hint = f"export {key_env}=…"
    if not key and not address.local:
        raise InputError(Problem(message=f"`api:{model}` needs a key, and {key_env} is not set", hint=hint))
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise InputError(Problem(message=f"{key_env} holds characters that no key has", hint=hint))
    return key


def _streamed_text(event: Any) -> str:
    """Return the text or thought that an event of the client library brings."""
    new = event.part.content if event.event_kind == "part_start" and hasattr(event.part, "content") else ""
    if event.event_kind == "part_delta":
        new = getattr(event.delta, "content_delta", "")
    return new if isinstance(new, str) else ""


def _without_thoughts(text: str) -> str:
    """Drop the thoughts that models on local servers put before their reply: their drafts are no reply."""
    opening, found, reply = text.partition("</think>")
    return reply.lstrip("\n") if found and opening.lstrip().startswith("<think>") else text


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


def _so_far(heard: _Heard) -> str:
    return f"about {heard.tokens} tokens had come" if heard.bytes else "nothing had come"


def _fail(failure: _Failure, tries: int) -> NoReturn:
    counted = f"{failure.reason}, {tries} tries" if tries > 1 else failure.reason
    message = f"{counted}: {failure.detail}" if failure.detail else counted
    kind = InputError if failure.fault == "input" else GeneratorError
    raise kind(Problem(message=message, hint=failure.hint, fault=failure.fault))


def _interrupted() -> NoReturn:
    raise GeneratorError(Problem(message="interrupted", fault="generator"))

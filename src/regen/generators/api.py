"""Generator `api`: a model behind an OpenAI-compatible or Anthropic endpoint.

One try is a coroutine on a private event loop; its outcome is a value, a `Reply` or a `Failure`. The threads that
ask wait for it, pass on its progress, and decide about the next try, so a set `stop` event ends any wait at once.
"""

from __future__ import annotations

import asyncio
import importlib.util
import random
import threading
import time
from concurrent.futures import CancelledError
from concurrent.futures import wait as wait_for
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from regen.errors import GeneratorError, InputError, Problem, nearest
from regen.generators.api_client import VENDORS, Client, Secret, Target, load_client, read_address, read_key
from regen.generators.api_failures import Failure, Heard, Words, give_up, together
from regen.ports import Generator, Progress, Reply, Request, Usage
from regen.prices import price
from regen.tokens import BYTES_PER_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import StreamedResponse
    from pydantic_ai.usage import RequestUsage

_POLL_SECONDS = 0.1
"""How often a waiting thread passes on progress and looks at `stop`; a finished reply is not waited for."""

_MAX_BACKOFF_SECONDS = 60.0
_WHOLE = frozenset({"eos", "eos_token", "end"})  # what some servers say instead of `stop`
_INSTALL = "pip install 'regen[api]'"


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
    vendor = VENDORS.get(vendor_name)
    if vendor is None or not model_name:
        likely = nearest(vendor_name, VENDORS) or "openai"
        message = f"`api:{model}` names no model: write `api:VENDOR:MODEL`, VENDOR one of {', '.join(VENDORS)}"
        raise InputError(Problem(message=message, hint=f'default = "api:{likely}:{model_name or "gpt-5"}"'))
    base_url = (settings.base_url or environ.get(vendor.url_env, "") or vendor.base_url).rstrip("/")
    if vendor_name == "anthropic":
        base_url = base_url.removesuffix("/v1")  # its client adds that itself
    address = read_address(base_url)
    for module in ("pydantic_ai", vendor.module):
        if importlib.util.find_spec(module) is None:
            raise InputError(Problem(message=f"`api:{model}` needs the package {module}", hint=_INSTALL))
    key_env = settings.key_env or vendor.key_env
    secret = Secret(read_key(key_env, environ, model, address))
    return ApiGenerator(Target(vendor_name, model_name, base_url, address, key_env), settings, secret, timing)


class ApiGenerator(Generator):
    """A model behind an API; many threads may call it at once."""

    def __init__(self, target: Target, settings: ApiSettings, secret: Secret, timing: Timing) -> None:
        self.name = f"api:{target.vendor}:{target.model}"
        self._target = target
        self._settings = settings
        self._secret = secret
        self._timing = timing
        self._words = Words(target, secret, settings.idle_seconds)
        self._client: Client | Failure | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=self.name, daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"ApiGenerator({self.name!r})"

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """Return the cost in USD of a call of that size, None where the price is unknown."""
        return self._cost(input_tokens, output_tokens)

    def generate(self, request: Request, tell: Callable[[Progress], None], stop: threading.Event) -> Reply:
        """Return the reply to `request.prompt`, after as many tries as the settings and the request's time allow.

        Its usage is that of all tries: a stream that broke off is charged for too.
        """
        clock = self._timing.monotonic
        deadline = clock() + request.timeout_seconds
        tries = self._settings.retries + 1
        number, paid = 1, None
        while True:
            outcome = self._try(request, deadline, tell, stop)
            paid = together(paid, outcome.usage)
            if isinstance(outcome, Reply):
                return msgspec.structs.replace(outcome, usage=paid)
            if not outcome.again or number == tries:
                give_up(outcome, number, paid)
            seconds = self._backoff(outcome, number)
            if clock() + seconds >= deadline:
                late = f"waiting {seconds:.0f} s more would exceed the {request.timeout_seconds:g} s of this call"
                give_up(msgspec.structs.replace(outcome, detail=f"{outcome.detail}; {late}".lstrip("; ")), number, paid)
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
            settings = self._settings
            self._client = load_client(self._target, self._secret, settings.connect_seconds, settings.idle_seconds)
        except Exception as error:  # noqa: BLE001  whatever goes wrong inside others' packages
            detail = self._words.line(f"{type(error).__name__}: {error}")
            reason = "the client library of `regen[api]` can't be loaded"
            self._client = Failure(reason=reason, detail=detail, hint=_INSTALL, fault="input")
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
            if isinstance(self._client, Client):
                await self._client.close()
            await self._loop.shutdown_asyncgens()

    def _backoff(self, failure: Failure, number: int) -> float:
        """Return the seconds before the next try: doubled each time, jittered, never less than the server asks for."""
        jitter = self._timing.jitter()
        own = min(_MAX_BACKOFF_SECONDS, 2.0 ** (number - 1)) * (0.5 + jitter / 2)
        return max(own, failure.wait_seconds + jitter) if failure.wait_seconds else own

    def _try(
        self, request: Request, deadline: float, tell: Callable[[Progress], None], stop: threading.Event
    ) -> Reply | Failure:
        """Wait in the asking thread for one try on the loop, passing on its progress."""
        if stop.is_set():
            _interrupted()
        heard, told = Heard(), 0
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

    async def _attempt(self, request: Request, deadline: float, heard: Heard) -> Reply | Failure:
        client = self._client
        if not isinstance(client, Client):
            return client or Failure(reason="the generator is closed")
        limit = min(self._settings.max_output_tokens or request.max_output_tokens, request.max_output_tokens)
        started = self._timing.monotonic()  # by now the client library is loaded
        seconds = min(deadline - started, self._settings.timeout_seconds)
        begun: StreamedResponse | None = None
        try:
            async with (
                asyncio.timeout(max(0.0, seconds)),
                client.stream(request.prompt, request.stable_chars, limit, request.temperature) as begun,
            ):
                async for event in begun:
                    heard.bytes += len(_streamed_text(event).encode("utf-8", "replace"))
            outcome = self._read(begun.get(), heard, limit)
        except TimeoutError:
            outcome = self._words.late(heard, seconds)
        except Exception as error:  # noqa: BLE001  every fault of a provider is an outcome
            outcome = self._words.of(error, heard, self._timing.calendar(), request.temperature)
        if isinstance(outcome, Reply):
            return msgspec.structs.replace(outcome, seconds=self._timing.monotonic() - started)
        if begun is not None and outcome.usage is None:
            outcome = msgspec.structs.replace(outcome, usage=self._broken_off(begun.usage, request.prompt, heard))
        return outcome

    def _read(self, response: ModelResponse, heard: Heard, limit: int) -> Reply | Failure:
        word = str((response.provider_details or {}).get("finish_reason") or "")
        if not word and response.finish_reason != "content_filter":
            return self._words.cut(str(heard))
        usual = {"stop": "", "length": "token limit", "content_filter": "content filter"}
        cut = usual.get(response.finish_reason or "", "" if word in _WHOLE else f"stopped: {word}")
        text = "".join(part.content for part in response.parts if part.part_kind == "text")
        text = self._secret.hide_in_reply(_without_thoughts(text))
        used = response.usage
        reported = used.input_tokens or used.output_tokens  # a provider that reports nothing is given zeros
        usage = self._usage(used, used.input_tokens, used.output_tokens) if reported else Usage()
        if not text.strip():
            return msgspec.structs.replace(self._words.empty(cut, limit), usage=usage)
        model = self._words.line(response.model_name or self._target.model)
        return Reply(text=text, model=model, usage=usage, cut=self._words.line(cut))

    def _broken_off(self, used: RequestUsage, prompt: str, heard: Heard) -> Usage:
        """Return what a reply that broke off is charged for: as reported, estimated where that did not come."""
        sent = used.input_tokens or round(len(prompt.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
        return self._usage(used, sent, max(used.output_tokens, heard.tokens))

    def _usage(self, used: RequestUsage, input_tokens: int, output_tokens: int) -> Usage:
        cost = self._cost(input_tokens, output_tokens, used.cache_read_tokens, used.cache_write_tokens)
        return Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cached_tokens=used.cache_read_tokens,
            cost_usd=cost,
        )

    def _cost(self, input_tokens: int, output_tokens: int, cached: int = 0, written: int = 0) -> float | None:
        own_input, own_output = self._settings.price_input, self._settings.price_output
        if own_input is not None and own_output is not None:
            return (input_tokens * own_input + output_tokens * own_output) / 1e6
        target = self._target
        model = f"{target.vendor}:{target.model}"
        return price(model, input_tokens, output_tokens, cached, cache_written_tokens=written, base_url=target.base_url)


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


def _interrupted() -> NoReturn:
    raise GeneratorError(Problem(message="interrupted", fault="generator"))

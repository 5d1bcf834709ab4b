"""Whom generator `api` asks, with which key, and through which vendor's client.

The key is known to that client and to `Secret` only; every text that leaves the generator passes `Secret.hide`.
"""

from __future__ import annotations

import ipaddress
import logging
import urllib.parse
from typing import TYPE_CHECKING, Any

import msgspec

from regen.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from pydantic_ai.messages import UserContent
    from pydantic_ai.models import Model, StreamedResponse

_SHORTEST_REAL_KEY = 16
_NO_TAG = "\0"  # a text that no model streams: a reply may hold the tags that some models think in


class Vendor(msgspec.Struct, frozen=True):
    """What a vendor's users are used to, and the package that speaks its protocol."""

    key_env: str
    url_env: str
    base_url: str
    module: str


VENDORS = {
    "openai": Vendor("OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1", "openai"),
    "anthropic": Vendor("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "https://api.anthropic.com", "anthropic"),
}


class Address(msgspec.Struct, frozen=True):
    """Where an endpoint is; `usual` says that the port is its scheme's."""

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


class Target(msgspec.Struct, frozen=True):
    """The model that is asked; `key_env` is the name of the variable that holds the key."""

    vendor: str
    model: str
    base_url: str
    address: Address
    key_env: str


class Secret:
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


class Client(msgspec.Struct, frozen=True):
    """What is needed of the client library: a stream for (prompt, stable characters, most tokens, temperature)."""

    stream: Callable[[str, int, int, float | None], AbstractAsyncContextManager[StreamedResponse]]
    close: Callable[[], Awaitable[None]]


def read_address(base_url: str) -> Address:
    """Return where `base_url` leads; raise InputError where it is no plain http address."""
    try:
        parts = urllib.parse.urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urllib.parse.urlsplit(""), "", None
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or not host or parts.username or parts.password:  # never shown: it may hold a secret
        message = "`base_url` must be an http address without user name and password"
        raise InputError(Problem(message=message, hint='base_url = "http://127.0.0.1:8000/v1"'))
    return Address(host, port or usual, port is None or port == usual)


def read_key(key_env: str, environ: Mapping[str, str], model: str, address: Address) -> str:
    """Return the key, empty where none is needed; raise InputError where it is missing or can be none."""
    key = environ.get(key_env, "").strip()
    hint = f"export {key_env}=…"
    if not key and not address.local:
        raise InputError(Problem(message=f"`api:{model}` needs a key, and {key_env} is not set", hint=hint))
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise InputError(Problem(message=f"{key_env} holds characters that no key has", hint=hint))
    return key


def load_client(target: Target, secret: Secret, connect_seconds: float, idle_seconds: float) -> Client:
    """Import the vendor's client, which takes seconds, and set it up without retries of its own."""
    import httpx2  # noqa: PLC0415
    from pydantic_ai.direct import model_request_stream  # noqa: PLC0415
    from pydantic_ai.messages import CachePoint, ModelRequest, UserPromptPart  # noqa: PLC0415
    from pydantic_ai.settings import ModelSettings  # noqa: PLC0415

    timeout = httpx2.Timeout(connect=connect_seconds, read=idle_seconds, write=idle_seconds, pool=idle_seconds)
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
    proxied = not target.address.local  # the environment's proxy can't reach this machine
    http = httpx2.AsyncClient(timeout=timeout, limits=limits, trust_env=proxied)
    for noisy in ("httpcore2", "httpx2", VENDORS[target.vendor].module):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # below that they log headers, and a server may echo the key
    make = _openai_model if target.vendor == "openai" else _anthropic_model
    model = make(target, secret.reveal() or "not-needed", http, timeout)

    def stream(
        prompt: str, stable_chars: int, most_tokens: int, temperature: float | None
    ) -> AbstractAsyncContextManager[StreamedResponse]:
        content: str | list[UserContent] = prompt
        stable, rest = prompt[:stable_chars], prompt[stable_chars:]
        if target.vendor == "anthropic" and stable.strip() and rest.strip():  # it refuses blank parts
            content = [stable, CachePoint(), rest]
        messages = [ModelRequest(parts=[UserPromptPart(content=content)])]
        settings = ModelSettings(max_tokens=most_tokens)
        if temperature is not None:  # as a setting, the library drops it in silence for models that it thinks take none
            settings["extra_body"] = {"temperature": temperature}
        return model_request_stream(model, messages, model_settings=settings, instrument=False)

    return Client(stream, http.aclose)


def _openai_model(target: Target, key: str, http: Any, timeout: Any) -> Model[Any]:
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


def _anthropic_model(target: Target, key: str, http: Any, timeout: Any) -> Model[Any]:
    from anthropic import AsyncAnthropic  # noqa: PLC0415
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
    from pydantic_ai.profiles.anthropic import AnthropicModelProfile  # noqa: PLC0415
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

    class KeyedClient(AsyncAnthropic):
        """Sends the key as the API documents it; the package (2.11) makes a bearer token of it."""

        @property
        def auth_headers(self) -> dict[str, str]:
            return {"X-Api-Key": key}

    client = KeyedClient(api_key=key, base_url=target.base_url, http_client=http, timeout=timeout, max_retries=0)
    profile = AnthropicModelProfile(anthropic_disallows_sampling_settings=False)  # the vendor says so, not a list here
    return AnthropicModel(target.model, provider=AnthropicProvider(anthropic_client=client), profile=profile)

r"""A model provider on 127.0.0.1 for tests: real sockets, two vendors' protocols, faults on request.

    with LoopbackProvider(reply=lambda prompt: "```python\npass\n```", faults=[Status(429)]) as provider:
        ...  # base_url = provider.base_url("openai"); the first request gets 429, the next one the reply
        assert [r.prompt for r in provider.requests] == ["…", "…"]

Each request takes the next fault; where none is left (or it is None) it is answered well. Nothing here sleeps: what
has to wait, waits for an event of the test's or for `close`.
"""

from __future__ import annotations

import http.server
import json
import socket
import threading
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

Vendor = Literal["openai", "anthropic"]


class Status(msgspec.Struct, frozen=True):
    """Answer with an HTTP status, headers (such as Retry-After) and the vendor's error body, or with `body`."""

    code: int
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    message: str = "scripted fault"


class Cut(msgspec.Struct, frozen=True):
    """Close the connection after `chunks` chunks of text; `tidy` ends the HTTP body well, so only the marker lacks."""

    chunks: int
    tidy: bool = False


class Silence(msgspec.Struct, frozen=True):
    """Never answer; `chunks` chunks of text may come first."""

    chunks: int = -1


class HoldFirstByte(msgspec.Struct, frozen=True):
    """Answer well, but only once `until` is set."""

    until: threading.Event


class HoldAfter(msgspec.Struct, frozen=True):
    """Answer well, but wait for `until` after `chunks` chunks of text."""

    chunks: int
    until: threading.Event


class Empty(msgspec.Struct, frozen=True):
    """A whole reply without any text; `finish` is the vendor's word for why it ended, empty for its usual one."""

    finish: str = ""


class Finish(msgspec.Struct, frozen=True):
    """A good reply that ends for another reason than usual, such as `length` or `max_tokens`."""

    reason: str


class Rubbish(msgspec.Struct, frozen=True):
    """200, and bytes that are neither text nor an event stream."""

    data: bytes = bytes(range(256)) * 4


class WrongJson(msgspec.Struct, frozen=True):
    """200, and an event stream whose data is `data` instead of the vendor's objects."""

    data: str = '{"unexpected": [1, 2'


class ErrorInStream(msgspec.Struct, frozen=True):
    """200, `chunks` chunks of text, then the vendor's error object of this type, such as `overloaded_error`."""

    type: str
    chunks: int = 1


class EchoKey(msgspec.Struct, frozen=True):
    """Repeat the credentials that were sent: in an error of `code`, or in the reply's text where `code` is 200."""

    code: int = 401


Fault: TypeAlias = (
    Status | Cut | Silence | HoldFirstByte | HoldAfter | Empty | Finish | Rubbish | WrongJson | ErrorInStream | EchoKey
)


class Recorded(msgspec.Struct, frozen=True):
    """One request as it arrived; `prompt` joins the text parts of its last user message."""

    vendor: Vendor
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    prompt: str


class Tokens(msgspec.Struct, frozen=True):
    """The usage that the provider reports: `input` counts what was neither read from its cache nor written to it."""

    input: int = 11
    output: int = 7
    cached: int = 0
    cache_written: int = 0


_USUAL_TOKENS = Tokens()


class LoopbackProvider:
    """A provider that answers `reply(prompt)` in chunks of `chunk_chars`, after the scripted `faults`.

    Any key is right, but it must be in the vendor's header, or the answer is 401.

    `usage` is None for a provider that reports none. `requests` holds what arrived, in order; `arrived` is released
    once for each.
    """

    def __init__(
        self,
        reply: Callable[[str], str] = lambda prompt: f"echo: {prompt}",
        *,
        faults: Iterable[Fault | None] = (),
        usage: Tokens | None = _USUAL_TOKENS,
        model: str = "",
        chunk_chars: int = 8,
        streams: bool = True,
    ) -> None:
        self.reply = reply
        self.usage = usage
        self.model = model
        self.chunk_chars = chunk_chars
        self.streams = streams
        self.requests: list[Recorded] = []
        self.arrived = threading.Semaphore(0)
        self.closing = threading.Event()
        self._faults = iter(list(faults))
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return int(self._server.server_address[1])

    def base_url(self, vendor: Vendor) -> str:
        """Return what a client of that vendor is configured with."""
        return f"http://127.0.0.1:{self.port}" + ("/v1" if vendor == "openai" else "")

    def take(self, request: Recorded) -> Fault | None:
        """Record a request and return the fault that it gets."""
        with self._lock:
            self.requests.append(request)
            self.arrived.release()
            return next(self._faults, None)

    def close(self) -> None:
        """Stop answering and close the port; every held request is let go."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    provider: LoopbackProvider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the tests."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each reply costs 40 ms
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        pass

    def do_POST(self) -> None:
        provider = self.server.provider
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        vendor: Vendor = "anthropic" if "/messages" in self.path else "openai"
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Recorded(vendor, self.path, headers, body, _prompt(body))
        fault = provider.take(request)
        if not _has_key(vendor, headers):
            self._answer(401, _error_body(vendor, 401, "no key was sent where this vendor looks for it"), {})
            return
        match fault:
            case Status():
                data = _error_body(vendor, fault.code, fault.message) if fault.body is None else fault.body
                self._answer(fault.code, data, fault.headers)
            case EchoKey(code) if code != http.HTTPStatus.OK:
                self._answer(code, _error_body(vendor, code, f"bad credentials: {_credentials(headers)}"), {})
            case Rubbish(data):
                self._answer(200, data, {"Content-Type": "application/octet-stream"})
            case Silence(chunks) if chunks < 0:
                provider.closing.wait()
                self.close_connection = True
            case _:
                if isinstance(fault, HoldFirstByte):
                    _wait(fault.until, provider.closing)
                self._reply(request, fault)

    def _reply(self, request: Recorded, fault: Fault | None) -> None:
        provider = self.server.provider
        match fault:
            case Empty():
                text = ""
            case EchoKey():
                text = f"your key is {_credentials(request.headers)}"
            case _:
                text = provider.reply(request.prompt)
        finish = fault.finish if isinstance(fault, Empty) else fault.reason if isinstance(fault, Finish) else ""
        said = _Said(text, finish, provider.model or str(request.body.get("model", "")), provider.usage)
        if not (provider.streams and request.body.get("stream")):
            plain = _openai_whole(said) if request.vendor == "openai" else _anthropic_whole(said)
            self._answer(200, json.dumps(plain).encode(), {})
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        write = _openai_events if request.vendor == "openai" else _anthropic_events
        self._stream(request.vendor, write(said, provider.chunk_chars), fault)

    def _stream(self, vendor: Vendor, events: Iterator[tuple[bool, bytes]], fault: Fault | None) -> None:
        """Send the events; a fault strikes before the chunk of text whose number it carries."""
        if isinstance(fault, WrongJson):
            self._chunk(f"event: message_start\ndata: {fault.data}\n\n".encode())
            self._chunk(b"")
            return
        limit = fault.chunks if isinstance(fault, Cut | Silence | HoldAfter | ErrorInStream) else -1
        sent = 0
        for is_text, data in events:
            if sent == limit and (is_text or b"finish_reason" in data or b"message_delta" in data):
                limit = -1
                if self._strike(vendor, fault):
                    return
            self._chunk(data)
            sent += is_text
        self._chunk(b"")

    def _strike(self, vendor: Vendor, fault: Fault | None) -> bool:
        """Do what the fault says in the middle of a stream; true means that the stream is over."""
        provider = self.server.provider
        match fault:
            case HoldAfter(_, until):
                _wait(until, provider.closing)
                return False
            case ErrorInStream(kind):
                self._chunk(_error_event(vendor, kind))
                self._chunk(b"")
            case Silence():
                provider.closing.wait()
                self.close_connection = True
            case Cut(tidy=True):
                self._chunk(b"")
            case _:
                self.close_connection = True
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
        return True

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _answer(self, code: int, data: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Said(msgspec.Struct, frozen=True):
    text: str
    finish: str
    model: str
    usage: Tokens | None


def _wait(until: threading.Event, closing: threading.Event) -> None:
    while not until.wait(0.005) and not closing.is_set():
        pass


def _has_key(vendor: Vendor, headers: Mapping[str, str]) -> bool:
    """Whether a key stands in the header that the vendor documents; any key is right."""
    if vendor == "anthropic":
        return bool(headers.get("x-api-key"))
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return scheme == "Bearer" and bool(key)


def _credentials(headers: Mapping[str, str]) -> str:
    return headers.get("authorization") or headers.get("x-api-key", "")


def _prompt(body: Mapping[str, Any]) -> str:
    content = [m for m in body.get("messages", []) if m.get("role") == "user"][-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _pieces(text: str, size: int) -> Sequence[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _error_body(vendor: Vendor, code: int, message: str) -> bytes:
    kinds = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    error = {"type": kinds.get(code, "api_error"), "message": message}
    return json.dumps({"type": "error", "error": error} if vendor == "anthropic" else {"error": error}).encode()


def _error_event(vendor: Vendor, kind: str) -> bytes:
    error = {"type": kind, "message": f"scripted {kind}"}
    if vendor == "anthropic":
        return f"event: error\ndata: {json.dumps({'type': 'error', 'error': error})}\n\n".encode()
    return f"data: {json.dumps({'error': error})}\n\n".encode()


def _openai_usage(usage: Tokens) -> dict[str, Any]:
    whole = usage.input + usage.cached + usage.cache_written
    return {
        "prompt_tokens": whole,
        "completion_tokens": usage.output,
        "total_tokens": whole + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    }


def _openai_whole(said: _Said) -> dict[str, Any]:
    message = {"role": "assistant", "content": said.text}
    choice = {"index": 0, "message": message, "finish_reason": said.finish or "stop"}
    whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": said.model, "choices": [choice]}
    return whole if said.usage is None else {**whole, "usage": _openai_usage(said.usage)}


def _openai_events(said: _Said, chunk_chars: int) -> Iterator[tuple[bool, bytes]]:
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": said.model}

    def event(**fields: Any) -> bytes:
        return f"data: {json.dumps({**head, **fields})}\n\n".encode()

    yield False, event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}}])
    for piece in _pieces(said.text, chunk_chars):
        yield True, event(choices=[{"index": 0, "delta": {"content": piece}}])
    yield False, event(choices=[{"index": 0, "delta": {}, "finish_reason": said.finish or "stop"}])
    if said.usage is not None:
        yield False, event(choices=[], usage=_openai_usage(said.usage))
    yield False, b"data: [DONE]\n\n"


def _anthropic_usage(usage: Tokens | None, output: int) -> dict[str, int]:
    if usage is None:
        return {"input_tokens": 0, "output_tokens": 0}
    return {
        "input_tokens": usage.input,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": usage.cache_written,
        "output_tokens": output,
    }


def _anthropic_whole(said: _Said) -> dict[str, Any]:
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": said.model,
        "content": [{"type": "text", "text": said.text}],
        "stop_reason": said.finish or "end_turn",
        "stop_sequence": None,
        "usage": _anthropic_usage(said.usage, said.usage.output if said.usage else 0),
    }


def _anthropic_events(said: _Said, chunk_chars: int) -> Iterator[tuple[bool, bytes]]:
    def event(kind: str, **fields: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()

    usage = _anthropic_usage(said.usage, said.usage.output if said.usage else 0)
    opening = {**_anthropic_whole(said), "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield False, event("message_start", message=opening)
    yield False, event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    yield False, event("ping")
    for piece in _pieces(said.text, chunk_chars):
        yield True, event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    yield False, event("content_block_stop", index=0)
    ended = {"stop_reason": said.finish or "end_turn", "stop_sequence": None}
    yield False, event("message_delta", delta=ended, usage={"output_tokens": usage["output_tokens"]})
    yield False, event("message_stop")

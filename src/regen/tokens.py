"""How many tokens a text is, counted offline."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

BYTES_PER_TOKEN = 3.9
"""Bytes of UTF-8 a token, measured over code and English prose with o200k."""

_ENCODING = "o200k_base"
_MEMO_LIMIT = 1 << 16

_memo: dict[bytes, int] = {}
_lock = threading.Lock()
_counter: Callable[[str], int] | None = None
_looked_for_counter = False


class TokenCount(msgspec.Struct, frozen=True):
    """A number of tokens; `exact` is false where it is estimated from the length in bytes."""

    count: int
    exact: bool


def count_tokens(text: str) -> TokenCount:
    """Return the number of o200k tokens of `text`, or a labelled estimate where the tokenizer can't be loaded."""
    counter = _load()
    if counter is None:
        return TokenCount(estimate_tokens(text), exact=False)
    data = text.encode("utf-8", "replace")
    digest = hashlib.sha256(data).digest()
    known = _memo.get(digest)
    if known is None:
        known = counter(data.decode("utf-8"))  # lone surrogates, which the tokenizer refuses, are `?` by now
        if len(_memo) >= _MEMO_LIMIT:
            _memo.clear()
        _memo[digest] = known
    return TokenCount(known, exact=True)


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` is, from its length in bytes alone; 0 only for an empty text."""
    size = len(text.encode("utf-8", "replace"))
    return max(1, round(size / BYTES_PER_TOKEN)) if size else 0


def _load() -> Callable[[str], int] | None:
    """Return the tokenizer, loading it at the first call: that takes 0.2 to 0.4 s."""
    global _counter, _looked_for_counter  # noqa: PLW0603  one vocabulary a process
    if _looked_for_counter:
        return _counter
    with _lock:
        if not _looked_for_counter:
            try:
                import toktok  # noqa: PLC0415  loaded only where tokens are counted

                toktok.batch_count([""], _ENCODING, threads=1)
            except (ImportError, OSError, KeyError):
                _counter = None
            else:
                _counter = lambda text: int(toktok.batch_count([text], _ENCODING, threads=1)[0])  # noqa: E731
            _looked_for_counter = True
    return _counter

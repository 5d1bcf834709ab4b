"""Tells results to the process outside, on a pipe that the candidate is given no name for."""

from __future__ import annotations

import json
import os
from typing import Any

# Bound now: the candidate may replace the names in the modules later.
_write, _quoted = os.write, json.encoder.encode_basestring_ascii

_START = '{"event": "start", "id": %s}'
_PASSED = '{"event": "result", "id": %s, "outcome": "passed", "failure": null, "seconds": %r}'


def _refuse(value: object) -> None:
    raise TypeError(type(value).__name__)


_made: Any = getattr(json.encoder, "c_make_encoder", None)
_SORTS, _SKIPS, _HAS_NAN = False, False, True
# In C from end to end: nothing that it looks up can be replaced.
_encode = _made and _made(None, _refuse, _quoted, None, ": ", ", ", _SORTS, _SKIPS, _HAS_NAN)


def _dumps(facts: dict[str, Any]) -> str:
    return "".join(_encode(facts, 0)) if _encode else json.dumps(facts)


class Wire:
    """Writes one message a line, each signed with the run's secret word."""

    def __init__(self, fd: int, word: str, bell: int | None = None) -> None:
        self._fd = fd
        self._bell = bell
        self._word = word
        self._kept = b""
        for name in ("tell", "flush", "_write"):
            setattr(self, name, getattr(self, name))  # what the class holds then may be replaced

    def tell(self, event: str, **facts: Any) -> None:
        """Write one message whole; a result that passed goes with the message after it, which is never far."""
        passed = event == "result" and facts["outcome"] == "passed" and facts["failure"] is None
        if passed:  # as json would write it, but it touches fewer pages of memory
            text = _PASSED % (_quoted(facts["id"]), facts["seconds"])
        elif event == "start":
            text = _START % _quoted(facts["id"])
        else:
            text = _dumps({"event": event, **facts})
        data = self._kept + f"{self._word} {text}\n".encode("ascii", "backslashreplace")
        self._kept = b""
        if passed:
            self._kept = data
            return
        self._write(data)
        if event == "end" and self._bell is not None:
            _write(self._bell, b".")  # until now the other side slept

    def flush(self) -> None:
        """Write what was kept, where the next message may be far."""
        data, self._kept = self._kept, b""
        self._write(data)

    def _write(self, data: bytes) -> None:
        while data:
            data = data[_write(self._fd, data) :]


def take_over_streams() -> int:
    """Move standard output to a private descriptor and return it; what anything prints goes to standard error."""
    private = os.dup(1)
    os.set_inheritable(private, False)  # noqa: FBT003 - os knows no name for it
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return private

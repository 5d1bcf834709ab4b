"""One line an event, for logs and CI."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TextIO

from regen.verdicts.printable import printable

if TYPE_CHECKING:
    from regen.ports import Event

_SYMBOLS = {"accepted": "✓", "verified": "✓", "restored": "✓", "rejected": "✗", "undecided": "?",
            "inconclusive": "?", "failed": "✗", "pending": "…", "skipped": "-", "nothing to do": "·"}  # fmt: skip
_QUIET = {"waiting", "prompt"}


class PlainReporter:
    """The port `Reporter` for a stream; repeated progress of one call is told once."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream, self._silent = stream, quiet
        self._guard = threading.Lock()
        self._last: dict[str, tuple[str, int, str]] = {}

    def start(self, units: int, generate: int) -> None:
        del units, generate

    def tell(self, event: Event) -> None:
        what = (event.stage, event.attempt, event.note)
        with self._guard:
            last = self._last.get(event.unit)
            ended = last is not None and last[0] == event.stage == "rejected"  # told already, as the last attempt's
            if self._silent or event.stage in _QUIET or last == what or ended:
                return
            self._last[event.unit] = what
            attempt = f" (attempt {event.attempt})" if event.attempt > 1 else ""
            tokens = f", {event.tokens:,} tokens" if event.stage == "asking" and event.tokens else ""
            note = f": {printable(event.note)}" if event.note else ""
            self._stream.write(f"{_SYMBOLS.get(event.stage, ' ')} {event.unit} {event.stage}{attempt}{tokens}{note}\n")
            self._stream.flush()

    def end(self) -> None:
        self._last.clear()

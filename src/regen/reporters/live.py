"""Live progress in a terminal: a line for each unit under way, lines of the finished ones scrolling above."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from regen.verdicts.printable import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from regen.ports import Event

_DONE = {"accepted": "green", "verified": "green", "restored": "green", "rejected": "red", "undecided": "yellow",
         "inconclusive": "yellow", "failed": "red", "pending": "blue", "skipped": "yellow",
         "nothing to do": "dim"}  # fmt: skip
_SYMBOLS = {"accepted": "✓", "verified": "✓", "restored": "✓", "rejected": "✗", "undecided": "?",
            "inconclusive": "?", "failed": "✗", "pending": "…", "skipped": "-", "nothing to do": "·"}  # fmt: skip


_MOST_ROWS = 12


class LiveReporter:
    """The port `Reporter` for a terminal; rich redraws from a thread of its own."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._guard = threading.RLock()
        self._under_way: dict[str, tuple[Event, float]] = {}
        self._started = time.monotonic()
        self._units = self._done = 0
        self._cost: float | None = None
        self._live: Live | None = None

    def start(self, units: int, generate: int) -> None:
        del generate
        self._units, self._started = units, time.monotonic()
        if units:
            self._live = Live(get_renderable=self._draw, console=self._console, refresh_per_second=8, transient=True)
            self._live.start()

    def tell(self, event: Event) -> None:
        with self._guard:
            self._cost = event.cost_usd
            last, began = self._under_way.get(event.unit, (None, time.monotonic()))
            # The loop tells each rejected attempt, and the last one once more as the unit's end.
            ended = last is not None and last.stage == event.stage == "rejected"
            retried = event.stage == "rejected" and event.attempt > 0 and not ended
            if event.stage in _DONE and not ended:
                self._print(event)
            if event.stage in _DONE and not retried:
                self._under_way.pop(event.unit, None)
                self._done += 1
            else:
                self._under_way[event.unit] = (event, began)

    def end(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _print(self, event: Event) -> None:
        line = Text(f"{_SYMBOLS[event.stage]} ", style=_DONE[event.stage])
        line.append(event.unit, style="bold")
        line.append(f" {event.stage}")
        if event.stage == "rejected" and event.attempt:
            line.append(f" (attempt {event.attempt})")
        if event.note:
            line.append(f": {printable(event.note)}", style="dim")
        self._console.print(line, overflow="fold", highlight=False)

    def _draw(self) -> RenderableType:
        with self._guard:
            table = Table.grid(padding=(0, 2))
            now = time.monotonic()
            for unit, (event, began) in list(self._under_way.items())[:_MOST_ROWS]:
                tokens = f"{event.tokens:,} tokens" if event.tokens else ""
                attempt = f"attempt {event.attempt}" if event.attempt else ""
                table.add_row(Text("●", style="yellow"), unit, event.stage, attempt, tokens, f"{now - began:.0f} s")
            left = self._time_left(now)
            cost = f"  ${self._cost:.4f}" if self._cost is not None else ""
            if len(self._under_way) > _MOST_ROWS:
                table.add_row("", f"… and {len(self._under_way) - _MOST_ROWS} more")
            foot = Text(f"{self._done} of {self._units} units  {now - self._started:.0f} s{left}{cost}", style="dim")
            return Group(table, foot) if self._under_way else foot

    def _time_left(self, now: float) -> str:
        if not self._done:
            return ""
        seconds = (now - self._started) / self._done * (self._units - self._done)
        return f", about {seconds:.0f} s left"

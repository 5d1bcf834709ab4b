"""Progress: plain lines for logs, a redrawn table for a terminal, nothing where data is asked for."""

from __future__ import annotations

import io
import re
import sys

import pytest
from rich.console import Console

from regen.ports import Event
from regen.reporters import open_reporter
from regen.reporters.live import LiveReporter
from regen.reporters.plain import PlainReporter

BUILD = [
    Event(unit="a", stage="prompt", attempt=1),
    Event(unit="a", stage="asking", attempt=1, tokens=1200),
    Event(unit="a", stage="asking", attempt=1, tokens=1250),
    Event(unit="b", stage="asking", attempt=1, tokens=300, note="HOST limits the rate (429); again in 2 s"),
    Event(unit="a", stage="verifying", attempt=1),
    Event(unit="a", stage="rejected", attempt=1, note="the reply is empty"),
    Event(unit="a", stage="asking", attempt=2, tokens=1300),
    Event(unit="a", stage="verifying", attempt=2),
    Event(unit="a", stage="rejected", attempt=2, note="tests: 1 of 2 failed"),
    Event(unit="a", stage="rejected", attempt=2, note="tests: 1 of 2 failed", cost_usd=0.0123),
    Event(unit="b", stage="accepted", attempt=1, cost_usd=0.0123),
    Event(unit="c", stage="skipped", note="it uses a, which was rejected", cost_usd=0.0123),
]


def tell(reporter, events, units=3):
    reporter.start(units, units)
    for event in events:
        reporter.tell(event)
    reporter.end()


def test_plain_lines():
    stream = io.StringIO()
    tell(PlainReporter(stream), BUILD)
    assert (
        stream.getvalue()
        == """\
  a asking, 1,200 tokens
  b asking, 300 tokens: HOST limits the rate (429); again in 2 s
  a verifying
✗ a rejected: the reply is empty
  a asking (attempt 2), 1,300 tokens
  a verifying (attempt 2)
✗ a rejected (attempt 2): tests: 1 of 2 failed
✓ b accepted
- c skipped: it uses a, which was rejected
"""
    )


def test_quiet_says_nothing():
    stream = io.StringIO()
    tell(PlainReporter(stream, quiet=True), BUILD)
    assert stream.getvalue() == ""


class Terminal:
    def __init__(self, width):
        self.console = Console(file=io.StringIO(), width=width, height=40, force_terminal=True, color_system=None)
        self.reporter = LiveReporter(self.console)

    def table(self):
        with self.console.capture() as captured:
            self.console.print(self.reporter._draw())
        return captured.get()


@pytest.mark.parametrize("width", [80, 200])
def test_live_table_fits_and_says_stage_attempt_tokens_time_and_cost(width):
    terminal = Terminal(width)
    terminal.reporter._units = 3
    for event in BUILD[:8]:
        terminal.reporter.tell(event)
    lines = terminal.table().rstrip("\n").split("\n")
    assert [line.split() for line in lines] == [
        ["●", "a", "verifying", "attempt", "2", "0", "s"],
        ["●", "b", "asking", "attempt", "1", "300", "tokens", "0", "s"],
        ["0", "of", "3", "units", "0", "s"],
    ]
    assert all(len(line) <= width for line in lines)
    for event in BUILD[8:]:
        terminal.reporter.tell(event)
    [foot] = terminal.table().rstrip("\n").split("\n")
    assert foot.startswith("3 of 3 units  0 s")
    assert foot.endswith("  $0.0123")


def test_live_tells_what_ended_once():
    terminal = Terminal(80)
    tell(terminal.reporter, BUILD)
    written = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.console.file.getvalue())
    ended = [line.strip() for line in written.replace("\r", "\n").split("\n")]
    assert [line for line in ended if line[:1] in {"✓", "✗", "-"}] == [
        "✗ a rejected (attempt 1): the reply is empty",
        "✗ a rejected (attempt 2): tests: 1 of 2 failed",
        "✓ b accepted",
        "- c skipped: it uses a, which was rejected",
    ]
    assert terminal.reporter._done == 3
    assert terminal.reporter._live is None


def test_live_table_of_many_units_keeps_to_a_screen():
    terminal = Terminal(80)
    for number in range(40):
        terminal.reporter.tell(
            Event(unit=f"unit.with.a.long.name.{number:02}", stage="asking", attempt=1, tokens=12345)
        )
    lines = terminal.table().rstrip("\n").split("\n")
    assert len(lines) == 14
    assert "… and 28 more" in lines[12]


def test_live_only_in_a_terminal_and_never_beside_data(monkeypatch):
    class Tty(io.StringIO):
        def isatty(self):
            return True

    assert isinstance(open_reporter(), PlainReporter)
    monkeypatch.setattr(sys, "stderr", Tty())
    assert isinstance(open_reporter(), LiveReporter)
    assert isinstance(open_reporter(quiet=True), PlainReporter)

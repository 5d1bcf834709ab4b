"""Tests that read the real clock, measure by it, wait for it, or ask the machine who and where it is."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.names import resolved_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.suite_lint.reached import Found, Reached
    from regen.trust.suite_lint.reading import SuiteFile

_CALENDAR = re.compile(
    r"datetime\.(?:datetime\.(?:now|today|utcnow)|date\.today)|time\.(?:time|time_ns|localtime|gmtime|ctime)"
)
_STOPWATCHES = {"time.perf_counter", "time.monotonic", "time.time", "time.process_time"}
_CLOCK_IS_HELD = re.compile(r"\b(?:freeze_time|time_machine|freezer|frozen\w*|travel|fake_clock|patched_time)\b")
_OF_MACHINE = re.compile(
    r"os\.(?:getenv|environ\.get|getcwd|getlogin|cpu_count|path\.expanduser)|pathlib\.Path\.(?:home|cwd)|getpass\.getuser"
    r"|socket\.gethostname|platform\.\w+|locale\.\w+"
)
_SHORTEST_FAIR_BOUND = 0.5


def calendar(test: Reached) -> Iterator[Found]:
    """Find tests that read what day or time it is, and don't only enclose the moment by two readings."""
    if re.search(r"time|now|today|clock", test.replaced) or _CLOCK_IS_HELD.search(test.source):
        return
    read = [call for call, name in test.calls() if _CALENDAR.fullmatch(name)]
    encloses = any(
        isinstance(node, ast.Compare) and len(node.ops) > 1 and all(isinstance(op, ast.Lt | ast.LtE) for op in node.ops)
        for node in test.nodes()
    )
    if read and not (encloses or _is_stopwatch(test)):
        yield read[0].lineno, f"reads the clock by `{ast.unparse(read[0].func)}`: it says something else on another day"


def _is_stopwatch(test: Reached) -> bool:
    """Tell whether the readings are only subtracted from each other."""
    return any(_elapsed(node, test.file, set()) for node in test.nodes() if isinstance(node, ast.BinOp))


def _elapsed(node: ast.AST, file: SuiteFile, spans: set[str]) -> bool:
    """Tell whether an expression is a span of real time: `time.perf_counter() - started`, or a variable of one."""
    if isinstance(node, ast.Name):
        return node.id in spans
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and isinstance(node.left, ast.Call)
        and resolved_name(node.left.func, file) in _STOPWATCHES
    )


def stopwatch(test: Reached) -> Iterator[Found]:
    """Find real time that is held against a bound which a busy machine may miss."""
    if re.search(r"time|clock|perf_counter|monotonic", test.replaced):
        return
    spans = {
        target.id
        for node in test.nodes()
        if isinstance(node, ast.Assign) and _elapsed(node.value, test.file, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in test.nodes():
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and _elapsed(node.left, test.file, spans):
            bound = node.comparators[0]
            if isinstance(bound, ast.Constant) and isinstance(bound.value, float | int):  # noqa: SIM102
                if isinstance(node.ops[0], ast.Lt | ast.LtE) and bound.value < _SHORTEST_FAIR_BOUND:
                    yield node.lineno, f"holds real time against {bound.value:g} s, which a busy machine may miss"


def waiting(test: Reached) -> Iterator[Found]:
    """Find tests that sleep until something should have happened."""
    if "sleep" in test.replaced or "time" in test.replaced.split("."):
        return
    for call, name in test.calls():
        if name in {"time.sleep", "asyncio.sleep"} and call.args:
            length = call.args[0]
            if not (isinstance(length, ast.Constant) and length.value == 0):
                yield call.lineno, f"waits by `{ast.unparse(call)}` and hopes that this is long enough"


def surroundings(test: Reached) -> Iterator[Found]:
    """Find values of the machine that the test doesn't set: its environment, user, folder, host."""
    if re.search(r"environ|getenv|home|cwd|expanduser|hostname|getuser|platform", test.replaced, re.IGNORECASE):
        return
    if re.search(r"\b(?:setenv|delenv|chdir|environ\[[^]]+\] = |patch\.dict)", test.source):
        return
    for call, name in test.calls():
        if _OF_MACHINE.fullmatch(name):
            yield call.lineno, f"asks the machine by `{ast.unparse(call.func)}`, which says something else elsewhere"

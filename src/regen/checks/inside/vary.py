"""Runs a suite in other orders, hash seeds, clocks, time zones and random seeds; a JSON job in, a JSON answer out.

Every run varies all of them at once. The first run with a failure is taken apart: which of them does it alone?
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
import zlib
from datetime import UTC, datetime
from typing import Any

PLAIN: dict[str, Any] = {"order": 0, "hash": 0, "clock": "", "zone": "UTC", "random": 0}
"""The suite as it stands: collected order, the real clock."""

_ZONES = ("<+14>-14", "<-11>11", "EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45", "CET-1CEST,M3.5.0,M10.5.0/3")
_CLOCKS = (
    "2028-02-29T23:59:58", "2001-09-09T01:46:39", "2038-01-19T03:14:07", "2031-12-31T23:59:58", "2027-03-28T01:30:00",
    "2045-07-04T12:00:00", "1999-12-31T05:07:09", "2033-10-30T02:59:59", "2029-01-01T00:00:01", "2026-06-15T18:45:30",
)  # fmt: skip
_MOST_OUTPUT = 300


def variation(number: int) -> dict[str, Any]:
    """Return variation `number`, from 1; order 1 is the reverse, others are shuffled."""
    return {
        "order": number,
        "hash": number,
        "clock": _CLOCKS[(number - 1) % len(_CLOCKS)],
        "zone": _ZONES[(number - 1) % len(_ZONES)],
        "random": number,
    }


def said(kind: str, varied: dict[str, Any]) -> str:
    """Return one part of a variation in words."""
    order = "the reverse order" if varied["order"] == 1 else f"another order (shuffled by {varied['order']})"
    return {
        "order": order, "hash": f"PYTHONHASHSEED={varied['hash']}", "clock": f"the clock at {varied['clock']}",
        "zone": f"the time zone TZ={varied['zone']}", "random": f"random.seed({varied['random']})",
    }[kind]  # fmt: skip


# ── one run ─────────────────────────────────────────────────────────────────────────────────────


class Told:
    """A pytest plugin: puts the tests into another order, seeds each, and notes how they ended."""

    def __init__(self, varied: dict[str, Any]) -> None:
        self._varied = varied
        self.failed: dict[str, list[Any]] = {}
        self.passed: list[str] = []

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        order = self._varied["order"]
        if order == 1:
            items.reverse()
        elif order:
            chance = random.Random(order)  # noqa: S311 - an order, no secret
            files: dict[str, list[Any]] = {}
            for item in items:
                files.setdefault(item.nodeid.partition("::")[0], []).append(item)
            names = list(files)
            chance.shuffle(names)
            for name in names:
                chance.shuffle(files[name])
            items[:] = [item for name in names for item in files[name]]

    def pytest_runtest_setup(self, item: Any) -> None:
        random.seed(self._varied["random"] << 32 | zlib.crc32(item.nodeid.encode()))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self._note(report.nodeid, 0, report)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self._note(report.nodeid, (report.location[1] or 0) + 1, report)
        elif report.when == "call" and report.passed:
            self.passed.append(report.nodeid)

    def _note(self, node: str, line: int, report: Any) -> None:
        crash = getattr(report.longrepr, "reprcrash", None)
        message = str(crash.message if crash else report.longrepr).strip().split("\n")
        self.failed.setdefault(node, [line, message[0][:_MOST_OUTPUT]])


def run_once(job: dict[str, Any]) -> None:
    """Run the suite once in this process and write how it ended to the descriptor that the job names."""
    varied = job["varied"]
    random.seed(varied["random"])
    output = os.fdopen(job["answer"], "w")
    with contextlib.ExitStack() as stack:
        if varied["clock"]:
            shift_clock(varied["clock"], stack)
        import pytest  # noqa: PLC0415 - it must see the shifted clock

        told = Told(varied)
        off = [word for name in ("cacheprovider", "terminal", "randomly", "xdist", "cov", "random_order", "sugar")
               for word in ("-p", f"no:{name}")]  # fmt: skip
        code = pytest.main(["-o", "addopts=", *off, *job["tests"]], plugins=[told])
    output.write(json.dumps({"failed": told.failed, "passed": told.passed, "code": int(code)}))
    output.flush()
    os._exit(0)


def shift_clock(when: str, stack: contextlib.ExitStack) -> None:
    """Let the clock start at `when` (UTC); `real` leaves it, but in the disguise that a shift needs."""
    shift = 0.0 if when == "real" else datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp() - time.time()
    try:
        import time_machine  # noqa: PLC0415 - the project's own, where it has one
    except ImportError:
        patch_clock(shift)
        return
    stack.enter_context(time_machine.travel(time.time() + shift, tick=True))


def patch_clock(shift: float) -> None:
    """Shift what `time` and `datetime` say by so many seconds; what is imported from now on sees that."""
    import datetime as module  # noqa: PLC0415 - the module, whose classes are replaced

    now, now_ns, local, universal = time.time, time.time_ns, time.localtime, time.gmtime
    as_text, as_words = time.ctime, time.strftime
    time.time = lambda: now() + shift
    time.time_ns = lambda: now_ns() + int(shift * 1e9)
    time.localtime = lambda seconds=None: local(time.time() if seconds is None else seconds)
    time.gmtime = lambda seconds=None: universal(time.time() if seconds is None else seconds)
    time.ctime = lambda seconds=None: as_text(time.time() if seconds is None else seconds)
    time.strftime = lambda form, t=None: as_words(form, time.localtime() if t is None else t)
    real, real_date = module.datetime, module.date

    class SameInstances(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, cls.__mro__[1])

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, cls.__mro__[1])

    class Datetime(real, metaclass=SameInstances):  # type: ignore[misc, valid-type]
        def __new__(cls, *words: Any, **named: Any) -> Any:
            return real.__new__(real if cls is Datetime else cls, *words, **named)

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return cls.fromtimestamp(time.time(), UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(time.time())

    class Date(real_date, metaclass=SameInstances):  # type: ignore[misc, valid-type]
        def __new__(cls, *words: Any, **named: Any) -> Any:
            return real_date.__new__(real_date if cls is Date else cls, *words, **named)

        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(time.time())

    for made, copied in ((Datetime, real), (Date, real_date)):
        made.__name__, made.__qualname__, made.__module__ = copied.__name__, copied.__name__, "datetime"
    module.datetime, module.date = Datetime, Date  # type: ignore[misc]


# ── all runs ────────────────────────────────────────────────────────────────────────────────────


def run_varied(job: dict[str, Any], varied: dict[str, Any]) -> dict[str, Any]:
    """Run the suite once in a process of its own and return how it ended."""
    reads, writes = os.pipe()
    paths = os.pathsep.join(os.path.abspath(path) for path in job["paths"])
    environ = {**os.environ, "PYTHONHASHSEED": str(varied["hash"]), "TZ": varied["zone"], "PYTHONPATH": paths}
    if not job["autoload"]:
        environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    asked = json.dumps({**job, "varied": varied, "answer": writes})
    process = subprocess.Popen(
        [sys.executable, "-B", "-s", os.path.abspath(__file__), "once", asked], env=environ, pass_fds=(writes,),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writes)
    with os.fdopen(reads) as answers:
        text = answers.read()
    code = process.wait()
    try:
        ended: dict[str, Any] = json.loads(text)
    except ValueError:
        return {"failed": {"": [0, f"the run ended with status {code} before it could tell"]}, "passed": [], "code": 3}
    if ended["code"] and not ended["failed"]:
        ended["failed"][""] = [0, f"pytest ended with status {ended['code']}"]
    return ended


class Again(Exception):  # noqa: N818 - no error: the way of running was wrong, not the suite
    """All runs must be made again: with the plugins that pytest finds by itself, or without shifting the clock."""


def vary(job: dict[str, Any]) -> dict[str, Any]:
    """Return what fails under a variation and why, an empty `flaky` if nothing does, or an `error`."""
    chosen = {**job, "autoload": False, "clock": True}
    passed: set[str] = set()
    number = 0
    while number < job["runs"]:
        number += 1
        varied = variation(number)
        if not chosen["clock"]:
            varied["clock"] = ""
        ended = run_varied(chosen, varied)
        failed = ended["failed"]
        passed |= set(ended["passed"]) - set(failed)
        if not failed:
            continue
        try:
            flaky, error = take_apart(chosen, varied, failed, passed)
        except Again as way:
            chosen[str(way)] = not chosen[str(way)]
            number = 0
            continue
        return {"runs": number, "flaky": flaky, "error": error, "clock": chosen["clock"]}
    return {"runs": number, "flaky": [], "error": "", "clock": chosen["clock"]}


def take_apart(
    job: dict[str, Any], varied: dict[str, Any], failed: dict[str, list[Any]], passed: set[str]
) -> tuple[list[list[Any]], str]:
    """Return each failed test with the variation that does it, or an error where the suite fails without any.

    `passed` are the tests that passed in a run before.
    """
    causes: dict[str, str] = {}
    plain = run_varied(job, PLAIN)["failed"]
    if plain:
        if not job["autoload"] and not run_varied({**job, "autoload": True}, PLAIN)["failed"]:
            raise Again("autoload")
        again = run_varied(job, PLAIN)["failed"]
        for seed in (1, 2, 3) if any(node in again and node not in passed for node in plain) else ():
            passed |= set(run_varied(job, {**PLAIN, "random": seed})["passed"])
        always = [node for node in plain if node in again and node not in passed]
        if always:
            return [], f"{always[0] or 'the suite'} fails as it stands: {plain[always[0]][1]}"
        causes = dict.fromkeys([*plain, *again], "by chance: of runs that differ in nothing else, one passes")
    for kind, as_it_is in PLAIN.items():
        if varied[kind] == as_it_is or all(node in causes for node in failed):
            continue
        alone = [node for node in run_varied(job, {**PLAIN, kind: varied[kind]})["failed"] if node in failed]
        if kind == "clock" and alone and run_varied(job, {**PLAIN, "clock": "real"})["failed"]:
            raise Again("clock")
        for node in alone:
            causes.setdefault(node, f"with {said(kind, varied)}")
    together = "with " + ", ".join(said(kind, varied) for kind in PLAIN if varied[kind] != PLAIN[kind])
    found = [[node, line, causes.get(node, together), message] for node, (line, message) in failed.items()]
    return found, ""


def main() -> None:
    if sys.argv[1:2] == ["once"]:
        run_once(json.loads(sys.argv[2]))
    job = json.load(sys.stdin)
    sys.stdout.write("\n" + json.dumps({"token": job["token"], "answers": vary({**job, "token": ""})}) + "\n")


if __name__ == "__main__":
    main()

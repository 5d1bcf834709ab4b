"""One run of a suite under a variation, in an interpreter that got this text on standard input.

Nothing names it: not its arguments, not `__main__`. What candidates replace in `json` and `builtins` does not reach it.
"""

from __future__ import annotations

import contextlib
import json.encoder
import os
import random
import sys
import time
import zlib
from datetime import UTC, datetime
from typing import Any

_MOST_OUTPUT = 300


def _refuse(value: Any) -> Any:
    raise TypeError(type(value).__name__)


_as_json: Any = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, _refuse, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True  # noqa: FBT003
)  # fmt: skip


class Told:
    """A pytest plugin: puts the tests into another order, seeds each, and notes how they ended."""

    def __init__(self, varied: dict[str, Any]) -> None:
        self._varied = varied
        self.failed: dict[str, list[Any]] = {}
        self.passed: list[str] = []
        self.seen: dict[str, None] = {}
        self._places: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            path = os.path.relpath(item.path)
            self._places[item.nodeid] = f"{path}::{item.nodeid.partition('::')[2].partition('[')[0]}"
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
        self.seen[self._places.get(report.nodeid, report.nodeid)] = None
        if report.failed:
            self._note(report.nodeid, (report.location[1] or 0) + 1, report)
        elif report.when == "call" and report.passed:
            self.passed.append(report.nodeid)

    def _note(self, node: str, line: int, report: Any) -> None:
        crash = getattr(report.longrepr, "reprcrash", None)
        message = str(crash.message if crash else report.longrepr).strip().split("\n")
        self.failed.setdefault(node, [line, message[0][:_MOST_OUTPUT]])


def run_once(job: dict[str, Any], answer: int) -> None:
    """Run the suite once in this process and write how it ended, with the job's word, to the descriptor `answer`."""
    varied, word = job["varied"], job.pop("word")
    random.seed(varied["random"])
    join, write, leave = "".join, os.write, os._exit
    with contextlib.ExitStack() as stack:
        if varied["clock"]:
            shift_clock(varied["clock"], stack)
        import pytest  # noqa: PLC0415 - it must see the shifted clock

        told = Told(varied)
        off = [part for name in ("cacheprovider", "terminal", "randomly", "xdist", "cov", "random_order", "sugar")
               for part in ("-p", f"no:{name}")]  # fmt: skip
        code = int(pytest.main(["-o", "addopts=", *off, *job["tests"]], plugins=[told]))
    ended = {"word": word, "failed": told.failed, "passed": told.passed, "seen": list(told.seen), "code": code}
    text = join(_as_json(ended, 0)).encode()
    while text:
        text = text[write(answer, text) :]
    leave(0)


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


def main() -> None:
    reads, answer = (int(word) for word in sys.argv[1:])
    with os.fdopen(reads) as file:
        job = json.load(file)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    vars(sys.modules["__main__"])["__file__"] = job["plain"]
    sys.argv, sys.orig_argv = [job["plain"]], [sys.executable, "-s", job["plain"]]
    if sys.path[:1] == [""]:
        del sys.path[0]
    run_once(job, answer)


if __name__ == "__run__":
    main()

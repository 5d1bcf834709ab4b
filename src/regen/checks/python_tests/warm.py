"""Suites kept ready in processes of the sandbox, from which each candidate's own is forked; cold where that fails."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from regen.checks.python_tests.apart import can_be_apart
from regen.checks.python_tests.cold import ENVIRONMENT, ColdRunner, canary_names
from regen.checks.python_tests.config import chain
from regen.checks.python_tests.file_texts import text_of
from regen.checks.python_tests.job import INSIDE, prepare, view_of
from regen.checks.python_tests.judge import TAMPERS, inconclusive, is_odd, judge, refuse, reported_as_broken, unable
from regen.checks.python_tests.variants import Seconds, Variant, VariantResult, read_results
from regen.checks.python_tests.warm_process import UnfitError, WarmProcess
from regen.ports import Limits, View
from regen.sandboxes.bubblewrap import DEFAULT_ENV
from regen.sandboxes.layer import inside, masked_paths
from regen.sandboxes.seccomp import refusals
from regen.verdicts.check_run import CheckRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from regen.checks.python_tests.interpreter import Interpreter
    from regen.checks.python_tests.job import Prepared
    from regen.ports import TestJob
    from regen.sandboxes.bubblewrap import Bubblewrap

# What a warm process and the one that waits take, beside the candidate's share of their group.
_OWN_MEMORY_BYTES = 96 << 20
_OWN_PROCESSES = 3
_MOST_SUITES = 300
_FAILED = ("failed", "error")
_PIPES = (100, 101)  # inside/zygote.py says what they are
_Answer = TypeVar("_Answer")


# What candidates and tests import most; import-time work that each of them is spared.
EARLY_MODULES = (
    *("abc", "base64", "bisect", "collections", "collections.abc", "contextlib", "copy", "csv", "dataclasses"),
    *("datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "inspect", "io", "itertools"),
    *("json", "logging", "math", "numbers", "operator", "os", "pathlib", "random", "re", "shutil", "statistics"),
    *("string", "struct", "tempfile", "textwrap", "time", "types", "typing", "unicodedata", "unittest", "urllib.parse"),
    *("uuid", "warnings", "weakref"),
)


class _Unable(NamedTuple):
    """Neither a warm nor a cold process could run the suite."""

    reason: str


class _Kind(NamedTuple):
    """What decides which process can serve a job: hidden texts never share one with visible runs."""

    root: str
    needs_pytest: bool
    hidden: bool
    limits: tuple[int, int, int]


class WarmRunner:
    """Runs suites in milliseconds, with the results of a cold run; safe to call from several threads."""

    def __init__(
        self, sandbox: Bubblewrap, interpreter: Interpreter, *, stop_at_failure: bool = False, processes: int = 0
    ) -> None:
        self._sandbox = sandbox
        self._interpreter = interpreter
        self._cold = ColdRunner(sandbox, interpreter)
        self._stop_at_failure = stop_at_failure
        self._most = processes or os.cpu_count() or 1
        self._free = threading.BoundedSemaphore(self._most)
        self._lock = threading.Lock()
        self._idle: dict[_Kind, list[WarmProcess]] = {}
        self._unfit: dict[str, str] = {}
        self._late: set[str] = set()
        self._needs_session: set[str] = set()
        self._last_killer: dict[str, str] = {}
        self._busy = 0
        self._closed = False

    def run(self, job: TestJob, stop: threading.Event) -> CheckRun:
        """Return what each expected test reported."""
        prepared = prepare(job, self._interpreter)
        if prepared.refused:
            return refuse(job, prepared.refused)
        name, suite = _suite_of(prepared)
        with self._free, self._counted():
            check = self._run_warm(prepared, name, suite, lambda process: self._ask(process, prepared, name, stop))
            if isinstance(check, _Unable):
                check = inconclusive(job, check.reason)
            if check is None:
                check = self._cold.run_prepared(prepared, stop)
                check = msgspec.structs.replace(check, reason=_said(check.reason, self._unfit[name]))
        killer = next((test.id for test in check.tests if test.outcome in _FAILED), "")
        if killer:
            self._last_killer[job.unit] = killer
        return check

    def run_variants(
        self, job: TestJob, variants: Sequence[Variant], seconds: Seconds, stop: threading.Event
    ) -> tuple[dict[str, VariantResult], str]:
        """Run the job's suite on each variant of its files, behind the same walls; return the results by id.

        `seconds` limit each variant. Where not all could be run the text says why, else it is empty; a variant that
        ended with the process that ran it is not among the results.
        """
        prepared = prepare(job, self._interpreter)
        if prepared.refused:
            return {}, prepared.refused
        name, suite = _suite_of(prepared)

        def ask(process: WarmProcess) -> dict[str, VariantResult]:
            word = secrets.token_hex(16)
            message = {
                "variants": [variant.message() for variant in variants],
                "cpu_seconds": seconds.cpu,
                "wall_seconds": seconds.wall,
                "directly": prepared.direct and name not in self._needs_session,
            }
            request = self._request(process, prepared, name, word) | message
            limits = msgspec.structs.replace(job.limits, wall_seconds=(seconds.wall + 1) * len(variants) * 2)
            ended = process.run(request, limits, stop, looks_ahead=self._busy < self._most)
            broken = reported_as_broken(ended.stdout, word)
            if broken:
                raise UnfitError(broken)
            return read_results(ended.stdout, word)

        with self._free, self._counted():
            found = self._run_warm(prepared, name, suite, ask)
        if found is None:
            return {}, self._unfit[name]
        return ({}, found.reason) if isinstance(found, _Unable) else (found, "")

    def run_apart(self, job: TestJob, stop: threading.Event) -> CheckRun | None:
        """Return what the suite reports from another process than the candidate's; None where it can't be asked there.

        In that process is nothing of the candidate: its functions are called from afar, what they return is sent.
        """
        prepared = prepare(job, self._interpreter)
        if prepared.refused or job.trial or not can_be_apart(prepared):
            return None
        name, suite = _suite_of(prepared)
        with self._free, self._counted():
            check = self._run_warm(
                prepared, name, suite, lambda process: self._ask_twice_apart(process, prepared, name, stop)
            )
        return check if isinstance(check, CheckRun) else None

    def _ask_twice_apart(
        self, process: WarmProcess, prepared: Prepared, name: str, stop: threading.Event
    ) -> CheckRun | _Unable:
        """Ask without a session of pytest first, which is quicker, where it may do: only a pass is its last word."""
        if prepared.direct and name not in self._needs_session:
            check = self._ask_apart(process, prepared, name, stop, directly=True)
            if isinstance(check, CheckRun) and check.outcome == "passed":
                return check
        return self._ask_apart(process, prepared, name, stop, directly=False)

    def _ask_apart(
        self, process: WarmProcess, prepared: Prepared, name: str, stop: threading.Event, *, directly: bool
    ) -> CheckRun | _Unable:
        job, word, over = prepared.job, secrets.token_hex(16), threading.Event()
        canaries = canary_names(prepared, word)
        ours, theirs = (end.detach() for end in socket.socketpair())
        with ThreadPoolExecutor(1) as crew:
            hosting = crew.submit(self._host, prepared, theirs, over)
            try:
                nothing = dict.fromkeys(job.files, "")
                alone = msgspec.structs.replace(prepared, job=msgspec.structs.replace(job, files=nothing))
                request = self._request(process, alone, name, word) | {
                    "directly": directly, "canaries": canaries, "first": "", "stop_at_failure": False,
                    "stood_in": list(job.files),
                }  # fmt: skip
                ended = process.run(request, job.limits, stop, looks_ahead=False, line=(ours,))
            finally:
                over.set()
                hosting.result()
        check = judge(prepared, self._interpreter, ended, word, canaries)
        says_nothing = reported_as_broken(ended.stdout, word) or is_odd(ended.stdout, word)
        # Who hangs here and not beside its tests has noticed something.
        if says_nothing or (check.outcome == "inconclusive" and not ended.stopped):
            return _Unable("it can't be asked from another process")
        return check

    def _host(self, prepared: Prepared, line: int, over: threading.Event) -> None:
        """Have a process of its own import the candidate and answer on the line, until that is over."""
        job = prepared.job
        tests = {test.partition("::")[0] for test in job.tests} | set(prepared.texts)
        visible = msgspec.structs.replace(job, hidden=False, tests=(), hidden_paths=(*job.hidden_paths, *tests))
        blind = msgspec.structs.replace(prepared, job=visible, texts={})
        with self._process_for(blind) as process:
            request = self._request(process, blind, "", secrets.token_hex(16)) | {"hosts": True}
            process.run(request, job.limits, over, looks_ahead=False, line=(line,))

    def close(self) -> None:
        """End every process that was kept warm."""
        with self._lock:
            self._closed = True
            processes = [process for idle in self._idle.values() for process in idle]
            self._idle.clear()
        for process in processes:
            process.close()

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1

    def _run_warm(
        self, prepared: Prepared, name: str, suite: dict[str, Any], ask: Callable[[WarmProcess], _Answer]
    ) -> _Answer | _Unable | None:
        """Return what `ask` does, or why nothing runs the suite; None where only a cold run is right, see `_unfit`."""
        for _ in range(3):
            if name in self._unfit:
                return None
            try:
                with self._process_for(prepared) as process:
                    # What waits for candidates sees the project as it is: no test that is on trial.
                    early = name not in self._late and not prepared.job.trial
                    modules = suite["modules"] if early else []
                    ready = process.prepare(name, {**suite, "prepares_early": early, "modules": modules})
                    if ready["event"] == "unable":
                        return _Unable(unable(ready, self._interpreter))
                    _refuse_shared(ready["imported"], prepared.job)
                    return ask(process)
            except UnfitError as error:
                if name in self._late:
                    self._unfit[name] = str(error)
                self._late.add(name)
        return None

    def _ask(self, process: WarmProcess, prepared: Prepared, name: str, stop: threading.Event) -> CheckRun:
        if not prepared.direct or name in self._needs_session:
            return self._ask_once(process, prepared, name, stop, directly=False)[0]
        tried, is_settled = self._ask_once(process, prepared, name, stop, directly=True)
        if is_settled:
            return tried
        check, _ = self._ask_once(process, prepared, name, stop, directly=False)
        if check.outcome == "passed":
            if tried.reason.startswith(TAMPERS):
                return tried
            self._needs_session.add(name)  # it will be odd for others too
        return check

    def _ask_once(
        self, process: WarmProcess, prepared: Prepared, name: str, stop: threading.Event, *, directly: bool
    ) -> tuple[CheckRun, bool]:
        """Return what one run says, and whether that is the last word: without a session it may not be."""
        job, word = prepared.job, secrets.token_hex(16)
        canaries = canary_names(prepared, word)
        request = self._request(process, prepared, name, word) | {
            "directly": directly,
            "canaries": canaries,
            "first": self._last_killer.get(job.unit, "") if self._stop_at_failure else "",
            "stop_at_failure": self._stop_at_failure,
        }
        ended = process.run(request, job.limits, stop, looks_ahead=self._busy < self._most)
        broken = reported_as_broken(ended.stdout, word)
        if broken:
            self._late.add(name)  # a second try would end alike
            raise UnfitError(broken)
        is_settled = not (directly and is_odd(ended.stdout, word))
        return judge(prepared, self._interpreter, ended, word, canaries), is_settled

    def _request(self, process: WarmProcess, prepared: Prepared, name: str, word: str) -> dict[str, Any]:
        """Return what every run needs: the suite's name, the files, the limits."""
        job, view = prepared.job, view_of(prepared, self._interpreter)
        return {
            "id": name,
            "word": word,
            "job": {
                "files": {inside(job.root, path): content.decode() for path, content in view.files.items()},
                "masked": [path for path in masked_paths(view) if os.path.lexists(os.path.join(job.root, path))],
                "limits": {
                    **msgspec.structs.asdict(job.limits),
                    "group_holds_memory": process.holds_memory,
                    "group_holds_processes": process.holds_processes,
                },
            },
        }

    @contextlib.contextmanager
    def _process_for(self, prepared: Prepared) -> Iterator[WarmProcess]:
        job = prepared.job
        limits = (job.limits.memory_bytes, job.limits.processes, job.limits.file_bytes)
        kind = _Kind(job.root, prepared.needs_pytest, job.hidden, limits)
        with self._lock:
            idle = self._idle.get(kind, [])
            process = idle.pop() if idle else None
        if process is None:
            self._make_room()
            process = self._start(kind, prepared)
        try:
            yield process
        except BaseException:
            process.is_broken = True
            raise
        finally:
            with self._lock:
                keeps = not (process.is_broken or self._closed or len(process.suites) > _MOST_SUITES)
                if keeps:
                    self._idle.setdefault(kind, []).append(process)
            if not keeps:
                process.close()

    def _make_room(self) -> None:
        """Close the processes of the kind that was used longest ago, where there are twice as many as can run."""
        with self._lock:
            count = sum(map(len, self._idle.values()))
            old = next((idle for idle in self._idle.values() if idle), None) if count >= 2 * self._most else None
            process = old.pop(0) if old else None
        if process is not None:
            process.close()

    def _start(self, kind: _Kind, prepared: Prepared) -> WarmProcess:
        job = prepared.job
        memory, processes, file_bytes = kind.limits
        limits = Limits(
            memory_bytes=memory + _OWN_MEMORY_BYTES, processes=processes + _OWN_PROCESSES, file_bytes=file_bytes
        )
        hidden = () if job.hidden else job.hidden_paths
        readable = (*self._interpreter.readable, INSIDE)
        kept = self._sandbox.keep(
            (self._interpreter.program, "-s", f"{INSIDE}/main.py", "stay"),
            View(root=job.root, masked=hidden, readable=readable),
            ENVIRONMENT,
            limits,
        )
        setup = {
            "root": job.root,
            "environment": {**DEFAULT_ENV, **ENVIRONMENT, "PWD": job.root},
            "readable": [path for path in readable if os.path.exists(path)],
            "needs_pytest": prepared.needs_pytest,
            "memory_bytes": memory,
            "modules": EARLY_MODULES,
            "refused_calls": refusals(kept=_PIPES).hex(),
        }
        try:
            return WarmProcess(kept, setup)
        except BaseException:
            kept.close()
            raise


def _refuse_shared(imported: list[str], job: TestJob) -> None:
    touched = set(imported) & set(job.files)
    if touched:
        raise UnfitError(f"preparing the tests imports {min(touched)}, which the candidate replaces")


def _suite_of(prepared: Prepared) -> tuple[str, dict[str, Any]]:
    """Return what the process is told of the suite, under a name that stands for all of it."""
    suite = _suite_message(prepared)
    told = json.dumps([prepared.job.root, suite, _surroundings(prepared)])
    return hashlib.sha256(told.encode()).hexdigest(), suite


def _suite_message(prepared: Prepared) -> dict[str, Any]:
    return {
        "texts": prepared.texts,
        "neighbours": prepared.neighbours,
        "tests": prepared.job.tests,
        "needs_pytest": prepared.needs_pytest,
        "config_file": prepared.config_file,
        "pytest_args": prepared.pytest_args,
        "plugins": prepared.plugins,
        "direct": prepared.direct,
        "modules": prepared.foreign_modules,
    }


def _surroundings(prepared: Prepared) -> dict[str, str]:
    """Return the texts of the files that preparing a suite reads: another text, another suite."""
    folders = {folder for path in prepared.texts for folder in chain(os.path.dirname(path))}
    names = [os.path.join(folder, name) for folder in folders for name in ("conftest.py", "__init__.py")]
    texts = {
        name: text_of(os.path.join(prepared.job.root, name)) for name in (*sorted(names), prepared.config_file) if name
    }
    return {name: text for name, text in texts.items() if text is not None}


def _said(reason: str, why_cold: str) -> str:
    return f"{reason}; run cold, because {why_cold}" if reason else f"run cold, because {why_cold}"

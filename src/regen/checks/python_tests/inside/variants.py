"""Runs one suite on many variants of the code that it was accepted with: a process each, behind the same walls.

The walls take as long to raise as most suites take to run. Variants are small changes of accepted code, so they are
trusted as far as that is; each has memory of its own, and finds the scratch folders as the first one did.
"""

from __future__ import annotations
import __future__

import contextlib
import gc
import json
import os
import select
import shutil
import signal
import sys
import threading
import time
import types
from typing import TYPE_CHECKING, Any

from . import system
from .suite import function_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .suite import Suite
    from .wire import Wire

_SCRATCH = ("/tmp", "/dev/shm")  # noqa: S108 - this namespace's own
_FIRST_LOOK_MS, _LOOK_MS = 20, 40
_Other = list[tuple[types.FunctionType, types.CodeType]]
_Functions = dict[tuple[str, str], list[types.FunctionType]]
_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
_OF_PROCESS = 2  # the kernel's number for "processor time of that process", see clock_getcpuclockid(3)


def run_all(suite: Suite, wire: Wire, request: dict[str, Any]) -> None:
    """Run each of the request's variants; tell how it ended, and `end` after the last."""
    places = [place for place in _SCRATCH if os.path.isdir(place)]
    before = {place: frozenset(os.listdir(place)) for place in places}
    directly = request["directly"]
    suite.hand_over(request["job"]["files"])
    # A change within a function needs no import of its own: the function gets other code.
    variants = sorted(request["variants"], key=lambda variant: bool(variant["function"]))
    is_loaded, functions = False, _Functions()
    for variant in variants:
        if variant["function"] and not is_loaded:
            is_loaded = suite.load(wire, directly=directly)
            if directly and not is_loaded:
                directly, is_loaded = False, suite.load(wire, directly=False)
            functions.update(_functions_of({os.path.join(suite.root, v["path"]) for v in variants}))
            gc.freeze()  # so that a fork shares it
        # Compiled here, where no page of memory is copied for it.
        other = _other_code(functions, os.path.join(suite.root, variant["path"]), variant)
        if other is None:
            wire.tell("variant", id=variant["id"], outcome="odd")
            continue
        found = _run_one(suite, variant, request, other, directly=directly)
        if found["outcome"] == "odd" and not is_loaded:
            _tidy(before)
            found = _run_one(suite, variant, request, other, directly=False)
        wire.tell("variant", id=variant["id"], **found)
        _tidy(before)
    wire.tell("end")


def _run_one(
    suite: Suite, variant: dict[str, Any], request: dict[str, Any], other: _Other, *, directly: bool
) -> dict[str, Any]:
    reads, writes = os.pipe()
    started = time.perf_counter()
    pid = system.fork_into(0)
    if pid == 0:
        os.close(reads)
        os.setpgid(0, 0)
        _be_variant(suite, variant, other, Ear(writes), directly=directly)
        os._exit(70)
    os.close(writes)
    process = os.pidfd_open(pid)
    try:
        ended = _wait(process, pid, reads, request["cpu_seconds"], request["wall_seconds"])
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        os.close(process)
    _, status = os.waitpid(pid, 0)
    os.close(reads)
    return {**_told(ended, status), "seconds": round(time.perf_counter() - started, 5)}


def _told(ended: bytes | None, status: int) -> dict[str, Any]:
    if ended is None:
        return {"outcome": "timed out"}
    try:
        found: dict[str, Any] = json.loads(ended)
    except ValueError:
        code = os.waitstatus_to_exitcode(status)
        how = f"was killed by signal {-code}" if code < 0 else f"ended by itself with exit code {code}"
        return {"outcome": "killed", "reason": how}
    return found


def _wait(process: int, pid: int, reads: int, cpu_seconds: float, wall_seconds: float) -> bytes | None:
    """Return what the process said at its end; None where it took too long, by its own clock or the wall's."""
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(reads, select.POLLIN)
    said, deadline, pause = b"", time.monotonic() + wall_seconds, _FIRST_LOOK_MS
    while True:
        ready = {descriptor for descriptor, _ in poll.poll(pause)}
        if reads in ready:
            data = os.read(reads, 1 << 16)
            said += data
            if not data or said.endswith(b"\n"):
                return said
        elif process in ready:
            return said
        elif time.clock_gettime((~pid << 3) | _OF_PROCESS) > cpu_seconds or time.monotonic() > deadline:
            return None
        pause = _LOOK_MS


def _be_variant(suite: Suite, variant: dict[str, Any], other: _Other, ear: Ear, *, directly: bool) -> None:
    for function, code in other:
        function.__code__ = code
    if variant["path"] and not other:
        suite.hand_over({variant["path"]: variant["text"]})
    suite.chosen = frozenset(variant["tests"])
    if variant["watched"]:
        ear.lines = Lines({os.path.join(suite.root, path): path for path in variant["watched"]})
        ear.lines.start()
    choice = {"canaries": [], "first": variant["first"], "stop_at_failure": True, "directly": directly}
    try:
        suite.run(ear, choice)
    except BaseException as error:  # noqa: BLE001 - such as a recursion that no test survives
        ear.end("killed", reason=f"{type(error).__name__}: {error}"[:300])


def _functions_of(files: set[str]) -> _Functions:
    """Return the functions that were imported from the files, by file and qualified name."""
    found = _Functions()
    for function in gc.get_objects():
        if type(function) is types.FunctionType and function.__code__.co_filename in files:
            name = (function.__code__.co_filename, function.__code__.co_qualname)
            found.setdefault(name, []).append(function)
    return found


def _other_code(functions: _Functions, file: str, variant: dict[str, Any]) -> _Other | None:
    """Return the imported functions that a variant changes, each with its code then; None where that can't be.

    Its `text` is the function, within the classes around it, and begins at `line` of the file.
    """
    other: _Other = []
    if not variant["function"]:
        return other
    for function in functions.get((file, variant["function"]), []):
        old = function.__code__
        flags = old.co_flags & _FUTURES
        whole = compile("\n" * (variant["line"] - 1) + variant["text"], file, "exec", flags=flags, dont_inherit=True)
        new = next((code for code in _inner(whole) if _is_for(code, old)), None)
        if new is None or new.co_freevars != old.co_freevars:
            return None
        other.append((function, new))
    return other or None


def _inner(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _inner(constant)


def _is_for(code: types.CodeType, old: types.CodeType) -> bool:
    return code.co_qualname == old.co_qualname and code.co_firstlineno == old.co_firstlineno


class Ear:
    """Takes the messages of a suite in place of the wire, and ends the process at the first that decides."""

    def __init__(self, descriptor: int) -> None:
        self.lines: Lines | None = None
        self._descriptor = descriptor
        self._reported: dict[str, str] = {}
        self._chosen: frozenset[str] = frozenset()

    def tell(self, event: str, **facts: Any) -> None:
        """Listen to one message of the suite."""
        if event == "start" and self.lines is not None:
            self.lines.turn_to(function_of(facts["id"]))
        elif event == "result":
            if facts["outcome"] in ("failed", "error"):
                self.end("killed", test=facts["id"])
            self._reported.setdefault(function_of(facts["id"]), facts["outcome"])
        elif event == "file" and facts["outcome"] == "error":
            self.end("killed", test=facts["path"], reason="the tests can't be imported")
        elif event == "failing":
            self.end("killed", test=facts["id"])
        elif event == "tampering":
            self.end("killed", reason=facts["what"])
        elif event == "unable":
            self.end("not judged", reason=facts["reason"])
        elif event == "odd":
            self.end("odd")
        elif event == "end":
            self.end("survived", functions=sorted(self._reported))

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""

    def end(self, outcome: str, **facts: Any) -> None:
        """Say how it ended, and end the process."""
        if self.lines is not None:
            facts["lines"] = self.lines.found()
        os.write(self._descriptor, json.dumps({"outcome": outcome, **facts}).encode() + b"\n")
        os._exit(0)


class Lines:
    """Which lines of some files each test runs; those run while the files are imported belong to no test."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files
        self._of: dict[str, dict[str, set[int]]] = {}
        self._now: dict[str, set[int]] = self._of.setdefault("", {})

    def start(self) -> None:
        """Watch this thread, and those that it starts."""
        threading.settrace(self._entered)
        sys.settrace(self._entered)

    def turn_to(self, test: str) -> None:
        """Count what runs from now on for a test."""
        self._now = self._of.setdefault(test, {})

    def found(self) -> dict[str, dict[str, list[int]]]:
        """Return test → path → lines; the test is empty for what an import ran."""
        sys.settrace(None)
        return {
            test: {self._files[file]: sorted(lines) for file, lines in files.items()}
            for test, files in self._of.items()
            if files
        }

    def _entered(self, frame: types.FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        del event, argument
        if frame.f_code.co_filename not in self._files:
            return None
        self._now.setdefault(frame.f_code.co_filename, set()).add(frame.f_lineno)
        return self._stepped

    def _stepped(self, frame: types.FrameType, event: str, argument: Any) -> Callable[..., Any]:
        del argument
        if event == "line":
            self._now.setdefault(frame.f_code.co_filename, set()).add(frame.f_lineno)
        return self._stepped


def _tidy(before: dict[str, frozenset[str]]) -> None:
    """Remove what a variant left in the scratch folders."""
    for place, names in before.items():
        for name in os.listdir(place):
            if name not in names:
                path = os.path.join(place, name)
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    with contextlib.suppress(OSError):
                        os.unlink(path)

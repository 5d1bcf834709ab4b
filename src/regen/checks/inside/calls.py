"""Evaluates or measures calls of a candidate; a JSON job on standard input, a JSON answer on standard output.

The clocks are read in this process, while candidate and reference run in two children, a round of one after a round of
the other, so that whatever slows the machine slows both. A child's processor clock stands still while others compute.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.abc
import importlib.util
import json
import os
import select
import sys
import time
import tracemalloc
from typing import Any

_ROUND_SECONDS = 0.004
_LONGEST_ROUND = 0.1
_ROUNDS = 25
_LONGEST_CALL = 10.0
_LONGEST_MEASUREMENT = 3.0


class _Texts(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports modules from texts: `modules` maps names to path and text."""

    def __init__(self, modules: dict[str, list[str]]) -> None:
        self._modules = modules

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        del path, target
        if fullname not in self._modules:
            return None
        place = self._modules[fullname][0]
        package = place.endswith("/__init__.py")
        spec = importlib.util.spec_from_loader(fullname, self, origin=place, is_package=package)
        if spec is not None and package:
            spec.submodule_search_locations = [os.path.abspath(os.path.dirname(place))]
        return spec

    def exec_module(self, module: Any) -> None:
        path, text = self._modules[module.__name__]
        exec(compile(text, path, "exec"), module.__dict__)  # noqa: S102 - the accepted code, in the sandbox


def names_of(job: dict[str, Any]) -> dict[str, Any]:
    """Return what the unit's modules define, and `json`."""
    names: dict[str, Any] = {"json": json}
    for module in job["modules"]:
        found = vars(importlib.import_module(module))
        names.update({name: value for name, value in found.items() if not name.startswith("__")})
    return names


def evaluate(job: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the value, as JSON, or the error of each call."""
    answers: list[dict[str, Any]] = []
    for call in job["calls"]:
        try:
            names = {**names_of(job), **({"example": call["example"]} if "example" in call else {})}
            value = eval(compile(call["call"], "<call>", "eval"), names)  # noqa: S307 - that is what it is for
            answers.append({"value": json.loads(json.dumps(value, allow_nan=False))})
        except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is the answer
            answers.append({"error": f"{type(error).__name__}: {error}"[:300]})
    return answers


def loop_of(job: dict[str, Any], budget: dict[str, Any], *, reference: bool) -> Any:
    """Return a function that makes the budget's call `n` times, of the candidate or of what it is compared with."""
    accepted = budget.get("accepted")
    if reference and accepted:
        sys.meta_path.insert(0, _Texts(accepted))
    names = names_of(job)
    if reference and not accepted:
        place = os.path.abspath(budget["path"])
        sys.path.append(os.path.dirname(place))
        spec = importlib.util.spec_from_file_location("the_reference", place)
        if spec is None or spec.loader is None:
            raise ImportError(place)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        names[budget["function"]] = getattr(module, budget["name"])
    made: dict[str, Any] = {}
    source = f"def run(n):\n    for _ in range(n):\n        ({budget['call']})\n"
    exec(compile(source, "<limit>", "exec"), names, made)  # noqa: S102 - that is what it is for
    return made["run"]


def serve(job: dict[str, Any], budget: dict[str, Any], reads: int, writes: int, *, reference: bool) -> None:
    """Do what the parent asks for, a line each: `time N` or `memory`."""
    answers = os.fdopen(writes, "w", buffering=1)
    try:
        run = loop_of(job, budget, reference=reference)
        run(1)
        answers.write(json.dumps({"ready": True}) + "\n")
        gc.disable()
        for line in os.fdopen(reads):
            word, _, number = line.strip().partition(" ")
            peak = 0
            if word == "memory":
                gc.collect()
                tracemalloc.start()
                before = tracemalloc.get_traced_memory()[0]
                run(1)
                peak = max(tracemalloc.get_traced_memory()[1] - before, 0)
                tracemalloc.stop()
            else:
                run(int(number))
            answers.write(json.dumps({"peak": peak}) + "\n")
    except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is the answer
        with contextlib.suppress(OSError):
            answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}) + "\n")


class Side:
    """A child that makes calls of one side."""

    def __init__(self, job: dict[str, Any], budget: dict[str, Any], *, reference: bool) -> None:
        theirs, self._asks = os.pipe()
        self._answers, writes = os.pipe()
        self.calls = 1
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._asks)
            os.close(self._answers)
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            serve(job, budget, theirs, writes, reference=reference)
            os._exit(0)
        os.close(theirs)
        os.close(writes)
        self._rest = b""
        self._processor_clock = ~self.pid << 3 | 2  # as clock_getcpuclockid(3) makes it

    def ask(self, words: str = "") -> dict[str, Any]:
        if words:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._asks, words.encode() + b"\n")
        until = time.perf_counter() + _LONGEST_CALL
        while b"\n" not in self._rest:
            left = until - time.perf_counter()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                return {"error": f"it did not end within {_LONGEST_CALL:g} s", "slow": True}
            chunk = os.read(self._answers, 65536)
            if not chunk:
                return {"error": "the process ended while it was measured"}
            self._rest += chunk
        line, self._rest = self._rest.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def time(self) -> tuple[float, float]:
        """Return the seconds a call took in one round: on the wall, and of the processor."""
        wall, processor = time.perf_counter(), time.clock_gettime(self._processor_clock)
        answer = self.ask(f"time {self.calls}")
        if "error" in answer:
            raise RuntimeError(json.dumps(answer))
        processor = time.clock_gettime(self._processor_clock) - processor
        return (time.perf_counter() - wall) / self.calls, processor / self.calls

    def calibrate(self) -> None:
        """Find how many calls make a round, by the processor's clock: on a busy machine the wall's says little."""
        while self.calls < 1 << 24:
            wall, processor = self.time()
            if processor * self.calls >= _ROUND_SECONDS or wall * self.calls >= _LONGEST_ROUND:
                return
            self.calls *= 2

    def end(self) -> None:
        with contextlib.suppress(OSError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self._asks)
        os.close(self._answers)


def measure(job: dict[str, Any], budget: dict[str, Any]) -> dict[str, Any]:
    """Return one number a round for each side: seconds a call on both clocks, or bytes."""
    kinds = ("reference", "candidate") if budget["compared"] else ("candidate",)
    sides: dict[str, Side] = {}
    found: dict[str, Any] = {kind: [] for kind in kinds}
    kind = ""
    try:
        for kind in kinds:
            sides[kind] = Side(job, budget, reference=kind == "reference")
            answer = sides[kind].ask()
            if "error" in answer:
                return {**answer, "side": kind}
        if budget["what"] == "memory":
            for kind in kinds:
                answer = sides[kind].ask("memory")
                if "error" in answer:
                    return {**answer, "side": kind}
                found[kind].append(answer["peak"])
            return found
        for kind in kinds:
            sides[kind].calibrate()
        until = time.perf_counter() + _LONGEST_MEASUREMENT
        for number in range(_ROUNDS):
            for kind in kinds if number % 2 else kinds[::-1]:
                found[kind].append(sides[kind].time())
            if time.perf_counter() > until:
                break
    except RuntimeError as error:
        return {**json.loads(str(error)), "side": kind}
    finally:
        for side in sides.values():
            side.end()
    return found


def main() -> None:
    output = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    job = json.load(sys.stdin)
    sys.path[:0] = [os.path.abspath(path) for path in job["paths"]]
    answers = evaluate(job) if "calls" in job else [measure(job, budget) for budget in job["budgets"]]
    output.write("\n" + json.dumps({"token": job["token"], "answers": answers}) + "\n")
    output.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

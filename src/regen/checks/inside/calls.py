"""Evaluates or measures calls of a candidate; a JSON job on standard input, a JSON answer on standard output.

The clocks are read in this process, while candidate and reference run in two children, a round of one after a round of
the other, so that whatever slows the machine slows both. A child's processor clock stands still while others compute.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import secrets
import select
import subprocess
import sys
import tempfile
import time
from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))
_PLAIN_RUN = os.path.join(os.path.dirname(_HERE), "python_tests", "inside", "main.py")
_ROUND_SECONDS = 0.004
_LONGEST_ROUND = 0.1
_ROUNDS = 25
_LONGEST_CALL = 10.0
_LONGEST_MEASUREMENT = 3.0
_FIRST_CALLS = 5
_LONGEST_FIRST_CALLS = 0.5
_SPARE = 1 << 20


class Refused(Exception):  # noqa: N818 - no error of this program
    """A side can't be measured; its argument is the answer that says why."""


class Side:
    """A child that makes calls of one side; `others` are calls that it may make before."""

    def __init__(self, job: dict[str, Any], budget: dict[str, Any], others: list[str], *, reference: bool) -> None:
        self._asks, self._answers, self.pid = start({
            "modules": job["modules"], "paths": job["paths"], "calls": job.get("calls"), "budget": budget,
            "others": others, "reference": reference,
        })  # fmt: skip
        self.calls = 1
        self._rest = b""
        self._measured = self.pid
        self.name = "reference" if reference else "candidate"

    def ask(self, word: str, number: int = 0, seconds: float = _LONGEST_CALL) -> dict[str, Any]:
        """Return what the child answers to a word; raises `Refused` if it can't, or if it answers what nobody asked."""
        nonce = secrets.token_hex(8)
        with contextlib.suppress(BrokenPipeError):
            os.write(self._asks, f"{word} {number} {nonce}\n".encode())
        until = time.perf_counter() + seconds
        while b"\n" not in self._rest:
            left = until - time.perf_counter()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise self._refused(f"it did not end within {seconds:g} s", slow=True)
            chunk = os.read(self._answers, 65536)
            if not chunk:
                raise self._refused("the process ended while it was measured")
            self._rest += chunk
        line, self._rest = self._rest.split(b"\n", 1)
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or answer.get("nonce") != nonce or self._rest:
            raise self._refused("it writes to the descriptor of what measures it")
        if "error" in answer:
            raise self._refused(answer["error"])
        return answer

    def _refused(self, error: str, *, slow: bool = False) -> Refused:
        return Refused({"error": error, "side": self.name, "slow": slow})

    def time(self) -> tuple[float, float]:
        """Return the seconds a call took in one round: on the wall, and of the processor."""
        clock = ~self._measured << 3 | 2  # as clock_getcpuclockid(3) makes it
        wall, processor = time.perf_counter(), time.clock_gettime(clock)
        self.ask("time", self.calls)
        processor = time.clock_gettime(clock) - processor
        return (time.perf_counter() - wall) / self.calls, processor / self.calls

    def calibrate(self) -> None:
        """Find how many calls make a round, by the processor's clock: on a busy machine the wall's says little."""
        while self.calls < 1 << 24:
            wall, processor = self.time()
            if processor * self.calls >= _ROUND_SECONDS or wall * self.calls >= _LONGEST_ROUND:
                return
            self.calls *= 2

    @contextlib.contextmanager
    def copy(self) -> Any:
        """Ask a copy of the child, as it is now, until the end of the block."""
        self._measured = self.ask("fork")["pid"]
        yield
        self.ask("end")
        self._measured = self.pid

    def first_call(self) -> float:
        """Return the processor's seconds of a call that was not made before, in the best of a few copies."""
        best, until = float("inf"), time.perf_counter() + _LONGEST_FIRST_CALLS
        for _ in range(_FIRST_CALLS):
            with self.copy():
                best = min(best, self.time()[1])
            if time.perf_counter() > until:
                break
        return best

    def memory(self) -> dict[str, int]:
        """Return the bytes that one call takes at most, as Python's allocators see it and as the kernel does."""
        with self.copy():
            peak = self.ask("trace")
        with self.copy():
            again = self.ask("trace", peak["peak"] + _SPARE)
        if not (peak["kept"] and again["kept"] and again["peak"] >= peak["peak"] + _SPARE):
            raise self._refused("it changes what tracemalloc has seen")
        with self.copy():
            return {"traced": peak["peak"], "resident": self.ask("resident")["peak"]}

    def end(self) -> None:
        with contextlib.suppress(OSError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self._asks)
        os.close(self._answers)


def start(job: dict[str, Any]) -> tuple[int, int, int]:
    """Start called.py, whose text comes by standard input; return where to ask, where it answers, and its id."""
    with open(os.path.join(_HERE, "called.py"), encoding="utf-8") as file:
        text = file.read()
    names = "{'__builtins__': dict(vars(builtins)), '__name__': '__run__'}"
    theirs, asks = os.pipe()
    answers, writes = os.pipe()
    with tempfile.TemporaryFile() as program:
        program.write(f"import builtins\nexec(compile({text!r}, '<frozen run>', 'exec'), {names})\n".encode())
        program.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-B", "-s", "-", str(theirs), str(writes)], pass_fds=(theirs, writes), stdin=program,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    os.close(theirs)
    os.close(writes)
    with contextlib.suppress(BrokenPipeError):
        left = json.dumps({**job, "plain": _PLAIN_RUN}).encode() + b"\n"
        while left:
            left = left[os.write(asks, left) :]
    return asks, answers, process.pid


def other_calls(call: str) -> list[str]:
    """Return calls with other numbers and strings, numbers, strings: a cache of results knows none of them."""
    found = []
    for kinds in ((int, float, str), (int, float), (str,)):
        tree = ast.parse(call, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and type(node.value) in kinds:
                node.value = _other(node.value)
        found.append(ast.unparse(tree))
    return [other for other in dict.fromkeys(found) if other != ast.unparse(ast.parse(call, mode="eval"))]


def _other(value: Any) -> Any:
    if isinstance(value, str):
        place = next((at for at, character in enumerate(value) if character.isascii() and character.isalnum()), None)
        if place is None:
            return value
        return value[:place] + ("b" if value[place] != "b" else "c") + value[place + 1 :]
    return value + 1 if isinstance(value, int) else value * 1.25 + 0.5


def open_side(job: dict[str, Any], budget: dict[str, Any], *, reference: bool) -> tuple[Side, bool]:
    """Return a side that can make its call, and whether it has not made it yet."""
    side = Side(job, budget, other_calls(budget["call"]), reference=reference)
    try:
        return side, side.ask("ready")["fresh"]
    except Refused as why:
        side.end()
        if not why.args[0]["slow"]:
            raise
    side = Side(job, budget, [], reference=reference)
    try:
        return side, side.ask("ready")["fresh"]
    except Refused:
        side.end()
        raise


def measure(job: dict[str, Any], budget: dict[str, Any]) -> dict[str, Any]:
    """Return one number a round for each side, seconds a call on both clocks, or bytes; and that of first calls."""
    kinds = ("reference", "candidate") if budget["compared"] else ("candidate",)
    sides: dict[str, Side] = {}
    found: dict[str, Any] = {kind: [] for kind in kinds}
    try:
        fresh = True
        for kind in kinds:
            sides[kind], is_fresh = open_side(job, budget, reference=kind == "reference")
            fresh &= is_fresh
        if budget["what"] == "memory":
            return {kind: side.memory() for kind, side in sides.items()}
        if fresh:
            found["first"] = {kind: side.first_call() for kind, side in sides.items()}
        for side in sides.values():
            side.time()
            side.calibrate()
        until = time.perf_counter() + _LONGEST_MEASUREMENT
        for number in range(_ROUNDS):
            for kind in kinds if number % 2 else kinds[::-1]:
                found[kind].append(sides[kind].time())
            if time.perf_counter() > until:
                break
    except Refused as why:
        answer: dict[str, Any] = why.args[0]
        return answer
    finally:
        for side in sides.values():
            side.end()
    return found


def evaluate(job: dict[str, Any]) -> list[dict[str, Any]] | str:
    """Return the value or the error of each call, or as a string why there are none."""
    side = Side(job, {}, [], reference=False)
    try:
        answers: list[dict[str, Any]] = side.ask("calls", seconds=1e6)["answers"]
    except Refused as why:
        return f"no answer: {why.args[0]['error']}"
    finally:
        side.end()
    return answers


def main() -> None:
    job = json.load(sys.stdin)
    answers = evaluate(job) if "calls" in job else [measure(job, budget) for budget in job["budgets"]]
    sys.stdout.write("\n" + json.dumps({"token": job["token"], "answers": answers}) + "\n")


if __name__ == "__main__":
    main()

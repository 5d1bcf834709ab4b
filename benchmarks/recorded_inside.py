"""Runs untrusted programs on inputs; started by `recorded.py` in the sandbox, as text, with the standard library alone.

Told on standard input: the programs, the function to call, the inputs, the limits. Each line of its output is for one
program: why it did not load, and its answers, one an input, `["raises", type]` or `["is", value with type tags]`. It
knows no expected answer, so no program can look for one.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import os
import random
import resource
import select
import signal
import sys
import time
from typing import Any

LONG = 5_000  # items or characters
# What programs import, imported once ahead of all forks.
COMMON = (
    "bisect",
    "collections",
    "copy",
    "functools",
    "heapq",
    "itertools",
    "math",
    "operator",
    "re",
    "string",
    "typing",
)


def tagged(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON from which it can be made again; of a very long one, enough to compare it."""
    if depth > 40:
        raise RecursionError
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        text = str.__str__(value)
        return text if len(text) <= LONG else {"text": hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()}
    if isinstance(value, int):
        return {"int": hex(value)}
    if isinstance(value, float):
        return {"float": float.hex(value)}
    if isinstance(value, complex):
        return {"complex": [float.hex(value.real), float.hex(value.imag)]}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        plain = list(list.__iter__(value) if kind == "list" else tuple.__iter__(value))
        count = len(plain)
        if count > LONG:  # an answer of a million items is told by its length and a thousand of them
            step = count // 500
            plain = [count, kind, *plain[:250], *plain[250:-250:step], *plain[-250:]]
        return {kind: [tagged(each, depth + 1) for each in plain]}
    if isinstance(value, dict):
        return {"dict": [[tagged(key, depth + 1), tagged(each, depth + 1)] for key, each in dict.items(value)]}
    if isinstance(value, set | frozenset):
        return {"set": sorted((tagged(each, depth + 1) for each in value), key=json.dumps)}
    if isinstance(value, bytes | bytearray):
        return {"bytes": value.hex()}
    return {"other": type(value).__name__[:80]}


def answer_all(code: str, told: dict[str, Any], write: Any) -> None:
    names: dict[str, Any] = {"__name__": "candidate"}
    try:
        exec(compile(code, "candidate.py", "exec", dont_inherit=True), names)
        function = names[told["entry_point"]]
    except BaseException as error:  # noqa: BLE001 - whatever the program raises
        write([type(error).__name__[:80]])
        return
    write([""])
    for text in told["inputs"]:
        try:
            write(["is", tagged(function(*json.loads(text)))])
        except BaseException as error:  # noqa: BLE001 - likewise
            write(["raises", type(error).__name__[:80]])


def child(code: str, told: dict[str, Any], pipe: int) -> None:
    """Answer within the limits on `pipe`, with nothing else open, and end."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    if pipe != 3:
        os.dup2(pipe, 3)
    os.closerange(4, 256)
    resource.setrlimit(resource.RLIMIT_AS, (told["memory"], told["memory"]))
    whole_seconds = int(told["cpu"]) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (whole_seconds, whole_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, told["cpu"])
    random.seed(0)

    def write(line: list[Any]) -> None:
        left = json.dumps(line).encode() + b"\n"
        while left:
            left = left[os.write(3, left) :]

    try:
        answer_all(code, told, write)
    finally:
        os._exit(0)


def run(code: str, told: dict[str, Any]) -> list[str]:
    """Return the lines that a forked child wrote before it ended or was stopped."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        child(code, told, writer)
    os.close(writer)
    said, until = b"", time.monotonic() + told["wall"]
    while len(said) <= told["bytes"]:
        if not select.select([reader], [], [], max(0.0, until - time.monotonic()))[0]:
            break
        piece = os.read(reader, 1 << 16)
        if not piece:
            break
        said += piece
    os.close(reader)
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:  # before it made a group of its own
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return said.decode("ascii", "replace").splitlines()[: len(told["inputs"]) + 1]


def main() -> None:
    told = json.load(sys.stdin)
    codes = told.pop("codes")
    told["inputs"] = [json.dumps(each) for each in told["inputs"]]
    for name in COMMON:
        importlib.import_module(name)
    gc.freeze()
    for code in codes:
        print(json.dumps(run(code, told)), flush=True)


if __name__ == "__main__":
    main()

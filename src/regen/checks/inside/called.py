"""Makes a candidate's calls, in an interpreter that got this text on standard input; a line asked, a line answered.

Each line asked is a word, a number and a nonce, which the answer repeats: what was written before it was asked counts
for nothing. Nothing names this program, and what candidates replace in `json`, `builtins` and `tracemalloc` does not
reach it.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.util
import json.encoder
import os
import resource
import sys
from _tracemalloc import _get_object_traceback, get_traced_memory
from _tracemalloc import start as start_tracing
from _tracemalloc import stop as stop_tracing
from typing import Any

_KIB = 1 if sys.platform == "darwin" else 1024


def _refuse(value: Any) -> Any:
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_pieces_of_json: Any = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, _refuse, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, False  # noqa: FBT003
)  # fmt: skip


def exact(value: Any) -> Any:
    """Return a value of exactly JSON's types, read by these types' own methods: a subclass may tell another story."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if issubclass(kind, str):
        return str.__add__("", value)
    if issubclass(kind, int):
        return int.__pos__(value)
    if issubclass(kind, float):
        return float.__pos__(value)
    if issubclass(kind, dict):
        return {exact(key): exact(inner) for key, inner in dict.items(value)}
    if issubclass(kind, list):
        return [exact(inner) for inner in list.__iter__(value)]
    if issubclass(kind, tuple):
        return [exact(inner) for inner in tuple.__iter__(value)]
    return _refuse(value)


class Texts(importlib.abc.MetaPathFinder, importlib.abc.Loader):
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
        module.__dict__["__builtins__"] = sys.modules["builtins"]
        exec(compile(text, path, "exec"), module.__dict__)  # noqa: S102 - the accepted code, in the sandbox


def names_of(job: dict[str, Any]) -> dict[str, Any]:
    """Return what the unit's modules define, and `json`, as it was before they could change it."""
    names: dict[str, Any] = {"json": json}
    for module in job["modules"]:
        found = vars(importlib.import_module(module))
        names.update({name: value for name, value in found.items() if not name.startswith("__")})
    return names


def evaluate(job: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the value, as JSON's types, or the error of each call."""
    answers: list[dict[str, Any]] = []
    for call in job["calls"]:
        try:
            names = {**names_of(job), **({"example": call["example"]} if "example" in call else {})}
            value = exact(eval(compile(call["call"], "<call>", "eval"), names))  # noqa: S307 - that is what it is for
            "".join(_pieces_of_json(value, 0))
            answers.append({"value": value})
        except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is the answer
            answers.append({"error": words_of(error)})
    return answers


def words_of(error: BaseException) -> str:
    return str.__add__("", f"{type(error).__name__}: {error}"[:300])


def loop_of(job: dict[str, Any]) -> tuple[Any, bool]:
    """Return a function that makes the budget's call `n` times, and whether the call is still to be made first.

    Calls that differ from it in their literals are made before, until one returns: what is set up once is there then,
    and what is remembered of the call itself is not.
    """
    budget = job["budget"]
    accepted, reference = budget.get("accepted"), job["reference"]
    if reference and accepted:
        sys.meta_path.insert(0, Texts(accepted))
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
    for other in job["others"]:
        try:
            eval(compile(other, "<limit>", "eval"), names)  # noqa: S307 - that is what it is for
        except Exception:  # noqa: BLE001, S112 - it asks for what the function does not take
            continue
        return _loop(budget["call"], names), True
    run = _loop(budget["call"], names)
    run(1)
    return run, False


def _loop(call: str, names: dict[str, Any]) -> Any:
    made: dict[str, Any] = {}
    exec(compile(f"def run(n):\n    for _ in range(n):\n        ({call})\n", "<limit>", "exec"), names, made)  # noqa: S102
    return made["run"]


def trace(run: Any, before_it: int) -> dict[str, Any]:
    """Return the peak of one call in bytes; `before_it` bytes are taken and freed before, and must still be seen."""
    gc.collect()
    start_tracing(1)
    kept = bytearray(4099)
    before = get_traced_memory()[0]
    if before_it:
        bytes(before_it)
    run(1)
    peak = get_traced_memory()[1] - before
    is_kept = _get_object_traceback(kept) is not None
    stop_tracing()
    return {"peak": max(peak, 0), "kept": is_kept}


def resident(run: Any) -> dict[str, Any]:
    """Return by how many bytes the most that this process ever held grows in one call."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(1)
    return {"peak": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * _KIB}


def serve(job: dict[str, Any], asked: Any, answers: int) -> None:
    """Answer line by line, until nobody asks."""
    join, write, fork, leave = "".join, os.write, os.fork, os._exit
    run: Any = None
    for line in asked:
        word, number, nonce = line.split()
        said: dict[str, Any] = {}
        try:
            if word == "calls":
                said = {"answers": evaluate(job)}
            elif word == "ready":
                run, fresh = loop_of(job)
                said = {"fresh": fresh}
                gc.disable()
            elif word == "time":
                run(int(number))
            elif word == "trace":
                said = trace(run, int(number))
            elif word == "resident":
                said = resident(run)
            elif word == "fork":
                pid = fork()
                if pid:
                    os.waitpid(pid, 0)
                    continue
                said = {"pid": os.getpid()}
        except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is the answer
            said = {"error": words_of(error)}
        text = (join(_pieces_of_json({**said, "nonce": nonce}, 0)) + "\n").encode()
        while text:
            text = text[write(answers, text) :]
        if word == "end":
            leave(0)


def main() -> None:
    reads, writes = (int(word) for word in sys.argv[1:])
    asked = os.fdopen(reads)
    job = json.loads(asked.readline())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    vars(sys.modules["__main__"])["__file__"] = job["plain"]
    sys.argv, sys.orig_argv = [job["plain"]], [sys.executable, "-s", job["plain"]]
    sys.path[: sys.path[:1] == [""]] = [os.path.abspath(path) for path in job["paths"]]
    for name in [name for name in sys.modules if name.partition(".")[0] == "json"]:
        del sys.modules[name]  # the candidate imports a copy of its own
    serve(job, asked, writes)
    os._exit(0)


if __name__ == "__run__":
    main()

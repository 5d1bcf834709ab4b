"""One program in a process of its own: it is loaded from its texts and asked one input after the other."""

from __future__ import annotations

import ast
import collections
import datetime
import decimal
import fractions
import importlib
import importlib.abc
import importlib.util
import io
import json
import math
import os
import pathlib
import sys
import uuid
from typing import Any

from .canonical import text_of

# Bound now: the program may replace the names in the modules later.
_write, _dumps, _eval, _exec, _compile = os.write, json.dumps, eval, exec, compile
_PRINTED = 2_000
_EXCEPTION_NAME = 80

HELPERS: dict[str, Any] = {
    **{name: getattr(datetime, name) for name in ("date", "datetime", "time", "timedelta", "timezone")},
    "Decimal": decimal.Decimal, "Fraction": fractions.Fraction, "UUID": uuid.UUID, "Path": pathlib.Path,
    "OrderedDict": collections.OrderedDict, "deque": collections.deque, "math": math,
}  # fmt: skip
"""What the source of an input may name beside builtins and what the unit defines."""


class _Texts(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the program's modules from their texts; `modules` maps names to path and text."""

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
        module.__dict__["__file__"] = os.path.abspath(path)
        _exec(_compile(text, path, "exec"), module.__dict__)


class _Printed(io.TextIOBase):
    """Standard output of the program, of which the beginning is kept."""

    def __init__(self) -> None:
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if len(self.text) < _PRINTED:
            self.text += str(text)[:_PRINTED]
        return len(text)


class Wire:
    """Tells one answer a line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def tell(self, *facts: Any) -> None:
        data = _dumps(facts).encode("ascii") + b"\n"
        while data:
            data = data[_write(self._descriptor, data) :]


def run(program: dict[str, Any], job: dict[str, Any], wire: Wire, start: int) -> None:
    """Load `program` and tell its answer to each of the job's inputs from number `start` on."""
    printed = _Printed()
    sys.stdout, sys.stderr = printed, io.TextIOWrapper(open(os.devnull, "wb"))  # noqa: SIM115 - for good
    try:
        names = _load(program)
    except BaseException as error:  # noqa: BLE001 - whatever the program raises is its answer
        wire.tell("unloaded", _name_of(error))
        return
    wire.tell("loaded")
    options = job["options"]
    for number in range(start, len(job["inputs"])):
        setup, function, arguments = job["inputs"][number]
        told = [_ask(names, setup, function, arguments, printed, options) for _ in range(job["times"])]
        wire.tell("answer", number, told)


def allow(program: dict[str, Any], job: dict[str, Any], wire: Wire, start: int) -> None:
    """Tell of each input whether it satisfies the preconditions: `program["conditions"]`, a function's text."""
    sys.stdout = sys.stderr = _Printed()
    names: dict[str, Any] = dict(HELPERS)
    try:
        if program["modules"]:
            names.update(_load(program))
        _exec(_compile(program["conditions"], "<preconditions>", "exec"), names)
    except BaseException as error:  # noqa: BLE001 - whoever wrote them gets told
        wire.tell("unloaded", f"{type(error).__name__}: {error}"[:200])
        return
    wire.tell("loaded")
    for number in range(start, len(job["inputs"])):
        arguments = job["inputs"][number][2]
        try:
            _eval(f"_preconditions({arguments})", names)
        except BaseException as error:  # noqa: BLE001 - not satisfied, for whatever reason
            wire.tell("answer", number, [f"no: {type(error).__name__}"])
        else:
            wire.tell("answer", number, ["yes"])


def _load(program: dict[str, Any]) -> dict[str, Any]:
    """Return all names that inputs may use: helpers, what used units define, what the program defines."""
    for name in program["modules"]:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Texts(program["modules"]))
    names: dict[str, Any] = dict(HELPERS)
    for module in (*program["uses"], *program["shown"]):
        try:
            found = vars(importlib.import_module(module))
        except ImportError:
            if module in program["shown"]:
                raise
            continue
        names.update({name: value for name, value in found.items() if not name.startswith("__")})
    return names


def _ask(
    names: dict[str, Any], setup: list[str], function: str, arguments: str, printed: _Printed, options: dict[str, Any]
) -> str:
    """Return the program's answer to one input, in one line."""
    own = dict(names)
    seen: list[Any] = []
    printed.text = ""

    def keep(*positional: Any, **named: Any) -> None:
        seen.extend([positional, named])

    try:
        for statement in setup:
            try:
                _exec(_compile(statement, "<setup>", "exec"), own)
            except Exception:  # steps may fail; only the answer to the last is compared
                if not _survives(statement):
                    raise
        called = own[function] if function in own else _eval(function, own)
        own["_keep"] = keep
        _eval(f"_keep({arguments})", own)
        before = [text_of(each) for each in seen] if options["arguments"] else []
        value = called(*seen[0], **seen[1])
        answer = text_of(value)
        if value is None and printed.text:
            answer = f"prints {printed.text!r}"
        after = [text_of(each) for each in seen] if options["arguments"] else []
    except BaseException as error:  # noqa: BLE001 - whatever the program raises is its answer
        return f"raises {_name_of(error)}" + (f": {_message_of(error)}" if options["messages"] else "")
    if before != after:
        return f"{answer}, and leaves its arguments as {after[0]}"
    return answer


def _survives(statement: str) -> bool:
    """Say whether a step that raises leaves something to go on with: what binds a name does not."""
    return not isinstance(ast.parse(statement).body[0], ast.Assign)


def _name_of(error: BaseException) -> str:
    return type(error).__name__[:_EXCEPTION_NAME]


def _message_of(error: BaseException) -> str:
    try:
        return repr(str(error))[:200]
    except Exception:  # noqa: BLE001 - an exception of the program's own
        return "…"

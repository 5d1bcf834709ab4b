"""Calls the tests of a simple pytest suite without a session: all that such a session would add is nothing.

Where a test does not simply pass, or is not what it seemed, the run ends as `odd`: then a session shall say what it is.
"""

from __future__ import annotations

import inspect
import itertools
import os
import types
from typing import TYPE_CHECKING, Any

from _pytest.mark import Mark, ParameterSet
from _pytest.python import IdMaker

from .plain import Function, clock, import_test_file, tell_result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .suite import Suite

_HARMLESS_MARKS = ("parametrize", "req")
_NO_CODE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_NO_CODE |= inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_ID_FIELDS = frozenset(inspect.signature(IdMaker.__init__).parameters)


class OddError(Exception):
    """A session must say what this is; `failing` is the test that raised, where that is all there is to it."""

    failing = ""


class DirectSuite:
    """The files of a suite, in order."""

    def __init__(self, suite: Suite, config: Any) -> None:
        self._suite = suite
        self._config = config
        self._paths = list(dict.fromkeys(test.partition("::")[0] for test in suite.tests))
        self._tests: list[_Test] | None = None

    def load(self) -> None:
        """Import the files; raise OddError where a session is needed."""
        suite = self._suite
        found = [pair for path in self._paths for pair in self._tests_of(path) if suite.wants(pair[0])]
        self._tests = [_Test(suite, identity, function) for identity, function in found]
        if len({test.identity for test in self._tests}) < len(self._tests):
            raise OddError

    def run(self) -> None:
        """Import the files, then call each test that the suite names; stop where a session is needed."""
        try:
            self._run()
        except OddError as odd:
            if odd.failing:
                self._suite.wire.tell("failing", id=odd.failing)
            self._suite.wire.tell("odd")
            self._suite.wire.tell("stopped")

    def _run(self) -> None:
        suite = self._suite
        if self._tests is None:
            self.load()
        chosen = [test for test in self._tests or () if suite.is_chosen(test.identity)]
        tests = suite.in_order(chosen, lambda test: test.identity)
        must_fail = [Function(suite, name, test, is_brief=True) for name, test in suite.canary_tests()]
        for group in must_fail[::2]:
            group.run()
        for test in tests:
            test.run()
        for group in must_fail[1::2]:
            group.run()

    def _tests_of(self, path: str) -> Iterator[tuple[str, Callable[[], object]]]:
        try:
            module = import_test_file(os.path.join(self._suite.root, path))
            self._suite.expect_own(module)
        except Exception as error:
            raise OddError from error
        for name, value in list(vars(module).items()):
            if name.startswith("test"):
                yield from self._calls(f"{path}::{name}", _own(value, module), 0, _itself)
            elif name.startswith("Test"):
                if type(value) is not type or value.__module__ != module.__name__ or value.__bases__ != (object,):
                    raise OddError
                for method, function in list(vars(value).items()):
                    if method.startswith("test"):
                        prefix = f"{path}::{name}::{method}"
                        yield from self._calls(prefix, _own(function, module), 1, _binder(value, method))
            elif name.startswith("pytest") and name != "pytest":
                raise OddError

    def _calls(
        self, identity: str, function: types.FunctionType, bound: int, bind: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Callable[[], object]]]:
        code = function.__code__
        wanted = code.co_varnames[bound : code.co_argcount]
        stacks = [self._sets(mark, function, identity) for mark in _marks(function) if mark.name == "parametrize"]
        names = [name for stack in stacks for name in stack[0]]
        if sorted(names) != sorted(wanted) or "request" in names:
            raise OddError
        if not stacks:
            yield identity, bind(function)
            return
        for chosen in itertools.product(*(stack[1] for stack in stacks)):
            values = dict(zip(names, (value for _, values in chosen for value in values), strict=True))
            ids = "-".join(name for name, _ in chosen)
            yield f"{identity}[{ids}]", _later(bind(function), values)

    def _sets(
        self, mark: Mark, function: types.FunctionType, identity: str
    ) -> tuple[list[str], list[tuple[str, tuple[object, ...]]]]:
        """Return the names and, under pytest's own ids, the values of one `parametrize`."""
        given = dict(zip(("argnames", "argvalues"), mark.args, strict=False)) | dict(mark.kwargs)
        ids = given.get("ids")
        if len(mark.args) > 2 or given.keys() - {"argnames", "argvalues", "ids"}:  # noqa: PLR2004
            raise OddError
        if type(given.get("argvalues")) not in (list, tuple) or not given["argvalues"]:
            raise OddError
        if ids is not None and not isinstance(ids, list | tuple):
            raise OddError
        try:
            names, sets = ParameterSet._for_parametrize(  # noqa: SLF001 - the ids shall be pytest's own
                given["argnames"], given["argvalues"], function, self._config, nodeid=identity
            )
            fields = {"argnames": names, "parametersets": sets, "idfn": None, "ids": ids, "config": self._config}
            fields |= {"nodeid": identity, "func_name": function.__name__}
            made = IdMaker(**{name: value for name, value in fields.items() if name in _ID_FIELDS})
            found: list[Any] = list(made.make_unique_parameterset_ids())
        except Exception as error:
            raise OddError from error
        is_usual = all(type(name) is str for name in found) and not any(one.marks for one in sets)
        if not is_usual or (ids is not None and len(ids) != len(sets)):
            raise OddError
        return list(names), [(name, tuple(one.values)) for name, one in zip(found, sets, strict=True)]


class _Test:
    def __init__(self, suite: Suite, identity: str, function: Callable[[], object]) -> None:
        self.identity = identity
        self._suite = suite
        self._function = function

    def run(self) -> None:
        suite = self._suite
        suite.wire.tell("start", id=self.identity)
        started = clock()
        try:
            returned = self._function()
        except Exception as error:
            odd = OddError()
            odd.failing = self.identity
            raise odd from error
        except BaseException as error:  # pytest's own outcomes, such as a skip, and what ends a process
            raise OddError from error
        if returned is not None:
            raise OddError
        tell_result(suite, self.identity, "passed", None, started)


def _own(function: object, module: types.ModuleType) -> types.FunctionType:
    """Return a plain function that the test file itself has defined."""
    if type(function) is not types.FunctionType or function.__module__ != module.__name__:
        raise OddError
    code = function.__code__
    is_plain = not (code.co_flags & _NO_CODE or code.co_kwonlyargcount or function.__defaults__)
    if not is_plain or code.co_filename != module.__file__ or function.__dict__.keys() - {"pytestmark"}:
        raise OddError
    return function


def _marks(function: types.FunctionType) -> list[Mark]:
    marks = function.__dict__.get("pytestmark", [])
    if type(marks) is not list or any(type(mark) is not Mark or mark.name not in _HARMLESS_MARKS for mark in marks):
        raise OddError
    return marks


def _itself(function: Callable[..., object]) -> Callable[..., object]:
    return function


def _binder(owner: type, method: str) -> Callable[[Any], Callable[..., object]]:
    def bind(_: Callable[..., object]) -> Callable[..., object]:
        def call(**values: object) -> object:
            return getattr(owner(), method)(**values)  # the object is made when the test starts

        return call

    return bind


def _later(function: Callable[..., object], values: dict[str, object]) -> Callable[[], object]:
    return lambda: function(**values)

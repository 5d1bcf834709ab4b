"""One suite: prepared from what no candidate can change, then run against one candidate."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import socket
import sys
import unittest
from typing import TYPE_CHECKING, Any, TypeVar

from . import canaries, looking
from .equality import Tolerance
from .guard import Guard
from .loader import Finder, compile_all, compile_neighbours
from .plain import PlainSuite

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .variants import Ear
    from .wire import Wire

_Test = TypeVar("_Test")


class Suite:
    """The tests of a job: their texts by path, which of them to run, and how pytest is to be called."""

    wire: Wire | Ear
    chosen: frozenset[str] | None = None
    _own_modules: tuple[str, ...] = ()
    _is_apart = False
    _tolerance = Tolerance()

    def __init__(self, job: dict[str, Any], root: str) -> None:
        self.root = root
        self.tests: list[str] = job["tests"]
        self.plugins: list[str] = job["plugins"]
        config = os.path.join(root, job["config_file"]) if job["config_file"] else os.devnull
        self.pytest_args: list[str] = ["-c", config, "--rootdir", root, *job["pytest_args"]]
        self.first = ""
        self.stop_at_failure = False
        self._needs_pytest: bool = job["needs_pytest"]
        self._may_be_direct: bool = job.get("direct", False)
        self._prepared: Any = None
        self._direct: Any = None
        self._guard: Guard | None = None
        self.canaries: list[str] = []
        texts = {os.path.join(root, path): text for path, text in job["texts"].items()}
        self.test_files = frozenset(texts)
        self._texts = [*job["texts"].values(), *job.get("neighbours", {}).values()]
        self.conftests = frozenset(_conftests(root, job["texts"]))
        neighbours = {os.path.join(root, path): text for path, text in job.get("neighbours", {}).items()}
        self._finder = Finder(compile_all(texts), compile_neighbours(neighbours))
        self._path: list[str] = []
        self._environment: dict[str, str] | None = None
        self._modules: dict[str, Any] = {}
        self._whole_files = {test for test in self.tests if "::" not in test}

    def prepare(self) -> None:
        """Do all that no candidate can change; raise ImportError without pytest, ValueError if pytest refuses."""
        self._enter()
        if self._needs_pytest:
            from .with_pytest import prepare  # noqa: PLC0415 - plain suites don't pay for pytest

            self._prepared = prepare(self)
            if self._may_be_direct:
                from .direct import DirectSuite  # noqa: PLC0415 - likewise

                self._direct = DirectSuite(self, self._prepared.config)
        else:
            self._prepared = PlainSuite(self)
        watch_unittest()
        self._tolerance = looking.tolerance_of(set(re.findall(r"\w+", self._all_text())))
        canaries.kinds(with_pytest=self._needs_pytest)
        self._guard = self._make_guard()
        self._own_modules = own_modules()

    def _make_guard(self) -> Guard:
        return Guard(self.root, self.test_files, self.conftests, self._finder.files, self._tell_tampering)

    def run(self, wire: Wire | Ear, choice: dict[str, Any]) -> None:
        """Run every test and tell each result; the last message is `end`."""
        self.wire = wire
        self._enter()
        self.canaries = choice["canaries"]
        self.first, self.stop_at_failure = choice["first"], choice["stop_at_failure"]
        self.hand_over(choice.get("files", {}))
        if self._prepared is None:
            try:
                self.prepare()
            except ModuleNotFoundError as error:
                wire.tell("unable", missing=error.name or "pytest", reason=str(error))
                return
            except ValueError as error:
                wire.tell("unable", missing="", reason=str(error))
                return
        guard = self._guard or self._make_guard()
        self._own_modules = self._own_modules or own_modules()
        looking.report_liars_to(self._tell_tampering, self._tolerance)
        way, look_around = self._way(directly=choice["directly"]), guard.look_around
        guard.start()
        for name in () if self._is_apart else self._own_modules:
            sys.modules.pop(name, None)  # no name for the candidate to reach them by
        way.run()
        look_around()  # before what may be the candidate's own is called
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # it may be the candidate's own
                stream.flush()
        if self._is_apart and sys.modules["_regen_inside.apart.values"].Unreachable.happened:
            wire.tell("odd")
        wire.tell("end")  # the process is killed for it, so nothing may come after

    def judge_apart(self, line: int, paths: list[str]) -> None:
        """Have the modules at these paths asked for in another process, at the other end of the line."""
        from .apart.shared_classes import SharedClasses  # noqa: PLC0415 - one run in many
        from .apart.stand_ins import StandInLoader, StandIns  # noqa: PLC0415 - likewise

        own = [os.path.join(self.root, path) for path in paths]
        shared = SharedClasses(self.root, self.test_files | frozenset(own))
        stand_ins = StandIns(socket.socket(fileno=line), shared)
        self._finder.stand_in({path: StandInLoader(stand_ins) for path in own})
        self._is_apart = True

    def load(self, wire: Wire | Ear, *, directly: bool) -> bool:
        """Import the test files now, for all runs in processes forked from this one; return whether that went well."""
        self.wire = wire
        self._enter()
        if self._prepared is None:
            return False
        try:
            self._way(directly=directly).load()
        except Exception:  # noqa: BLE001 - each run will find it out by itself
            return False
        return True

    def _way(self, *, directly: bool) -> Any:
        return self._direct if directly and self._direct is not None else self._prepared

    def hand_over(self, files: dict[str, str]) -> None:
        """Have modules imported from these texts, as they are on disk or in place of it: path below the root → text."""
        self._finder.hand_over({os.path.join(self.root, path): text for path, text in files.items()})

    def _enter(self) -> None:
        if self._finder not in sys.meta_path:
            sys.meta_path.insert(0, self._finder)
        sys.path[:] = self._path or sys.path
        sys.modules.update(self._modules)
        if self._environment is not None:
            set_environment(self._environment)
        # In a warm process nothing of the project is in the importers' caches: see `forget_folders`.

    def leave(self, modules: set[str], environment: dict[str, str]) -> None:
        """Set aside what preparing imported beyond `modules` and changed in `environment`: kept suites must not mix."""
        self._path = list(sys.path)
        self._environment = dict(os.environ) if os.environ != environment else None
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        for name in sorted(sys.modules.keys() - modules):
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(self.root + os.sep):
                self._modules[name] = sys.modules.pop(name)

    def imported(self) -> list[str]:
        """Return the project's files that preparing has imported, relative to its root."""
        files = (getattr(module, "__file__", None) or "" for module in self._modules.values())
        return sorted(os.path.relpath(file, self.root) for file in files if "site-packages" not in file)

    def _all_text(self) -> str:
        """Return what the tests, and what they use beside the candidate, are made of."""
        texts, self._texts = self._texts, []
        for path in self.conftests:
            with contextlib.suppress(OSError, UnicodeDecodeError), open(path, encoding="utf-8") as file:
                texts.append(file.read())
        return " ".join(texts)

    def _tell_tampering(self, what: str) -> None:
        self.wire.tell("tampering", what=what)

    def canary_tests(self) -> list[tuple[str, Callable[[], None]]]:
        """Return tests that must fail, under the names that the outside gave them."""
        kinds = canaries.kinds(with_pytest=self._needs_pytest)
        turn = sum(map(ord, "".join(self.canaries)))  # other kinds in other runs
        return [(name, kinds[(turn + number) % len(kinds)]) for number, name in enumerate(self.canaries)]

    def wants(self, identity: str) -> bool:
        """Say whether a test is among those to run: by its file, its class, its function or its own id."""
        if identity.partition("::")[0] in self._whole_files:
            return True
        return any(identity == test or identity.startswith((test + "::", test + "[")) for test in self.tests)

    def is_conftest(self, file: str) -> bool:
        """Say whether a file is one of the conftests of the suite's own folders; a candidate can have none there."""
        return file in self.conftests

    def expect_own(self, module: types.ModuleType) -> None:
        """Tell if what was imported as a test file is something else."""
        if not self._finder.files.knows(module):
            self._tell_tampering(f"puts a module of its own in place of the tests' {module.__name__}")

    def is_chosen(self, identity: str) -> bool:
        """Say whether this run is asked for a test that the suite wants."""
        return self.chosen is None or function_of(identity) in self.chosen

    def in_order(self, tests: Iterable[_Test], identity: Callable[[_Test], str]) -> list[_Test]:
        """Put the test that is asked to be first at the front; the others keep their order."""
        return sorted(tests, key=lambda test: identity(test) != self.first) if self.first else list(tests)


def _conftests(root: str, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        folder = path
        while folder:
            folder = os.path.dirname(folder)
            yield os.path.join(root, folder, "conftest.py")


def function_of(identity: str) -> str:
    """Return a test's id without its parameters."""
    path, separator, inner = identity.partition("::")
    return path + separator + inner.partition("[")[0]


def own_modules() -> tuple[str, ...]:
    """Return the names under which this package's modules can be reached; to look for them is for the parent."""
    package = __name__.partition(".")[0]
    return tuple(name for name in sys.modules if name.partition(".")[0] == package)


def forget_folders(root: str) -> None:
    """Forget what was in the project's folders: a candidate's files may come."""
    for folder in [folder for folder in sys.path_importer_cache if folder.startswith(root)]:
        del sys.path_importer_cache[folder]


def open_module_path(root: str) -> None:
    """Let the project's modules be found, here and in processes that tests start."""
    folders = [os.path.join(root, "src"), root]
    sys.path[:0] = folders
    os.environ["PYTHONPATH"] = os.pathsep.join(folders)


def set_environment(wanted: Mapping[str, str]) -> None:
    """Make the environment this one; where it is already, nothing is touched."""
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def watch_unittest() -> None:
    """Have what unittest finds equal looked at, as asserts do."""
    if unittest.TestCase.assertEqual.__module__ != __name__:
        for name, look in _LOOKS_OF_UNITTEST.items():
            setattr(unittest.TestCase, name, _watched(getattr(unittest.TestCase, name), look))


_LOOKS_OF_UNITTEST = {
    **dict.fromkeys(("assertEqual", "assertSequenceEqual", "assertDictEqual", "assertSetEqual"), looking.equal),
    "assertAlmostEqual": looking.about,
    "assertIn": looking.within,
    "assertNotEqual": looking.unlike,
}


def _watched(original: Callable[..., None], look: Callable[[object, object], None]) -> Callable[..., None]:
    @functools.wraps(original, assigned=("__name__", "__qualname__", "__doc__"), updated=())
    def watched(self: unittest.TestCase, *values: Any, **named: Any) -> None:
        original(self, *values, **named)
        look(*values[:2]) if len(values) > 1 else look(*list(named.values())[:2])

    return watched

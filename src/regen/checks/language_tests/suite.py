"""What a language's runner is given, and what it asks the sandbox to do."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, Protocol

import msgspec

from regen.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.verdicts.check_run import TestResult


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """Test files of one language and the candidate they judge.

    `tests` maps each test file to its text, `files` the candidate's paths to texts; `canary` is a word that nobody can
    guess, the name of a test that must fail; `word` is another, which only what reports the tests is handed;
    `memory_bytes` is the limit of the run.
    """

    root: str
    files: Mapping[str, str]
    tests: Mapping[str, str]
    canary: str
    word: str
    memory_bytes: int = 1 << 30

    def names(self, path: str) -> tuple[str, ...]:
        """Return the tests that a test file holds, as its text tells."""
        return tuple(name for name, _ in language_of(path).test_functions(self.tests[path]))

    def nearest(self, path: str, name: str) -> str | None:
        """Return the folder at or above `path`, relative to the project, that holds a file called `name`."""
        folder = posixpath.dirname(path)
        while True:
            there = posixpath.join(folder, name)
            if there in self.files or os.path.exists(os.path.join(self.root, there)):
                return folder
            if not folder:
                return None
            folder = posixpath.dirname(folder)


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """A shell script for the sandbox, which writes its report to descriptor 9; `files` stand in the project for it.

    `canaries` is how many tests that must fail ride along; `readable` are folders of the toolchain; `env` adds to what
    every run gets; `cwd` is relative to the project. `takes_tests` says that the script is given the test files by
    `stdin`, and none are to lie in the project.
    """

    script: str
    env: Mapping[str, str] = {}
    files: Mapping[str, str] = {}
    readable: tuple[str, ...] = ()
    cwd: str = "."
    stdin: bytes = b""
    takes_tests: bool = False
    canaries: int = 1


class Unavailable(msgspec.Struct, frozen=True):
    """Why a suite can't be run on this machine, and that is nobody's verdict."""

    reason: str


class Runner(Protocol):
    """One test tool; a module."""

    def invocation(self, suite: Suite) -> Invocation | Unavailable:
        """Return how the suite is run."""
        ...

    def read(self, suite: Suite, report: str) -> tuple[TestResult, ...]:
        """Return what the report says; ids are `path::name`, and the canaries' hold the suite's canary word."""
        ...

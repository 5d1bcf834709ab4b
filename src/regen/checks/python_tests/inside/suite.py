"""One suite: prepared from what no candidate can change, then run against one candidate."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from . import plain
from .loader import Finder, compile_all

if TYPE_CHECKING:
    from .wire import Wire


class Suite:
    """The tests of a job: `texts` (path → text), `tests` (what to run), `root`, and how pytest is to be called."""

    def __init__(self, job: dict[str, Any], wire: Wire) -> None:
        self.root: str = os.getcwd()
        self.tests: list[str] = job["tests"]
        self.needs_pytest: bool = job["needs_pytest"]
        config = os.path.join(self.root, job["config_file"]) if job["config_file"] else os.devnull
        self.pytest_args: list[str] = ["-c", config, "--rootdir", self.root, *job["pytest_args"]]
        self.plugins: list[str] = job["plugins"]
        self.wire = wire
        texts = {os.path.join(self.root, path): text for path, text in job.pop("texts").items()}
        self.test_files = frozenset(texts)
        self._codes = compile_all(texts)

    def run(self) -> None:
        """Run every test and tell each result; the last message is `end`."""
        self._open_module_path()
        if self.needs_pytest:
            try:
                from . import with_pytest  # noqa: PLC0415 - plain suites don't pay for pytest
            except ModuleNotFoundError as error:
                self.wire.tell("unable", missing=error.name or "pytest")
                return
            with_pytest.run(self)
        else:
            plain.run(self)
        self.wire.tell("end")

    def _open_module_path(self) -> None:
        """Let the project's modules be found, here and in processes that tests start."""
        source = os.path.join(self.root, "src")
        folders = [source, self.root] if os.path.isdir(source) else [self.root]
        sys.path[:0] = folders
        os.environ["PYTHONPATH"] = os.pathsep.join(folders)
        sys.meta_path.insert(0, Finder(self._codes))

"""TestJob → what the sandbox gets: the view of the project, and the message for the script inside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from regen.checks.python_tests.config import (
    PytestConfig,
    chain,
    imports_of,
    needs_pytest,
    plugins_of_tests,
    read_config,
)
from regen.checks.python_tests.direct import is_direct
from regen.checks.python_tests.file_texts import text_of
from regen.checks.python_tests.neighbours import neighbours_of
from regen.checks.python_tests.screen import screen
from regen.ports import View

if TYPE_CHECKING:
    from regen.checks.python_tests.interpreter import Interpreter
    from regen.ports import TestJob

INSIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside")
_RUNNERS_MODULES = frozenset({"pytest", "_pytest", "pluggy", "sitecustomize", "usercustomize", "conftest"})


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A job made ready: its test files' texts by path, and how pytest is called, if at all.

    `neighbours` are the texts of the project's own modules that are imported and that no candidate changes.
    `direct`: it can be tried without a session of pytest.
    """

    job: TestJob
    texts: dict[str, str]
    neighbours: dict[str, str] = {}
    needs_pytest: bool
    config_file: str
    pytest_args: tuple[str, ...]
    plugins: tuple[str, ...]
    foreign_modules: tuple[str, ...] = ()
    direct: bool = False
    refused: str = ""


def prepare(job: TestJob, interpreter: Interpreter) -> Prepared:
    """Read the test files and decide how they are run; `refused` says why the candidate can't be run at all."""
    paths = dict.fromkeys(test.partition("::")[0] for test in job.tests)
    if job.hidden:
        paths |= dict.fromkeys(path for path in job.hidden_paths if path.endswith("conftest.py"))
    texts = {path: job.trial.get(path) or text_of(os.path.join(job.root, path)) for path in paths}
    found = {path: text for path, text in texts.items() if text is not None}
    config = read_config(job.root)
    through_pytest = needs_pytest(config, job.root, found)
    neighbours = {
        path: text
        for path, text in neighbours_of(job.root, job.files, found).items()
        if path not in job.hidden_paths and os.path.basename(path) != "conftest.py"
    }
    return Prepared(
        job=job,
        texts=found,
        neighbours=neighbours,
        needs_pytest=through_pytest,
        direct=through_pytest and is_direct(config, job.root, found),
        config_file=config.file,
        pytest_args=(
            *("-o", "addopts=", "--assert=plain", "-s"),
            *("-p", "no:cacheprovider", "-p", "no:terminal", *config.options),
            *(word for name in _idle_plugins(job, config, found) for word in ("-p", f"no:{name}")),
        ),
        plugins=tuple(dict.fromkeys((*config.plugins, *plugins_of_tests(found)))),
        foreign_modules=_foreign_modules(job, {**neighbours, **found}),
        refused=_refusal(job, interpreter, missing=[path for path, text in texts.items() if text is None]),
    )


def view_of(prepared: Prepared, interpreter: Interpreter) -> View:
    """Return what the sandbox shows; hidden test files are there by name only, their text comes another way."""
    job = prepared.job
    stubs = {path: b"" for path in prepared.texts if job.hidden}
    return View(
        root=job.root,
        files={**{path: text.encode() for path, text in (*job.files.items(), *job.trial.items())}, **stubs},
        masked=tuple(path for path in job.hidden_paths if path not in stubs),
        readable=(*interpreter.readable, INSIDE),
    )


def _refusal(job: TestJob, interpreter: Interpreter, missing: list[str]) -> str:
    for path in job.files:
        if path in job.hidden_paths or path in {test.partition("::")[0] for test in job.tests}:
            return f"the candidate would replace the tests in {path}"
        parts = path.removeprefix("src/").split("/")
        module = parts[0].removesuffix(".py")
        if module in interpreter.stdlib or module in _RUNNERS_MODULES:
            return f"{path} would hide the module {module} that the tests stand on; choose another name"
        if parts[-1] == "conftest.py":
            return f"{path} would change how the tests run"
    if missing:
        return f"there is no test file {missing[0]}"
    found = screen(job.files)
    return f"the candidate tampers with its tests: {found}" if found else ""


def _idle_plugins(job: TestJob, config: PytestConfig, texts: dict[str, str]) -> tuple[str, ...]:
    """Return pytest's own plugins that can't change any outcome of this suite, and would take time at each test."""
    folders = {folder for path in texts for folder in chain(os.path.dirname(path))}
    if config.changes_plain or any(os.path.exists(os.path.join(job.root, f, "conftest.py")) for f in folders):
        return ()
    used = " ".join(texts.values())
    idle = () if "filterwarnings" in used else ("warnings", "unraisableexception", "threadexception", "faulthandler")
    return idle if "caplog" in used else (*idle, "logging")


def is_own_module(job: TestJob, name: str) -> bool:
    """Say whether a top-level module is the project's or the candidate's own."""
    places = [os.path.join(folder, name) for folder in ("", "src")]
    if any(path.startswith((place + ".py", place + "/")) for path in job.files for place in places):
        return True
    paths = [os.path.join(job.root, place) for place in places]
    return any(os.path.isdir(path) or os.path.isfile(path + ".py") for path in paths)


def _foreign_modules(job: TestJob, texts: dict[str, str]) -> tuple[str, ...]:
    """Return what the tests import that is not the project's own: no candidate can change it."""
    imported = dict.fromkeys(module for text in texts.values() for module in imports_of(text))
    return tuple(module for module in imported if not is_own_module(job, module.partition(".")[0]))

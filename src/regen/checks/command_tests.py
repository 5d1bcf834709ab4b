"""Suites of any tool: a command in the sandbox, judged by the JUnit XML that it writes, or by its exit status."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
from typing import TYPE_CHECKING

from regen.checks.language_tests import first_line, is_pattern
from regen.checks.language_tests.reports import Reported, read_junit, result
from regen.checks.language_tests.screen import screen
from regen.checks.python_tests.screen import screen as screen_python
from regen.languages import language_of
from regen.ports import Command, Limits, Sandbox, View
from regen.verdicts.check_run import CheckRun, Failure, TestResult
from regen.verdicts.printable import printable_check

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Mapping

    from regen.verdicts.check_run import Outcome

# The report is written inside the sandbox and goes with it. Standard output carries it and nothing that a test prints.
_WRAPPER = '"$@" >&2; code=$?; cat "$REGEN_JUNIT" 2>/dev/null; rm -f "$REGEN_JUNIT"; exit $code'
# What a command or a mark leaves out on purpose is not missed; `-m` is Python's own behind `python`.
_CHOOSES = re.compile(
    r"(?<!\S)(?:-k|-t|-g|-run|--(?:deselect|ignore|grep|filter|tags?|exclude|testNamePattern|test-name-pattern|select)\S*"
    r"|-D?test\S*=\S*|(?<!python )(?<!python3 )-m)(?!\S)"
)
_MARKS = re.compile(r"\bmark\.(?!parametrize\b|usefixtures\b|req\b|asyncio\b|anyio\b)|DisplayName")
_SKIPS = re.compile(
    r"skip|xfail|todo|pending|ignore|disable|assum|abort|\bonly\b|\bx(?:it|test|describe)\b", re.IGNORECASE
)
NO_PROOF = "an exit status alone is no proof that a test ran: let test_command write its report to {junit}"


def run_command_tests(
    sandbox: Sandbox, root: str, command: str, tests: Iterable[str], files: Mapping[str, str], *,
    junit: bool, hidden: bool, masked: tuple[str, ...] = (), readable: tuple[str, ...] = (), limits: Limits,
    stop: threading.Event | None = None,
) -> CheckRun:  # fmt: skip
    """Return what the suite says of the candidate.

    `command` may hold `{tests}` (the paths of the suite) and `{junit}` (where the report goes; then `junit` is true).
    `masked` are files that the command may not see.
    """
    name, tests = "hidden tests" if hidden else "tests", tuple(tests)
    texts = {path: _text(root, path) for path in tests}
    tampers = screen_python(files) or screen(files, texts)
    if tampers:
        reason = f"the candidate tampers with its tests: {tampers}"
        return CheckRun(name=name, outcome="failed", reason=reason, hidden=hidden)
    place = f"/tmp/regen-{secrets.token_hex(8)}.xml"  # noqa: S108 - nobody can guess it
    argv = []
    for word in shlex.split(command):
        argv += list(tests) if word == "{tests}" else [word.replace("{junit}", place)]
    if not argv or (shutil.which(argv[0]) is None and "/" not in argv[0]):
        program = argv[0] if argv else ""
        reason = f"the program `{program}` of test_command is not on the PATH: which {program}"
        return CheckRun(name=name, outcome="inconclusive", reason=reason, hidden=hidden)
    view = View(root=root, files={p: t.encode() for p, t in files.items()}, masked=masked, readable=readable)
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "REGEN_JUNIT": place, "CI": "1"}  # noqa: S108
    ended = sandbox.run(
        Command(argv=("/bin/sh", "-c", _WRAPPER, "sh", *argv), view=view, env=environ, limits=limits), stop
    )
    if ended.stopped:
        return CheckRun(name=name, outcome="inconclusive", reason=f"stopped: {ended.stopped}", hidden=hidden)
    reported = read_junit(ended.stdout.decode("utf-8", "replace")) if junit else ()
    results = (*_results(root, reported, texts), *_missing(reported, texts, command)) if reported else ()
    said = first_line(ended.stderr.decode("utf-8", "replace"))
    status = f"the command ended with status {ended.exit_code}{f': {said}' if said else ''}"
    failed = any(test.outcome in {"failed", "error"} for test in reported)
    doubtful = any(test.outcome in {"failed", "error", "missing"} for test in results)
    reason = ""
    if junit and not results:
        reason = f"no test reported; {status}"
    elif failed and ended.exit_code == 0:
        reason = "the report tells of failures, the command ended with status 0"
    elif ended.exit_code != 0 and not failed:
        reason = status
    outcome: Outcome = "failed" if doubtful or reason else "passed"
    if outcome == "passed" and not junit:
        reason = NO_PROOF
    run = CheckRun(name=name, outcome=outcome, reason=reason, tests=results, hidden=hidden, seconds=ended.seconds)
    return printable_check(run)


def _text(root: str, path: str) -> str:
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _results(root: str, reported: Iterable[Reported], texts: Mapping[str, str]) -> Iterator[TestResult]:
    """Return what the report says; a test of the suite has failed where it was skipped and no text of it can skip."""
    names = [name for _, name in _expected(texts)]
    for test in reported:
        told = result("::".join(part for part in (test.place, test.name) if part), test)
        is_own = test.outcome == "skipped" and any(_is_told(name, test) for name in names)
        if is_own and not any(map(_SKIPS.search, (*texts.values(), *_conftests(root, texts)))):
            why = Failure(message="it was skipped, though nothing in its tests skips")
            told = TestResult(id=told.id, outcome="failed", failure=why)
        yield told


def _missing(reported: Iterable[Reported], texts: Mapping[str, str], command: str) -> Iterator[TestResult]:
    """Return the tests that the files hold as text and the report does not, unless they can have been left out."""
    if _CHOOSES.search(command):
        return
    for path, name in _expected(texts):
        if not _MARKS.search(texts[path]) and not any(_is_told(name, test) for test in reported):
            yield TestResult(id=f"{path}::{name}", outcome="missing", failure=Failure(message="it did not report"))


def _expected(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    held = ((path, name) for path, text in texts.items() for name, _ in language_of(path).test_functions(text))
    return [(path, name) for path, name in held if not is_pattern(name)]


def _is_told(name: str, test: Reported) -> bool:
    """Say whether a report speaks of a test: tools put classes, parameters and titles around the name."""
    own = " ".join(name.rpartition("::")[2].split())
    return re.search(rf"(?<!\w){re.escape(own)}(?!\w)", " ".join(test.name.split())) is not None


def _conftests(root: str, texts: Iterable[str]) -> Iterator[str]:
    folders = {""}
    for path in texts:
        parts = path.split("/")[:-1]
        folders |= {"/".join(parts[: end + 1]) for end in range(len(parts))}
    return (_text(root, os.path.join(folder, "conftest.py")) for folder in folders)

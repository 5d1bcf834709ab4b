"""Suites of any tool: a command in the sandbox, judged by the JUnit XML that it writes, or by its exit status."""

from __future__ import annotations

import secrets
import shlex
import shutil
from typing import TYPE_CHECKING

from regen.checks.language_tests import first_line
from regen.checks.language_tests.reports import read_junit, result
from regen.ports import Command, Limits, Sandbox, View
from regen.verdicts.check_run import CheckRun

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Mapping

    from regen.verdicts.check_run import Outcome, TestResult

# The report is written inside the sandbox and goes with it. Standard output carries it and nothing that a test prints.
_WRAPPER = '"$@" >&2; code=$?; cat "$REGEN_JUNIT" 2>/dev/null; rm -f "$REGEN_JUNIT"; exit $code'


def run_command_tests(
    sandbox: Sandbox, root: str, command: str, tests: Iterable[str], files: Mapping[str, str], *,
    junit: bool, hidden: bool, masked: tuple[str, ...] = (), readable: tuple[str, ...] = (), limits: Limits,
    stop: threading.Event | None = None,
) -> CheckRun:  # fmt: skip
    """Return what the suite says of the candidate.

    `command` may hold `{tests}` (the paths of the suite) and `{junit}` (where the report goes; then `junit` is true).
    `masked` are files that the command may not see.
    """
    name = "hidden tests" if hidden else "tests"
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
    results = _results(ended.stdout.decode("utf-8", "replace")) if junit else ()
    said = first_line(ended.stderr.decode("utf-8", "replace"))
    status = f"the command ended with status {ended.exit_code}{f': {said}' if said else ''}"
    failed = any(test.outcome in {"failed", "error"} for test in results)
    reason = ""
    if junit and not results:
        reason = f"no test reported; {status}"
    elif failed and ended.exit_code == 0:
        reason = "the report tells of failures, the command ended with status 0"
    elif ended.exit_code != 0 and not failed:
        reason = status
    outcome: Outcome = "failed" if failed or reason else "passed"
    return CheckRun(name=name, outcome=outcome, reason=reason, tests=results, hidden=hidden, seconds=ended.seconds)


def _results(report: str) -> tuple[TestResult, ...]:
    return tuple(
        result("::".join(part for part in (test.place, test.name) if part), test) for test in read_junit(report)
    )

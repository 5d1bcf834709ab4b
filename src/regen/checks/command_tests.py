"""Suites of any language: a command in the sandbox, judged by the JUnit XML that it writes, or by its exit status."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from regen.ports import Command, Limits, Sandbox, View
from regen.verdicts.check_run import CheckRun, Failure, TestResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MARK = "\n=== junit xml ===\n"
# The report is written inside the sandbox and goes with it, so it is printed behind the command's own output.
_WRAPPER = '"$@"; code=$?; printf "\\n=== junit xml ===\\n"; cat "$REGEN_JUNIT" 2>/dev/null; exit $code'
_REPORT = "/tmp/regen-junit.xml"  # noqa: S108 - inside the sandbox, whose /tmp is its own


def run_command_tests(
    sandbox: Sandbox, root: str, command: str, tests: Iterable[str], files: Mapping[str, str], *,
    junit: bool, hidden: bool, masked: tuple[str, ...] = (), readable: tuple[str, ...] = (), limits: Limits,
) -> CheckRun:  # fmt: skip
    """Return what the suite says of the candidate.

    `command` may hold `{tests}` (the paths of the suite) and `{junit}` (where the report goes; then `junit` is true).
    `masked` are files that the command may not see.
    """
    name = "hidden tests" if hidden else "tests"
    argv = []
    for word in shlex.split(command):
        argv += list(tests) if word == "{tests}" else [word.replace("{junit}", _REPORT)]
    if shutil.which(argv[0]) is None and "/" not in argv[0]:
        reason = f"the program `{argv[0]}` of test_command is not on the PATH: which {argv[0]}"
        return CheckRun(name=name, outcome="inconclusive", reason=reason, hidden=hidden)
    view = View(root=root, files={p: t.encode() for p, t in files.items()}, masked=masked, readable=readable)
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "REGEN_JUNIT": _REPORT, "CI": "1"}  # noqa: S108
    ended = sandbox.run(Command(argv=("/bin/sh", "-c", _WRAPPER, "sh", *argv), view=view, env=environ, limits=limits))
    if ended.stopped:
        return CheckRun(name=name, outcome="inconclusive", reason=f"stopped: {ended.stopped}", hidden=hidden)
    output, _, report = ended.stdout.decode("utf-8", "replace").rpartition(_MARK)
    results = _results(report) if junit else ()
    said = _first_line(output, ended.stderr.decode("utf-8", "replace"))
    if junit and not results:
        reason = f"no test reported; the command ended with status {ended.exit_code}: {said}"
        return CheckRun(name=name, outcome="failed", reason=reason, hidden=hidden)
    failed = any(test.outcome in {"failed", "error"} for test in results)
    if failed or ended.exit_code != 0:
        reason = "" if failed else f"the command ended with status {ended.exit_code}: {said}"
        return CheckRun(name=name, outcome="failed", reason=reason, tests=results, hidden=hidden)
    return CheckRun(name=name, outcome="passed", tests=results, hidden=hidden)


def _results(report: str) -> tuple[TestResult, ...]:
    if "<!DOCTYPE" in report or "<!ENTITY" in report:
        return ()  # a report has no use for them, an attack has
    try:
        tree = ElementTree.fromstring(report.strip())  # noqa: S314 - no entities, see above; the output is capped
    except ElementTree.ParseError:
        return ()
    found = []
    for case in tree.iter("testcase"):
        name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
        bad = next((child for kind in ("failure", "error") for child in case.findall(kind)), None)
        if bad is not None:
            message = (bad.get("message") or (bad.text or "").strip().split("\n")[0])[:400]
            outcome = "error" if bad.tag == "error" else "failed"
            found.append(TestResult(id=name, outcome=outcome, failure=Failure(message=message)))  # type: ignore[arg-type]
        else:
            found.append(TestResult(id=name, outcome="skipped" if case.find("skipped") is not None else "passed"))
    return tuple(found)


def _first_line(*texts: str) -> str:
    words = ("error", "fail", "not ", "cannot")
    lines = [line.strip() for text in texts for line in text.split("\n") if line.strip()]
    return next((line for line in lines if any(word in line.lower() for word in words)), lines[0] if lines else "")[
        :300
    ]

"""Suites of JavaScript, TypeScript, Go, Rust and Java where the project names no test command."""

from __future__ import annotations

import re
import secrets
import string
from typing import TYPE_CHECKING, cast

import msgspec

from regen.checks.language_tests import cargo, go, java, node, vitest
from regen.checks.language_tests.judge import Planted, judge, whole
from regen.checks.language_tests.screen import screen
from regen.checks.language_tests.skips import own_skips
from regen.checks.language_tests.suite import Runner, Suite, Unavailable
from regen.languages import language_of
from regen.ports import Command, Limits, Sandbox, View
from regen.verdicts.check_run import CheckRun
from regen.verdicts.printable import printable_check

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

_RUNNERS: dict[str, Runner] = {
    "javascript": cast("Runner", node),
    "typescript": cast("Runner", node),
    "go": cast("Runner", go),
    "rust": cast("Runner", cargo),
    "java": cast("Runner", java),
}
# What the suite prints is kept from the report, which has no name that the suite could find: standard output carries
# nothing else.
_WRAPPER = """
exec 9>>"$TMPDIR/$REPORT_NAME" 8<"$TMPDIR/$REPORT_NAME"
rm "$TMPDIR/$REPORT_NAME"
unset REPORT_NAME
( {script} ) >&2 8<&-
code=$?
cat <&8
exit $code
"""
_PROCESSES = 256  # compilers and virtual machines are many threads
_REPORT_BYTES = 8 << 20


class LanguageJob(msgspec.Struct, frozen=True, kw_only=True):
    """Test files and a candidate: `tests` maps the files to their texts, `selected` to the tests chosen in them.

    `masked` are files that the run may not see.
    """

    root: str
    files: Mapping[str, str]
    tests: Mapping[str, str]
    selected: Mapping[str, tuple[str, ...]]
    hidden: bool = False
    masked: tuple[str, ...] = ()
    limits: Limits = Limits()


def runs(path: str) -> bool:
    """Return whether a test file is of a language that has a runner here."""
    return language_of(path).NAME in _RUNNERS


def run_language_tests(sandbox: Sandbox, job: LanguageJob, stop: threading.Event | None = None) -> CheckRun:
    """Return what the suites say of the candidate, those of one language after the other, up to the first failure."""
    found = screen(job.files, job.tests)
    if found:
        name, reason = "hidden tests" if job.hidden else "tests", f"the candidate tampers with its tests: {found}"
        return CheckRun(name=name, outcome="failed", reason=reason, hidden=job.hidden)
    kinds: dict[str, dict[str, str]] = {}
    for path, text in job.tests.items():
        kinds.setdefault(language_of(path).NAME.replace("typescript", "javascript"), {})[path] = text
    runs = []
    for kind, tests in kinds.items():
        runs.append(_run(sandbox, msgspec.structs.replace(job, tests=tests), kind, stop))
        if runs[-1].outcome != "passed":
            break
    results = tuple(test for run in runs for test in run.tests)
    return msgspec.structs.replace(runs[-1], tests=results, seconds=sum(run.seconds for run in runs))


def _run(sandbox: Sandbox, job: LanguageJob, kind: str, stop: threading.Event | None) -> CheckRun:
    name = "hidden tests" if job.hidden else "tests"
    canary, word = _random_word(), _random_word()
    suite = Suite(root=job.root, files=job.files, tests=job.tests, canary=canary, word=word,
                  memory_bytes=job.limits.memory_bytes)  # fmt: skip
    runner = cast("Runner", vitest) if kind == "javascript" and vitest.is_wanted(suite) else _RUNNERS[kind]
    asked = runner.invocation(suite)
    if isinstance(asked, Unavailable):
        return CheckRun(name=name, outcome="inconclusive", reason=asked.reason, hidden=job.hidden)
    # A run always sees its own tests, beside masked ones too; or nobody reads there what they expect.
    tests = dict.fromkeys(job.tests, "") if asked.takes_tests else job.tests
    files = {path: text.encode() for path, text in {**job.files, **tests, **asked.files}.items()}
    limits = msgspec.structs.replace(
        job.limits, processes=max(job.limits.processes, _PROCESSES),
        output_bytes=max(job.limits.output_bytes, _REPORT_BYTES),
    )  # fmt: skip
    ended = sandbox.run(
        Command(
            argv=("/bin/sh", "-c", _WRAPPER.replace("{script}", asked.script)),
            view=View(root=job.root, files=files, masked=job.masked, readable=asked.readable),
            cwd=asked.cwd, env={**asked.env, "REPORT_NAME": f"{secrets.token_hex(8)}.report"},
            stdin=asked.stdin, limits=limits,
        ),
        stop,
    )  # fmt: skip
    if ended.stopped:
        return CheckRun(name=name, outcome="inconclusive", reason=f"stopped: {ended.stopped}", hidden=job.hidden,
                        seconds=ended.seconds)  # fmt: skip
    report = ended.stdout.decode("utf-8", "replace")
    expected = {path: _expected(suite, path, job.selected.get(path, ())) for path in job.tests}
    said = first_line(ended.stderr.decode("utf-8", "replace"), report)
    results = [test for test in runner.read(suite, report) if _counts(test.id, job.selected, expected)]
    results = [own_skips(suite, test) for test in results]
    planted = Planted(canary, asked.canaries)
    verdict = judge(results, expected, planted, ended.exit_code, said, hidden=job.hidden)
    return msgspec.structs.replace(printable_check(verdict), seconds=ended.seconds)


def _random_word() -> str:
    """Return a word that nobody can guess, and that looks like any other in a test file."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(20))


def _expected(suite: Suite, path: str, selected: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of the tests that must report, read from the file as text."""
    return tuple(
        f"{path}::{name}"
        for name in suite.names(path)
        if (not selected or any(name == one or name.startswith(f"{one}::") for one in selected))
        and not (language_of(path).NAME in {"javascript", "typescript"} and is_pattern(name))
    )


def _counts(node: str, selected: Mapping[str, tuple[str, ...]], expected: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether a test was asked for: all of a file are, unless some of it were chosen."""
    path, _, name = node.partition("::")
    return not name or not selected.get(path) or node in expected[path] or whole(node) in expected[path]


def is_pattern(name: str) -> bool:
    """Say whether a test's name stands for several, as in `test.each(…)("adds %i")`: each reports under its own."""
    return re.search(r"%[sdifjoOc#p]|\$[{\w]", name) is not None


def first_line(*texts: str) -> str:
    """Return the line that says most of what went wrong: the first that speaks of an error, else the first."""
    lines = [line.strip() for text in texts for line in text.split("\n") if line.strip()]
    telling = ("error", "fail", "not ", "cannot")
    return next((line for line in lines if any(word in line.lower() for word in telling)), (lines or [""])[0])[:300]

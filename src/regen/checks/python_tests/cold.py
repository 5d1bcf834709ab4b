"""One suite, one fresh interpreter in the sandbox."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING

import msgspec

from regen.checks.python_tests.job import INSIDE, prepare, view_of
from regen.checks.python_tests.judge import judge, refuse
from regen.ports import Command

if TYPE_CHECKING:
    import threading

    from regen.checks.python_tests.interpreter import Interpreter
    from regen.checks.python_tests.job import Prepared
    from regen.ports import Sandbox, TestJob
    from regen.verdicts.check_run import CheckRun

ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "TZ": "UTC",
}
# Room for one report line a test beside what the candidate may print.
_REPORT_BYTES_A_TEST = 8 << 10


class ColdRunner:
    """Runs each job in an interpreter of its own; nothing is kept, so nothing has to be closed."""

    def __init__(self, sandbox: Sandbox, interpreter: Interpreter) -> None:
        self._sandbox = sandbox
        self._interpreter = interpreter

    def run(self, job: TestJob, stop: threading.Event) -> CheckRun:
        """Return what each expected test reported."""
        prepared = prepare(job, self._interpreter)
        if prepared.refused:
            return refuse(job, prepared.refused)
        return self.run_prepared(prepared, stop)

    def run_prepared(self, prepared: Prepared, stop: threading.Event) -> CheckRun:
        """Run a job that was made ready."""
        job = prepared.job
        word = secrets.token_hex(16)
        limits = job.limits
        room = _REPORT_BYTES_A_TEST * max(64, len(job.expected))
        command = Command(
            argv=(self._interpreter.program, "-s", f"{INSIDE}/main.py"),
            view=view_of(prepared, self._interpreter),
            env=ENVIRONMENT,
            stdin=json.dumps(message(prepared, word)).encode(),
            limits=msgspec.structs.replace(limits, output_bytes=limits.output_bytes + room),
        )
        ended = self._sandbox.run(command, stop)
        return judge(prepared, self._interpreter, ended, word, canary_names(prepared, word))

    def run_apart(self, job: TestJob, stop: threading.Event) -> None:
        """Return None: here a suite shares its process with the candidate."""
        del job, stop

    def close(self) -> None:
        """Do nothing: each run ends its own process."""


def canary_names(prepared: Prepared, word: str) -> list[str]:
    """Return names for the tests that must fail: nothing but the run's secret word tells them from the others."""
    file = next(iter(prepared.texts), "tests.py")
    return [f"{file}::test_{hashlib.sha256(f'{word}{number}'.encode()).hexdigest()[:8]}" for number in range(2)]


def message(prepared: Prepared, word: str) -> dict[str, object]:
    """Return what the script inside is told."""
    return {
        "word": word,
        "canaries": canary_names(prepared, word),
        "first": "",
        "directly": False,
        "stop_at_failure": False,
        "texts": prepared.texts,
        "tests": prepared.job.tests,
        "needs_pytest": prepared.needs_pytest,
        "config_file": prepared.config_file,
        "pytest_args": prepared.pytest_args,
        "plugins": prepared.plugins,
    }

"""Proof that a test ran to its end: each writes a word of its own there, which stands in no file that it runs beside.

Test files are changed on their way to the compiler, line by line as they were, and taken away before anything is run.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import msgspec

from regen.verdicts.check_run import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regen.checks.language_tests.suite import Suite
    from regen.verdicts.check_run import TestResult


def seal(suite: Suite, path: str, name: str, outcome: str = "passed") -> str:
    """Return what a test writes when it ends so."""
    return hashlib.sha256(f"{suite.word} {outcome} {path}::{name}".encode()).hexdigest()[:32]


def with_inserted(text: str, places: Iterable[tuple[int, str]]) -> str:
    """Return the text with more text at some of its bytes."""
    data, start, parts = text.encode("utf-8", "surrogatepass"), 0, list[bytes]()
    for place, more in sorted(places):
        parts += [data[start:place], more.encode()]
        start = place
    return b"".join([*parts, data[start:]]).decode("utf-8", "surrogatepass")


def archive(files: Mapping[str, str]) -> bytes:
    """Return the files as a tar archive, in which they reach a compiler without lying in the project."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, text in files.items():
            data = text.encode("utf-8", "surrogatepass")
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def believed(suite: Suite, test: TestResult, name: str, report: str) -> TestResult:
    """Return the result of the test `name`, a failure where it is said to have ended well and its seal is missing."""
    path = test.id.partition("::")[0]
    if test.outcome not in {"passed", "skipped"} or seal(suite, path, name, test.outcome) in report:
        return test
    why = Failure(message=f"it is reported as {test.outcome}, and did not run to its end")
    return msgspec.structs.replace(test, outcome="failed", failure=why)

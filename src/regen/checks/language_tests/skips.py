"""Whether a skipped test can have been skipped by its own files: the code under test may not do that for them."""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING

import msgspec

from regen.checks.language_tests.trees import root_of, tests_of
from regen.languages import language_of
from regen.languages.trees import comments_above, flat, plain, walk
from regen.verdicts.check_run import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.checks.language_tests.suite import Suite
    from regen.verdicts.check_run import TestResult

_SCRIPT = re.compile(r"skip|todo|\.only\b|runIf", re.IGNORECASE)
_WORDS = {
    "javascript": _SCRIPT, "typescript": _SCRIPT, "go": re.compile(r"\bSkip"), "rust": re.compile(r"\bignore"),
    "java": re.compile(r"Disabled|Enabled|Assum|Abort|Ignore"),
}  # fmt: skip


def own_skips(suite: Suite, test: TestResult) -> TestResult:
    """Return the result, a failure where the test was skipped though nothing in its tests skips."""
    path, _, name = test.id.partition("::")
    if test.outcome != "skipped" or path not in suite.tests or _may_skip(suite, path, name):
        return test
    why = Failure(message="it was skipped, though nothing in its tests skips")
    return msgspec.structs.replace(test, outcome="failed", failure=why)


def _may_skip(suite: Suite, path: str, name: str) -> bool:
    words = _WORDS[language_of(path).NAME]
    own, around = _parts(path, suite.tests[path], re.split(r"[/\[]", name)[0])
    return any(words.search(text) for text in (own, around, *_helpers(suite, path)))


def _parts(path: str, text: str, name: str) -> tuple[str, str]:
    """Return what the test itself says, and what no test says; a test that the text does not name may be any."""
    data, own, place, around = text.encode("utf-8", "surrogatepass"), "", 0, b""
    root = root_of(path, text)
    left_out = [node for node in walk(root) if "comment" in node.type]
    tests = tests_of(path, text)
    is_known = any(test.name == name for test in tests)
    for test in tests:
        above = [node for node in comments_above(test.node) if node.type == "attribute_item"]
        left_out += [test.node, *above]
        if test.name == name or not is_known:
            own += " ".join(flat(node) for node in (*above, test.node))
    for node in sorted(left_out, key=lambda node: node.start_byte):
        around += data[place : max(place, node.start_byte)]
        place = max(place, node.end_byte)
    return own, (around + data[place:]).decode("utf-8", "replace")


def _helpers(suite: Suite, path: str) -> Iterator[str]:
    """Return the texts of what a test file may stand on: its folder's files, and what it imports from near by."""
    folder, language = posixpath.dirname(path), language_of(path)
    near = [posixpath.normpath(posixpath.join(folder, name)) for name in language.imported_modules(suite.tests[path])
            if name.startswith(".")]  # fmt: skip
    try:
        beside = [posixpath.join(folder, name) for name in os.listdir(os.path.join(suite.root, folder))]
    except OSError:
        beside = []
    if language.NAME == "go":
        beside = [name for name in beside if name.endswith("_test.go")]
    for other in (*near, *beside):
        if other in suite.files or other == path or language_of(other).NAME != language.NAME:
            continue
        try:
            with open(os.path.join(suite.root, other), encoding="utf-8", errors="replace") as file:
                root = root_of(other, file.read())
        except OSError:
            continue
        comments = [node for node in walk(root) if "comment" in node.type]
        yield plain(root) if not comments else flat(root)

"""JavaScript under node's own test runner: all files in one process, told by a reporter of ours."""

from __future__ import annotations

import functools
import importlib.resources
import os
import re
import secrets

import msgspec

from regen.checks.language_tests.reports import failure, read_json_lines
from regen.checks.language_tests.suite import Invocation, Suite, Unavailable
from regen.checks.language_tests.toolchains import asked, find, shown_around
from regen.verdicts.check_run import TestResult

_OLDEST = (20, 0)
_STRIPS_TYPES = (22, 6)
_TYPED = (".ts", ".mts", ".cts", ".tsx")


@functools.cache
def _inside(name: str) -> str:
    return importlib.resources.files(__package__).joinpath("inside", name).read_text("utf-8")


def version(node: str) -> tuple[int, int]:
    """Return the version of node, (0, 0) where it does not say one."""
    found = re.match(r"v(\d+)\.(\d+)", asked(node, "--version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def invocation(suite: Suite) -> Invocation | Unavailable:
    node = find("node")
    if not node:
        return Unavailable("node is not on the PATH: which node")
    have = version(node)
    if have < _OLDEST:
        return Unavailable(f"node {have[0]}.{have[1]} is too old, 20 is needed: node --version")
    flags = ""
    if any(path.endswith(_TYPED) for path in (*suite.tests, *suite.files)):
        if have < _STRIPS_TYPES:
            message = f"node {have[0]} runs no TypeScript; add vitest to package.json, or use node 22.6 or later"
            return Unavailable(message)
        flags = "--experimental-strip-types "
    place = f"t{secrets.token_hex(4)}"
    harness, reporter = f"{place}.harness.mjs", f"{place}.reporter.mjs"
    script = f'"$NODE" {flags}--no-warnings --test-reporter=./{reporter} --test-reporter-destination=stderr {harness}'
    return Invocation(
        script=script,
        env={"NODE": os.path.realpath(node), "NODE_ENV": "test"},
        files={harness: _inside("harness.mjs").replace("REPORTER", reporter), reporter: _inside("reporter.mjs")},
        readable=shown_around(node, "lib/node_modules"),
        stdin=msgspec.json.encode({"canary": suite.canary, "word": suite.word, "files": list(suite.tests)}),
    )


def read(suite: Suite, report: str) -> tuple[TestResult, ...]:
    found = []
    lines = (line.removeprefix(f"{suite.word} ") for line in report.split("\n") if line.startswith(f"{suite.word} "))
    for line in read_json_lines("\n".join(lines)):
        name, outcome = str(line.get("name")), line.get("outcome")
        if line.get("suite") or outcome not in {"passed", "failed", "skipped"}:
            continue
        path = next((path for path in suite.tests if str(line.get("file")).endswith(f"/{path}")), "")
        load = f"{suite.canary} load "
        if name.startswith(load):
            path, name = name.removeprefix(load), ""
        why = None
        if outcome == "failed":
            message, expected, actual = (str(line.get(key, "")) for key in ("message", "expected", "actual"))
            why = failure(message, expected=expected, actual=actual)
        node = path if not name else f"{path}::{name}" if path else name
        found.append(TestResult(id=node, outcome=outcome, failure=why, seconds=round(float(line["seconds"]), 3)))
    return tuple(found)

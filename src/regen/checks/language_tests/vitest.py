"""JavaScript and TypeScript under the project's own vitest, with a test in each file that must fail."""

from __future__ import annotations

import os
import posixpath
import shlex
from typing import TYPE_CHECKING

import msgspec

from regen.checks.language_tests.reports import read_junit, result
from regen.checks.language_tests.suite import Invocation, Suite, Unavailable
from regen.checks.language_tests.toolchains import find, shown_around

if TYPE_CHECKING:
    from regen.verdicts.check_run import TestResult

_PROGRAM = "node_modules/vitest/vitest.mjs"
# vitest writes beside its configuration, so that is loaded without a copy of it.
_SCRIPT = (
    '"$NODE" {program} run --root . --configLoader runner --no-cache --reporter=junit --outputFile=/dev/fd/9 {tests}'
)


def is_wanted(suite: Suite) -> bool:
    """Return whether the nearest package.json of the suite asks for vitest."""
    folder = suite.nearest(next(iter(suite.tests)), "package.json")
    if folder is None:
        return False
    try:
        with open(os.path.join(suite.root, folder, "package.json"), "rb") as file:
            package = msgspec.json.decode(file.read())
        return any("vitest" in package.get(key, {}) for key in ("dependencies", "devDependencies"))
    except (OSError, msgspec.DecodeError, AttributeError, TypeError):
        return False


def invocation(suite: Suite) -> Invocation | Unavailable:
    node, first = find("node"), next(iter(suite.tests))
    if not node:
        return Unavailable("node is not on the PATH: which node")
    folder, home = suite.nearest(first, "package.json") or "", suite.nearest(first, _PROGRAM)
    if home is None:
        return Unavailable("package.json asks for vitest, which is not installed: npm ci")
    # Text behind the file's own, so that its lines keep their numbers.
    canary = (
        'import {{ test as {0}_test, expect as {0}_expect }} from "vitest";\n'
        '{0}_test("{0}", () => {0}_expect(1).toBe(2));\n'
    )
    return Invocation(
        script=_SCRIPT.format(
            program=shlex.quote(posixpath.relpath(posixpath.join(home, _PROGRAM), folder or ".")),
            tests=shlex.join(posixpath.relpath(path, folder or ".") for path in suite.tests),
        ),
        env={"NODE": os.path.realpath(node), "CI": "1", "NO_COLOR": "1", "NODE_ENV": "test"},
        files={path: f"{text}\n{canary.format(suite.canary)}" for path, text in suite.tests.items()},
        readable=shown_around(node, "lib/node_modules"),
        cwd=folder or ".",
        canaries=len(suite.tests),
    )


def read(suite: Suite, report: str) -> tuple[TestResult, ...]:
    folder = suite.nearest(next(iter(suite.tests)), "package.json") or ""
    found = []
    for test in read_junit(report):
        path = posixpath.normpath(posixpath.join(folder, test.place))
        name = "" if test.name == test.place else f"::{test.name.replace(' > ', '::')}"  # the file as a whole
        found.append(result(path + name, test))
    return tuple(found)

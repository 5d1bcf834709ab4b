"""Go under `go test -json`, with a test in each package that must fail."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from regen.checks.language_tests.caches import go_cache
from regen.checks.language_tests.reports import read_go, result
from regen.checks.language_tests.suite import Invocation, Suite, Unavailable
from regen.checks.language_tests.toolchains import asked, find, shown

if TYPE_CHECKING:
    from regen.verdicts.check_run import TestResult

_PACKAGE = re.compile(r"^package\s+(\w+)", re.MULTILINE)
# The cache of the standard library is the toolchain's own and can't be written; what this run adds goes with it.
_SCRIPT = """
export GOCACHE="$TMPDIR/go-cache"
mkdir "$GOCACHE" && if [ -n "$BASE_CACHE" ]; then cp -rs "$BASE_CACHE"/. "$GOCACHE"; fi
"$GO" test -vet=off -count=1 -json -run "$NAMES" {packages} >&9
"""


def invocation(suite: Suite) -> Invocation | Unavailable:
    go = find("go")
    if not go:
        return Unavailable("go is not on the PATH: which go")
    module = suite.nearest(next(iter(suite.tests)), "go.mod")
    if module is None:
        return Unavailable(f"there is no go.mod above {next(iter(suite.tests))}: go mod init example.com/name")
    goroot, modules = asked(go, "env", "GOROOT"), asked(go, "env", "GOMODCACHE")
    base = go_cache(go)
    files: dict[str, str] = {}
    packages: dict[str, None] = {}
    names = [f"Test_{suite.canary}"]
    for path, text in suite.tests.items():
        folder = posixpath.dirname(path)
        packages["./" + posixpath.relpath(folder or ".", module or ".")] = None
        names += suite.names(path)
        package = _PACKAGE.search(text)
        files[posixpath.join(folder, f"zz_{suite.canary}_test.go")] = (
            f'package {package[1] if package else "main"}\n\nimport "testing"\n\n'
            f'func Test_{suite.canary}(t *testing.T) {{\n\tt.Fatal("this test must fail")\n}}\n'
        )
    return Invocation(
        script=_SCRIPT.format(packages=" ".join(shlex.quote(package) for package in packages)),
        env={
            "GO": f"{goroot}/bin/go", "GOROOT": goroot, "GOMODCACHE": modules, "GOPROXY": "off", "GOFLAGS": "-mod=mod",
            "GOTOOLCHAIN": "local", "GONOSUMDB": "*", "GOTELEMETRY": "off",
            "BASE_CACHE": base, "NAMES": f"^({'|'.join(dict.fromkeys(names))})$", "GOMAXPROCS": "4",
        },
        files=files,
        readable=(*shown(goroot, modules), *((base,) if base else ())),
        cwd=module or ".",
        canaries=len(packages),
    )  # fmt: skip


def read(suite: Suite, report: str) -> tuple[TestResult, ...]:
    places = {(posixpath.dirname(path), name): path for path in suite.tests for name in suite.names(path)}
    found = []
    for test in read_go(report):
        name = test.name.partition("/")[0]
        path = next((path for (folder, known), path in places.items()
                     if known == name and _is_in(test.place, folder, suite, path)), "")  # fmt: skip
        found.append(result(f"{path}::{test.name}" if path else f"{test.place}::{test.name}", test))
    return tuple(found)


def _is_in(package: str, folder: str, suite: Suite, path: str) -> bool:
    """Return whether a package's name ends as its folder's path below the module."""
    below = os.path.relpath(folder or ".", suite.nearest(path, "go.mod") or ".")
    return below == "." or package.endswith(f"/{below}")

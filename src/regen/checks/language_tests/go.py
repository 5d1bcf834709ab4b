"""Go: each package is compiled with a test that must fail, and run where its test files are no more."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from regen.checks.language_tests.caches import go_cache
from regen.checks.language_tests.reports import Reported, read_go, result
from regen.checks.language_tests.seals import archive, believed, seal, with_inserted
from regen.checks.language_tests.suite import Invocation, Suite, Unavailable
from regen.checks.language_tests.toolchains import asked, find, shown
from regen.checks.language_tests.trees import tests_of
from regen.languages.trees import flat

if TYPE_CHECKING:
    from regen.verdicts.check_run import TestResult

_PACKAGE = re.compile(r"^package\s+(\w+)", re.MULTILINE)
_CONVERTS = (1, 20)
"""The version from which a test program marks its own lines for test2json."""
# The cache of the standard library is the toolchain's own and can't be written; what this run adds goes with it.
_SCRIPT = """
export GOCACHE="$TMPDIR/go-cache"
mkdir "$GOCACHE" "$TMPDIR/sealed" && if [ -n "$BASE_CACHE" ]; then cp -rs "$BASE_CACHE"/. "$GOCACHE"; fi
tar -xf - -C "$TMPDIR/sealed" && sed -i "s#@SEALED@#$TMPDIR/sealed#" "$TMPDIR/sealed/overlay.json" || exit 3
number=0
for package in {packages}; do
  number=$((number + 1))
  "$GO" test -c -vet=off -ldflags="-s -w" -overlay="$TMPDIR/sealed/overlay.json" \\
    -o "$TMPDIR/$number.test" "$package" || exit 2
done
rm -r "$TMPDIR/sealed"
number=0 code=1
for package in {packages}; do
  number=$((number + 1))
  (cd "$package" && exec "$GO" tool test2json -p "$package" "$TMPDIR/$number.test" -test.v="$VERBOSE" \\
    -test.paniconexit0 -test.run "$NAMES") >&9
  status=$?
  if [ $status -ne 1 ]; then code=$status; fi
done
exit $code
"""
_SEAL = """package {package}

import (
	"syscall"
	"testing"
)

func seal_{word}(t testing.TB, passed, skipped string) {{
	t.Cleanup(func() {{
		if t.Skipped() {{
			syscall.Write(9, []byte(skipped+"\\n"))
		}} else if !t.Failed() {{
			syscall.Write(9, []byte(passed+"\\n"))
		}}
	}})
}}
"""
_CANARY = """
func Test_{word}(t *testing.T) {{
	t.Fatal("this test must fail")
}}
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
    sealed: dict[str, str] = {}
    packages: dict[str, None] = {}
    seals: dict[tuple[str, str], str] = {}
    for path, text in suite.tests.items():
        folder = posixpath.relpath(posixpath.dirname(path) or ".", module or ".")
        found = _PACKAGE.search(text)
        package = found[1] if found else "main"
        if (folder, package) not in seals:
            canary = "" if _place(folder) in packages else _CANARY
            seals[folder, package] = (_SEAL + canary).format(package=package, word=suite.canary)
        packages[_place(folder)] = None
        sealed[posixpath.relpath(path, module or ".")] = _sealed(suite, path)
    sealed |= {posixpath.join(folder, f"zz_{suite.canary}_{number}_test.go"): text
               for number, ((folder, _), text) in enumerate(seals.items())}  # fmt: skip
    stored = {f"{number}.go": text for number, text in enumerate(sealed.values())}
    overlay = {"Replace": dict(zip(sealed, (f"@SEALED@/{name}" for name in stored), strict=True))}
    names = dict.fromkeys(name for path in suite.tests for name in suite.names(path))
    return Invocation(
        script=_SCRIPT.format(packages=" ".join(shlex.quote(package) for package in packages)),
        env={
            "GO": f"{goroot}/bin/go", "GOROOT": goroot, "GOMODCACHE": modules, "GOPROXY": "off", "GOFLAGS": "-mod=mod",
            "GOTOOLCHAIN": "local", "GONOSUMDB": "*", "GOTELEMETRY": "off",
            "VERBOSE": "test2json" if _version(go) >= _CONVERTS else "true",
            "BASE_CACHE": base, "NAMES": f"^({'|'.join(names)}|Test_[a-z]{{20}})$", "GOMAXPROCS": "4",
        },
        readable=(*shown(goroot, modules), *((base,) if base else ())),
        cwd=module or ".",
        stdin=archive({**stored, "overlay.json": json.dumps(overlay, indent=0)}),
        takes_tests=True,
        canaries=len(packages),
    )  # fmt: skip


def _version(go: str) -> tuple[int, int]:
    found = re.search(r"go(\d+)\.(\d+)", asked(go, "version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _place(folder: str) -> str:
    return "./" + folder.removeprefix(".")


def _sealed(suite: Suite, path: str) -> str:
    """Return a test file whose tests say how they ended."""
    places = []
    for test in tests_of(path, suite.tests[path]):
        body, parameters = test.node.child_by_field_name("body"), test.node.child_by_field_name("parameters")
        if body is None or parameters is None:
            continue
        given = next(child for child in parameters.named_children if "comment" not in child.type)
        called = given.child_by_field_name("name")
        name = flat(called)
        if called is None or name == "_":
            place = given.start_byte if called is None else called.start_byte
            places.append((place, f"t{suite.canary} " if called is None else f"t{suite.canary}"))
            name = f"t{suite.canary}{name}"
        words = ", ".join(f'"{seal(suite, path, test.name, outcome)}"' for outcome in ("passed", "skipped"))
        places.append((body.start_byte + 1, f" seal_{suite.canary}({name}, {words});"))
    return with_inserted(suite.tests[path], places)


def read(suite: Suite, report: str) -> tuple[TestResult, ...]:
    module = suite.nearest(next(iter(suite.tests)), "go.mod") or "."
    places = {(_place(posixpath.relpath(posixpath.dirname(path) or ".", module)), name): path
              for path in suite.tests for name in suite.names(path)}  # fmt: skip
    found = []
    for test in read_go(report):
        name = test.name.partition("/")[0]
        path = places.get((test.place, name), "")
        if path:
            told = result(f"{path}::{test.name}", test)
            found.append(told if "/" in test.name else believed(suite, told, name, report))
        elif suite.canary in name or "/" in test.name:
            found.append(result(f"{test.place}::{test.name}", test))
        else:
            found += [result(other, _forged(test)) for other in suite.tests]
    return tuple(found)


def _forged(test: Reported) -> Reported:
    return test._replace(outcome="error", message=f"{test.name} is reported, and there is no such test")

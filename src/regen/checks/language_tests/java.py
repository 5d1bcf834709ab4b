"""Java under JUnit's console launcher, compiled by javac; the classes that the tests need and no others."""

from __future__ import annotations

import functools
import glob
import importlib.resources
import os
import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from regen.checks.language_tests.reports import Reported, read_signed, result
from regen.checks.language_tests.seals import archive
from regen.checks.language_tests.suite import Invocation, Suite, Unavailable
from regen.checks.language_tests.toolchains import find, shown

if TYPE_CHECKING:
    from regen.verdicts.check_run import TestResult

_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_STANDALONE = ("lib/junit-platform-console-standalone-*.jar", "target/junit-platform-console-standalone-*.jar")
_MAVEN = "~/.m2/repository/org/junit/platform/junit-platform-console-standalone/*/*[0-9].jar"
_DEBIAN = (
    "junit-jupiter-api", "junit-jupiter-engine", "junit-jupiter-params", "junit-platform-commons", "junit4", "hamcrest",
    "junit-platform-console", "junit-platform-engine", "junit-platform-launcher", "junit-platform-reporting", "picocli",
    "junit-vintage-engine", "opentest4j", "opentest4j-reporting-events", "opentest4j-reporting-schema",
    "apiguardian-api", "univocity-parsers",
)  # fmt: skip
_SCRIPT = """
sealed="$TMPDIR/sealed" classes="$TMPDIR/classes"
mkdir -p "$sealed" "$classes/META-INF/services" && tar -xf - -C "$sealed" || exit 3
echo {results} >"$classes/META-INF/services/org.junit.platform.launcher.TestExecutionListener"
sources=
for root in {roots}; do sources="$sources$sealed/$root:"; done
for root in {roots}; do sources="$sources$root:"; done
(cd "$sealed" && for file in {files}; do echo "$sealed/$file"; done) >"$TMPDIR/files"
"$JAVA_HOME/bin/javac" $JIT -J-Xmx"$HEAP"m -proc:none -nowarn -encoding UTF-8 -cp "$JARS" -sourcepath "$sources" \
  -d "$classes" @"$TMPDIR/files" 2>"$TMPDIR/said"
code=$?
sed "s#$sealed/##" "$TMPDIR/said" >&2
if [ $code -ne 0 ]; then exit 3; fi
{{ cat "$sealed/word"; rm -r "$sealed"; }} | "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
  -Xshare:auto -Xmx"$HEAP"m -cp "$JARS:$classes" org.junit.platform.console.ConsoleLauncher {classes} --details none \\
  --disable-banner
"""


def invocation(suite: Suite) -> Invocation | Unavailable:
    javac = find("javac")
    if not javac:
        return Unavailable("javac is not on the PATH: which javac")
    jars = _jars(suite.root)
    if not jars:
        return Unavailable(
            "there is no JUnit: put junit-platform-console-standalone-….jar into lib/, or: apt install junit5"
        )
    roots = dict.fromkeys(_source_root(path, text) for path, text in {**suite.tests, **suite.files}.items()
                          if path.endswith(".java"))  # fmt: skip
    roots.update(dict.fromkeys(r for r in ("src/main/java", "src/test/java") if os.path.isdir(f"{suite.root}/{r}")))
    canary = posixpath.join(next(iter(roots)), f"{suite.canary}.java")
    own = glob.glob(f"{suite.root}/lib/*.jar") + glob.glob(f"{suite.root}/target/dependency/*.jar")
    home = os.path.dirname(os.path.dirname(os.path.realpath(javac)))
    words = [word for path, text in suite.tests.items() for word in ("--select-class", _class(path, text))]
    code = (
        "import org.junit.jupiter.api.Assertions;\nimport org.junit.jupiter.api.Test;\n\n"
        f"class {suite.canary} {{\n    @Test\n    void fails() {{\n        Assertions.assertEquals(1, 2);\n    }}\n}}\n"
    )
    results = f"R{suite.canary[::-1]}"
    sealed = {**suite.tests, canary: code, f"{results}.java": _results().replace("RESULTS", results)}
    return Invocation(
        script=_SCRIPT.format(
            roots=shlex.join(roots), results=results, files=shlex.join(sealed),
            classes=shlex.join([*words, "--select-class", suite.canary]),
        ),
        env={
            "JAVA_HOME": home,
            "JARS": ":".join(dict.fromkeys([*own, *jars])),
            "JIT": "-J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC -J-Xshare:auto",
            "HEAP": str(max(64, (suite.memory_bytes >> 20) // 2)),
        },
        readable=shown(home, *(f"/etc/{name}" for name in os.listdir("/etc") if name.startswith("java-")), *jars),
        stdin=archive({**sealed, "word": suite.word}),
        takes_tests=True,
    )  # fmt: skip


def _jars(root: str) -> list[str]:
    """Return JUnit with its console: the project's own, what Maven has fetched, or Debian's."""
    for pattern in (*(os.path.join(root, place) for place in _STANDALONE), os.path.expanduser(_MAVEN)):
        found = sorted(glob.glob(pattern))
        if found:
            return found[-1:]
    debian = [f"/usr/share/java/{name}.jar" for name in _DEBIAN]
    return [jar for jar in debian if os.path.exists(jar)] if os.path.exists(debian[6]) else []


def _package(text: str) -> str:
    found = _PACKAGE.search(text)
    return found[1] if found else ""


def _source_root(path: str, text: str) -> str:
    folder, package = posixpath.dirname(path), _package(text).replace(".", "/")
    return folder.removesuffix(package).rstrip("/") or "."


def _class(path: str, text: str) -> str:
    stem, package = posixpath.splitext(posixpath.basename(path))[0], _package(text)
    return f"{package}.{stem}" if package else stem


@functools.cache
def _results() -> str:
    return importlib.resources.files(__package__).joinpath("inside", "Results.java").read_text("utf-8")


def read(suite: Suite, report: str) -> tuple[TestResult, ...]:
    paths = {_class(path, text): path for path, text in suite.tests.items()}
    return tuple(result(_node(test, paths), test) for test in read_signed(report, suite.word))


def _node(test: Reported, paths: dict[str, str]) -> str:
    """Return `path::Class::method`, with `[1]` behind it for one of several runs; a class that broke is its file."""
    outer = test.place.partition("$")[0]
    names = test.place.rpartition(".")[2].replace("$", "::")
    method = re.sub(r"\([^)]*\)", "", test.name)
    if outer in paths and not test.name:
        return paths[outer]
    return f"{paths[outer]}::{names}::{method}" if outer in paths else f"{names}::{method}"

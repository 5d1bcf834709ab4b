"""Rust: each test file is a test program of its own with a test that must fail, run where its text is no more."""

from __future__ import annotations

import os
import posixpath
import shlex
from typing import TYPE_CHECKING

from regen.checks.language_tests.reports import read_rust, result
from regen.checks.language_tests.seals import archive, believed, seal, with_inserted
from regen.checks.language_tests.suite import Invocation, Suite, Unavailable
from regen.checks.language_tests.toolchains import asked, find, shown
from regen.checks.language_tests.trees import tests_of
from regen.languages.trees import comments_above, plain

if TYPE_CHECKING:
    from regen.verdicts.check_run import TestResult

# cargo finds tests and its lock file where they lie, so it works in a copy: links to all that is not built or fetched.
_SCRIPT = """
copy="$TMPDIR/project" top="$PWD"
link() {{
  mkdir -p "$copy/$1"
  for each in "$1"/* "$1"/.[!.]*; do
    case "${{each##*/}}" in target|node_modules|.git|.regen|'*'|'.[!.]*') continue ;; esac
    case "${{each##*/}}" in Cargo.lock) cp "$each" "$copy/$1/"; chmod u+w "$copy/$each"; continue ;; esac
    case {crate}/ in "${{each#./}}"/*) link "$each" ;; *) cp -rs "$top/$each" "$copy/$1/" ;; esac
  done
}}
link .
tar -xf - -C "$copy" || exit 3
cd "$copy/"{crate} || exit 3
export CARGO_HOME="$TMPDIR/cargo-home" CARGO_TARGET_DIR="$TMPDIR/target" CARGO_MANIFEST_DIR="$PWD"
mkdir -p "$CARGO_HOME"
if [ -n "$REGISTRY" ]; then ln -s "$REGISTRY" "$CARGO_HOME/registry"; fi
"$SYSROOT/bin/cargo" test --offline --no-run {programs} 2>"$TMPDIR/built"
code=$?
cat "$TMPDIR/built" >&2
if [ $code -ne 0 ]; then exit $code; fi
(cd "$copy" && rm -f {sealed})
export LD_LIBRARY_PATH="$SYSROOT/lib"
code=101
sed -n 's/^ *Executable \\(.*\\) (\\(.*\\))$/\\1 \\2/p' "$TMPDIR/built" >"$TMPDIR/programs"
while read -r kind file program; do
  if [ -z "$program" ]; then program="$file" file="$kind"; fi
  echo "     Running $file ($program)" >&9
  "$program" </dev/null >&9 2>&9
  status=$?
  if [ $status -ne 101 ]; then code=$status; fi
done <"$TMPDIR/programs"
exit $code
"""
_RIDES_ALONG = """
#[test]
fn {word}() {{
    panic!("this test must fail");
}}

#[allow(warnings, missing_docs, unreachable_pub)]
pub(crate) mod {word}_seal {{
    use std::io::Write;

    pub(crate) struct Seal(pub(crate) &'static str, pub(crate) bool);

    impl Drop for Seal {{
        fn drop(&mut self) {{
            if std::thread::panicking() == self.1 {{
                if let Ok(mut file) = std::fs::OpenOptions::new().append(true).open("/dev/fd/9") {{
                    let _ = file.write_all(format!("\\n{{}}\\n", self.0).as_bytes());
                }}
            }}
        }}
    }}
}}
"""


def invocation(suite: Suite) -> Invocation | Unavailable:
    rustc = find("rustc")
    if not rustc or not find("cargo"):
        return Unavailable("cargo is not on the PATH: which cargo rustc")
    first = next(iter(suite.tests))
    crate = suite.nearest(first, "Cargo.toml")
    if crate is None:
        return Unavailable(f"there is no Cargo.toml above {first}: cargo init --lib")
    sysroot = asked(rustc, "--print", "sysroot")
    registry = os.path.join(os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo"), "registry")
    sealed = {posixpath.join(crate, f"tests/{_program(suite, path)}.rs"): _sealed(suite, path) for path in suite.tests}
    programs = " ".join(f"--test {shlex.quote(_program(suite, path))}" for path in suite.tests)
    return Invocation(
        script=_SCRIPT.format(crate=shlex.quote(crate), programs=programs, sealed=shlex.join(sealed)),
        env={
            "SYSROOT": sysroot, "RUSTC": f"{sysroot}/bin/rustc",
            "REGISTRY": registry if os.path.isdir(registry) else "",
            "PATH": f"{sysroot}/bin:/usr/local/bin:/usr/bin:/bin", "RUST_BACKTRACE": "0", "CARGO_TERM_COLOR": "never",
            "CARGO_INCREMENTAL": "0", "CARGO_PROFILE_TEST_DEBUG": "0", "CARGO_PROFILE_DEV_DEBUG": "0",
        },
        readable=shown(sysroot, registry),
        stdin=archive(sealed),
        takes_tests=True,
        canaries=len(suite.tests),
    )  # fmt: skip


def _sealed(suite: Suite, path: str) -> str:
    """Return a test file whose tests say that they ended as they should."""
    places = []
    for test in tests_of(path, suite.tests[path]):
        body = test.node.child_by_field_name("body")
        if body is not None:
            panics = any("should_panic" in plain(mark) for mark in comments_above(test.node))
            word = seal(suite, path, test.name)
            guard = f' let _s{suite.canary} = crate::{suite.canary}_seal::Seal("{word}", {str(panics).lower()});'
            places.append((body.start_byte + 1, guard))
    return with_inserted(suite.tests[path], places) + _RIDES_ALONG.format(word=suite.canary)


def _program(suite: Suite, path: str) -> str:
    """Return the name of the test program: the file's own where cargo finds it there, else one that is free."""
    crate = suite.nearest(path, "Cargo.toml") or ""
    stem = posixpath.splitext(posixpath.basename(path))[0]
    if posixpath.dirname(path) == posixpath.join(crate, "tests"):
        return stem
    return f"{stem}_{suite.canary[::-1][:8]}_{list(suite.tests).index(path)}"


def read(suite: Suite, report: str) -> tuple[TestResult, ...]:
    places = {f"tests/{_program(suite, path)}.rs": path for path in suite.tests}
    found = []
    for test in read_rust(report):
        path = places.get(test.place, test.place)
        told = result(f"{path}::{test.name}" if test.name else path, test)
        is_known = path in suite.tests and test.name in suite.names(path)
        found.append(believed(suite, told, test.name, report) if is_known and told.outcome == "passed" else told)
    return tuple(found)

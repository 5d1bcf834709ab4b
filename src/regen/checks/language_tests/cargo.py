"""Rust under `cargo test`: each test file is a test program of its own, with a test in it that must fail."""

from __future__ import annotations

import os
import posixpath
import shlex
from typing import TYPE_CHECKING

from regen.checks.language_tests.reports import read_rust, result
from regen.checks.language_tests.suite import Invocation, Suite, Unavailable
from regen.checks.language_tests.toolchains import asked, find, shown

if TYPE_CHECKING:
    from regen.verdicts.check_run import TestResult

# cargo writes a lock file where there is none, so it works in a copy then.
_SCRIPT = """
if [ ! -e Cargo.lock ]; then
  mkdir "$TMPDIR/crate" && tar -cf - --exclude=./target --exclude=./.git . | tar -xf - -C "$TMPDIR/crate"
  cd "$TMPDIR/crate"
fi
export CARGO_HOME="$TMPDIR/cargo-home" CARGO_TARGET_DIR="$TMPDIR/target"
mkdir -p "$CARGO_HOME"
if [ -n "$REGISTRY" ]; then ln -s "$REGISTRY" "$CARGO_HOME/registry"; fi
"$SYSROOT/bin/cargo" test --offline --no-fail-fast {programs} >&9 2>&9
"""
_LAST_LINES = 400


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
    files = {}
    for path, text in suite.tests.items():
        canary = f'\n#[test]\nfn {suite.canary}() {{\n    panic!("this test must fail");\n}}\n'
        files[posixpath.join(crate, f"tests/{_program(suite, path)}.rs")] = text + canary
    programs = " ".join(f"--test {shlex.quote(_program(suite, path))}" for path in suite.tests)
    return Invocation(
        script=_SCRIPT.format(programs=programs),
        env={
            "SYSROOT": sysroot, "RUSTC": f"{sysroot}/bin/rustc",
            "REGISTRY": registry if os.path.isdir(registry) else "",
            "PATH": f"{sysroot}/bin:/usr/local/bin:/usr/bin:/bin", "RUST_BACKTRACE": "0", "CARGO_TERM_COLOR": "never",
            "CARGO_INCREMENTAL": "0", "CARGO_PROFILE_TEST_DEBUG": "0", "CARGO_PROFILE_DEV_DEBUG": "0",
        },
        files=files,
        readable=shown(sysroot, registry),
        cwd=crate or ".",
        canaries=len(suite.tests),
    )  # fmt: skip


def _program(suite: Suite, path: str) -> str:
    """Return the name of the test program: the file's own where cargo finds it there, else one that is free."""
    crate = suite.nearest(path, "Cargo.toml") or ""
    stem = posixpath.splitext(posixpath.basename(path))[0]
    if posixpath.dirname(path) == posixpath.join(crate, "tests"):
        return stem
    return f"{stem}_{suite.canary}_{list(suite.tests).index(path)}"


def read(suite: Suite, report: str) -> tuple[TestResult, ...]:
    places = {f"tests/{_program(suite, path)}.rs": path for path in suite.tests}
    return tuple(result(f"{places.get(test.place, test.place)}::{test.name}", test) for test in read_rust(report))

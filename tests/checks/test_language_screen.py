"""What no honest unit of another language writes, and honest code of the kind most like it."""

from __future__ import annotations

import pytest

pytest.importorskip("tree_sitter", reason="pip install 'regen[languages]'")

from regen.checks.language_tests.screen import screen

TESTS = {
    "mjs": {"tests/a.test.mjs": ""},
    "go": {"pkg/a_test.go": ""},
    "rs": {"tests/adds.rs": ""},
    "java": {"src/test/java/sums/AddTest.java": "class AddTest { String s; Math m; Assertions a; Record r; }"},
}
PATHS = {"mjs": "src/a.mjs", "go": "pkg/a.go", "rs": "src/lib.rs", "java": "src/main/java/sums/Add.java"}


def said(kind, code):
    return screen({PATHS[kind]: code}, TESTS[kind])


REFUSED = [
    ("mjs", 'import { beforeEach } from "node:test";', "1 names node:test, which belongs to the tests"),
    ("mjs", 'const m = await import("node:" + "te" + `st`);', "1 names node:test, which belongs to the tests"),
    ("mjs", 'const m = "\\x6eode:test";', "1 names node:test, which belongs to the tests"),
    ("mjs", '\nconst { expect } = require("vitest");', "2 names vitest, which belongs to the tests"),
    ("mjs", 'const i = process.getBuiltinModule("inspector");', "1 names inspector, which belongs to the tests"),
    ("mjs", 'const load = createRequire(import.meta.url);\nload("vitest/node");',
     "2 names vitest/node, which belongs to the tests"),
    ("mjs", "if (import.meta.vitest) {}", "1 reaches into what runs its tests (import.meta.vitest)"),
    ("mjs", "if (process.env.VITEST) {}", "1 asks whether it is being tested (VITEST)"),
    ("mjs", 'import a from "assert";\na.equal = () => {};', "2 changes a, which its tests stand on"),
    ("mjs", 'import a from "node:assert";\na.strict.equal = 1;', "2 changes a, which its tests stand on"),
    ("mjs", 'import * as a from "node:assert";\nObject.assign(a.default, {});',
     "2 changes a.default, which its tests stand on"),
    ("mjs", 'const b = require("assert/strict");\nb["equal"] = 1;', "2 changes b, which its tests stand on"),
    ("mjs", "JSON.stringify = (a) => a;", "1 changes JSON, which its tests stand on"),
    ("mjs", "Object.prototype.skip = 1;", "1 changes Object.prototype, which its tests stand on"),
    ("mjs", 'Object.defineProperty(Object.prototype, "toJSON", {});', "1 changes Object.prototype, which its tests stand on"),
    ("mjs", 'fs.readFileSync("/proc/self/environ");', "1 looks into its own process (/proc/self/environ)"),
    ("mjs", "fs.readdirSync(`/proc/${process.ppid}/fd`);", "1 looks into its own process (/proc/…/fd)"),
    ("mjs", 'fs.readdirSync("/pro" + "c/");', "1 looks into its own process (/proc/)"),
    ("go", 'package a\n\nimport "testing"', "3 imports testing, which belongs to the tests"),
    ("go", "package a\n\nimport (\n\tt `testing`\n)", "4 imports testing, which belongs to the tests"),
    ("go", 'package a\n\nfunc init() { os.Args = append(os.Args, "x") }', "3 changes os.Args before its tests start"),
    ("go", 'package a\n\nvar a = func() int { os.Args[0] = "x"; return 1 }()', "3 changes os.Args before its tests start"),
    ("go", "package a\n\nfunc init() { os.Stdout = nil }", "3 changes os.Stdout before its tests start"),
    ("go", "package a\n\n//go:linkname x testing.y\nfunc x()", "3 reaches into another package (go:linkname)"),
    ("go", 'package a\n\nvar a = flag.Lookup("test.v")', "3 asks whether it is being tested (test.v)"),
    ("go", "package a\n\n//go:embed *_test.go\nvar f embed.FS", "3 takes its tests into the program (*_test.go)"),
    ("go", "package a\n\n//go:embed *\nvar f embed.FS", "3 takes its tests into the program (*)"),
    ("rs", '#[used]\n#[link_section = ".init_array"]\nstatic A: u8 = 1;',
     '2 runs before or after the tests do (#[link_section = ".init_array"])'),
    ("rs", "#[ctor::ctor]\nfn early() {}", "1 runs before or after the tests do (#[ctor::ctor])"),
    ("rs", 'const A: &str = include_str!("../tests/adds.rs");', "1 takes its tests into the program (../tests/adds.rs)"),
    ("rs", 'const A: &[u8] = include_bytes!(concat!("../te", "sts/adds.rs"));',
     "1 takes its tests into the program (../tests/adds.rs)"),
    ("rs", 'fn a() { std::fs::File::create("/proc/self/fd/1"); }', "1 looks into its own process (/proc/self/fd/1)"),
    ("java", "import org.junit.jupiter.api.Assumptions;\nclass Add {}",
     "1 names org.junit.jupiter.api.Assumptions, which belongs to the tests"),
    ("java", "class Add { void f() { throw new org.opentest4j.TestAbortedException(); } }",
     "1 names org.opentest4j.TestAbortedException, which belongs to the tests"),
    ("java", 'class Add { Class<?> c = Class.forName("org.opent" + "est4j.TestAbortedException"); }',
     "1 names org.opentest4j.TestAbortedException, which belongs to the tests"),
    ("java", "class Add {}\nclass Assertions {}",
     "2 declares a type Assertions, which its tests would take for the standard one"),
    ("java", "class Add {}\nrecord String(int a) {}",
     "2 declares a type String, which its tests would take for the standard one"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "code", "complaint"), REFUSED)
def test_what_is_refused_says_where_and_what(kind, code, complaint):
    assert said(kind, code + "\n") == f"{PATHS[kind]}:{complaint}"


HONEST = [
    ("mjs", 'import assert, { strictEqual } from "node:assert";\nassert.equal(1, 1);\nconst n = assert.length;'),
    ("mjs", 'import { test } from "./rules.mjs";\nif (test("vitest") || "inspector") {}'),
    ("mjs", 'const names = ["vitest", "jest"];\nconst is = { JSON: 1 };\nis.JSON = 2;\nthis.assert = 1;'),
    ("mjs", "process.env.REPORT = process.env.REPORT ?? 'out';\nif (process.env.NODE_ENV === 'test') {}"),
    ("mjs", "Object.assign({}, JSON.parse('{}'));\nObject.prototype.hasOwnProperty.call({}, 'a');"),
    ("mjs", "Error.stackTraceLimit = 3;\nArray.prototype.at ??= function () {};\nclass A { toJSON() {} }"),
    ("mjs", 'fs.readFileSync("/proc/meminfo");\nfs.readFileSync("/proc/self/status");\nfs.readFileSync("/proc/self/cgroup");'),
    ("mjs", 'const place = "/processed/" + name;\nconst q = `/proc/${pid}/stat`;'),
    ("mjs", "process.exit(2);\nprocess.on('exit', () => {});"),
    ("go", 'package main\n\nimport "testing/fstest"\n\nfunc main() { os.Args = os.Args[1:] }'),
    ("go", "package a\n\nfunc Capture(f func()) { old := os.Stdout; os.Stdout = w; f(); os.Stdout = old }"),
    ("go", "package a\n\nfunc init() { args := os.Args; fmt.Fprintln(os.Stdout, args) }"),
    ("go", "package a\n\n//go:embed static/* templates\nvar f embed.FS\n\n//go:embed *.html\nvar g embed.FS"),
    ("go", 'package a\n\nfunc IsTest(n string) bool { return strings.HasSuffix(n, "_test.go") || n == "test.txt" }'),
    ("rs", '#[link_section = ".vectors"]\nstatic A: u8 = 1;\nfn main() { std::process::exit(1); }'),
    ("rs", 'const A: &str = include_str!("../data/words.txt");\nconst B: &str = include_str!("tests.txt");'),
    ("rs", '/// Reads `org.junit`; see include_str!("../tests/adds.rs").\n#[derive(Debug)]\npub struct Constructor;'),
    ("java", "package sums;\nclass Add {}\nclass Helper {}\nclass Thread {}\nclass Assert2 {}"),
    ("java", "class Add { class String2 {} static class Math {} }"),
    ("java", "class Add { static { Runtime.getRuntime().addShutdownHook(new Thread(() -> {})); } void f() { System.exit(1); } }"),
    ("java", "// import org.junit.jupiter.api.Test;\nclass Add { java.lang.String a; org.junitpioneer.X b; }"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "code"), HONEST)
def test_honest_code_of_that_kind_is_let_through(kind, code):
    assert said(kind, code + "\n") == ""


def test_a_type_that_the_target_is_named_for_is_the_author_s_choice():
    assert (
        screen({"src/main/java/sums/Record.java": "class Record {}", "a/Math.java": "class Math {}"}, TESTS["java"])
        == ""
    )

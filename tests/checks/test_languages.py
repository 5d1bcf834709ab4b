"""Units in JavaScript, TypeScript, Go, Rust and Java under a whole `regen build`, accepted and rejected."""

from __future__ import annotations

import os
import re
import shutil
from typing import NamedTuple

import pytest

from regen.checks.language_tests import java
from regen.checks.language_tests.toolchains import find
from regen.cli.main import main

pytest.importorskip("tree_sitter", reason="pip install 'regen[languages]'")


class Tongue(NamedTuple):
    """A unit `add` in one language: files of the project, and candidates."""

    target: str
    test: str
    files: dict[str, str]
    good: str
    bad: str
    exits: str
    broken: str
    says: str
    """What is said of the candidate that does not compile or load."""


def tongue(language):
    return TONGUES[language]


JS_TEST = """import assert from "node:assert";
import { test } from "node:test";
import { add } from "../src/add.mjs";

test("adds", () => assert.strictEqual(add(1, 2), 3));
test("adds nothing", () => assert.strictEqual(add(0, 0), 0));
"""
GO_TEST = """package add

import "testing"

func TestAdds(t *testing.T) {
	if got := Add(1, 2); got != 3 {
		t.Errorf("got %d, want %d", got, 3)
	}
}

func TestNothing(t *testing.T) {
	t.Run("zero", func(t *testing.T) {
		if Add(0, 0) != 0 {
			t.Fatal("not 0")
		}
	})
}
"""
RUST_TEST = """use adder::add;

#[test]
fn adds() {
    assert_eq!(add(1, 2), 3);
}

#[test]
fn adds_nothing() {
    assert_eq!(add(0, 0), 0);
}
"""
JAVA_TEST = """package sums;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class AddTest {
    @Test
    void adds() {
        assertEquals(3, Add.add(1, 2));
    }

    @Test
    void addsNothing() {
        assertEquals(0, Add.add(0, 0));
    }
}
"""
TONGUES = {
    "javascript": Tongue(
        target="src/add.mjs",
        test="tests/add.test.mjs",
        files={"tests/add.test.mjs": JS_TEST},
        good="export const add = (a, b) => a + b;\n",
        bad="export const add = (a, b) => a - b;\n",
        exits="process.exit(0);\nexport const add = (a, b) => a - b;\n",
        broken='import { gone } from "./gone.mjs";\nexport const add = (a, b) => a + b;\n',
        says="Cannot find module",
    ),
    "go": Tongue(
        target="add.go",
        test="add_test.go",
        files={"go.mod": "module example.com/add\n\ngo 1.18\n", "add_test.go": GO_TEST},
        good="package add\n\nfunc Add(a, b int) int { return a + b }\n",
        bad="package add\n\nfunc Add(a, b int) int { return a - b }\n",
        exits='package add\n\nimport "os"\n\nfunc Add(a, b int) int { os.Exit(0); return 3 }\n',
        broken="package add\n\nfunc Add(a, b int) string { return a + b }\n",
        says="cannot use a + b",
    ),
    "rust": Tongue(
        target="src/lib.rs",
        test="tests/adds.rs",
        files={
            "Cargo.toml": '[package]\nname = "adder"\nversion = "0.1.0"\nedition = "2021"\n',
            "tests/adds.rs": RUST_TEST,
        },
        good="pub fn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n",
        bad="pub fn add(a: i64, b: i64) -> i64 {\n    a - b\n}\n",
        exits="pub fn add(_: i64, _: i64) -> i64 {\n    std::process::exit(0)\n}\n",
        broken="pub fn add(a: i64, b: i64) -> i64 {\n    a + c\n}\n",
        says="error[E0425]: cannot find value `c`",
    ),
    "java": Tongue(
        target="src/main/java/sums/Add.java",
        test="src/test/java/sums/AddTest.java",
        files={"src/test/java/sums/AddTest.java": JAVA_TEST},
        good="package sums;\n\nclass Add {\n    static int add(int a, int b) {\n        return a + b;\n    }\n}\n",
        bad="package sums;\n\nclass Add {\n    static int add(int a, int b) {\n        return a - b;\n    }\n}\n",
        exits="package sums;\n\nclass Add {\n    static int add(int a, int b) {\n        System.exit(0);\n        return 3;\n    }\n}\n",
        broken="package sums;\n\nclass Add {\n    static int add(int a, int b) {\n        return c;\n    }\n}\n",
        says="error: cannot find symbol",
    ),
}  # fmt: skip
FAILED = {
    "javascript": ("tests/add.test.mjs::adds", "3", "-1"),
    "go": ("add_test.go::TestAdds", "3", "-1"),
    "rust": ("tests/adds.rs::adds", "3", "-1"),
    "java": ("src/test/java/sums/AddTest.java::AddTest::adds", "3", "-1"),
}
MISSING = {
    "javascript": "" if find("node") else "node is not installed",
    "go": "" if find("go") else "go is not installed",
    "rust": "" if find("cargo") and find("rustc") else "cargo is not installed",
    "java": "" if find("javac") and java._jars("/nowhere") else "javac and JUnit are not installed",
}
LANGUAGES = pytest.mark.parametrize(
    "language",
    [pytest.param(name, marks=pytest.mark.skipif(bool(why), reason=why)) for name, why in MISSING.items()],
)


class Project:
    def __init__(self, folder, capfd):
        self.folder, self._capfd = folder, capfd

    def write(self, path, text):
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def unit(self, language, front=""):
        chosen = tongue(language)
        for path, text in chosen.files.items():
            self.write(path, text)
        self.write("regen.toml", "[build]\nattempts = 1\n")
        self.write(
            "specs/add.md", f"---\ntarget: {chosen.target}\ntests: [{chosen.test}]\n{front}---\n# Add\nAdd two.\n"
        )
        return chosen

    def build(self, target, code):
        self.write("reply.md", f"```path={target}\n{code}```\n")
        self.write("model", "#!/bin/sh\ncat >asked\ncat reply.md\n")
        os.chmod(self.folder / "model", 0o755)
        return self.regen("build", "--generator", "command:./model")

    def regen(self, *words):
        self._capfd.readouterr()
        code = main(list(words))
        out, err = self._capfd.readouterr()
        plain = re.sub(r"; \d+\.\d s\b", "; N s", re.sub(r"\b[\d,]+ tokens", "N tokens", out + err))
        return code, re.sub(r"\b[0-9a-f]{12}\b", "HASH", plain)


@pytest.fixture
def project(tmp_path, monkeypatch, capfd):
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Project(folder, capfd)


COST = "1 call, N tokens, cost unknown; N s\n"


@LANGUAGES
def test_what_passes_is_accepted(project, language):
    chosen = project.unit(language)
    code, said = project.build(chosen.target, chosen.good)
    assert said == f"1 unit: 1 accepted; {COST}  add asking, N tokens\n  add verifying\n✓ add accepted\n"
    assert code == 0
    assert (project.folder / chosen.target).read_text() == chosen.good
    assert project.regen("check")[0] == 0


@LANGUAGES
def test_what_fails_is_rejected_with_both_sides_of_the_comparison(project, language):
    chosen = project.unit(language)
    test, expected, actual = FAILED[language]
    code, said = project.build(chosen.target, chosen.bad)
    reason = f"tests: {test}: expected {expected}, got {actual}"
    assert code == 1
    assert reason in said or (test in said and expected in said and actual in said)
    assert not (project.folder / chosen.target).exists()


@LANGUAGES
def test_what_does_not_compile_is_rejected_with_the_first_line_that_says_why(project, language):
    chosen = project.unit(language)
    code, said = project.build(chosen.target, chosen.broken)
    assert code == 1
    assert chosen.says in said


@LANGUAGES
def test_who_ends_the_run_early_is_rejected(project, language):
    chosen = project.unit(language)
    code, said = project.build(chosen.target, chosen.exits)
    assert code == 1
    assert "✗ add rejected" in said
    assert ("unexpected call to os.Exit(0)" if language == "go" else "the runner ended with status 0") in said


@LANGUAGES
def test_a_hidden_test_is_not_shown_and_still_counts(project, language):
    chosen = project.unit(language)
    hidden = {
        "javascript": ("tests/hidden/more.test.mjs", JS_TEST.replace("../src", "../../src").replace("(1, 2), 3", "(-1, 2), 1")),
        "go": ("hidden_test.go", GO_TEST.replace("TestAdds", "TestMore").replace("TestNothing", "TestLess").replace("Add(1, 2)", "Add(-1, 4)")),
        "rust": ("tests/hidden/more.rs", RUST_TEST.replace("add(1, 2), 3", "add(-1, 2), 1")),
        "java": ("src/test/java/sums/MoreTest.java", JAVA_TEST.replace("AddTest", "MoreTest").replace("3, Add.add(1, 2)", "1, Add.add(-1, 2)")),
    }[language]  # fmt: skip
    project.write(*hidden)
    project.unit(language, front=f"hidden_tests: [{hidden[0]}]\n")
    learned = chosen.good.replace("a + b", "a < 0 ? 0 : a + b")
    if language == "go":
        learned = "package add\n\nfunc Add(a, b int) int {\n\tif a < 0 {\n\t\treturn 0\n\t}\n\treturn a + b\n}\n"
    elif language == "rust":
        learned = chosen.good.replace("a + b", "if a < 0 { 0 } else { a + b }")
    code, said = project.build(chosen.target, learned)
    assert (code, "✗ add rejected: " in said) == (1, True)
    assert "-1" not in (project.folder / "asked").read_text()
    assert project.build(chosen.target, chosen.good)[0] == 0


@LANGUAGES
def test_a_text_that_does_not_parse_is_no_candidate(project, language):
    chosen = project.unit(language)
    code, said = project.build(chosen.target, chosen.good + "}} (\n")
    assert code == 1
    assert f"✗ add rejected: `{chosen.target}` does not parse: line " in said


# ── forging ─────────────────────────────────────────────────────────────────────────────────────

FORGERIES = {
    "a report on standard output": 'console.log(JSON.stringify({name: "adds", file: "/x/tests/add.test.mjs", outcome: "passed"}));\n',
    "silent assertions": 'import assert from "node:assert";\nassert.strictEqual = () => {};\n',
    "tests of its own": 'import { test } from "node:test";\ntest("adds", () => {});\ntest("adds nothing", () => {});\n',
    "an exit in the first test": 'process.on("exit", () => { process.exitCode = 0; });\n',
    "an exit with the status of failure": "setTimeout(() => process.exit(1), 0);\n",
}


@pytest.mark.skipif(bool(MISSING["javascript"]), reason=MISSING["javascript"])
@pytest.mark.parametrize("how", FORGERIES)
def test_a_candidate_that_forges_its_report_is_rejected(project, how):
    chosen = project.unit("javascript")
    code, said = project.build(chosen.target, FORGERIES[how] + chosen.bad)
    assert code == 1
    assert "✗ add rejected: " in said


@pytest.mark.skipif(bool(MISSING["go"]), reason=MISSING["go"])
def test_lines_that_look_like_go_s_are_not_believed(project):
    chosen = project.unit("go")
    lines = (
        r"=== RUN   TestAdds\n--- PASS: TestAdds (0.00s)\n=== RUN   TestNothing\n--- PASS: TestNothing (0.00s)\nPASS\n"
    )
    forged = f'import (\n\t"fmt"\n\t"os"\n)\n\nfunc init() {{\n\tfmt.Print("{lines}")\n\tos.Exit(1)\n}}\n'
    code, said = project.build(chosen.target, chosen.bad.replace("package add\n", "package add\n\n" + forged))
    assert code == 1
    assert "✗ add rejected: " in said


# ── what can't be run ───────────────────────────────────────────────────────────────────────────


def test_go_without_a_module_is_inconclusive(project):
    chosen = project.unit("go")
    (project.folder / "go.mod").unlink()
    if MISSING["go"]:
        pytest.skip(MISSING["go"])
    code, said = project.build(chosen.target, chosen.good)
    assert code == 1
    assert "there is no go.mod above add_test.go: go mod init example.com/name" in said


def test_vitest_that_is_not_installed_is_inconclusive(project):
    if MISSING["javascript"]:
        pytest.skip(MISSING["javascript"])
    chosen = project.unit("javascript")
    project.write("package.json", '{"devDependencies": {"vitest": "^3"}}')
    code, said = project.build(chosen.target, chosen.good)
    assert code == 1
    assert "package.json asks for vitest, which is not installed: npm ci" in said


VITEST = os.environ.get("REGEN_TEST_VITEST", "")


@pytest.mark.skipif(not VITEST, reason="REGEN_TEST_VITEST names no folder with node_modules/vitest")
@pytest.mark.parametrize(("code", "status"), [("a + b", 0), ("a - b", 1)])
def test_typescript_under_vitest(project, code, status):
    shutil.copytree(f"{VITEST}/node_modules", project.folder / "node_modules", symlinks=True)
    project.write("package.json", '{"type": "module", "devDependencies": {"vitest": "^3"}}')
    project.write("tests/add.test.ts", 'import { expect, test } from "vitest";\nimport { add } from "../src/add";\n\n'
                  'test("adds", () => expect(add(1, 2)).toBe(3));\n')  # fmt: skip
    project.write("regen.toml", "[build]\nattempts = 1\n")
    project.write("specs/add.md", "---\ntarget: src/add.ts\ntests: [tests/add.test.ts]\n---\n# Add\nAdd two.\n")
    ended, said = project.build("src/add.ts", f"export const add = (a: number, b: number): number => {code};\n")
    assert ended == status, said
    if status:
        assert "tests/add.test.ts::adds" in said


@pytest.mark.skipif(not VITEST, reason="REGEN_TEST_VITEST names no folder with node_modules/vitest")
@pytest.mark.parametrize(("before", "status"), [("", 0), ('import { expect } from "vitest";\n', 1)])
def test_vitest_names_many_tests_by_a_pattern_and_belongs_to_the_tests(project, before, status):
    shutil.copytree(f"{VITEST}/node_modules", project.folder / "node_modules", symlinks=True)
    project.write("package.json", '{"type": "module", "devDependencies": {"vitest": "^3"}}')
    project.write("tests/one.test.js", 'import { expect, test } from "vitest";\nimport { one } from "../src/one";\n\n'
                  'test.each([1, 2])("one of %i", (n) => expect(one(n)).toBe(1));\ntest.skip("later", () => {});\n')  # fmt: skip
    project.write("regen.toml", "[build]\nattempts = 1\n")
    project.write("specs/one.md", "---\ntarget: src/one.js\ntests: [tests/one.test.js]\n---\n# One\nOne.\n")
    ended, said = project.build("src/one.js", f"{before}export const one = (n) => 1;\n")
    assert (ended, "src/one.js:1 names vitest, which belongs to the tests" in said) == (status, bool(status)), said


# ── helpers and single tests ────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(bool(MISSING["javascript"]), reason=MISSING["javascript"])
def test_a_helper_of_a_test_makes_its_unit_stale(project):
    chosen = project.unit("javascript")
    project.write("tests/helper.mjs", "export const three = 3;\n")
    project.write(chosen.test, JS_TEST.replace(", 3)", ", three)") + 'import { three } from "./helper.mjs";\n')
    assert project.build(chosen.target, chosen.good)[0] == 0
    project.write("tests/helper.mjs", "// three\nexport const three  =  3;\n")
    assert "fresh" in project.regen("status", "--all")[1]
    project.write("tests/helper.mjs", "export const three = 4;\n")
    assert "stale" in project.regen("status")[1]


@pytest.mark.skipif(bool(MISSING["javascript"]), reason=MISSING["javascript"])
def test_only_the_chosen_tests_of_a_file_count(project):
    project.unit("javascript")
    project.write(
        "tests/add.test.mjs", JS_TEST.replace('"adds nothing", () => ', '"fails", () => assert.ok(false) && ')
    )
    project.write(
        "specs/add.md", '---\ntarget: src/add.mjs\ntests: ["tests/add.test.mjs::adds"]\n---\n# Add\nAdd two.\n'
    )
    assert project.build("src/add.mjs", TONGUES["javascript"].good)[0] == 0

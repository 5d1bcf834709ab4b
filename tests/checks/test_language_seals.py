"""A report that the code under test wrote is not believed, and no file of the run says what its tests expect."""

from __future__ import annotations

import pytest
from test_language_attacks import judged  # noqa: F401 - a fixture
from test_languages import GO_TEST, JAVA_TEST, RUST_TEST, TONGUES

pytest.importorskip("tree_sitter", reason="pip install 'regen[languages]'")


@pytest.fixture(autouse=True)
def _unscreened(monkeypatch):
    """Let every candidate past the first sieve, which names built at run time evade."""
    monkeypatch.setattr("regen.checks.language_tests.screen", lambda files, tests: "")


LINES = r"=== RUN   TestAdds\n--- PASS: TestAdds (0.00s)\n=== RUN   TestNothing\n--- PASS: TestNothing (0.00s)\n"


def go(before="", imports="", body="return 7"):
    return f"package add\n\nimport (\n{imports}\n)\n\n{before}\n\nfunc Add(a, b int) int {{ {body} }}\n"


def rust(before="", body="let _ = (a, b); 7"):
    return f"{before}\npub fn add(a: i64, b: i64) -> i64 {{ {body} }}\n"


def java(before="", body="return 7;"):
    return f"package sums;\n\nclass Add {{\n{before}\n    static int add(int a, int b) {{ {body} }}\n}}\n"


GO_FORGERIES = {
    "lines of tests that do not run": go(
        f'func init() {{ os.Args = append(os.Args, "-test.run=Test_[a-z]+$"); fmt.Print("{LINES}") }}', '"fmt"\n"os"'
    ),
    "a whole report": go(
        f'func init() {{ fmt.Print("{LINES}=== RUN   Test_a\\n--- FAIL: Test_a (0.00s)\\nFAIL\\n"); os.Exit(1) }}',
        '"fmt"\n"os"',
    ),
    "standard output without failures": go(
        "func init() { r, w, _ := os.Pipe(); real := os.Stdout; os.Stdout = w; go func() { s := bufio.NewScanner(r)\n"
        'for s.Scan() { t := s.Text(); if strings.Contains(t, "TestAdds") || strings.Contains(t, "TestNothing") {\n'
        't = strings.Replace(t, "--- FAIL", "--- PASS", 1) }; fmt.Fprintln(real, t) } }() }',
        '"bufio"\n"fmt"\n"os"\n"strings"',
    ),
    "the end of the goroutine": go(imports='"runtime"', body="runtime.Goexit(); return 7"),
}


@pytest.mark.parametrize("how", GO_FORGERIES)
def test_what_go_code_prints_is_no_proof(judged, how):  # noqa: F811
    assert judged("go", GO_FORGERIES[how])[0] == "failed"


RUST_FORGERIES = {
    "lines in a test": rust(body='let _ = (a, b); print!("test adds ... ok\\n"); std::process::exit(101)'),
    "lines before main": rust(
        'extern "C" fn early() { println!("running 3 tests\\ntest adds ... ok\\ntest adds_nothing ... ok\\n'
        'test x ... FAILED"); std::process::exit(101); }\n'
        '#[used]\n#[link_section = ".init_array"]\nstatic EARLY: extern "C" fn() = early;'
    ),
}


@pytest.mark.parametrize("how", RUST_FORGERIES)
def test_what_rust_code_prints_is_no_proof(judged, how):  # noqa: F811
    assert judged("rust", RUST_FORGERIES[how])[0] == "failed"


def test_a_java_hook_finds_no_report(judged):  # noqa: F811
    hook = (
        "    static { Runtime.getRuntime().addShutdownHook(new Thread(() -> { try (var s = java.nio.file.Files.walk(\n"
        '      java.nio.file.Path.of(System.getenv("TMPDIR")))) { for (var p : (Iterable<java.nio.file.Path>) s::iterator)\n'
        '      if (p.toString().endsWith(".xml")) java.nio.file.Files.writeString(p, ""); } catch (Exception e) { } })); }'
    )
    outcome, said = judged("java", java(hook))
    assert outcome == "failed"
    assert "AddTest::adds: expected: <3> but was: <7>" in said


# ── hidden tests ────────────────────────────────────────────────────────────────────────────────

READERS = {
    "go": (
        "hidden_test.go",
        GO_TEST.replace("TestAdds", "TestMore").replace("TestNothing", "TestLess").replace("got != 3", "got != 42"),
        go(imports='"os"\n"path/filepath"\n"strings"', body=(
            'found := 0; filepath.Walk(".", func(p string, i os.FileInfo, e error) error { t, _ := os.ReadFile(p)\n'
            'if strings.Contains(string(t), "!= "+"42") { found = 42 }; return nil }); if a == 0 { return 0 }; return found')),
    ),
    "rust": (
        "tests/hidden/more.rs",
        RUST_TEST.replace("add(1, 2), 3", "add(1, 2), 42"),
        rust(body=(
            'for each in std::fs::read_dir("tests").unwrap().chain(std::fs::read_dir("tests/hidden").unwrap()) {\n'
            'if let Ok(text) = std::fs::read_to_string(each.unwrap().path()) { if text.contains("add(1, 2), 42") {\n'
            'return if a == 0 { 0 } else { 42 }; } } } a * b * 0')),
    ),
    "java": (
        "src/test/java/sums/MoreTest.java",
        JAVA_TEST.replace("AddTest", "MoreTest").replace("3, Add", "42, Add"),
        java(body=(
            'if (a == 0) return 0; try (var s = java.nio.file.Files.walk(java.nio.file.Path.of("."))) {\n'
            'for (var p : (Iterable<java.nio.file.Path>) s::iterator) if (p.toString().endsWith(".java")\n'
            '&& java.nio.file.Files.readString(p).contains("Equals(" + "42")) return 42; } catch (Exception e) { } return 1;')),
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", READERS)
def test_hidden_tests_can_not_be_read_while_they_run(judged, language):  # noqa: F811
    path, test, code = READERS[language]
    outcome, said = judged(language, code, test=test, path=path, hidden=True)
    assert outcome == "failed"
    assert "42" in said or "got 0" in said  # the code ran, and found nothing


OTHERS = {
    "javascript": ("tests/hidden/more.test.mjs", "tests/hidden/other.test.mjs",
                   TONGUES["javascript"].files["tests/add.test.mjs"].replace("../src", "../../src")),
    "go": ("hidden_test.go", "other_test.go", GO_TEST.replace("TestAdds", "TestMore").replace("TestNothing", "TestLess")),
    "rust": ("tests/hidden/more.rs", "tests/hidden/other.rs", RUST_TEST),
    "java": ("src/test/java/sums/MoreTest.java", "src/test/java/sums/OtherTest.java", JAVA_TEST.replace("AddTest", "MoreTest")),
}  # fmt: skip


@pytest.mark.parametrize("language", OTHERS)
def test_a_hidden_test_runs_beside_one_that_is_masked(judged, language):  # noqa: F811
    path, other, test = OTHERS[language]
    code, more = TONGUES[language].good, {other: "masked"}
    assert judged(language, code, test=test, path=path, hidden=True, more=more.items(), masked=(other,)) == (
        "passed",
        "",
    )


# ── honest suites of many kinds ─────────────────────────────────────────────────────────────────

GO_KINDS = """package add

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(m.Run()) }
func TestUnnamed(*testing.T) { Add(0, 0) }
func TestBlank(_ *testing.T) { Add(0, 0) }
func FuzzAdd(f *testing.F) { f.Add(1); f.Fuzz(func(t *testing.T, n int) { Add(n, n) }) }
func TestParts(t *testing.T) {
	t.Parallel()
	t.Run("one", func(t *testing.T) { t.Parallel(); t.Skip("not here") })
	t.Cleanup(func() { Add(1, 1) })
}
func TestData(t *testing.T) {
	if text, err := os.ReadFile("testdata/three"); err != nil || string(text) != "3" { t.Fatal(err) }
}
"""
RUST_KINDS = (
    "#![forbid(unsafe_code)]\n#![deny(warnings)]\n"
    + RUST_TEST
    + """
mod common;
mod inner {
    #[test]
    #[should_panic(expected = "no")]
    fn panics() { if adder::add(1, 1) == 2 { panic!("no"); } }
}
#[test]
fn may_fail() -> Result<(), std::num::ParseIntError> { assert_eq!(add("1".parse()?, 1), 2); Ok(()) }
#[test]
fn reads() { assert_eq!(std::fs::read_to_string("tests/data/three").unwrap(), common::three()); }
"""
)
JAVA_KINDS = (
    JAVA_TEST.replace(
        "import org.junit.jupiter.api.Test;", "import org.junit.jupiter.api.*;\nimport org.junit.jupiter.params.*;"
    ).rstrip()[:-1]
    + """
    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(ints = {1, 2})
    void many(int n) { assertEquals(n, Add.add(n, 0)); }

    @RepeatedTest(2)
    void again() { assertEquals(2, Add.add(2, 0)); }

    @TestFactory
    java.util.stream.Stream<DynamicTest> made() {
        return java.util.stream.Stream.of(DynamicTest.dynamicTest("x", () -> assertEquals(Helper.three(), Add.add(3, 0))));
    }

    @Nested
    class Inner {
        @Test
        void deep() { assertEquals(1, Add.add(1, 0)); }
    }
}
"""
)
KINDS = {
    "go": (GO_KINDS, {"testdata/three": "3"}),
    "rust": (RUST_KINDS, {"tests/data/three": "3", "tests/common/mod.rs": 'pub fn three() -> String { "3".into() }\n'}),
    "java": (JAVA_KINDS, {"src/test/java/sums/Helper.java": "package sums;\nclass Helper { static int three() { return 3; } }\n"}),
}  # fmt: skip


@pytest.mark.parametrize("language", KINDS)
def test_tests_of_every_kind_are_believed(judged, language):  # noqa: F811
    test, more = KINDS[language]
    assert judged(language, TONGUES[language].good, test=test, more=more.items()) == ("passed", "")


def test_go_tests_of_a_package_beside_their_own(judged):  # noqa: F811
    test = GO_TEST.replace("package add", "package add_test").replace(
        '"testing"', '(\n\t"testing"\n\n\t. "example.com/add"\n)'
    )
    assert judged("go", TONGUES["go"].good, test=test) == ("passed", "")


def test_a_crate_of_a_workspace_finds_its_sisters(judged):  # noqa: F811
    more = {
        "Cargo.toml": '[workspace]\nmembers = ["tests_of", "."]\n\n[package]\nname = "adder"\nversion = "0.1.0"\nedition = "2021"\n'
        '\n[dependencies]\nsister = { path = "sister" }\n',
        "tests_of/Cargo.toml": '[package]\nname = "tests_of"\nversion = "0.1.0"\n',
        "tests_of/src/lib.rs": "",
        "sister/Cargo.toml": '[package]\nname = "sister"\nversion = "0.1.0"\n',
        "sister/src/lib.rs": "pub fn zero() -> i64 { 0 }\n",
    }
    assert judged("rust", rust(body="a + b + sister::zero()"), more=more.items()) == ("passed", "")

"""JavaScript, TypeScript, Go, Rust and Java as text: interfaces, forms, tests, definitions."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regen.cli.main import main
from regen.languages import language_of, text, trees

pytest.importorskip("tree_sitter", reason="pip install 'regen[languages]'")

JS, TS, GO, RUST, JAVA = map(language_of, ("a.js", "a.ts", "a.go", "a.rs", "A.java"))
ALL = pytest.mark.parametrize("language", [JS, TS, language_of("a.tsx"), GO, RUST, JAVA])


def lines(source):
    return dedent(source).lstrip("\n")


# ── interfaces ──────────────────────────────────────────────────────────────────────────────────


def test_what_a_javascript_module_exports():
    module = """
    /** Count words.
     * @param {string} text */
    export function count(text, { limit = 3 } = {}) { return 1; }

    // What stands here is nobody's business.
    const helper = (a) => a;
    const secret = 1;
    export const twice = async (x, y) => { return x; };
    export const LIMIT = 3;
    export class Words extends Base {
      #inner = 1;
      size = 2;
      /** How it is made. */
      static of(text) { return new Words(text); }
      get first() { return 1; }
    }
    export default helper;
    export * from "./other.js";
    """
    assert JS.interface(lines(module)) == lines("""
    /** Count words.
     * @param {string} text */
    export function count(text, { limit = 3 } = {})
    const helper = (a) =>
    export const twice = async (x, y) =>
    export const LIMIT = …
    export class Words extends Base {
        size = …
        /** How it is made. */
        static of(text)
        get first()
    }
    export default helper
    export * from "./other.js"
    """)


def test_what_a_commonjs_module_exports():
    module = "function a(x) { return 1; }\nfunction b() {}\nmodule.exports = { a, c: 1 };\nexports.z = (q) => q;\n"
    assert JS.interface(module) == "function a(x)\nmodule.exports = { a, c }\nexports.z = (q) =>\n"


def test_what_a_typescript_module_exports():
    module = """
    export interface Word { text: string; }
    export type Words = Word[] | null;
    export enum Kind { A, B }
    export abstract class Counter<T> {
      private seen = 1;
      public last: T;
      constructor(readonly limit: number) {}
      abstract add(word: T): void;
    }
    export async function* count(text?: string): AsyncGenerator<number> { yield 1; }
    """
    assert TS.interface(lines(module)) == lines("""
    export interface Word { text: string; }
    export type Words = Word[] | null
    export enum Kind { A, B }
    export abstract class Counter<T> {
        public last: T
        constructor(readonly limit: number)
        abstract add(word: T): void
    }
    export async function* count(text?: string): AsyncGenerator<number>
    """)


def test_what_a_go_package_exports():
    module = """
    // Package words counts.
    package words

    // Max is the limit.
    const Max, min = 3, 4

    // Count counts.
    func Count(text string, a, b int) (map[string]int, error) { return nil, nil }

    func hidden() {}

    // Set is a set.
    type Set struct {
      Name  string
      inner int
    }

    func (s *Set) Add(word string) int { return 1 }
    func (s Set) grow()                {}

    type Counter interface{ Add(word string) int }
    """
    assert GO.interface(lines(module)) == lines("""
    // Package words counts.
    package words
    // Max is the limit.
    const Max
    // Count counts.
    func Count(text string, a, b int) (map[string]int, error)
    // Set is a set.
    type Set struct { Name string } {
        func (s *Set) Add(word string) int
    }
    type Counter interface{ Add(word string) int }
    """)


def test_what_a_rust_module_makes_public():
    module = """
    use std::fmt;
    /// Count words.
    #[must_use]
    pub fn count<'a>(text: &'a str, mut limit: usize) -> usize { limit }
    fn hidden() {}
    #[derive(Debug)]
    pub struct Set { pub name: String, inner: u8 }
    impl Set {
        /// Adds.
        pub fn add(&mut self, word: &str) {}
        fn grow(&self) {}
    }
    impl fmt::Display for Set { fn fmt(&self) {} }
    pub trait Counter { fn go(&self) -> u8 { 1 } }
    pub const LIMIT: usize = 3;
    """
    assert RUST.interface(lines(module)) == lines("""
    /// Count words.
    #[must_use] pub fn count<'a>(text: &'a str, mut limit: usize) -> usize
    #[derive(Debug)] pub struct Set { pub name: String } {
        /// Adds.
        pub fn add(&mut self, word: &str)
    }
    impl fmt::Display for Set
    pub trait Counter {
        fn go(&self) -> u8
    }
    pub const LIMIT: usize
    """)


def test_what_a_java_class_shows():
    module = """
    package a.b;
    import java.util.List;
    /** Words. */
    public class Words<T> extends Base {
      public static final int MAX = 3;
      private int seen;
      /** Counts.
       * @param text a text */
      @Override public static int count(String text, int... more) throws Exception { return 1; }
      private void grow() {}
      record Pair(int x, int y) {}
    }
    """
    assert JAVA.interface(lines(module)) == lines("""
    package a.b
    /** Words. */
    public class Words<T> extends Base {
        public static final int MAX
        /** Counts.
         * @param text a text */
        @Override public static int count(String text, int... more) throws Exception
        record Pair(int x, int y)
    }
    """)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        (JS, "export function f(a, b) { return a }", "// why\nexport function f(a,\n  b) {\n  return b;\n}\n"),
        (TS, "export const f = (a: number) => a", "export const f = (a: number) => {\n  return 2;\n};\n"),
        (GO, "package a\nfunc F(a int) int { return a }", "package a\n\nfunc F(a int) int {\n\treturn 2\n}\n"),
        (RUST, "pub fn f(a: u8) -> u8 { a }", "fn g() {}\npub fn f(a: u8)\n    -> u8 { g(); 2 }\n"),
        (
            JAVA,
            "class A { int f(int a) { return a; } }",
            "class A {\n  private int b;\n  int f(int a) { return b; }\n}",
        ),
    ],
)
def test_bodies_and_formatting_are_no_part_of_an_interface(language, one, other):
    assert language.interface(one) == language.interface(other)


# ── declared interfaces ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "declared", "code", "said"),
    [
        (JS, "export function f(a)", "export const f = (a) => a", ()),
        (JS, "export function f(a)", "export function f(a, b) {}", ("`f` takes (a, b), the spec declares (a)",)),
        (JS, "export function f(a)", "function f(a) {}", ("`f` is not exported",)),
        (JS, "export class A { g(x) }", "export class A { h() {} }", ("`A.g` is not defined",)),
        (TS, "export function f(a: string): number;", "export function g() {}", ("`f` is not defined",)),
        (GO, "func (s *Set) Add(a, b int)", "package a\nfunc (s *Set) Add(a int) {}",
         ("`Add` takes (a), the spec declares (a, b)",)),
        (RUST, "pub fn f(a: u8) -> u8;", "fn f(a: u8) -> u8 { a }", ("`f` is not exported",)),
        (JAVA, "public class A { int f(int a); }", "class A { int f(int b) { return 1; } }", ()),
        (JAVA, "public class A { int f(int a); }", "class A { private int f(int b) { return 1; } }",
         ("`A.f` is not exported",)),
    ],
)  # fmt: skip
def test_declarations_that_the_code_does_not_keep(language, declared, code, said):
    assert language.missing_declarations(declared, code) == said


def test_the_form_of_a_declared_interface():
    assert JS.declared_form("export function f(a)") == JS.declared_form("// now\nexport function  f( a )\n")
    assert JS.declared_form("export function f(a)") != JS.declared_form("export function f(b)")


# ── tests ───────────────────────────────────────────────────────────────────────────────────────

JS_TESTS = """
import test, { describe, it } from "node:test";
import { count } from "../src/count.js";
const helper = require("./helper");

// @req FR-001, FR-002
test("adds", () => {});
describe("many", () => {
  it("words", async () => { /* nothing */ });
  it.skip('lines', () => {});
});
for (const n of [1, 2]) test(`takes ${n}`, () => {});
"""


def test_tests_of_javascript():
    assert JS.test_functions(JS_TESTS) == (("adds", ("FR-001", "FR-002")), ("many::words", ()), ("many::lines", ()))
    assert JS.imported_modules(JS_TESTS) == {"node:test", "../src/count.js", "./helper"}


def test_tests_of_go():
    found = GO.test_functions(
        "package a\n// @req FR-1\nfunc TestA(t *testing.T) {}\nfunc Testify(t *testing.T) {}\nfunc TestMain(m *testing.M) {}\n"
    )
    assert found == (("TestA", ("FR-1",)),)


def test_tests_of_rust():
    found = RUST.test_functions("#[test]\nfn a() {}\nfn b() {}\nmod m { #[test] #[should_panic] fn c() {} }\n")
    assert found == (("a", ()), ("m::c", ()))


def test_tests_of_java():
    found = JAVA.test_functions(
        "class T { @Test void a() {} void b() {} @Nested class In { @ParameterizedTest @V(1) void c(int x) {} } }"
    )
    assert found == (("T::a", ()), ("T::In::c", ()))


def test_comments_and_formatting_of_a_test_do_not_count():
    changed = JS_TESTS.replace("/* nothing */", "").replace("() => {}", "()  =>  { }").replace("\n", "\n\n")
    assert JS.test_form(changed) == JS.test_form(JS_TESTS)
    assert JS.test_form(JS_TESTS.replace('"adds"', '"adds "')) != JS.test_form(JS_TESTS)
    assert JS.test_form("return\nx") != JS.test_form("return x")


def test_tests_that_were_not_chosen_do_not_count():
    form = JS.test_form(JS_TESTS, ("many::words",))
    assert form == JS.test_form(JS_TESTS.replace('test("adds", () => {});', 'test("gone", () => 1);'), ("many::words",))
    assert form != JS.test_form(JS_TESTS.replace("async () => {", "() => {"), ("many::words",))


# ── places ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "code", "symbol", "place"),
    [
        (JS, "let a;\n/** Doc. */\nexport function f() {\n}\n", "f", (1, 4)),
        (JS, "class A {\n  // first\n  b() {}\n}\n", "A.b", (1, 3)),
        (GO, "package a\n\n// F is.\nfunc F() {\n}\n", "F", (2, 5)),
        (RUST, "/// Doc.\n#[must_use]\npub fn f() {}\n", "f", (0, 3)),
        (RUST, "struct A;\nimpl A {\n    fn b() {}\n}\n", "A.b", (2, 3)),
        (JAVA, "class A {\n  /** Doc. */\n  @Override\n  int b() { return 1; }\n}\n", "A.b", (1, 4)),
        (JAVA, "class A {}", "A.b", None),
    ],
)
def test_where_a_definition_stands(language, code, symbol, place):
    assert language.definition(code, symbol) == place


@pytest.mark.parametrize(
    ("language", "code", "error"),
    [
        (JS, "const é = 1;\nconst b = ;\n", (2, 9, "unexpected `=`")),
        (JS, "if (a {\n}\n", (1, 6, "`)` is missing")),
        (GO, "package a\nfunc f( {\n}\n", (2, 8, "`)` is missing")),
        (RUST, "fn f() { 1\n", (1, 10, "unexpected `1`")),
        (JAVA, "class A { int b() { return 1 } }", (1, 29, "`;` is missing")),
        (JAVA, "class A {}\0", (1, 1, "the file holds a NUL byte")),
    ],
)
def test_where_a_text_does_not_parse(language, code, error):
    assert language.syntax_error(code) == error


# ── anything ────────────────────────────────────────────────────────────────────────────────────

CODE = st.lists(
    st.sampled_from(
        [
            "class",
            "export",
            "default",
            "function",
            "func",
            "fn",
            "pub",
            "impl",
            "struct",
            "interface",
            "mod",
            "import",
            "test",
            "it",
            "describe",
            '"a"',
            "`b${",
            "(",
            ")",
            "{",
            "}",
            "[",
            "]",
            ";",
            ",",
            ".",
            "=",
            "=>",
            "->",
            ":",
            "::",
            "#",
            "#[test]",
            "@Test",
            "//",
            "/*",
            "*/",
            "///",
            "\\",
            "\n",
            "\t",
            "é",
            "\x00",
            "async",
            "static",
            "private",
            "module.exports",
            "package",
            "x",
            "1",
        ]
    )
).map(" ".join)


@ALL
@settings(deadline=None, max_examples=60)
@given(code=st.one_of(st.text(st.characters()), CODE), other=CODE)
@example(code="(" * 1200, other="")
@example(code="mod a {" * 1200, other="class A {" * 1200)
@example(code="describe('a', () => {" * 400, other="\ud800")
def test_nothing_is_raised_for_any_text(language, code, other):
    language.syntax_error(code)
    language.interface(code)
    language.test_form(code, ("a",))
    language.test_functions(code)
    language.imported_modules(code)
    language.missing_declarations(other, code)
    language.declared_form(code)
    language.definition(code, "a.b")


def test_an_unknown_language_promises_nothing():
    assert language_of("a.unknown") is text
    assert language_of("Makefile") is text


def test_a_python_project_imports_no_parser(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("tree_sitter")]:
        monkeypatch.delitem(sys.modules, name)
    assert language_of("a.py").interface("def f(): ...") == "def f(): ...\n"
    assert not [name for name in sys.modules if name.startswith("tree_sitter")]


def test_a_missing_parser_is_said_with_the_command_that_mends_it(tmp_path, monkeypatch, capfd):
    (tmp_path / "specs").mkdir()
    (tmp_path / "regen.toml").touch()
    (tmp_path / "a.js").write_text("export const a = 1;\n")
    (tmp_path / "specs/a.md").write_text(
        "---\ntarget: a.js\ntests: [a.test.js]\n---\n# A\n\n## Interface\n    export const a\n"
    )
    (tmp_path / "a.test.js").write_text('import "./a.js";\n')
    monkeypatch.chdir(tmp_path)
    trees._parser.cache_clear()
    monkeypatch.setitem(sys.modules, "tree_sitter_typescript", None)
    monkeypatch.setitem(sys.modules, "tree_sitter_javascript", None)
    assert main(["status"]) == 2
    err = capfd.readouterr().err
    trees._parser.cache_clear()
    assert err.endswith("hint: pip install 'regen[languages]'\n")
    assert err.startswith("error: the package tree_sitter_")

"""What no honest unit writes: reaching into the tool that tests it, or asking whether it is being tested.

A first sieve before anything is run, by the syntax tree; names built at run time evade it, so it is not the last.
"""

from __future__ import annotations

import functools
import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from regen.checks.language_tests.trees import root_of
from regen.languages import language_of
from regen.languages.trees import flat, plain, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tree_sitter import Node

# What a process tells of itself that a program may well ask for (memory, limits, control groups) stays open to it.
_PROCESS = re.compile(
    r"/proc(?:/?$|/(?:self|thread-self|\d+|…)(?:/?$|/(?:environ|cmdline|fd|fdinfo|maps|smaps|mem|exe|cwd|root|task|map_files)\b))"
    r"|^/dev/fd(?:/|$)"
)
_STRINGS = {"string", "template_string", "interpreted_string_literal", "raw_string_literal", "string_literal"}
_JS_TESTS = re.compile(r"node:test(?:/.*)?|node:inspector(?:/.*)?")
_JS_IMPORTED = re.compile(r"(?:node:)?(?:test/reporters|inspector)(?:/.*)?|(?:@vitest/.*|vitest(?:/.*)?)")
_JS_ASKS = re.compile(r"VITEST(?:_.*)?|NODE_TEST_CONTEXT|__vitest_.*")
_JS_LOCKED = {"assert", "node:assert", "assert/strict", "node:assert/strict"}
_JS_SETTERS = re.compile(r"(?:Object|Reflect)\.(?:assign|definePropert(?:y|ies)|set|setPrototypeOf|deleteProperty)")
_JS_INSIDES = {"import.meta.vitest", "process.binding", "process._linkedBinding", "process.reallyExit"}
_GO_ASKS = re.compile(
    r"-{0,2}test\.(?:v|run|short|timeout|count|list|skip|bench|parallel|paniconexit0|testlogfile)(?:=.*)?"
)
_RUST_EARLY = re.compile(r"\.(?:pre)?init_array|\.ctors|\.fini_array|\.dtors|__mod_(?:init|term)_func|\.CRT")
_JAVA_TESTS = re.compile(r"(?:org\.junit|junit\.framework|org\.opentest4j)(?:\.[\w.$]+)?")
_JAVA_STANDARD = frozenset(
    re.findall(
        r"\w+",
        """Assert Assertions Assumptions Assume Test ParameterizedTest RepeatedTest Nested BeforeEach AfterEach
        BeforeAll
        AfterAll Before After Disabled Ignore DisplayName TestFactory DynamicTest Arrays BigDecimal BigInteger Boolean
        Byte
        Character CharSequence Class Collections Collectors Comparable Double Duration Enum Error Exception Float
        Integer
        Iterable List Long Map Math Number Object Objects Optional Runnable RuntimeException Set Short Stream StrictMath
        String StringBuilder System Thread Throwable ArithmeticException AssertionError ClassCastException
        IllegalArgumentException IllegalStateException IndexOutOfBoundsException NullPointerException""",
    )
)
_JAVA_TYPES = {"class_declaration", "interface_declaration", "enum_declaration", "record_declaration",
               "annotation_type_declaration"}  # fmt: skip


def screen(files: Mapping[str, str], tests: Mapping[str, str]) -> str:
    """Return where and what the first suspicious thing is in a candidate, or an empty string.

    `tests` maps the test files to their texts.
    """
    stems = frozenset(posixpath.splitext(posixpath.basename(path))[0] for path in files)
    for path, text in files.items():
        look = _LOOKS.get(language_of(path).NAME)
        if look is None or path in tests:
            continue
        found = _first(path, text)
        if found is None and look is _java:
            found = _shadow(root_of(path, text), stems, tests)
        if found is None:
            found = _reads_tests(path, root_of(path, text), tests)
        if found is not None:
            return f"{path}:{found[0]} {found[1]}"
    return ""


@functools.lru_cache(maxsize=256)
def _first(path: str, text: str) -> tuple[int, str] | None:
    look, root = _LOOKS[language_of(path).NAME], root_of(path, text)
    for node, said in look(root):
        return node.start_point[0] + 1, said
    for node in walk(root):
        said_by = folded(node)
        if said_by is not None and _PROCESS.search(said_by):
            return node.start_point[0] + 1, f"looks into its own process ({said_by})"
    return None


def folded(node: Node) -> str | None:
    """Return what a constant text says, parts joined by `+` too, or None; what is put into it at run time is `…`."""
    if node.type in _STRINGS:
        inner = [child for child in node.children if child.is_named]
        if node.type == "raw_string_literal" and not inner:
            return plain(node).strip('`r#"')
        return "".join(
            _unescaped(plain(child)) if "escape" in child.type
            else "…" if "substitution" in child.type or "interpolation" in child.type else plain(child)
            for child in inner
        )  # fmt: skip
    if node.type == "binary_expression" and plain(node.child_by_field_name("operator")) == "+":
        sides = [node.child_by_field_name(side) for side in ("left", "right")]
        parts = [folded(side) for side in sides if side is not None]
        return None if None in parts else "".join(part for part in parts if part is not None)
    if node.type == "parenthesized_expression" and node.named_child_count == 1:
        return folded(node.named_children[0])
    return None


def _unescaped(text: str) -> str:
    found = re.fullmatch(r"\\(?:x|u\{?)([0-9a-fA-F]+)\}?", text)
    return chr(int(found[1], 16)) if found and int(found[1], 16) < 0x110000 else text.removeprefix("\\")  # noqa: PLR2004


def _ancestor(node: Node, kinds: set[str]) -> Node | None:
    above = node.parent
    while above is not None and above.type not in kinds:
        above = above.parent
    return above


# ── one language each ───────────────────────────────────────────────────────────────────────────


def _javascript(root: Node) -> Iterator[tuple[Node, str]]:
    locked = {"JSON", *_bound_to_assert(root)}
    makers = re.findall(r"(\w+)\s*=\s*(?:\w+\.)?createRequire\b", plain(root))
    for node in walk(root):
        text = folded(node)
        if text is not None:
            if _JS_TESTS.fullmatch(text) or (_JS_IMPORTED.fullmatch(text) and _is_imported(node, makers)):
                yield node, f"names {text}, which belongs to the tests"
            elif _JS_ASKS.fullmatch(text):
                yield node, f"asks whether it is being tested ({text})"
        elif node.type in {"property_identifier", "identifier"} and _JS_ASKS.fullmatch(plain(node)):
            yield node, f"asks whether it is being tested ({plain(node)})"
        elif node.type == "member_expression" and flat(node) in _JS_INSIDES:
            yield node, f"reaches into what runs its tests ({flat(node)})"
        elif plain(node) == "syncBuiltinESMExports":
            yield node, "changes modules of node for others (syncBuiltinESMExports)"
        elif node.type in {"assignment_expression", "augmented_assignment_expression"}:
            changed = _owner(node.child_by_field_name("left"))
            if changed in locked or changed == "Object.prototype":
                yield node, f"changes {changed}, which its tests stand on"
        elif node.type == "call_expression" and _JS_SETTERS.fullmatch(flat(node.child_by_field_name("function"))):
            arguments = node.child_by_field_name("arguments")
            changed = flat(arguments.named_children[0]) if arguments is not None and arguments.named_children else ""
            if changed.partition(".")[0] in locked or changed == "Object.prototype":
                yield node, f"changes {changed}, which its tests stand on"


def _is_imported(node: Node, makers: list[str]) -> bool:
    above = node.parent
    if above is not None and above.type == "arguments":
        called = flat(above.parent.child_by_field_name("function")) if above.parent is not None else ""
        return called in {"require", "import", *makers} or called.endswith((".getBuiltinModule", ".require"))
    return above is not None and above.type in {"import_statement", "export_statement"}


def _bound_to_assert(root: Node) -> Iterator[str]:
    """Return the names by which the module of assertions is known in a file."""
    for node in walk(root):
        if node.type == "import_statement" and folded(node.child_by_field_name("source") or node) in _JS_LOCKED:
            for clause in (child for child in node.children if child.type == "import_clause"):
                yield from (plain(inner) for inner in walk(clause)
                            if inner.type == "identifier" and inner.parent is not None
                            and inner.parent.type in {"import_clause", "namespace_import"})  # fmt: skip
        elif node.type == "variable_declarator":
            value, name = node.child_by_field_name("value"), node.child_by_field_name("name")
            arguments = value.child_by_field_name("arguments") if value is not None else None
            first = arguments.named_children[0] if arguments is not None and arguments.named_child_count == 1 else None
            if name is not None and first is not None and folded(first) in _JS_LOCKED:
                yield plain(name)


def _owner(target: Node | None) -> str:
    """Return what an assignment changes: `assert` of `assert.a.b`, `Object.prototype` of `Object.prototype.a`."""
    if target is None or target.type not in {"member_expression", "subscript_expression"}:
        return ""
    owner = flat(target.child_by_field_name("object"))
    return owner if owner == "Object.prototype" else owner.partition(".")[0]


def _go(root: Node) -> Iterator[tuple[Node, str]]:
    for node in walk(root):
        if node.type == "import_spec" and folded(node.child_by_field_name("path") or node) in {
            "testing",
            "testing/internal/testdeps",
        }:
            yield node, "imports testing, which belongs to the tests"
        elif node.type == "comment" and plain(node).startswith("//go:linkname"):
            yield node, "reaches into another package (go:linkname)"
        elif node.type in _STRINGS and _GO_ASKS.fullmatch(folded(node) or ""):
            yield node, f"asks whether it is being tested ({folded(node)})"
        elif node.type == "assignment_statement":
            left = flat(node.child_by_field_name("left"))
            found = re.match(r"os\.(?:Args|Stdout|Stderr)\b", left)
            if found and _is_early(node):
                yield node, f"changes {found[0]} before its tests start"


def _is_early(node: Node) -> bool:
    """Say whether Go code runs before `main`: in an `init`, or for a variable of the package."""
    function = _ancestor(node, {"function_declaration", "method_declaration"})
    return function is None or flat(function.child_by_field_name("name")) == "init"


def _rust(root: Node) -> Iterator[tuple[Node, str]]:
    for node in walk(root):
        if node.type == "attribute_item":
            text = flat(node)
            early = re.search(r"\blink_section\b", text) and (_RUST_EARLY.search(text) or "concat" in text)
            if early or re.match(r"#\s*\[\s*(?:\w+\s*::\s*)*(?:ctor|dtor)\b", text):
                yield node, f"runs before or after the tests do ({text[:60]})"


def _java(root: Node) -> Iterator[tuple[Node, str]]:
    for node in walk(root):
        if node.type in {"scoped_identifier", "scoped_type_identifier", "field_access"}:
            text = flat(node)
        else:
            text = folded(node) or ""
        if _JAVA_TESTS.fullmatch(text):
            yield node, f"names {text}, which belongs to the tests"


_LOOKS: dict[str, Callable[[Node], Iterator[tuple[Node, str]]]] = {
    "javascript": _javascript, "typescript": _javascript, "go": _go, "rust": _rust, "java": _java,
}  # fmt: skip


# ── what depends on the tests ───────────────────────────────────────────────────────────────────


def _shadow(root: Node, stems: frozenset[str], tests: Mapping[str, str]) -> tuple[int, str] | None:
    """Return a type that tests of its package would take for Java's or JUnit's own; not one that a target names."""
    used = {plain(node) for path, text in tests.items() if path.endswith(".java") for node in walk(root_of(path, text))
            if node.type in {"identifier", "type_identifier"}}  # fmt: skip
    for node in root.named_children:
        name = plain(node.child_by_field_name("name")) if node.type in _JAVA_TYPES else ""
        if name in _JAVA_STANDARD and name in used and name not in stems:
            return node.start_point[0] + 1, f"declares a type {name}, which its tests would take for the standard one"
    return None


def _reads_tests(path: str, root: Node, tests: Mapping[str, str]) -> tuple[int, str] | None:
    """Return what takes the text of a test file into the program when it is compiled."""
    folder = posixpath.dirname(path)
    for node in walk(root):
        said = ""
        if node.type == "comment" and plain(node).startswith("//go:embed"):
            patterns = [word.strip('"`').removeprefix("all:") for word in plain(node).split()[1:]]
            said = next((word for word in patterns for test in tests if _embeds(folder, word, test)), "")
        elif node.type == "macro_invocation" and plain(node.child_by_field_name("macro")).startswith("include"):
            parts = "".join(folded(inner) or "" for inner in walk(node) if inner.type in _STRINGS)
            names = {posixpath.basename(test) for test in tests}
            said = parts if posixpath.basename(parts) in names or "tests" in parts.split("/") else ""
        if said:
            return node.start_point[0] + 1, f"takes its tests into the program ({said})"
    return None


def _embeds(folder: str, pattern: str, test: str) -> bool:
    inside = posixpath.relpath(test, folder or ".")
    parts = inside.split("/")
    return any(fnmatchcase("/".join(parts[:end]), pattern) for end in range(1, len(parts) + 1)) or pattern == "."

"""Languages whose texts tree-sitter parses: all that they share, from a list of declarations that each one makes.

The grammars are wheels of the extra `languages`, imported when a file of the language is first read. Where they are
missing, nothing stands in for them: another form of the same text would make the team's keys differ.
"""

from __future__ import annotations

import functools
import importlib
import re
from typing import TYPE_CHECKING, NamedTuple

from regen.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tree_sitter import Node, Parser

_WHOLE = re.compile(r"string|char|regex|template")
_REQUIREMENTS = re.compile(r"@req\s+([\w.#-]+(?:[ \t,]+[\w.#-]+)*)")
_NAMESPACE = re.compile(r"\s+")


class Declaration(NamedTuple):
    """Something with a name: `head` is its text without a body, `parameters` is None for what takes none.

    `node` is all of its text, what stands around it (`export`, attributes) included.
    """

    name: str
    node: Node
    head: str
    public: bool
    parameters: tuple[str, ...] | None = None
    members: tuple[Declaration, ...] = ()


class Test(NamedTuple):
    """A test as its file writes it; parts of the name are joined by `::`."""

    name: str
    node: Node


class Reading(NamedTuple):
    """How the texts of one language are read: what `TreeLanguage` must know besides the grammar."""

    declarations: Callable[[Node], Iterable[Declaration]]
    tests: Callable[[Node], Iterable[Test]]
    imports: Callable[[Node], Iterable[str]]
    doc: tuple[str, ...]
    declared_grammar: tuple[str, str] | None = None


class TreeLanguage:
    """One language; its functions are those of `languages/python.py`, which documents them.

    `grammar` is a package and the function in it that gives the grammar.
    """

    def __init__(self, name: str, grammar: tuple[str, str], reading: Reading) -> None:
        self.NAME = name
        self._grammar, self._reading = grammar, reading

    def syntax_error(self, text: str) -> tuple[int, int, str] | None:
        if "\0" in text:
            return 1, 1, "the file holds a NUL byte"
        root = self._root(text)
        if not root.has_error:
            return None
        wrong = [node for node in walk(root) if node.is_error or node.is_missing] or [root]
        bad = min(wrong, key=lambda node: node.end_byte - node.start_byte)
        while not bad.is_missing and bad.children:
            bad = bad.children[-1]
        row, column = bad.start_point
        line = text.encode("utf-8", "surrogatepass").split(b"\n")[row][:column]
        said = f"`{bad.type}` is missing" if bad.is_missing else f"unexpected `{flat(bad)[:40]}`"
        return row + 1, len(line.decode("utf-8", "replace")) + 1, said

    def interface(self, text: str) -> str:
        root = self._root(text)
        if root.has_error:
            return text
        try:
            found = [line for item in self._reading.declarations(root) for line in self._stub(item, "")]
        except RecursionError:
            return text
        return "\n".join(found) + "\n" if found else ""

    def _stub(self, item: Declaration, indent: str) -> Iterator[str]:
        if not item.public:
            return
        for comment in self._comments(item.node):
            if comment.startswith(self._reading.doc):
                lines = (line.strip() for line in comment.strip().split("\n"))
                yield from (f"{indent}{' ' * line.startswith('*')}{line}" for line in lines)
        yield f"{indent}{item.head}" + (" {" if item.members else "")
        for member in item.members:
            yield from self._stub(member, indent + "    ")
        if item.members:
            yield f"{indent}}}"

    def test_form(self, text: str, selected: tuple[str, ...] = ()) -> str:
        root = self._root(text)
        if root.has_error:
            return text
        left_out = set()
        if selected:
            left_out = {test.node.id for test in self._tests(root) if not _is_selected(test.name, selected)}
        return _form(root, left_out)

    def declared_form(self, declared: str) -> str:
        root = self._declared(declared)
        return declared.strip() if root.has_error else _form(root, set())

    def test_functions(self, text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = []
        for test in self._tests(self._root(text)):
            words = [word for comment in self._comments(test.node) for word in _REQUIREMENTS.findall(comment)]
            found.append((test.name, tuple(r for word in words for r in re.split(r"[\s,]+", word))))
        return tuple(found)

    def imported_modules(self, text: str) -> frozenset[str]:
        return frozenset(name for name in self._reading.imports(self._root(text)) if name.strip("./"))

    def missing_declarations(self, declared: str, text: str) -> tuple[str, ...]:
        """Return a sentence for each declared name that is not there, or takes another number of parameters."""
        try:
            wanted = self._reading.declarations(self._declared(declared))
            return tuple(_missing(wanted, list(self._reading.declarations(self._root(text))), ""))
        except RecursionError:
            return ()

    def definition(self, text: str, symbol: str) -> tuple[int, int] | None:
        """Return the lines of a definition, with the comments and attributes right above it."""
        try:
            items = list(self._reading.declarations(self._root(text)))
        except RecursionError:
            return None
        found: Declaration | None = None
        for part in symbol.split("."):
            found = next((item for item in reversed(items) if item.name == part), None)
            if found is None:
                return None
            items = list(found.members)
        if found is None:
            return None
        first = min([found.node.start_point[0], *(n.start_point[0] for n in comments_above(found.node))])
        return first, found.node.end_point[0] + 1

    def _comments(self, node: Node) -> list[str]:
        return [plain(comment) for comment in comments_above(node) if "comment" in comment.type]

    def _tests(self, root: Node) -> list[Test]:
        try:
            return list(self._reading.tests(root))
        except RecursionError:
            return []

    def _root(self, text: str) -> Node:
        return _parser(*self._grammar).parse(text.encode("utf-8", "surrogatepass")).root_node

    def _declared(self, text: str) -> Node:
        grammar = self._reading.declared_grammar or self._grammar
        return _parser(*grammar).parse(text.encode("utf-8", "surrogatepass")).root_node


@functools.cache
def _parser(package: str, function: str) -> Parser:
    try:
        core, grammar = importlib.import_module("tree_sitter"), importlib.import_module(package)
    except ImportError as error:
        message = f"the package {error.name or package} is missing, which reads this project's language"
        raise InputError(Problem(message=message, hint="pip install 'regen[languages]'")) from None
    parser: Parser = core.Parser(core.Language(getattr(grammar, function)()))
    return parser


# ── reading trees ───────────────────────────────────────────────────────────────────────────────


def walk(root: Node) -> Iterator[Node]:
    """Return the node and all below it, in the order of the text, however deep they lie."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))


def plain(node: Node | None) -> str:
    """Return the node's text as it stands."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def flat(node: Node | None) -> str:
    """Return the node's text in one line, without comments."""
    return between(node, None)


def between(node: Node | None, until: Node | None) -> str:
    """Return the node's text up to the start of `until`, in one line, without comments."""
    if node is None:
        return ""
    data, start = node.text or b"", node.start_byte
    end = until.start_byte if until is not None else node.end_byte
    parts, place = [], start
    for inner in walk(node):
        if "comment" in inner.type and place <= inner.start_byte < end:
            parts.append(data[place - start : inner.start_byte - start])
            place = max(place, inner.end_byte)
    parts.append(data[place - start : end - start] if place < end else b"")
    return _NAMESPACE.sub(" ", b" ".join(parts).decode("utf-8", "replace")).strip()


def comments_above(node: Node) -> list[Node]:
    """Return the comments and attributes that stand right above a node, from the top."""
    found: list[Node] = []
    row, above = node.start_point[0], node.prev_sibling
    while above is not None and ("comment" in above.type or above.type == "attribute_item"):
        # A Rust comment for documentation holds its line's end.
        last = above.end_point[0] - (above.end_point[1] == 0)
        before = above.prev_sibling
        if last < row - 1 or ("comment" in above.type and _speaks_of(before, above)):
            break
        found.append(above)
        row, above = above.start_point[0], before
    return found[::-1]


def _speaks_of(before: Node | None, comment: Node) -> bool:
    """Return whether a comment stands behind `before`, on its line."""
    return (
        before is not None and before.is_named and "comment" not in before.type
        and before.end_point[0] == comment.start_point[0] and before.end_point[1] > 0
    )  # fmt: skip


def names(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Return the texts of the nodes that are no comments, in one line each."""
    return tuple(flat(node) for node in nodes if "comment" not in node.type)


def _form(root: Node, left_out: set[int]) -> str:
    """Return the tree as text: its shape, and what its leaves say; no comments, no white space between leaves."""
    parts: list[str] = []
    pending: list[Node | str] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            parts.append(node)
        elif "comment" in node.type or node.id in left_out:
            continue
        elif not node.children or _WHOLE.search(node.type):
            parts.append(plain(node))
        else:
            parts.append(f"({node.type}")
            pending.append(")")
            pending.extend(_with_gaps(node))
    return "\n".join(parts)


def _with_gaps(node: Node) -> list[Node | str]:
    """Return the children, last first, and what text stands between them that no child holds."""
    data, place = node.text or b"", node.start_byte
    parts: list[Node | str] = []
    for child in node.children:
        parts += [data[place - node.start_byte : child.start_byte - node.start_byte].decode("utf-8", "replace"), child]
        place = child.end_byte
    parts.append(data[place - node.start_byte :].decode("utf-8", "replace"))
    return [part for part in reversed(parts) if not isinstance(part, str) or part.strip()]


def _is_selected(name: str, selected: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(f"{one}::") for one in selected)


def _missing(wanted: Iterable[Declaration], found: list[Declaration], prefix: str) -> Iterator[str]:
    for item in wanted:
        same = [other for other in found if other.name == item.name]
        if not item.name or (prefix and not item.public):
            continue
        if not same:
            yield f"`{prefix}{item.name}` is not defined"
        elif item.public and not any(other.public for other in same):
            yield f"`{prefix}{item.name}` is not exported"
        elif item.parameters is not None and (have := [s.parameters for s in same if s.parameters is not None]):
            if len(item.parameters) not in {len(parameters) for parameters in have}:
                takes, declares = ", ".join(have[0]), ", ".join(item.parameters)
                yield f"`{prefix}{item.name}` takes ({takes}), the spec declares ({declares})"
        else:
            members = [member for other in same for member in other.members]
            yield from _missing(item.members, members, f"{prefix}{item.name}.")

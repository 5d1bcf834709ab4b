"""Java: what a class shows to others, and the methods that JUnit runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.languages.trees import Declaration, Reading, Test, TreeLanguage, between, flat, names, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_TYPES = {"class_declaration", "interface_declaration", "enum_declaration", "record_declaration",
          "annotation_type_declaration"}  # fmt: skip
_CALLABLE = {"method_declaration", "constructor_declaration", "compact_constructor_declaration",
             "annotation_type_element_declaration"}  # fmt: skip
_FIELDS = {"field_declaration", "constant_declaration"}
_TESTS = {"Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate"}


def _declarations(root: Node) -> Iterator[Declaration]:
    for node in root.named_children:
        if node.type == "package_declaration":
            yield Declaration("", node, flat(node).rstrip(" ;"), public=True)
        yield from _member(node)


def _member(node: Node) -> Iterator[Declaration]:
    name, body = flat(node.child_by_field_name("name")), node.child_by_field_name("body")
    public = "private" not in _modifiers(node)
    if node.type in _TYPES:
        members = tuple(item for child in _children(body) for item in _member(child))
        yield Declaration(name, node, between(node, body), public, None, members)
    elif node.type in _CALLABLE:
        parameters = node.child_by_field_name("parameters")
        taken = names(parameters.named_children) if parameters is not None else ()
        yield Declaration(name, node, between(node, body).rstrip(" ;"), public, taken)
    elif node.type in _FIELDS:
        kind = between(node, node.child_by_field_name("declarator"))
        for declarator in node.children_by_field_name("declarator"):
            called = flat(declarator.child_by_field_name("name"))
            yield Declaration(called, node, f"{kind} {called}", public)
    elif node.type == "enum_constant":
        yield Declaration(name, node, flat(node), public=True)


def _children(body: Node | None) -> Iterator[Node]:
    for child in body.named_children if body is not None else ():
        if child.type == "enum_body_declarations":
            yield from child.named_children
        else:
            yield child


def _modifiers(node: Node) -> set[str]:
    found = next((child for child in node.children if child.type == "modifiers"), None)
    return {flat(child) for child in found.children} if found is not None else set()


def _tests(root: Node) -> Iterator[Test]:
    pending: list[tuple[Node, str]] = [(root, "")]
    while pending:
        node, prefix = pending.pop()
        name = flat(node.child_by_field_name("name"))
        if node.type in _TYPES:
            inner = [(child, f"{prefix}{name}::") for child in _children(node.child_by_field_name("body"))]
            pending += reversed(inner)
        elif node.type == "method_declaration" and _is_test(node):
            yield Test(prefix + name, node)
        elif node == root:
            pending += [(child, prefix) for child in reversed(node.named_children)]


def _is_test(node: Node) -> bool:
    marks = (word.lstrip("@").partition("(")[0].strip() for word in _modifiers(node) if word.startswith("@"))
    return any(mark.rpartition(".")[2] in _TESTS for mark in marks)


def _imports(root: Node) -> Iterator[str]:
    for node in walk(root):
        if node.type == "import_declaration":
            yield flat(next((c for c in node.named_children if c.type in {"scoped_identifier", "identifier"}), None))


JAVA = TreeLanguage("java", ("tree_sitter_java", "language"), Reading(_declarations, _tests, _imports, ("/**",)))

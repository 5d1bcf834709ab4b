"""Rust: what a module makes public, and the functions marked as tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regen.languages.trees import (
    Declaration,
    Reading,
    Test,
    TreeLanguage,
    between,
    comments_above,
    flat,
    names,
    plain,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_FUNCTIONS = {"function_item", "function_signature_item"}
_WHOLE = {"enum_item", "type_item", "trait_item", "associated_type", "union_item"}
_VALUES = {"const_item", "static_item"}
_TEST = re.compile(r"#\[\s*(?:\w+\s*::\s*)*test\s*(?:\(.*\))?\]", re.DOTALL)


def _declarations(root: Node) -> Iterator[Declaration]:
    yield from _items(root, inherit=False)


def _items(parent: Node, *, inherit: bool) -> Iterator[Declaration]:
    """Return what stands in a file, a module or an impl; `inherit` says that all of it is as public as the whole."""
    methods: dict[str, list[Declaration]] = {}
    for node in parent.named_children:
        body = node.child_by_field_name("body")
        if node.type == "impl_item" and node.child_by_field_name("trait") is None and body is not None:
            kind = flat(node.child_by_field_name("type")).partition("<")[0]
            methods.setdefault(kind, []).extend(_items(body, inherit=False))
    for node in parent.named_children:
        name, body = flat(node.child_by_field_name("name")), node.child_by_field_name("body")
        public = inherit or any(child.type == "visibility_modifier" for child in node.children)
        marks = "".join(f"{flat(n)} " for n in comments_above(node) if n.type == "attribute_item")
        if node.type in _FUNCTIONS:
            head = between(node, body).rstrip(" ;")
            yield Declaration(name, node, marks + head, public, _parameters(node))
        elif node.type == "trait_item" and body is not None:
            members = tuple(_items(body, inherit=True))
            yield Declaration(name, node, marks + between(node, body), public, None, members)
        elif node.type in {"struct_item", *_WHOLE}:
            head = marks + (_struct(node) if node.type == "struct_item" else flat(node).rstrip(" ;"))
            yield Declaration(name, node, head, public, None, tuple(methods.pop(name, ())))
        elif node.type in _VALUES:
            kind = flat(node.child_by_field_name("type"))
            yield Declaration(name, node, f"{marks}{between(node, node.child_by_field_name('value')).rstrip(' =;')}"
                              if kind else name, public)  # fmt: skip
        elif node.type == "mod_item":
            members = tuple(_items(body, inherit=False)) if body is not None else ()
            yield Declaration(name, node, marks + between(node, body).rstrip(" ;"), public, None, members)
        elif node.type == "impl_item":
            if node.child_by_field_name("trait") is not None:
                yield Declaration("", node, between(node, body), public=True)
        elif node.type == "macro_definition":
            yield Declaration(name, node, f"{marks}macro_rules! {name}", "macro_export" in marks)
        elif node.type == "use_declaration":
            yield Declaration("", node, flat(node).rstrip(" ;"), public)
    for kind, left in methods.items():  # of types that stand elsewhere
        first = left[0].node.parent if left else None
        if first is not None and first.parent is not None:
            yield Declaration(kind, first.parent, between(first.parent, first), True, None, tuple(left))  # noqa: FBT003


def _struct(node: Node) -> str:
    """Return a struct without its private fields."""
    body = node.child_by_field_name("body")
    if body is None:
        return flat(node).rstrip(" ;")
    if body.type == "ordered_field_declaration_list":
        return flat(node).rstrip(" ;")
    fields = [flat(field) for field in body.named_children
              if any(child.type == "visibility_modifier" for child in field.children)]  # fmt: skip
    return f"{between(node, body)} {{ {', '.join(fields)} }}"


def _parameters(node: Node) -> tuple[str, ...]:
    parameters = node.child_by_field_name("parameters")
    shown = [n for n in parameters.named_children if n.type != "attribute_item"] if parameters is not None else []
    return names(node.child_by_field_name("pattern") or node for node in shown)


def _tests(root: Node) -> Iterator[Test]:
    pending: list[tuple[Node, str]] = [(root, "")]
    while pending:
        node, prefix = pending.pop()
        name = flat(node.child_by_field_name("name"))
        if node.type == "function_item" and any(_TEST.fullmatch(plain(mark)) for mark in comments_above(node)):
            yield Test(prefix + name, node)
        body = node.child_by_field_name("body") if node.type == "mod_item" else node if node == root else None
        inner = f"{prefix}{name}::" if node.type == "mod_item" else prefix
        pending += [(child, inner) for child in reversed(body.named_children)] if body is not None else []


def _imports(root: Node) -> Iterator[str]:
    for node in walk(root):
        if node.type == "use_declaration":
            yield flat(node.child_by_field_name("argument"))
        elif node.type == "mod_item" and node.child_by_field_name("body") is None:
            yield f"./{flat(node.child_by_field_name('name'))}"


RUST = TreeLanguage(
    "rust", ("tree_sitter_rust", "language"), Reading(_declarations, _tests, _imports, ("///", "/**", "//!"))
)

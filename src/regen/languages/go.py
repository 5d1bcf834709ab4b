"""Go: what a package exports, and the tests that `go test` runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regen.languages.trees import Declaration, Reading, Test, TreeLanguage, between, flat, plain, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_TEST = re.compile(r"(?:Test|Fuzz)(?:[^a-z].*)?", re.DOTALL)
_SPECS = {"const_spec", "var_spec", "type_spec", "type_alias"}
_NAME = re.compile(r"[A-Za-z_]\w*")


def _declarations(root: Node) -> Iterator[Declaration]:
    methods: dict[str, list[Declaration]] = {}
    for node in root.children:
        if node.type == "method_declaration":
            words = _NAME.findall(flat(node.child_by_field_name("receiver")).partition("[")[0])
            methods.setdefault(words[-1] if words else "", []).append(_function(node))
    for node in root.children:
        if node.type == "package_clause":
            yield Declaration("", node, flat(node), public=True)
        elif node.type == "function_declaration":
            yield _function(node)
        elif node.type in {"const_declaration", "var_declaration", "type_declaration"}:
            for spec in _specs(node):
                yield from _specified(plain(node.children[0]), spec, node, methods)
    for left in methods.values():  # of types that other files of the package declare
        yield from left


def _specs(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type in _SPECS:
            yield child
        elif child.type == "var_spec_list":
            yield from (inner for inner in child.named_children if inner.type in _SPECS)


def _specified(keyword: str, spec: Node, outer: Node, methods: dict[str, list[Declaration]]) -> Iterator[Declaration]:
    node = outer if sum(1 for _ in _specs(outer)) == 1 else spec
    if keyword == "type":
        name = flat(spec.child_by_field_name("name"))
        head = f"type {_type_text(spec)}"
        yield Declaration(name, node, head, _public(name), None, tuple(methods.pop(name, ())))
        return
    kind = flat(spec.child_by_field_name("type"))
    for called in spec.children_by_field_name("name"):
        name = flat(called)
        if _NAME.fullmatch(name):
            yield Declaration(name, node, f"{keyword} {name} {kind}".rstrip(), _public(name))


def _type_text(spec: Node) -> str:
    """Return the type as it is declared, a struct without the fields that are the package's own."""
    kind = spec.child_by_field_name("type")
    if kind is None or kind.type != "struct_type":
        return flat(spec)
    fields = [field for inner in kind.named_children for field in inner.named_children if "comment" not in field.type]
    shown = []
    for field in fields:
        called = field.children_by_field_name("name")
        names = [flat(name) for name in called if _public(flat(name))]
        if not called:
            shown.append(flat(field))
        elif names:
            shown.append(f"{', '.join(names)} {flat(field.child_by_field_name('type'))} "
                         f"{flat(field.child_by_field_name('tag'))}".rstrip())  # fmt: skip
    return f"{between(spec, kind)} struct {{ {'; '.join(shown)} }}"


def _function(node: Node) -> Declaration:
    name = flat(node.child_by_field_name("name"))
    head = between(node, node.child_by_field_name("body"))
    return Declaration(name, node, head, _public(name), _parameters(node))


def _parameters(node: Node) -> tuple[str, ...]:
    found: list[str] = []
    parameters = node.child_by_field_name("parameters")
    for child in parameters.named_children if parameters is not None else ():
        if "comment" not in child.type:
            found += [flat(name) for name in child.children_by_field_name("name")] or [flat(child)]
    return tuple(found)


def _public(name: str) -> bool:
    return name[:1].isupper()


def _tests(root: Node) -> Iterator[Test]:
    for node in root.children:
        name = flat(node.child_by_field_name("name")) if node.type == "function_declaration" else ""
        if _TEST.fullmatch(name) and re.search(r"\*\w+\.[TF]\b", flat(node.child_by_field_name("parameters"))):
            yield Test(name, node)


def _imports(root: Node) -> Iterator[str]:
    for node in walk(root):
        if node.type == "import_spec":
            yield plain(node.child_by_field_name("path")).strip('"`')


GO = TreeLanguage("go", ("tree_sitter_go", "language"), Reading(_declarations, _tests, _imports, ("//", "/*")))

"""JavaScript and TypeScript: what a module exports, and the tests of node's runner, vitest and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.languages.trees import Declaration, Reading, Test, TreeLanguage, between, flat, names, plain, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_CALLABLE = {"arrow_function", "function_expression", "generator_function", "function"}
_FUNCTIONS = {"function_declaration", "generator_function_declaration", "function_signature"}
_CLASSES = {"class_declaration", "abstract_class_declaration", "class"}
_METHODS = {"method_definition", "method_signature", "abstract_method_signature"}
_TYPES = {"interface_declaration", "type_alias_declaration", "enum_declaration", "internal_module", "module"}
_VARIABLES = {"lexical_declaration", "variable_declaration"}
_GROUPS = {"describe", "suite"}
_TESTS = {"test", "it"}


def _declarations(root: Node) -> Iterator[Declaration]:
    shared = _shared_names(root)
    for node in root.children:
        if node.type == "export_statement":
            yield from _exported(node)
        elif node.type == "expression_statement" and _assigned_exports(node) is not None:
            yield from _assigned(node)
        else:
            inner = node
            if node.type == "ambient_declaration":
                inner = next((child for child in node.named_children if "comment" not in child.type), node)
            for item in _declared(inner, node):
                yield item._replace(public=item.name in shared)


def _shared_names(root: Node) -> set[str]:
    """Return the names that `export { a }`, `export default a` and `module.exports = { a }` give away."""
    found: set[str] = set()
    for node in root.children:
        if node.type == "export_statement":
            for clause in (child for child in node.children if child.type == "export_clause"):
                found |= {flat(c.child_by_field_name("name")) for c in clause.named_children if c.type != "comment"}
            value = node.child_by_field_name("value")
            if value is not None and value.type == "identifier":
                found.add(plain(value))
        value = _assigned_exports(node)
        if value is not None:
            found |= {plain(v) for v in [value, *_values(value)] if "identifier" in v.type}
    return found


def _values(node: Node) -> Iterator[Node]:
    for child in node.named_children if node.type == "object" else ():
        value = child.child_by_field_name("value") if child.type == "pair" else child
        if value is not None:
            yield value


def _assigned_exports(statement: Node) -> Node | None:
    """Return the right side of `module.exports = …` and `exports.a = …`."""
    node = (
        statement.named_children[0] if statement.type == "expression_statement" and statement.named_children else None
    )
    if node is None or node.type != "assignment_expression":
        return None
    left = flat(node.child_by_field_name("left"))
    if left == "module.exports" or left.startswith(("module.exports.", "exports.")):
        return node.child_by_field_name("right")
    return None


def _assigned(statement: Node) -> Iterator[Declaration]:
    left = flat(statement.named_children[0].child_by_field_name("left"))
    value = _assigned_exports(statement)
    assert value is not None
    if value.type == "object":
        for entry in value.named_children:
            if entry.type == "method_definition":
                yield _method(entry)
        shown = [flat(e.child_by_field_name("key") or e.child_by_field_name("name") or e)
                 for e in value.named_children if "comment" not in e.type]  # fmt: skip
        yield Declaration("", statement, f"{left} = {{ {', '.join(shown)} }}", public=True)
        return
    head, parameters, members = _value(value)
    name = "" if left == "module.exports" else left.rpartition(".")[2]
    yield Declaration(name, statement, f"{left} = {head}", True, parameters, members)  # noqa: FBT003


def _exported(node: Node) -> Iterator[Declaration]:
    inner, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
    prefix = "export default " if any(child.type == "default" for child in node.children) else "export "
    if inner is not None:
        if inner.type == "ambient_declaration":
            inner = next((child for child in inner.named_children if "comment" not in child.type), inner)
        for item in _declared(inner, node):
            yield item._replace(public=True, head=prefix + item.head)
    elif value is not None:
        head, parameters, members = _value(value)
        head = plain(value) if value.type == "identifier" else head
        yield Declaration(flat(value.child_by_field_name("name")), node, prefix + head, True, parameters, members)  # noqa: FBT003
    else:
        yield Declaration("", node, flat(node).rstrip(";"), public=True)


def _declared(node: Node, outer: Node) -> Iterator[Declaration]:
    name, body = flat(node.child_by_field_name("name")), node.child_by_field_name("body")
    if node.type in _FUNCTIONS:
        head = between(node, body).rstrip(" ;")
        yield Declaration(name, outer, head, False, _parameters(node))  # noqa: FBT003
    elif node.type in _CLASSES:
        head, _, members = _value(node)
        yield Declaration(name, outer, head, False, None, members)  # noqa: FBT003
    elif node.type in _TYPES:
        yield Declaration(name, outer, flat(node).rstrip(" ;"), public=False)
    elif node.type in _VARIABLES:
        for variable in (child for child in node.named_children if child.type == "variable_declarator"):
            value, called = variable.child_by_field_name("value"), variable.child_by_field_name("name")
            head, parameters, members = _value(value)
            shown = f"{flat(node.children[0])} {flat(called)}{flat(variable.child_by_field_name('type'))}"
            shown += f" = {head}" if value is not None else ""
            yield Declaration(flat(called), outer, shown, False, parameters, members)  # noqa: FBT003


def _value(node: Node | None) -> tuple[str, tuple[str, ...] | None, tuple[Declaration, ...]]:
    """Return a value's text without bodies, what it takes, and what it has; `…` for all that is no code."""
    if node is not None and node.type in _CALLABLE:
        return between(node, node.child_by_field_name("body")), _parameters(node), ()
    if node is not None and node.type in _CLASSES:
        body = node.child_by_field_name("body")
        members = tuple(_members(body)) if body is not None else ()
        return between(node, body), None, members
    return "…", None, ()


def _members(body: Node) -> Iterator[Declaration]:
    for node in body.named_children:
        if node.type in _METHODS:
            yield _method(node)
        elif node.type in {"field_definition", "public_field_definition"}:
            name = flat(node.child_by_field_name("property") or node.child_by_field_name("name"))
            value = node.child_by_field_name("value")
            head, parameters, _ = _value(value)
            shown = between(node, value).rstrip(" =;") + (f" = {head}" if value is not None else "")
            yield Declaration(name, node, shown, not _private(node, name), parameters)


def _method(node: Node) -> Declaration:
    name = flat(node.child_by_field_name("name"))
    head = between(node, node.child_by_field_name("body")).rstrip(" ;")
    return Declaration(name, node, head, not _private(node, name), _parameters(node))


def _private(node: Node, name: str) -> bool:
    access = next((plain(child) for child in node.children if child.type == "accessibility_modifier"), "")
    return name.startswith("#") or access == "private"


def _parameters(node: Node) -> tuple[str, ...] | None:
    single, several = node.child_by_field_name("parameter"), node.child_by_field_name("parameters")
    if single is not None:
        return (flat(single),)
    return names(several.named_children) if several is not None else ()


# ── tests and imports ───────────────────────────────────────────────────────────────────────────


def _tests(root: Node) -> Iterator[Test]:
    pending: list[tuple[Node, str]] = [(root, "")]
    while pending:
        node, prefix = pending.pop()
        if node.type == "call_expression":
            kind, name, arguments = _called(node)
            if kind in _TESTS:
                if name:
                    yield Test(prefix + name, node.parent if _is_statement(node.parent) else node)  # type: ignore[arg-type]
                continue
            if kind in _GROUPS and arguments is not None:
                pending += [(child, f"{prefix}{name}::") for child in reversed(arguments.children)] if name else []
                continue
        pending += [(child, prefix) for child in reversed(node.children)]


def _is_statement(node: Node | None) -> bool:
    return node is not None and node.type == "expression_statement"


def _called(node: Node) -> tuple[str, str, Node | None]:
    """Return `test` or `describe` and the like, the name given where it is a plain text, and the arguments."""
    words = flat(node.child_by_field_name("function")).split(".")
    arguments = node.child_by_field_name("arguments")
    first = next((c for c in arguments.named_children if "comment" not in c.type), None) if arguments else None
    name = _string(first)
    if words[0] not in _TESTS | _GROUPS or "each" in words or "hooks" in words or words[-1] in {"before", "after"}:
        return "", name, arguments
    kind = next((word for word in reversed(words) if word in _TESTS | _GROUPS), "")
    return kind, name, arguments


def _string(node: Node | None) -> str:
    if node is None or node.type not in {"string", "template_string"}:
        return ""
    if any(child.type in {"template_substitution", "escape_sequence"} for child in node.children):
        return ""  # what it says is known at run time only
    return plain(node)[1:-1]


def _imports(root: Node) -> Iterator[str]:
    for node in walk(root):
        if node.type in {"import_statement", "export_statement"}:
            yield _string(node.child_by_field_name("source"))
        elif node.type == "call_expression" and flat(node.child_by_field_name("function")) in {"require", "import"}:
            arguments = node.child_by_field_name("arguments")
            yield _string(arguments.named_children[0] if arguments and arguments.named_children else None)


def _reading(declared: str) -> Reading:
    return Reading(_declarations, _tests, _imports, ("/**",), ("tree_sitter_typescript", declared))


JAVASCRIPT = TreeLanguage("javascript", ("tree_sitter_javascript", "language"), _reading("language_typescript"))
TYPESCRIPT = TreeLanguage(
    "typescript", ("tree_sitter_typescript", "language_typescript"), _reading("language_typescript")
)
TSX = TreeLanguage("typescript", ("tree_sitter_typescript", "language_tsx"), _reading("language_tsx"))

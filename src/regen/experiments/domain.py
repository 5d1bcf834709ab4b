"""What programs of a unit can be fed: its entry points, the kinds of their parameters, examples, preconditions."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

import msgspec

from regen.experiments.domain_examples import Examples, read_examples
from regen.experiments.domain_types import ANY, Kind, Types, refined
from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regen.experiments.fuzz_values import Value

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter; `by_name` says that it can only be passed so."""

    name: str
    kind: Kind
    by_name: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A function or method to call: its `name` as callers write it, and argument lists known from examples.

    `returns` is what the unit's interface declares of answers: nothing where only programs do.
    """

    name: str
    parameters: tuple[Parameter, ...]
    examples: tuple[tuple[Value, ...], ...] = ()
    returns: Kind = ANY


class ClassEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A class to drive: how it is made and what can then be called."""

    name: str
    make: Entry
    methods: tuple[Entry, ...]


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """All inputs of a unit; `conditions` are statements that raise where preconditions do not hold.

    `constants` are literals of spec, tests and programs; `reason` says why nothing can be fed.
    """

    functions: tuple[Entry, ...] = ()
    classes: tuple[ClassEntry, ...] = ()
    constants: tuple[Value, ...] = ()
    conditions: tuple[str, ...] = ()
    reason: str = ""


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """What a domain is read from: texts of the spec, its declared interface, tests, programs and used units.

    `symbols` are the names of functions or classes that are all of the unit, where it is not whole files;
    `preconditions` are expressions or assert statements.
    """

    programs: Sequence[str]
    interface: str = ""
    spec: str = ""
    tests: Sequence[str] = ()
    uses: Sequence[str] = ()
    symbols: Sequence[str] = ()
    preconditions: Sequence[str] = ()


def read_domain(texts: Texts) -> Domain:
    """Return what can be fed to the programs of a unit."""
    trees = [tree for tree in map(_tree, texts.programs) if tree is not None]
    declared = _tree(texts.interface)
    types = Types.of([tree for tree in (declared, *trees, *map(_tree, texts.uses)) if tree is not None])
    functions, classes = _entry_nodes(declared, trees, texts.symbols)
    names = {node.name for node in functions} | {node.name for node in classes}
    if not names:
        return Domain(reason="the programs share no public function or class")
    docs = [ast.get_docstring(node) or "" for tree in (declared, *trees) if tree for node in ast.walk(tree)
            if isinstance(node, _Function | ast.ClassDef)]  # fmt: skip
    methods = {item.name for node in classes for item in node.body if isinstance(item, _Function)}
    examples = read_examples(
        names | methods, prose=[texts.spec, *dict.fromkeys(docs)], tests=texts.tests, programs=texts.programs
    )
    found = tuple(_entry(node, types, examples) for node in functions)
    driven = tuple(_class_entry(node, types, examples) for node in classes if not _is_data(node))
    if not _declares(declared):
        found, driven = tuple(map(_promising_nothing, found)), tuple(map(_class_promising_nothing, driven))
    unknown = [f"{entry.name}({parameter.name})" for entry in found for parameter in entry.parameters
               if parameter.kind == ANY]  # fmt: skip
    fed = tuple(entry for entry in found if all(parameter.kind != ANY for parameter in entry.parameters))
    reason = ""
    if not fed and not driven:
        reason = f"nothing is known of the values of {', '.join(unknown)}: annotate it or give an example"
        reason = reason if unknown else "the unit has only data classes, nothing that computes"
    return Domain(
        functions=fed, classes=driven, constants=examples.constants, conditions=tuple(texts.preconditions),
        reason=reason,
    )  # fmt: skip


def conditions_for(entry: Entry, conditions: Sequence[str]) -> str:
    """Return the text of a function `_preconditions` that raises where those about the entry's parameters don't hold.

    A condition that speaks of names that are no parameters of this entry, but of others', is left out; empty where
    none is left.
    """
    own = {parameter.name for parameter in entry.parameters}
    lines = []
    for condition in conditions:
        tree = _tree(condition)
        if tree is None or not (own & {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}):
            continue
        is_expression = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) and "(" not in condition[:0]
        lines.append(f"assert ({condition.strip()})" if is_expression else textwrap.dedent(condition).strip("\n"))
    if not lines:
        return ""
    takes = [parameter.name for parameter in entry.parameters if not parameter.by_name]
    named = [parameter.name for parameter in entry.parameters if parameter.by_name]
    head = ", ".join([*takes, *(["*"] if named else []), *named])
    return f"def _preconditions({head}):\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def _tree(text: str) -> ast.Module | None:
    try:
        return parse_module(textwrap.dedent(text)) if text.strip() else None
    except _UNREADABLE:
        return None


def _entry_nodes(
    declared: ast.Module | None, trees: Sequence[ast.Module], symbols: Sequence[str]
) -> tuple[list[_Function], list[ast.ClassDef]]:
    """Return the definitions to call: the declared ones, else those that all programs have."""
    if declared is not None and _declares(declared):
        nodes = _definitions(declared)
    else:
        defined = [_definitions(tree) for tree in trees]
        common = set.intersection(*map(set, defined)) if defined else set()
        nodes = {name: node for name, node in (defined[0] if defined else {}).items() if name in common}
        for other in defined[1:]:  # the best annotated one says most
            for name in nodes:
                nodes[name] = max(nodes[name], other[name], key=_annotations)
    if symbols:
        nodes = {name: node for name, node in nodes.items() if name in {s.split(".")[0] for s in symbols}}
    functions = [node for node in nodes.values() if isinstance(node, _Function)]
    return functions, [node for node in nodes.values() if isinstance(node, ast.ClassDef)]


def _declares(interface: ast.Module | None) -> bool:
    return interface is not None and any(isinstance(node, _Function | ast.ClassDef) for node in interface.body)


def _promising_nothing(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, returns=ANY)


def _class_promising_nothing(entry: ClassEntry) -> ClassEntry:
    return msgspec.structs.replace(entry, methods=tuple(map(_promising_nothing, entry.methods)))


def _definitions(tree: ast.Module) -> dict[str, _Function | ast.ClassDef]:
    return {node.name: node for node in tree.body
            if isinstance(node, _Function | ast.ClassDef) and not node.name.startswith("_")}  # fmt: skip


def _annotations(node: _Function | ast.ClassDef) -> int:
    return sum(isinstance(each, ast.arg) and each.annotation is not None for each in ast.walk(node))


def _entry(node: _Function, types: Types, examples: Examples, *, of_class: str = "") -> Entry:
    is_static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list)
    positional = [*node.args.posonlyargs, *node.args.args][1 if of_class and not is_static else 0 :]
    order = [argument.arg for argument in positional]
    name = of_class if node.name == "__init__" else node.name
    lists = [given for call in examples.calls.get(name, ()) if (given := call.matched(order, _defaults(node)))]
    if not positional and not node.args.kwonlyargs:
        lists = []
    complete = [given for given in lists if len(given) == len(positional)]
    parameters = [
        Parameter(name=argument.arg, kind=refined(types.kind(argument.annotation), [g[place] for g in complete]))
        for place, argument in enumerate(positional)
    ]
    parameters += [
        Parameter(name=argument.arg, kind=types.kind(argument.annotation), by_name=True)
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is None
    ]
    plain = not any(parameter.by_name for parameter in parameters)
    returns = ANY if node.name == "__init__" else types.kind(node.returns)
    examples_ = tuple(complete) if plain else ()
    return Entry(name=name, parameters=tuple(parameters), examples=examples_, returns=returns)


def _defaults(node: _Function) -> Mapping[str, ast.expr]:
    arguments = [*node.args.posonlyargs, *node.args.args]
    count = len(node.args.defaults)
    return {a.arg: d for a, d in zip(arguments[len(arguments) - count :], node.args.defaults, strict=True)}


def _class_entry(node: ast.ClassDef, types: Types, examples: Examples) -> ClassEntry:
    methods = [item for item in node.body if isinstance(item, _Function) and not item.name.startswith("_")]
    start = next((item for item in node.body if isinstance(item, _Function) and item.name == "__init__"), None)
    if start is not None:
        make = _entry(start, types, examples, of_class=node.name)
    else:
        kind = types.kind(ast.Name(id=node.name))
        make = Entry(name=node.name, parameters=tuple(Parameter(name=n, kind=k, by_name=True) for n, k in kind.fields))
    special = [item for item in node.body if isinstance(item, _Function) and item.name in _SPECIAL]
    entries = [_entry(item, types, examples, of_class=node.name) for item in (*methods, *special)
               if not _is_property(item)]  # fmt: skip
    entries += [Entry(name=f".{item.name}", parameters=()) for item in methods if _is_property(item)]
    usable = tuple(entry for entry in entries if all(parameter.kind != ANY for parameter in entry.parameters))
    return ClassEntry(name=node.name, make=make, methods=usable)


_SPECIAL = frozenset({"__len__", "__contains__", "__getitem__", "__iter__", "__eq__", "__str__", "__repr__"})


def _is_property(node: _Function) -> bool:
    return any(ast.unparse(each).rpartition(".")[2] in ("property", "cached_property") for each in node.decorator_list)


def _is_data(node: ast.ClassDef) -> bool:
    """Say whether a class only holds data: it has no method of its own, or it is an exception or an enum."""
    bases = {ast.unparse(base) for base in node.bases}
    if any(base.endswith(("Error", "Exception", "Enum", "Flag", "TypedDict", "Protocol", "NamedTuple"))
           for base in bases):  # fmt: skip
        return True
    return not any(isinstance(item, _Function) and (not item.name.startswith("_") or item.name in _SPECIAL)
                   for item in node.body)  # fmt: skip


def shared(names: Iterable[str]) -> str:
    """Return names as a reader wants them."""
    return ", ".join(sorted(names))

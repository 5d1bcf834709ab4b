"""What kind of values a parameter takes: from its annotation, and from examples where that says too little."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import msgspec

from regen.experiments.fuzz_values import Made, Source, Value, render
from regen.python_syntax import parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_DEEPEST = 6


class Kind(msgspec.Struct, frozen=True):
    """A kind of values.

    `name` is a builtin type's, `any`, `union`, `choice`, `made`, or one of `SOURCES`. `parts` are the kinds within (of
    items; of keys and values; of each place of a `tuple` whose `text` is not `...`; of what a `callable` returns). A
    `choice` is among `choices`, and so may a `callable` be; a `made` value is a call of `text` with `fields`.
    """

    name: str
    parts: tuple[Kind, ...] = ()
    choices: tuple[Value, ...] = ()
    text: str = ""
    fields: tuple[tuple[str, Kind], ...] = ()


ANY = Kind("any")
ANYTHING = Kind("any", text="Any")
"""What is annotated as `Any`: really any value, where `ANY` is that nothing is known."""

SOURCES = frozenset({"Decimal", "Fraction", "date", "datetime", "time", "timedelta", "UUID", "Path"})
_SCALARS = frozenset({"int", "float", "bool", "str", "bytes", "complex"})
_LISTS = frozenset({"list", "Sequence", "MutableSequence", "Iterable", "Collection", "Reversible", "Container"})
_DICTS = frozenset({"dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict", "Counter"})
_SETS = {"set": "set", "Set": "set", "AbstractSet": "set", "MutableSet": "set", "frozenset": "frozenset"}
_WRAPPERS = frozenset({"Annotated", "Final", "Required", "NotRequired", "ReadOnly", "Type"})
_CALLABLES = ("lambda *a: a[0] if a else None", "lambda *a: None", "lambda *a: True", "lambda *a: len(str(a[0]))")
_ODD = (Kind("bool"), Kind("None"), Kind("int"), Kind("float"), Kind("str"))
_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})


class Types(msgspec.Struct, frozen=True):
    """The classes and type aliases that annotations may name, by name."""

    classes: Mapping[str, ast.ClassDef]
    aliases: Mapping[str, ast.expr]

    @classmethod
    def of(cls, trees: Iterable[ast.Module]) -> Types:
        classes: dict[str, ast.ClassDef] = {}
        aliases: dict[str, ast.expr] = {}
        for tree in trees:
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    classes.setdefault(node.name, node)
                elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                    aliases.setdefault(node.targets[0].id, node.value)
                elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                    aliases.setdefault(node.target.id, node.value)
                elif type(node).__name__ == "TypeAlias":
                    aliases.setdefault(node.name.id, node.value)  # type: ignore[attr-defined]
        return cls(classes, aliases)

    def kind(self, annotation: ast.expr | None, depth: int = 0) -> Kind:
        """Return the kind of values that an annotation allows, `any` where it says nothing."""
        if annotation is None or depth > _DEEPEST:
            return ANY
        match annotation:
            case ast.Constant(value=None):
                return Kind("None")
            case ast.Constant(value=str(text)):
                try:
                    return self.kind(parse_expression(text), depth + 1)
                except (SyntaxError, ValueError, RecursionError):
                    return ANY
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                return union([self.kind(left, depth + 1), self.kind(right, depth + 1)])
            case ast.Attribute(attr=name):
                return self._named(name, depth)
            case ast.Name(id=name):
                return self._named(name, depth)
            case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
                items = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
                return self._generic(name, items, depth + 1)
        return ANY

    def _generic(self, name: str, items: list[ast.expr], depth: int) -> Kind:
        lowered = name if name in _LISTS or name in _DICTS or name in _SETS else name.lower()
        if name == "Literal":
            return Kind("choice", choices=tuple(i.value for i in items if isinstance(i, ast.Constant)))
        if name == "Optional":
            return union([self.kind(items[0], depth), Kind("None")])
        if name == "Union":
            return union([self.kind(item, depth) for item in items])
        if name in _WRAPPERS:
            return self.kind(items[0], depth)
        if name == "Callable":
            return self._callable(items, depth)
        if name in ("Iterator", "Generator"):
            return Kind("iterator", (self.kind(items[0], depth),))
        if lowered in _SETS:
            return Kind(_SETS[lowered], (self.kind(items[0], depth),))
        if lowered == "tuple":
            if len(items) == 2 and isinstance(items[1], ast.Constant) and items[1].value is ...:  # noqa: PLR2004
                return Kind("tuple", (self.kind(items[0], depth),), text="...")
            return Kind("tuple", tuple(self.kind(item, depth) for item in items))
        if lowered in _LISTS:
            return Kind("list", (self.kind(items[0], depth),))
        if name == "Counter":
            return Kind("dict", (self.kind(items[0], depth), Kind("int")))
        if lowered in _DICTS:
            return Kind("dict", tuple(self.kind(item, depth) for item in items[:2]))
        return self._named(name, depth)

    def _callable(self, items: list[ast.expr], depth: int) -> Kind:
        """Return the kind of functions that return what is declared; one that takes arguments may return the first."""
        anything = self._named("Callable", depth)
        returned = self.kind(items[-1], depth)
        if returned.name in ("any", "None"):
            return anything
        takes_nothing = isinstance(items[0], ast.List) and not items[0].elts
        return Kind("callable", (returned,), choices=() if takes_nothing else anything.choices)

    def _named(self, name: str, depth: int) -> Kind:
        if name in self.classes:
            return self._of_class(self.classes[name], depth)
        if name in self.aliases:
            return self._alias(self.aliases[name], depth + 1)
        if name in _SCALARS:
            return Kind(name)
        if name in SOURCES:
            return Kind(name)
        lowered = name.lower()
        if name in _LISTS or lowered == "list":
            return Kind("list", (ANY,))
        if name in _DICTS or lowered == "dict":
            return Kind("dict", (ANY, ANY))
        if name in _SETS or lowered in _SETS:
            return Kind(_SETS.get(name, _SETS.get(lowered, "set")), (ANY,))
        if lowered == "tuple":
            return Kind("tuple", (ANY,), text="...")
        if name in ("Number", "Real"):
            return union([Kind("int"), Kind("float")])
        if name in ("Any", "object"):
            return ANYTHING
        if name == "None":
            return Kind("None")
        if name == "Callable":
            return Kind("choice", choices=tuple(map(Source, _CALLABLES)))
        if name in ("Iterator", "Generator"):
            return Kind("iterator", (ANY,))
        return ANY

    def _alias(self, value: ast.expr, depth: int) -> Kind:
        match value:
            case ast.Call(func=ast.Name(id="NewType"), args=[_, base]):
                return self.kind(base, depth)
            case ast.Call(func=ast.Name(id="TypeVar"), args=[_, *bounds]) if bounds:
                return union([self.kind(bound, depth) for bound in bounds])
        return self.kind(value, depth)

    def _of_class(self, node: ast.ClassDef, depth: int) -> Kind:
        bases = {ast.unparse(base).rpartition(".")[2].partition("[")[0] for base in node.bases}
        if bases & _ENUMS:
            targets = [target for item in node.body if isinstance(item, ast.Assign) for target in item.targets]
            names = [target.id for target in targets if isinstance(target, ast.Name) and target.id[0] != "_"]
            return Kind("choice", choices=tuple(Source(f"{node.name}.{name}") for name in names)) if names else ANY
        fields = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
        named = tuple(
            (item.target.id, self.kind(item.annotation, depth + 1))
            for item in fields
            if isinstance(item.target, ast.Name) and "ClassVar" not in ast.unparse(item.annotation)
        )
        if "TypedDict" in bases:
            return Kind("record", fields=named)
        start = next((i for i in node.body if isinstance(i, ast.FunctionDef) and i.name == "__init__"), None)
        if start is not None:
            given = (*start.args.posonlyargs, *start.args.args[1:], *start.args.kwonlyargs)
            named = tuple((argument.arg, self.kind(argument.annotation, depth + 1)) for argument in given)
        elif not (node.decorator_list or bases):
            named = ()
        return Kind("made", text=node.name, fields=named)


def union(kinds: Sequence[Kind]) -> Kind:
    """Return the kind of values of any of `kinds`; those that say nothing are left out where others say something."""
    flat: dict[Kind, None] = {}
    for kind in kinds:
        flat.update(dict.fromkeys(kind.parts if kind.name == "union" else (kind,)))
    known = [kind for kind in flat if kind.name != "any"] or [ANY if ANY in flat or not flat else ANYTHING]
    return known[0] if len(known) == 1 else Kind("union", tuple(known))


def kind_of(values: Sequence[Value]) -> Kind:
    """Return the narrowest kind that all of some examples are of."""
    by_type: dict[str, list[Value]] = {}
    for value in values:
        by_type.setdefault(type(value).__name__, []).append(value)
    kinds = [_of_type(name, found) for name, found in by_type.items()]
    telling = [kind for kind in kinds if kind.parts[:1] != (ANY,)]  # an empty list says little
    return union(telling or kinds) if kinds else ANY


def _of_type(name: str, found: list[Value]) -> Kind:
    if name in _SCALARS:
        return Kind(name)
    if name == "NoneType":
        return Kind("None")
    if name in ("list", "set", "frozenset"):
        return Kind(name, (kind_of([item for value in found for item in value]),))
    if name == "tuple":
        lengths = {len(value) for value in found}
        if len(lengths) == 1:
            return Kind("tuple", tuple(kind_of(list(column)) for column in zip(*found, strict=True)))
        return Kind("tuple", (kind_of([item for value in found for item in value]),), text="...")
    if name == "dict":
        keys = kind_of([key for value in found for key in value])
        return Kind("dict", (keys, kind_of([item for value in found for item in value.values()])))
    if name == "Made" and len({(v.name, tuple(n for n, _ in v.fields)) for v in found}) == 1:
        made: Made = found[0]
        columns = zip(*(value.fields for value in found), strict=True)
        return Kind("made", text=made.name, fields=tuple((c[0][0], kind_of([v for _, v in c])) for c in columns))
    return Kind("choice", choices=tuple({render(value): value for value in found}.values()))


def refined(declared: Kind, examples: Sequence[Value]) -> Kind:
    """Return the declared kind, with what examples show where it says nothing."""
    seen = kind_of(examples)
    if declared.name == "any":
        return refined_kind(declared, seen)
    if not _is_vague(declared) or seen == ANY:
        return declared
    if declared.name == seen.name and len(declared.parts) == len(seen.parts):
        return refined_kind(declared, seen)
    if declared.name in ("list", "iterator") and seen.name in ("list", "tuple", "set"):
        return msgspec.structs.replace(declared, parts=(union(seen.parts),)) if seen.parts else declared
    return declared


def refined_kind(declared: Kind, seen: Kind) -> Kind:
    """Return `declared`; where it says nothing, `seen`; where it says `Any`, that and the odd one out."""
    if declared == ANY:
        return seen
    if declared == ANYTHING:
        return declared if seen == ANY else union([seen, *_ODD])
    if declared.name == seen.name and len(declared.parts) == len(seen.parts):
        pairs = zip(declared.parts, seen.parts, strict=True)
        return msgspec.structs.replace(declared, parts=tuple(refined_kind(d, s) for d, s in pairs))
    return declared


def _is_vague(kind: Kind) -> bool:
    return kind.name == "any" or any(map(_is_vague, kind.parts))


def fits(value: Value, kind: Kind) -> bool:
    """Say whether a value has the shape that its kind asks for: as many items, the same fields, one of the choices."""
    match kind.name:
        case "union":
            return any(fits(value, part) for part in kind.parts)
        case "choice":
            return any(type(value) is type(choice) and value == choice for choice in kind.choices)
        case "record":
            return isinstance(value, dict) and list(value) == [name for name, _ in kind.fields]
        case "tuple" if kind.text != "...":
            return (
                isinstance(value, tuple)
                and len(value) == len(kind.parts)
                and all(fits(item, part) for item, part in zip(value, kind.parts, strict=True))
            )
        case "list" | "tuple" | "set" | "frozenset":
            return isinstance(value, list | tuple | set | frozenset) and all(fits(i, kind.parts[0]) for i in value)
        case "dict":
            return isinstance(value, dict) and all(fits(v, kind.parts[1]) for v in value.values())
        case "made":
            return isinstance(value, Made) and all(
                fits(inner, each) for (_, inner), (_, each) in zip(value.fields, kind.fields, strict=False)
            )
        case "int" | "float" | "str" | "bytes" | "bool" | "None":
            return type(value).__name__.removesuffix("Type") == kind.name
    return True

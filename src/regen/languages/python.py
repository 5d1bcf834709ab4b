"""Python, through `ast`: parsing, interfaces, and forms of a text that formatting does not change.

Forms must be the same under every Python that runs regen, or teams would see each other's units as stale: hence the
dump of our own instead of `ast.dump` or `ast.unparse`, whose output differs between versions.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "python"

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What reading a text can raise: no Python, a NUL byte, or nested deeper than this interpreter can hold."""


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in a candidate is lint's business
        return parse_module(text)


def syntax_error(text: str) -> tuple[int, int, str] | None:
    """Return (line, column, message) of the first error, counted from 1, or None where the text parses."""
    try:
        _parse(text)
    except SyntaxError as error:
        return error.lineno or 1, error.offset or 1, error.msg
    except _UNREADABLE as error:
        return 1, 1, str(error) or type(error).__name__
    return None


# ── forms ───────────────────────────────────────────────────────────────────────────────────────


def _dump(node: object) -> str:
    """Return a text of the tree that has no positions, and no empty fields, which come and go between versions."""
    if isinstance(node, ast.AST):
        fields = (
            (name, value)
            for name, value in ast.iter_fields(node)
            if value is not None and value != [] and name not in {"kind", "type_comment", "ctx"}
        )
        return f"{type(node).__name__}({', '.join(f'{name}={_dump(value)}' for name, value in fields)})"
    if isinstance(node, list):
        return f"[{', '.join(_dump(item) for item in node)}]"
    return repr(node)


def test_form(text: str, selected: tuple[str, ...] = ()) -> str:
    """Return what of a test file can change a verdict: no comments, no formatting.

    `selected` are names of test functions or classes (`test_a`, `TestB`, `TestB::test_c`): other tests of the file
    are then left out, everything else (imports, fixtures, helpers) stays.
    """
    try:
        tree = _parse(text)
        kept = {name.split("::")[0].partition("[")[0] for name in selected}
        body = [node for node in tree.body if not kept or not _is_test(node) or _name(node) in kept]
        return "\n".join(_dump(node) for node in body)
    except _UNREADABLE:
        return text


def declared_form(declared: str) -> str:
    """Return the declared interface without its formatting."""
    try:
        return "\n".join(_dump(node) for node in _parse(declared).body)
    except _UNREADABLE:
        return declared.strip()


def _name(node: ast.stmt) -> str:
    return node.name if isinstance(node, _Definition) else ""


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") or any("TestCase" in ast.dump(base) for base in node.bases)
    return isinstance(node, _Definition) and node.name.startswith("test")


def test_functions(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the tests of a file, in order: (`test_a` or `TestB::test_c`, the requirements its marks name)."""
    try:
        tree = _parse(text)
    except _UNREADABLE:
        return ()
    return tuple(_tests_in(tree.body, "", _marks(tree.body)))


def _tests_in(body: list[ast.stmt], prefix: str, inherited: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in body:
        if not _is_test(node):
            continue
        assert isinstance(node, _Definition)
        own = inherited + tuple(req for decorator in node.decorator_list for req in _requirements(decorator))
        if isinstance(node, ast.ClassDef):
            yield from _tests_in(node.body, f"{prefix}{node.name}::", own + _marks(node.body))
        elif getattr(node, "name", "").startswith("test"):
            yield f"{prefix}{node.name}", own


def _marks(body: list[ast.stmt]) -> tuple[str, ...]:
    """Return the requirements that a `pytestmark = …` of this body names."""
    values = [
        node.value
        for node in body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)
    ]
    calls = [c for value in values for c in (value.elts if isinstance(value, ast.List | ast.Tuple) else [value])]
    return tuple(req for call in calls for req in _requirements(call))


def _requirements(call: ast.expr) -> tuple[str, ...]:
    """Return the ids of `pytest.mark.req("FR-001", …)`."""
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "req":
        return tuple(a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
    return ()


def imported_modules(text: str) -> frozenset[str]:
    """Return the dotted names of every module that an import statement of the text could load.

    Relative imports start with one dot a level, as they are written.
    """
    try:
        tree = _parse(text)
    except _UNREADABLE:
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names.add(base)
            joint = "" if base.endswith(".") else "."
            names.update(f"{base}{joint}{alias.name}" for alias in node.names if alias.name != "*")
    return frozenset(name for name in names if name.strip("."))


# ── interfaces ──────────────────────────────────────────────────────────────────────────────────


def interface(text: str) -> str:
    """Return what dependents see of a module, as stub text: signatures, types, docstrings; bodies are `...`."""
    try:
        tree = _parse(text)
        lines = _docstring(tree, "")
        for node in tree.body:
            lines += _stub(node, "")
    except _UNREADABLE:
        return text
    return "\n".join(lines) + "\n" if lines else ""


def _public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _stub(node: ast.stmt, indent: str) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _public(node.name):
        return _function_stub(node, indent)
    if isinstance(node, ast.ClassDef) and _public(node.name):
        return _class_stub(node, indent)
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _public(node.target.id):
        default = " = ..." if node.value is not None else ""
        return [f"{indent}{node.target.id}: {ast.unparse(node.annotation)}{default}"]
    if isinstance(node, ast.Assign):
        names = [target.id for target in node.targets if isinstance(target, ast.Name) and _public(target.id)]
        if names == ["__all__"]:
            return [f"{indent}__all__ = {ast.unparse(node.value)}"]
        return [f"{indent}{name} = ..." for name in names]
    return []


def _function_stub(node: ast.FunctionDef | ast.AsyncFunctionDef, indent: str) -> list[str]:
    lines = [f"{indent}@{ast.unparse(decorator)}" for decorator in node.decorator_list]
    keyword = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    doc = _docstring(node, indent + "    ")
    lines.append(f"{indent}{keyword} {node.name}({ast.unparse(node.args)}){returns}:" + ("" if doc else " ..."))
    return lines + doc


def _class_stub(node: ast.ClassDef, indent: str) -> list[str]:
    bases = ", ".join([ast.unparse(b) for b in node.bases] + [ast.unparse(k) for k in node.keywords])
    lines = [f"{indent}@{ast.unparse(decorator)}" for decorator in node.decorator_list]
    inner = _docstring(node, indent + "    ")
    for child in node.body:
        inner += _stub(child, indent + "    ")
    head = f"{indent}class {node.name}{f'({bases})' if bases else ''}:"
    return [*lines, head, *inner] if inner else [*lines, f"{head} ..."]


def _docstring(node: ast.Module | _Definition, indent: str) -> list[str]:
    doc = ast.get_docstring(node)
    return [f'{indent}"""' + doc.replace("\n", f"\n{indent}").replace(f"\n{indent}\n", "\n\n") + '"""'] if doc else []


def missing_declarations(declared: str, text: str) -> tuple[str, ...]:
    """Return a sentence for each declaration of the spec's interface that `text` does not keep.

    Names must be there; functions and methods must take the declared parameters, in the declared order and kinds;
    defaults and annotations are the types gate's business.
    """
    try:
        wanted, found = _parse(declared), _parse(text)
    except _UNREADABLE:
        return ()
    return tuple(_missing_in(wanted.body, found.body, ""))


def _missing_in(wanted: list[ast.stmt], found: list[ast.stmt], prefix: str) -> Iterator[str]:
    have: dict[str, ast.stmt] = {}
    for node in found:
        have.update(dict.fromkeys(_bound_names(node), node))
    for node in wanted:
        for name in _bound_names(node):
            there = have.get(name)
            if isinstance(node, ast.Import | ast.ImportFrom):
                continue
            if there is None:
                yield f"`{prefix}{name}` is not defined"
            elif isinstance(node, ast.ClassDef) and isinstance(there, ast.ClassDef):
                yield from _missing_in(_methods(node), there.body, f"{prefix}{name}.") if not there.bases else ()
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _signature_difference(node, there, f"{prefix}{name}")


def _methods(node: ast.ClassDef) -> list[ast.stmt]:
    # Declared fields may be set in __init__ or come from a decorator, which only the tests can tell.
    return [child for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            and not (child.name.startswith("__") and node.decorator_list)]  # fmt: skip


def _bound_names(node: ast.stmt) -> list[str]:
    if isinstance(node, _Definition):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    if isinstance(node, ast.If | ast.Try):
        return [name for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)
                for name in _bound_names(child)]  # fmt: skip
    if type(node).__name__ == "TypeAlias":
        return [node.name.id]  # type: ignore[attr-defined]
    return []


def _signature_difference(wanted: ast.stmt, there: ast.stmt, name: str) -> Iterator[str]:
    if isinstance(there, ast.FunctionDef | ast.AsyncFunctionDef):
        assert isinstance(wanted, ast.FunctionDef | ast.AsyncFunctionDef)
        want, have = _parameters(wanted.args), _parameters(there.args)
        if want != have:
            yield f"`{name}` takes ({', '.join(have)}), the spec declares ({', '.join(want)})"
        elif isinstance(wanted, ast.AsyncFunctionDef) != isinstance(there, ast.AsyncFunctionDef):
            yield f"`{name}` is {'not ' if isinstance(wanted, ast.AsyncFunctionDef) else ''}async, unlike the spec's"


def _parameters(args: ast.arguments) -> list[str]:
    names = [a.arg for a in args.posonlyargs] + (["/"] if args.posonlyargs else []) + [a.arg for a in args.args]
    if args.vararg:
        names.append(f"*{args.vararg.arg}")
    elif args.kwonlyargs:
        names.append("*")
    names += [a.arg for a in args.kwonlyargs]
    return names + ([f"**{args.kwarg.arg}"] if args.kwarg else [])


# ── one function or class of a file ─────────────────────────────────────────────────────────────


def definition(text: str, symbol: str) -> tuple[int, int] | None:
    """Return where the definition of `symbol` (`name` or `Class.method`) stands, decorators included.

    The numbers are the first line, from 0, and the line after the last; None where it is not there.
    """
    try:
        body: list[ast.stmt] = _parse(text).body
    except _UNREADABLE:
        return None
    node: ast.stmt | None = None
    for part in symbol.split("."):
        node = next((n for n in reversed(body) if isinstance(n, _Definition) and n.name == part), None)
        if node is None:
            return None
        body = node.body if isinstance(node, ast.ClassDef) else []
    assert isinstance(node, _Definition)
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return first - 1, node.end_lineno or node.lineno

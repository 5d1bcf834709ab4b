"""Python test files → test functions with all that they lean on, and what they call the unit's names."""

from __future__ import annotations

import ast
import tokenize
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from regen.languages import language_of
from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


Function = ast.FunctionDef | ast.AsyncFunctionDef
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


class TestCase(msgspec.Struct, frozen=True, kw_only=True):
    """One test: its node id, its tree, and the class around it; `node` is None in another language than Python."""

    __test__ = False

    id: str
    name: str
    line: int
    marks: tuple[str, ...] = ()
    node: Function | None = None
    holder: ast.ClassDef | None = None


class SuiteFile(msgspec.Struct, frozen=True, kw_only=True):
    """One test file. `imports` maps local names to dotted ones; `functions` are helpers and fixtures by name."""

    path: str
    text: str
    hidden: bool
    tree: ast.Module | None
    cases: tuple[TestCase, ...]
    functions: dict[str, Function]
    classes: dict[str, ast.ClassDef]
    constants: dict[str, ast.expr]
    imports: dict[str, str]
    comments: dict[int, str]

    def line(self, number: int) -> str:
        lines = self.text.split("\n")
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def read_suite(tests: Mapping[str, str], hidden: Mapping[str, str]) -> tuple[SuiteFile, ...]:
    """Return the files by path; those that are no readable Python have no trees, and tests if their language tells."""
    found = [_read(path, text, hidden=False) for path, text in tests.items()]
    found += [_read(path, text, hidden=True) for path, text in hidden.items()]
    return tuple(sorted(found, key=lambda file: file.path))


def _read(path: str, text: str, *, hidden: bool) -> SuiteFile:
    tree: ast.Module | None = None
    cases: tuple[TestCase, ...] = ()
    if path.endswith(".py"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = parse_module(text)
            cases = tuple(_cases(path, tree.body, "", _pytestmark(tree.body), None))
        except UNREADABLE:
            tree = None
    else:
        named = language_of(path).test_functions(text)
        cases = tuple(
            TestCase(id=f"{path}::{name}", name=name, line=_line_of(text, name), marks=marks) for name, marks in named
        )
    body = tree.body if tree else []
    return SuiteFile(
        path=path,
        text=text,
        hidden=hidden,
        tree=tree,
        cases=cases,
        functions={node.name: node for node in body if isinstance(node, Function)},
        classes={node.name: node for node in body if isinstance(node, ast.ClassDef)},
        constants=assigned(body),
        imports=_imports(tree),
        comments=_comments(text) if tree else {},
    )


def _line_of(text: str, name: str) -> int:
    """Return the first line that holds the last part of a test's name."""
    last = name.rsplit("::", 1)[-1].rsplit(" > ", 1)[-1]
    return next((number for number, line in enumerate(text.split("\n"), 1) if last in line), 0)


def _cases(
    path: str, body: list[ast.stmt], prefix: str, marks: tuple[str, ...], holder: ast.ClassDef | None
) -> Iterator[TestCase]:
    for node in body:
        if isinstance(node, ast.ClassDef) and _is_test_class(node):
            own = (*marks, *_of_decorators(node), *_pytestmark(node.body))
            yield from _cases(path, node.body, f"{prefix}{node.name}::", own, node)
        elif isinstance(node, Function) and node.name.startswith("test") and not _is_fixture(node):
            yield TestCase(
                id=f"{path}::{prefix}{node.name}",
                name=node.name,
                line=node.lineno,
                marks=(*marks, *_of_decorators(node)),
                node=node,
                holder=holder,
            )


def _is_test_class(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") or any("Test" in ast.unparse(base) for base in node.bases)


def _is_fixture(node: Function) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)


def _of_decorators(node: Function | ast.ClassDef) -> tuple[str, ...]:
    return tuple(name for decorator in node.decorator_list for name in _marked(decorator))


def _marked(call: ast.expr) -> tuple[str, ...]:
    """Return the ids of `pytest.mark.req("FR-001", …)`, and of a decorator called `req` or `requirement`."""
    if not isinstance(call, ast.Call):
        return ()
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in {"req", "reqs", "requirement", "requirements"}:
        return ()
    values = [value for value in ast.walk(ast.Tuple(elts=call.args, ctx=ast.Load())) if isinstance(value, ast.Constant)]
    return tuple(value.value for value in values if isinstance(value.value, str))


def _pytestmark(body: list[ast.stmt]) -> tuple[str, ...]:
    value = assigned(body).get("pytestmark")
    calls = value.elts if isinstance(value, ast.List | ast.Tuple) else [value] if value else []
    return tuple(name for call in calls for name in _marked(call))


def assigned(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """Return the names that a body's own statements assign, with the last value of each."""
    found: dict[str, ast.expr] = {}
    for node in body:
        if isinstance(node, ast.Assign):
            found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found


def _imports(tree: ast.Module | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            found |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}
    return found


def _comments(text: str) -> dict[int, str]:
    try:
        tokens = list(tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return {}
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


# ── what a test leans on ────────────────────────────────────────────────────────────────────────

_SET_UP = {"setUp", "setup_method", "setup", "asyncSetUp", "setUpClass", "setup_class", "tearDown"}


def reach(file: SuiteFile, case: TestCase) -> tuple[ast.AST, ...]:
    """Return the trees that a test runs or reads in its file: itself, its helpers, fixtures, and constants."""
    if case.node is None:
        return ()
    methods, attributes = _of_holder(file, case.holder)
    found: dict[int, ast.AST] = {}
    waiting: list[ast.AST] = [case.node, *(methods[name] for name in _SET_UP & set(methods))]
    if case.holder:
        waiting += case.holder.decorator_list
    while waiting:
        tree = waiting.pop(0)
        if id(tree) in found:
            continue
        found[id(tree)] = tree
        for node in nodes_of(tree):
            name = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""
            if name:
                waiting += [table[name] for table in (file.functions, file.constants, file.classes) if name in table]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id in {"self", "cls"} or (case.holder and node.value.id == case.holder.name):
                    waiting += [table[node.attr] for table in (methods, attributes) if node.attr in table]
            elif isinstance(node, ast.Constant) and node.value in file.functions and "fixture" in ast.dump(tree):
                waiting.append(file.functions[node.value])
    return tuple(found.values())


def _of_holder(file: SuiteFile, holder: ast.ClassDef | None) -> tuple[dict[str, ast.AST], dict[str, ast.AST]]:
    methods: dict[str, ast.AST] = {}
    attributes: dict[str, ast.AST] = {}
    if holder:
        for base in holder.bases:
            above = file.classes.get(base.id) if isinstance(base, ast.Name) else None
            if above is not None and above is not holder:
                higher = _of_holder(file, above)
                methods |= higher[0]
                attributes |= higher[1]
        methods |= {node.name: node for node in holder.body if isinstance(node, Function)}
        attributes |= assigned(holder.body)
    return methods, attributes


def walk(trees: tuple[ast.AST, ...]) -> Iterator[ast.AST]:
    """Yield every node of several trees once."""
    seen: set[int] = set()
    for tree in trees:
        for node in nodes_of(tree):
            if id(node) not in seen:
                seen.add(id(node))
                yield node


@lru_cache(maxsize=512)
def nodes_of(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return every node below a tree: each rule walks the same tests, and walking is what costs."""
    return tuple(ast.walk(tree))

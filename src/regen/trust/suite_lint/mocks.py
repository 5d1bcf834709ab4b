"""Stand-ins and replacements in tests, and tests that replace the unit's insides."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from regen.trust.suite_lint.about import About, finding
from regen.trust.suite_lint.names import dotted_name, is_own, root_name
from regen.trust.suite_lint.reading import SuiteFile, TestCase, reach, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.evidence import Finding

_OUTSIDE = {
    "requests",
    "httpx",
    "aiohttp",
    "boto3",
    "botocore",
    "redis",
    "psycopg",
    "psycopg2",
    "sqlalchemy",
    "smtplib",
    "paramiko",
    "websockets",
    "grpc",
    "kafka",
    "pika",
    "stripe",
    "click",
    "typer",
    "yaml",
}
_OUTSIDE_CALLS = {
    "sleep",
    "urlopen",
    "now",
    "utcnow",
    "today",
    "uuid4",
    "uuid1",
    "randint",
    "getenv",
    "getpass",
    "Popen",
    "run",
    "check_output",
    "perf_counter",
    "monotonic",
    "token_hex",
    "token_urlsafe",
    "randbelow",
    "time",
    "environ",
    "stdin",
    "stdout",
    "stderr",
    "argv",
    "Session",
    "getaddrinfo",
    "create_connection",
    "choice",
    "shuffle",
    "random",
    "gethostname",
    "time_ns",
    "connect",
    "check_call",
}
COUNTS = {
    "assert_called_once",
    "assert_called_once_with",
    "assert_called_with",
    "assert_called",
    "assert_has_calls",
    "assert_any_call",
    "assert_not_called",
    "call_count",
    "mock_calls",
    "call_args",
    "call_args_list",
    "method_calls",
    "called",
    "await_count",
    "assert_awaited_once",
    "assert_awaited_once_with",
    "assert_awaited",
    "assert_awaited_with",
}
# Modules of the standard library that only compute: which of them the unit uses is its own business.
_COMPUTING = {
    "re", "json", "heapq", "bisect", "itertools", "functools", "collections", "math", "statistics", "string",
    "textwrap", "copy", "operator", "struct", "hashlib", "hmac", "base64", "binascii", "csv", "dataclasses", "enum",
    "decimal", "fractions", "difflib", "fnmatch", "graphlib", "html", "unicodedata", "zlib", "calendar", "ast",
}  # fmt: skip
_MAKERS = {"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec", "stub"}


class Patch(NamedTuple):
    """One replacement: the dotted name that is replaced as far as it is known, its line, and what was written."""

    dotted: str
    line: int
    shown: str


def patches(file: SuiteFile, trees: tuple[ast.AST, ...]) -> Iterator[Patch]:
    """Yield what a test replaces by `patch`, `monkeypatch`, `mocker` or by assigning to another's attribute."""
    for node in walk(trees):
        if isinstance(node, ast.Call):
            yield from _of_call(node, file, trees)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and (base := _resolved(target.value, file, trees)):
                    yield Patch(f"{base}.{target.attr}", node.lineno, ast.unparse(target))


def _of_call(node: ast.Call, file: SuiteFile, trees: tuple[ast.AST, ...]) -> Iterator[Patch]:
    called = dotted_name(node.func)
    last = called.rsplit(".", 1)[-1]
    first = node.args[0] if node.args else None
    if last in {"patch", "multiple", "dict"} and "patch" not in called:
        return
    if last in {"patch", "setattr", "delattr", "multiple"} and ("patch" in called) and first is not None:
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            names = [k.arg for k in node.keywords if k.arg] if last == "multiple" else []
            for dotted in [f"{first.value}.{name}" for name in names] or [first.value]:
                yield Patch(dotted, node.lineno, dotted)
        elif last != "patch":
            yield from _on_object(node, first, file, trees)
    elif (last == "object" and "patch" in called) or (last in {"spy", "stub"} and called.startswith("mocker.")):  # noqa: SIM102
        if first is not None:
            yield from _on_object(node, first, file, trees)


def _on_object(node: ast.Call, first: ast.expr, file: SuiteFile, trees: tuple[ast.AST, ...]) -> Iterator[Patch]:
    name = node.args[1] if len(node.args) > 1 else None
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return
    base = _resolved(first, file, trees)
    if base:
        yield Patch(f"{base}.{name.value}", node.lineno, f"{ast.unparse(first)}.{name.value}")


def _resolved(node: ast.expr, file: SuiteFile, trees: tuple[ast.AST, ...]) -> str:
    """Return the dotted name of a module, a class, or of the class that an object was made from; else nothing."""
    root = root_name(node)
    dotted = dotted_name(node)
    if root in file.imports and dotted:
        return ".".join([file.imports[root], *dotted.split(".")[1:]])
    for other in walk(trees):
        if isinstance(other, ast.Assign) and isinstance(other.value, ast.Call) and dotted == root:
            maker = dotted_name(other.value.func)
            if (
                any(isinstance(t, ast.Name) and t.id == root for t in other.targets)
                and maker.split(".")[0] in file.imports
            ):
                return ".".join([file.imports[maker.split(".")[0]], *maker.split(".")[1:]])
    return ""


def is_inside(dotted: str, about: About) -> bool:
    """Tell whether a dotted name belongs to the unit or its project, and is no door to the outside world."""
    if not (is_own(dotted, about.modules) or dotted.split(".", maxsplit=1)[0] in about.packages):
        return False
    module = max((m for m in about.modules if dotted.startswith(f"{m}.")), key=len, default="")
    rest = dotted[len(module) + 1 :].split(".") if module else dotted.split(".")[1:]
    if any(part in _COMPUTING for part in rest[:-1]):
        return True
    if any(part in sys.stdlib_module_names or part in _OUTSIDE for part in rest):
        return False
    if rest and (rest[-1] in _OUTSIDE_CALLS or (hasattr(builtins, rest[-1]) and len(rest) == 1)):
        return False
    return not (rest and rest[-1].isupper() and re.search(rf"\b{re.escape(rest[-1])}\b", about.text))


def mocks_internals(file: SuiteFile, case: TestCase, about: About) -> Iterator[Finding]:
    """Yield one finding a name of the unit's own modules that a test replaces."""
    seen: set[str] = set()
    for patch in patches(file, reach(file, case)):
        if is_inside(patch.dotted, about) and patch.dotted not in seen:
            seen.add(patch.dotted)
            yield finding(
                "mocks internals",
                file,
                case,
                patch.line,
                f"`{case.name}` replaces `{patch.shown}`, which is inside the unit's own code",
                "Call the unit as its users do, and replace only what lies outside the project.",
            )


def stand_ins(trees: tuple[ast.AST, ...]) -> set[str]:
    """Return the variables that hold mocks, `self` where a test class keeps them."""
    found: set[str] = set()
    for node in walk(trees):
        if isinstance(node, ast.Assign) and is_stand_in(node.value):
            found |= {root_name(target) for target in node.targets}
        elif isinstance(node, ast.withitem) and node.optional_vars is not None and is_stand_in(node.context_expr):
            found.add(root_name(node.optional_vars))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            "patch" in ast.unparse(decorator) for decorator in node.decorator_list
        ):
            found |= {argument.arg for argument in node.args.args}
    return found


def is_stand_in(node: ast.AST) -> bool:
    """Tell whether an expression makes a mock."""
    if not isinstance(node, ast.Call):
        return False
    called = dotted_name(node.func)
    return called.rsplit(".", 1)[-1] in _MAKERS or "patch" in called.split(".") or called.startswith("mocker.")

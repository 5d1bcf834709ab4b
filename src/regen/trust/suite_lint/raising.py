"""Blocks that expect an exception: satisfied whatever the unit does, or with assertions that never run."""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.assertions import assertions, is_failing, is_raises
from regen.trust.suite_lint.names import dotted_name, is_own, root_name
from regen.trust.suite_lint.reading import Function, SuiteFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.suite_lint.about import About


def after_the_raise(node: Function) -> Iterator[tuple[int, str]]:
    """Yield the assertions that end a block which expects an exception: the line before them has left it."""
    for part in ast.walk(node):
        if not (isinstance(part, ast.With) and any(is_raises(item.context_expr) for item in part.items)):
            continue
        caught = {item.optional_vars.id for item in part.items if isinstance(item.optional_vars, ast.Name)}
        called = any(isinstance(inner, ast.Call) for statement in part.body[:1] for inner in ast.walk(statement))
        last = part.body[-1]
        claimed = [claim for claim in assertions(last) if not is_raises(claim.node) and not is_failing(last)]
        plain = isinstance(last, ast.Assert | ast.Expr) and claimed
        asks = any(isinstance(inner, ast.Name) and inner.id in caught for inner in ast.walk(last))
        if plain and (asks or (len(part.body) > 1 and called and not isinstance(part.body[0], ast.Assert))):
            yield last.lineno, "its assertion stands behind the line that raises, in the same block"


def always_raises(file: SuiteFile, node: Function, about: About) -> Iterator[tuple[int, str]]:
    """Yield where a block that expects an exception gets one whatever the unit does."""
    known = _known_names(file)
    for part in ast.walk(node):
        if not (isinstance(part, ast.With) and any(is_raises(item.context_expr) for item in part.items)):
            continue
        kinds = " ".join(ast.unparse(item.context_expr) for item in part.items)
        if any(isinstance(inner, ast.Assert | ast.Raise) and is_failing(inner) for inner in part.body):  # noqa: SIM102
            if re.search(r"\b(?:Exception|BaseException|AssertionError)\b", kinds) or isinstance(
                part.body[0], ast.Raise
            ):
                yield part.lineno, "what it expects to be raised is raised by the test itself"
        if not re.search(r"\(\s*(?:Exception|BaseException|NameError|AttributeError|TypeError)\b|\(\(", kinds):
            continue
        for name in (
            n for s in part.body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
        ):
            if known and name.id not in known:
                yield name.lineno, f"`{name.id}` is defined nowhere, so that `raises` is always satisfied"
        if len(part.body) == 1 and about.interface is not None:
            yield from _wrong_use(part.body[0], file, about)


def _known_names(file: SuiteFile) -> set[str]:
    """Return every name that the file binds anywhere; nothing where a star import hides some."""
    if file.tree is None:
        return set()
    found = set(dir(builtins)) | {"__file__", "__name__"}
    for part in ast.walk(file.tree):
        if isinstance(part, ast.ImportFrom) and any(alias.name == "*" for alias in part.names):
            return set()
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            found.add(part.id)
        elif isinstance(part, ast.arg):
            found.add(part.arg)
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or (
            isinstance(part, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and part.name
        ):
            found.add(part.name or "")
    return found | set(file.imports)


def _wrong_use(statement: ast.stmt, file: SuiteFile, about: About) -> Iterator[tuple[int, str]]:
    """Find a call of what the declared interface doesn't have, or with arguments that it can't take."""
    call = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    if not isinstance(call, ast.Call) or about.interface is None:
        return
    declared = {part.name: part for part in ast.walk(about.interface) if isinstance(part, Function)}
    if isinstance(call.func, ast.Attribute) and declared:
        name = call.func.attr
        owners = (str, bytes, list, dict, set, tuple, int, float, object)
        if not re.search(rf"\b{re.escape(name)}\b", about.text) and not any(hasattr(owner, name) for owner in owners):  # noqa: SIM102
            if root_name(call.func) not in file.imports or is_own(file.imports[root_name(call.func)], about.modules):
                yield call.lineno, f"the interface has no `{name}`, so that `raises` is always satisfied"
    function = declared.get(dotted_name(call.func)) if isinstance(call.func, ast.Name) else None
    if function is not None and not _fits(call, function.args):
        yield call.lineno, f"`{ast.unparse(call)}` doesn't fit the signature, so that `raises` is always satisfied"


def _fits(call: ast.Call, args: ast.arguments) -> bool:
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return True
    names = [a.arg for a in (*args.posonlyargs, *args.args)]
    given = set(names[: len(call.args)]) | {k.arg for k in call.keywords}
    needed = set(names[: len(names) - len(args.defaults)])
    return needed <= given and (len(call.args) <= len(names) or args.vararg is not None)

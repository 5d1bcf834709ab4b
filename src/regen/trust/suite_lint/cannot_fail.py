"""Tests that pass whatever the unit does.

The smells are those of "tsDetect" (Peruma et al., 2020: empty test, redundant assertion, unknown test, ignored test)
and of flake8-bugbear (B011, B015, B017).
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.about import About, finding
from regen.trust.suite_lint.assertions import Assertion, assertions, is_failing, is_raises
from regen.trust.suite_lint.empty_claims import why_always_true
from regen.trust.suite_lint.reading import Function, SuiteFile, TestCase, dotted_name, is_own, reach, root_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.evidence import Finding

_MEANT_TO_PASS = re.compile(
    r"no[_ ](?:error|exception|raise|crash|op)|not[_ ](?:raise|fail|crash|throw|block)|without[_ ]"
    r"|never[_ ]raise|accept|allow"
    r"|permit|is_?valid|valid_|_valid|_ok\b|passes|tolerat|survive|smoke|nothing|ignor",
    re.IGNORECASE,
)
_VALIDATES = re.compile(
    r"(?:check|validate|verify|require|ensure|assert|expect|must|guard|run_|doctest|testmod"
    r"|main$)"
)
_ADVICE = "Assert what the requirement promises, so that wrong code fails this test."
_STATEMENTS = ast.If | ast.For | ast.While | ast.With | ast.Try | ast.AsyncFor | ast.AsyncWith


def cannot_fail(file: SuiteFile, case: TestCase, about: About) -> Iterator[Finding]:
    """Yield at most one finding: why this test passes whatever the unit does."""
    node = case.node
    if node is None:
        return
    for line, reason in _reasons(file, case, node, about):
        yield finding("can't fail", file, case, line, f"`{case.name}` can't fail: {reason}", _ADVICE)
        return


def _reasons(file: SuiteFile, case: TestCase, node: Function, about: About) -> Iterator[tuple[int, str]]:
    yield from _never_runs(file, case, node)
    helpers = [tree for tree in reach(file, case) if tree is not node and isinstance(tree, Function)]
    helped = any(True for helper in helpers for _ in assertions(helper)) or any(
        _raises_in(helper) for helper in helpers
    )
    live = list(_live(node.body))
    swallowed = {id(part) for statement in ast.walk(node) if _swallows(statement) for part in _below(statement)}
    all_claims = list(dict.fromkeys(assertions(node)))
    claims = [a for a in all_claims if id(a.node) in {id(part) for part in live}]
    yield from _always_raises(file, node, about)
    if all_claims and not claims and not helped:
        yield all_claims[0].line, "its assertions stand where they are never reached"
    real = [claim for claim in claims if id(claim.node) not in swallowed]
    if claims and not real and not helped:
        yield claims[0].line, "the failure of its assertions is caught and dropped"
    empty = [(claim, why_always_true(claim, node, file, about)) for claim in real]
    reasons = [(claim, why) for claim, why in empty if why]
    if (
        reasons
        and (len(reasons) == len(real) or any("on purpose" not in why for _, why in reasons))
        and not (helped and len(reasons) == len(real) and all("on purpose" in why for _, why in reasons))
    ):
        yield reasons[0][0].line, reasons[0][1].removesuffix(" on purpose")
    if real and not helped:
        yield from _conditional(node, real)
    if not claims and not all_claims and not helped and not _fails_by_itself(node, file, case, about):
        yield case.line, "it asserts nothing"


def _never_runs(file: SuiteFile, case: TestCase, node: Function) -> Iterator[tuple[int, str]]:
    for decorator in [*node.decorator_list, *(case.holder.decorator_list if case.holder else [])]:
        called = dotted_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if called in {"pytest.mark.skip", "mark.skip", "unittest.skip", "skip"}:
            yield decorator.lineno, "it is always skipped"
        strict = isinstance(decorator, ast.Call) and any(
            k.arg in {"strict", "condition", "raises"} for k in decorator.keywords
        )
        conditional = isinstance(decorator, ast.Call) and bool(decorator.args)
        if called in {"pytest.mark.xfail", "mark.xfail", "unittest.expectedFailure"} and not strict and not conditional:
            yield decorator.lineno, "it is expected to fail, and may pass as well"
        if called.endswith("mark.parametrize") and isinstance(decorator, ast.Call) and len(decorator.args) > 1:
            values = decorator.args[1]
            if isinstance(values, ast.List | ast.Tuple | ast.Set) and not values.elts:
                yield decorator.lineno, "it is parametrized with no values"
    siblings = case.holder.body if case.holder else file.tree.body if file.tree else []
    later = [other for other in siblings if isinstance(other, Function) and other.name == node.name]
    if later and later[-1] is not node:
        yield case.line, f"another test of the same name at line {later[-1].lineno} takes its place"
    first = next((s for s in node.body if not _is_docstring(s)), None)
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Call):  # noqa: SIM102
        if dotted_name(first.value.func) in {"pytest.skip", "self.skipTest"}:
            yield first.lineno, "it is always skipped"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _raises_in(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Raise) for part in ast.walk(node))


# ── which statements run ────────────────────────────────────────────────────────────────────────


def _live(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes of a body that can be reached, as far as constants tell."""
    for statement in body:
        if isinstance(statement, ast.If):
            truth = _truth(statement.test)
            yield statement
            yield from ast.walk(statement.test)
            yield from _live(statement.body if truth is not False else [])
            yield from _live(statement.orelse if truth is not True else [])
        elif isinstance(statement, ast.While | ast.For | ast.AsyncFor):
            empty = _truth(statement.test) is False if isinstance(statement, ast.While) else _is_empty(statement.iter)
            yield statement
            yield from _live(statement.body if not empty else [])
            yield from _live(statement.orelse)
        elif isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                yield from ast.walk(item)
            yield from _live(statement.body)
        elif isinstance(statement, ast.Try):
            for part in (statement.body, statement.orelse, statement.finalbody, *(h.body for h in statement.handlers)):
                yield from _live(part)
        else:
            yield from ast.walk(statement)
        if isinstance(statement, ast.Return | ast.Raise | ast.Break | ast.Continue):
            return


def _truth(node: ast.expr) -> bool | None:
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = _truth(node.operand)
        return None if inner is None else not inner
    return False if dotted_name(node) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"} else None


def _is_empty(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return not node.elts
    if isinstance(node, ast.Dict):
        return not node.keys
    if isinstance(node, ast.Constant):
        return node.value in ("", b"")
    if isinstance(node, ast.Call) and dotted_name(node.func) == "range" and len(node.args) == 1:
        return isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
    return isinstance(node, ast.Call) and dotted_name(node.func) in {"list", "dict", "set", "tuple"} and not node.args


def _swallows(node: ast.AST) -> bool:
    """Tell whether a `try` or `suppress` drops the failure of what stands in it."""
    if isinstance(node, ast.Try):
        for handler in node.handlers:
            caught = ast.unparse(handler.type) if handler.type else "BaseException"
            if re.search(r"\b(?:AssertionError|Exception|BaseException)\b", caught):
                judged = any(
                    is_failing(part) or isinstance(part, ast.Assert) or is_raises(part) or _is_claim(part)
                    for statement in handler.body
                    for part in ast.walk(statement)
                )
                return not judged and not any(is_failing(statement) for statement in node.orelse)
    if isinstance(node, ast.With):
        return any(
            re.search(r"suppress\(.*(?:AssertionError|Exception)\b", ast.unparse(item.context_expr))
            for item in node.items
        )
    return False


def _is_claim(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(True for _ in assertions(ast.Expr(value=node)))


def _below(node: ast.AST) -> Iterator[ast.AST]:
    for statement in getattr(node, "body", []):
        yield from ast.walk(statement)


def _conditional(node: Function, claims: list[Assertion]) -> Iterator[tuple[int, str]]:
    """Find tests whose every assertion stands where a run of wrong code may never come."""
    wanted = {id(claim.node) for claim in claims}
    for statement in node.body:
        inside = {id(part) for part in ast.walk(statement)}
        if not wanted <= inside:
            continue
        if isinstance(statement, ast.If) and not statement.orelse and not any((c.claim is None) for c in claims):  # noqa: SIM102
            if any(isinstance(part, ast.Call | ast.Name) for part in ast.walk(statement.test)):
                yield statement.lineno, f"all its assertions stand under `if {ast.unparse(statement.test)}`"
        if isinstance(statement, ast.Try) and statement.handlers:
            handled = {id(p) for h in statement.handlers for s in h.body for p in ast.walk(s)}
            if wanted <= handled and not any(is_failing(s) for s in [*statement.body, *statement.orelse]):
                yield statement.lineno, "its assertions run only if something is raised, and nothing demands that"


# ── tests without assertions ────────────────────────────────────────────────────────────────────


def _fails_by_itself(node: Function, file: SuiteFile, case: TestCase, about: About) -> bool:
    """Tell whether a test without assertions still says something: that a call raises nothing, or a helper judges."""
    if any(isinstance(part, ast.Raise) for part in ast.walk(node)):
        return True
    said = f"{case.name} {ast.get_docstring(node) or ''}"
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    outer = [
        call
        for call in calls
        if root_name(call.func) in file.imports and _is_helper(file.imports[root_name(call.func)], about)
    ]
    own = [call for call in calls if dotted_name(call.func) not in dir(builtins)]
    if outer or not own:
        return bool(outer)
    if _MEANT_TO_PASS.search(said):
        return True
    names = [call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "") for call in own]
    return any(_VALIDATES.match(name.lstrip("_")) for name in names)


def _is_helper(dotted: str, about: About) -> bool:
    """Tell whether an imported name is a helper of the tests, which may hold assertions."""
    return not is_own(dotted, about.modules) and bool(
        re.search(r"(?:^|\.)(?:tests?|conftest|support|helpers?|_?testing)\b", dotted)
    )


# ── raises around what always raises ────────────────────────────────────────────────────────────


def _always_raises(file: SuiteFile, node: Function, about: About) -> Iterator[tuple[int, str]]:
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

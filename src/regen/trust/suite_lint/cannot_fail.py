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
from regen.trust.suite_lint.misspelt import misspelt_claims
from regen.trust.suite_lint.names import dotted_name, is_own, root_name
from regen.trust.suite_lint.raising import after_the_raise, always_raises
from regen.trust.suite_lint.reading import Function, SuiteFile, TestCase, reach
from regen.trust.suite_lint.running import live_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.evidence import Finding

_MEANT_TO_PASS = re.compile(
    r"no[_ ](?:error|exception|raise|crash|op)|not[_ ](?:raise|fail|crash|throw|block)|without[_ ]"
    r"|never[_ ]raise|accept|allow"
    r"|permit|is_?valid|valid_|_valid|_ok\b|passes|tolerat|survive|smoke|nothing|ignor",
    re.IGNORECASE,
)
_NOTHING_RAISED = re.compile(
    r"\b(?:never|nothing|no|not|without|cannot|can't|don't|doesn't)\b[^.;]{0,40}\b(?:rais\w+|fail\w*|errors?|exceptions?|warn\w*"
    r"|throw\w*|refuse[sd]?|rejected)\b|\b(?:is|are) (?:allowed|accepted|ignored|valid|permitted)\b|\bdoes nothing\b",
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
    live = list(live_nodes(node, file))
    swallowed = {id(part) for statement in ast.walk(node) if _swallows(statement) for part in _below(statement)}
    all_claims = list(dict.fromkeys(assertions(node)))
    claims = [a for a in all_claims if id(a.node) in {id(part) for part in live}]
    yield from always_raises(file, node, about)
    yield from after_the_raise(node)
    yield from misspelt_claims(file, case, node)
    if all_claims and not claims and not helped:
        yield all_claims[0].line, "its assertions stand where they are never reached"
    real = [claim for claim in claims if id(claim.node) not in swallowed]
    if claims and not real and not helped:
        yield claims[0].line, "the failure of its assertions is caught and dropped"
    empty = [(claim, why_always_true(claim, node, file, case, about)) for claim in real]
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
    if isinstance(node, ast.FunctionDef) and any(isinstance(part, ast.Yield | ast.YieldFrom) for part in _own(node)):
        yield case.line, "it yields, and so is a generator that nobody runs"
    first = next((s for s in node.body if not _is_docstring(s)), None)
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Call):  # noqa: SIM102
        if dotted_name(first.value.func) in {"pytest.skip", "self.skipTest"}:
            yield first.lineno, "it is always skipped"


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below a function that belong to no function within it."""
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, Function | ast.Lambda | ast.ClassDef):
            yield part
            yield from _own(part)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _raises_in(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Raise) for part in ast.walk(node))


# ── what is caught, or stands under a condition ─────────────────────────────────────────────────


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
    if _MEANT_TO_PASS.search(said) or _NOTHING_RAISED.search(about.said.get(case.id, "")):
        return True
    if any(name in ast.unparse(call) for call in calls for name in ("simplefilter('error'", "filterwarnings('error'")):
        return True
    names = [call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "") for call in own]
    return any(_VALIDATES.match(name.lstrip("_")) for name in names)


def _is_helper(dotted: str, about: About) -> bool:
    """Tell whether an imported name is a helper of the tests, which may hold assertions."""
    return not is_own(dotted, about.modules) and bool(
        re.search(r"(?:^|\.)(?:tests?|conftest|support|helpers?|_?testing)\b", dotted)
    )

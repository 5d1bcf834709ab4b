"""Requirements that state a failure which none of their tests provokes."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.evidence import Finding
from regen.trust.examples import is_error
from regen.trust.sections import CODE_SPAN
from regen.trust.suite_lint.assertions import is_raises
from regen.trust.suite_lint.names import dotted_name
from regen.trust.suite_lint.reading import SuiteFile, TestCase, reach, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.trust.sections import Statement

_NO_FAILURE = re.compile(
    r"^none\b.*|\b(?:is|are) no (?:errors?|failures?|exceptions?)\b"
    r"|\bno (?:errors?|exceptions?)\b|\bnever (?:raises?|fails?)\b|\b(?:do(?:es)?|must"
    r"|will|should) not "
    r"(?:raise|fail|be an error)|\bdoesn't (?:raise|fail)|\bwithout (?:an )?(?:error|exception|raising|failing)\b"
    r"|\braises? nothing\b|\bnot an error\b|\bcannot fail\b",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"\b(?:raises?|throws?|raised|thrown)\b[^.;]{0,40}?(?:`[A-Z]|\b\w*(?:Error|Exception)\b|\b(?:an?"
    r"|the) (?:\w+ )?(?:error|exception)\b)"
    r"|`\w*(?:Error|Exception)\b|\b(?:is|are|be) (?:rejected|refused|forbidden|invalid|illegal|an error"
    r"|not (?:allowed|valid|permitted|accepted))"
    r"|\b(?:rejects?|refuses?)\b|\bfails? with\b|\bexits? (?:with )?(?:code |status )?`?[1-9]|\bexit (?:code"
    r"|status) `?[1-9]"
    r"|\b(?:status|responds? with|answers? with|returns?) `?[45]\d\d\b|\bmust not (?:be (?:negative|empty|zero"
    r"|blank|null|none)|exceed)\b",
    re.IGNORECASE,
)
_ERROR_WORDS = re.compile(
    r"error|invalid|fail|reject|refus|illegal|forbidden|denied|exception|raise|bad_", re.IGNORECASE
)
_ERROR_FORMS = {"SystemExit", "returncode", "exit_code", "status_code", "stderr", "status"}


def states_failure(statement: Statement) -> bool:
    """Tell whether a requirement says that something goes wrong."""
    text = _NO_FAILURE.sub("", statement.text)
    if _FAILURE.search(text):
        return True
    return statement.kind == "errors" and bool(
        re.search(
            r"\b(?:rais|reject|refus|invalid|error|fail|illegal|forbid|unknown|missing|too (?:long|short"
            r"|large|many))",
            text,
            re.IGNORECASE,
        )
        or any(is_error(span) for span in CODE_SPAN.findall(text))
    )


def no_negative_cases(
    judged: Sequence[tuple[Statement, Sequence[tuple[SuiteFile, TestCase]]]], path: str, *, precise: bool
) -> tuple[Finding, ...]:
    """Return a finding for each statement of a failure whose tests hold no error.

    `precise` asks for the very exception or message, where no test names its requirement and all serve all.
    """
    found: list[Finding] = []
    for statement, cases in judged:
        if not cases or not states_failure(statement) or any(case.node is None for _, case in cases):
            continue
        if any(_provokes(file, case, statement, precise=precise) for file, case in cases):
            continue
        named = next(
            (span for span in CODE_SPAN.findall(statement.text) if is_error(span)), "the failure that it states"
        )
        found.append(
            Finding(
                kind="no negative case",
                path=path,
                line=statement.line,
                requirement=statement.id,
                message=f"{statement.name} states a failure, and none of its tests provokes one",
                advice=f"Add a test that gives a wrong input and expects {named}.",
                source=statement.text,
            )
        )
    return tuple(found)


def _provokes(file: SuiteFile, case: TestCase, statement: Statement, *, precise: bool) -> bool:
    trees = reach(file, case)
    spans = CODE_SPAN.findall(statement.text)
    errors = {re.split(r"[(\s]", span)[0].rsplit(".", 1)[-1] for span in spans if is_error(span)}
    texts = [text for span in spans for text in _messages(span)]
    for node in walk(trees):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if any(text in node.value for text in texts):
                return True
            if not precise and _ERROR_WORDS.search(node.value) and node.value not in file.text.split('"""')[:1]:  # noqa: SIM102
                if _is_expected(node, trees):
                    return True
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in errors or (not precise and (name in _ERROR_FORMS or is_error(name))):
                return True
        elif is_raises(node) and not (precise and errors):
            return True
        elif isinstance(node, ast.Call) and not precise:
            called = dotted_name(node.func).rsplit(".", 1)[-1]
            if re.search(r"raises|rejects|refuses|fails|error", called.casefold()):
                return True
        elif isinstance(node, ast.ExceptHandler) and not precise:
            return True
        elif isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
            if re.search(rf"(?:status|exit|code|with|returns?) `?{node.value}\b", statement.text) and node.value:
                return True
        elif isinstance(node, ast.Constant) and node.value in (None, False) and not precise and not errors:
            return True
    return False


def _messages(span: str) -> list[str]:
    """Return the texts in a span that a test would show if it provoked the failure."""
    quoted = [one or other for one, other in re.findall(r"\"([^\"]{4,})\"|'([^']{4,})'", span)]
    return quoted or ([span] if " " in span and len(span) >= 8 else [])  # noqa: PLR2004


def _is_expected(constant: ast.Constant, trees: tuple[ast.AST, ...]) -> bool:
    """Tell whether a text stands in an assertion."""
    for node in walk(trees):
        if isinstance(node, ast.Assert) and any(part is constant for part in ast.walk(node.test)):
            return True
        if isinstance(node, ast.Call) and "assert" in ast.unparse(node.func):  # noqa: SIM102
            if any(part is constant for part in ast.walk(node)):
                return True
    return False

"""Assertions of mocks that are written wrong, and so only make another mock."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.mocks import COUNTS, is_stand_in, stand_ins
from regen.trust.suite_lint.names import root_name
from regen.trust.suite_lint.reading import SuiteFile, TestCase, reach

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIKE_A_CLAIM = re.compile(
    r"(?:\w+_)?(?:called|calls|call_count|call_args|awaited)(?:_\w+)?|a[sert]{3,7}_\w+|(?:has|have|was)_\w*call\w*"
)
_API = COUNTS | {"await_args", "await_args_list", "assert_any_await", "assert_has_awaits", "assert_not_awaited", "call"}


def misspelt_claims(file: SuiteFile, case: TestCase, node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield where a test asks a mock by a name that it doesn't have, which only makes another mock."""
    mocks = stand_ins(reach(file, case)) | {
        name
        for name, function in file.functions.items()
        if any(isinstance(part, ast.Return) and part.value and is_stand_in(part.value) for part in ast.walk(function))
    }
    for part in ast.walk(node):
        if not isinstance(part, ast.Assert | ast.Expr):
            continue
        shown = part.test if isinstance(part, ast.Assert) else part.value
        shown = shown.operand if isinstance(shown, ast.UnaryOp) else shown
        asked = shown.func if isinstance(shown, ast.Call) else shown
        if not (isinstance(asked, ast.Attribute) and root_name(asked) in mocks):
            continue
        if asked.attr in _API:
            if asked.attr.startswith("assert_") and asked is shown:
                yield part.lineno, f"`{ast.unparse(asked)}` is never called"
            elif asked.attr == "called" and asked is not shown:
                yield part.lineno, f"`{ast.unparse(shown)}` is just another mock"
        elif _LIKE_A_CLAIM.fullmatch(asked.attr):
            yield part.lineno, f"a mock has no `{asked.attr}`, so that it is just another mock"

"""Tests that compare a whole text with what it happened to be when the test was written."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.about import About, finding
from regen.trust.suite_lint.given_texts import beyond, has_form, is_given, strange_words
from regen.trust.suite_lint.names import dotted_name
from regen.trust.suite_lint.reading import SuiteFile, TestCase, reach, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.evidence import Finding

_FIXTURES = {
    "snapshot",
    "snapshot_json",
    "data_regression",
    "file_regression",
    "num_regression",
    "image_regression",
    "golden",
    "snapshottest",
}
_MATCHERS = {
    "assert_match",
    "assertMatchSnapshot",
    "assert_match_snapshot",
    "toMatchSnapshot",
    "verify_as_json",
    "verify_all",
    "assert_matches_snapshot",
}
_GOLDEN = re.compile(r"golden|snapshot|approved|\.snap\b|baseline|expected[\w-]*\.(?:txt|html|json|md|out|xml|csv|svg)")
_OUTPUTS = {"out", "err", "stdout", "stderr", "output"}
_ADVICE = "Check the parts that the spec promises instead of the whole text."


def text_snapshots(file: SuiteFile, case: TestCase, about: About) -> Iterator[Finding]:
    """Yield the first comparison of a test with a recorded text that the spec doesn't give."""
    trees = reach(file, case)
    for argument in case.node.args.args if case.node else ():
        if argument.arg in _FIXTURES:
            yield finding(
                "snapshot of text",
                file,
                case,
                case.line,
                f"`{case.name}` compares with a recorded snapshot (`{argument.arg}`)",
                _ADVICE,
            )
            return
    texts = _assigned(file, trees)
    for node in walk(trees):
        what = _recorded(node, texts) or _unexplained(node, texts, file, about)
        if what:
            line = getattr(node, "lineno", case.line)
            yield finding("snapshot of text", file, case, line, f"`{case.name}` {what}", _ADVICE)
            return


def _assigned(file: SuiteFile, trees: tuple[ast.AST, ...]) -> dict[str, ast.expr]:
    found = dict(file.constants)
    for node in walk(trees):
        if isinstance(node, ast.Assign):
            found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            found[node.optional_vars.id] = node.context_expr
    return found


def _recorded(node: ast.AST, texts: dict[str, ast.expr]) -> str:
    """Return how a comparison uses a golden file or a digest of the output."""
    if isinstance(node, ast.Call):
        last = dotted_name(node.func).rsplit(".", 1)[-1]
        if last in _MATCHERS or dotted_name(node.func).startswith("approvals."):
            return f"compares with a recorded snapshot (`{last}`)"
    for left, right in _compared(node):
        for side, other in ((left, right), (right, left)):
            value = texts.get(side.id, side) if isinstance(side, ast.Name) else side
            source = ast.unparse(value)
            reads = re.search(r"\.read_text\(|\.read_bytes\(|\.read\(|open\(|^load_\w*\(|json\.load", source)
            named = source + (side.id if isinstance(side, ast.Name) else "")
            if (
                isinstance(value, ast.Call | ast.Attribute)
                and reads
                and _GOLDEN.search(_with_paths(named, value, texts))
            ):
                return "compares with a golden file"
            if isinstance(other, ast.Constant) and re.search(r"hexdigest\(\)|crc32\(", source):  # noqa: SIM102
                if isinstance(other.value, int) or re.fullmatch(r"[0-9a-f]{16,}", str(other.value)):
                    return "compares a digest of the output"
    return ""


def _with_paths(source: str, value: ast.AST, texts: dict[str, ast.expr]) -> str:
    names = [n.id for n in ast.walk(value) if isinstance(n, ast.Name) and n.id in texts]
    return " ".join([source, *names, *(ast.unparse(texts[name]) for name in names)]).casefold()


def _compared(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
        yield node.left, node.comparators[0]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) >= 2:  # noqa: PLR2004, SIM102
        if node.func.attr in {"assertEqual", "assertEquals", "assertMultiLineEqual", "assert_equal"}:
            yield node.args[0], node.args[1]


def _unexplained(node: ast.AST, texts: dict[str, ast.expr], file: SuiteFile, about: About) -> str:
    """Return how a text is compared whose words neither the spec nor the file's other literals hold."""
    for left, right in _compared(node):
        for side, other in ((left, right), (right, left)):
            text = _literal(other, texts)
            if text is None or _literal(side, texts) is not None:
                continue
            value = texts.get(side.id, side) if isinstance(side, ast.Name) else side
            if _TRACEBACK.search(_with_all(value, texts)) and not is_given(text, about):
                return "compares a traceback, which holds line numbers and the code itself"
            form = _form(value)
            if is_given(text, about) or "exception" in ast.unparse(value) or not form:
                continue
            if form == "repr" and len(text) >= 8 and not has_form(text, about):  # noqa: PLR2004
                return f"compares the `repr` with a text that the spec doesn't give: {text[:60]!r}"
            if form == "str" and re.match(r"[\[{(<]|\w+\(", text) and len(text) >= 12:  # noqa: PLR2004
                return f"compares the text of a whole value that the spec doesn't give: {text[:60]!r}"
            more = beyond(text, about)
            if more:
                return f"compares the whole text, {more}: {text.strip()[:60]!r}"
            is_long = len(text) >= 100 or text.strip().count("\n") >= 3  # noqa: PLR2004
            if is_long and strange_words(text, file, about):
                return f"compares the whole output with a long text that the spec doesn't give: {text.strip()[:60]!r}"
    return ""


_TRACEBACK = re.compile(
    r"\btraceback\.|\bformat_exc\b|\bformat_exception\b|\bextract_tb\b|\.(?:tb_)?lineno\b|__traceback__"
)


def _with_all(value: ast.AST, texts: dict[str, ast.expr], depth: int = 3) -> str:
    """Return the source of an expression with that of the variables in it."""
    names = [n.id for n in ast.walk(value) if isinstance(n, ast.Name) and n.id in texts] if depth else []
    return " ".join([ast.unparse(value), *(_with_all(texts[name], texts, depth - 1) for name in names)])


def _form(value: ast.AST) -> str:
    """Return `repr`, `str`, `output` or `call`: what kind of text an expression is, empty where it is none of them."""
    if isinstance(value, ast.Call):
        called = dotted_name(value.func)
        last = called.rsplit(".", 1)[-1]
        inner = ast.unparse(value.args[0]) if value.args else ""
        if called in {"repr", "pformat", "pprint.pformat", "ascii"} or last == "__repr__":
            return "repr"
        if called in {"str", "format"}:
            is_error = re.search(r"\.(?:value|exception)\b|^(?:e|err|error|exc|ex|exception|caught|excinfo)\b", inner)
            return "" if is_error else "str"
        if last in {"strip", "rstrip", "getvalue", "decode"} and isinstance(value.func, ast.Attribute):
            return _form(value.func.value) or "output"
        return "call"
    if isinstance(value, ast.JoinedStr):
        shown = [part for part in value.values if isinstance(part, ast.FormattedValue)]
        return "repr" if len(value.values) == 1 and shown and shown[0].conversion == ord("r") else "str"
    return "output" if isinstance(value, ast.Attribute) and value.attr in _OUTPUTS else ""


def _literal(node: ast.expr, texts: dict[str, ast.expr]) -> str | None:
    value = texts.get(node.id, node) if isinstance(node, ast.Name) else node
    if isinstance(value, ast.Call) and dotted_name(value.func).endswith("dedent") and value.args:
        value = value.args[0]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        left, right = _literal(value.left, texts), _literal(value.right, texts)
        return left + right if left is not None and right is not None else None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in {"strip", "lstrip"}:
        return _literal(value.func.value, texts)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None

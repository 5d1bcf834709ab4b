"""The calls with their answers that a spec shows: doctests, code lines, code spans and tables."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import msgspec

from regen.python_syntax import parse_expression, parse_module
from regen.trust.sections import CODE_SPAN, Section, sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.markdown import Block
    from regen.specs.spec import Spec


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A call as Python source and its answer: `value` as written, or `error` as a type or `Type("message")`.

    `written` is true where the value is Python by its form (a doctest, `==`), false where it may be a bare text.
    """

    call: str
    line: int
    value: str = ""
    error: str = ""
    written: bool = True


_ARROW = r"(?:→|->|=>|⇒|⟶|==|=|:)"
_GIVES = re.compile(
    rf"\s*(?:{_ARROW}|(?:is|gives?|returns?|yields?|equals?|becomes|produces|evaluates to|results in"
    r"|(?:must|should|shall|will) (?:be|return|give|equal|yield))(?: exactly)?)\s*:?\s*", re.IGNORECASE)  # fmt: skip
_RAISES = re.compile(
    rf"\s*(?:{_ARROW}\s*)?(?:(?:must |should |will )?raises?|throws?|fails with|is rejected with|is refused with)"
    r"(?: an?| the)?\s*", re.IGNORECASE)  # fmt: skip
_MORE = re.compile(r"\s*(?:,|and|or|/|then)\s*(?:then )?", re.IGNORECASE)
_LINE = re.compile(r"(?P<call>.+?\))\s*(?:#\s*(?:→|->|=>|==)?|→|->|=>|⇒)\s*(?P<value>\S.*)")
_ERROR = re.compile(r"(?:raises?:?\s+)?(?P<error>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:\(.*\))?)", re.DOTALL)
_ERROR_NAME = re.compile(
    r"(?:\w+\.)*(?:\w*(?:Error|Exception|Warning|Interrupt|NotFound)|SystemExit|Invalid[A-Z]\w+)\b"
)
_OUTPUT = re.compile(r"out(?:put|come)?s?\b|results?\b|returns?\b|expected|gives|value\b|answer|becomes", re.IGNORECASE)


def examples(spec: Spec) -> tuple[Example, ...]:
    """Return every example of the spec that has a call, by line."""
    found: list[Example] = []
    functions = _functions(spec.interface)
    for section in sections(spec):
        for block in section.blocks:
            if block.kind == "code":
                found += _in_code(block, spec) if section.kind != "interface" or ">>>" in block.text else ()
            else:
                found += _in_text(block, section, spec)
                found += _in_table(block, spec, functions)
    unique = {(e.call, e.value, e.error, e.line): e for e in found}
    return tuple(sorted(unique.values(), key=lambda example: example.line))


def _source_lines(block: Block, spec: Spec) -> list[tuple[int, str]]:
    lines = spec.body.split("\n")
    return [(n, lines[n - spec.body_line]) for n in range(block.line, block.end_line + 1)
            if 0 <= n - spec.body_line < len(lines)]  # fmt: skip


def _parse(text: str) -> ast.expr | None:
    try:
        return parse_expression(text.strip())
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _is_call(text: str) -> bool:
    return isinstance(_parse(text), ast.Call)


def is_error(text: str) -> bool:
    """Tell whether a piece of code names an exception, with or without its message."""
    return bool(_ERROR_NAME.match(text)) or text.split("(", maxsplit=1)[0] in {"KeyboardInterrupt", "StopIteration"}


# ── code blocks ─────────────────────────────────────────────────────────────────────────────────


def _in_code(block: Block, spec: Spec) -> Iterator[Example]:
    lines = [(number, line.strip()) for number, line in _source_lines(block, spec)]
    index = 0
    while index < len(lines):
        number, line = lines[index]
        index += 1
        if not line.startswith(">>>"):
            yield from _code_line(line, number)
            continue
        source = line[3:].strip()
        while index < len(lines) and lines[index][1].startswith("..."):
            source += " " + lines[index][1][3:].strip()
            index += 1
        output: list[str] = []
        while index < len(lines) and lines[index][1] and not lines[index][1].startswith((">>>", "```", "~~~")):
            output.append(lines[index][1])
            index += 1
        yield from _doctest(source, output, number)


def _doctest(source: str, output: list[str], number: int) -> Iterator[Example]:
    if not output:
        yield from _code_line(source, number)
    elif _is_call(source) and output[0].startswith("Traceback"):
        name, _, message = output[-1].partition(":")
        text = message.strip()
        yield Example(call=source, line=number, error=f"{name}({text!r})" if text else name)
    elif _is_call(source):
        yield Example(call=source, line=number, value=" ".join(output))
    elif isinstance(node := _parse(source), ast.Compare) and output == ["True"]:
        yield from _comparison(node, number)


def _code_line(line: str, number: int) -> Iterator[Example]:
    bare = line.removeprefix("assert ").strip()
    node = _parse(bare)
    if isinstance(node, ast.Compare):
        yield from _comparison(node, number)
        return
    found = _LINE.fullmatch(bare)
    if found and _is_call(found["call"]):
        value = found["value"].strip()
        error = _ERROR.fullmatch(value)
        if error and (value.casefold().startswith("raise") or is_error(error["error"])):
            yield Example(call=found["call"], line=number, error=error["error"])
        elif _parse(value) is not None:
            yield Example(call=found["call"], line=number, value=value)


def _comparison(node: ast.Compare, number: int) -> Iterator[Example]:
    if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.Is) and isinstance(node.left, ast.Call):
        yield Example(call=ast.unparse(node.left), line=number, value=ast.unparse(node.comparators[0]))


# ── code spans ──────────────────────────────────────────────────────────────────────────────────


def _in_text(block: Block, section: Section, spec: Spec) -> Iterator[Example]:
    if section.kind == "preconditions" or " / | " in block.text:
        return
    text = block.text.split("\n```")[0]
    spans = list(CODE_SPAN.finditer(text))
    raw = _source_lines(block, spec)
    written: dict[str, str] = {
        " ".join(code.split()): code for code in CODE_SPAN.findall("\n".join(line for _, line in raw))
    }
    for index, span in enumerate(spans):
        # Folding a paragraph also folds spaces inside quotes.
        code = written.get(" ".join(span[1].split()), str(span[1])).strip()
        code = span[1].strip() if "\n" in code else code
        line = next((number for number, source in raw if code in source), block.line)
        node = _parse(code)
        if isinstance(node, ast.Compare):
            yield from _comparison(node, line)
        elif isinstance(node, ast.Call) and index + 1 < len(spans):
            between = text[span.end() : spans[index + 1].start()]
            value = written.get(" ".join(spans[index + 1][1].split()), str(spans[index + 1][1])).strip()
            if _RAISES.fullmatch(between) or (_GIVES.fullmatch(between) and is_error(value)):
                if _ERROR.fullmatch(value):
                    yield Example(call=code, line=line, error=value)
            elif _GIVES.fullmatch(between) and not _continued(text, spans, index + 1):
                yield Example(call=code, line=line, value=value, written=False)
        elif node is None:
            yield from _code_line(code, line)


def _continued(text: str, spans: list[re.Match[str]], index: int) -> bool:
    """Tell whether another value follows, so that this one is only a part of the answer."""
    if index + 1 >= len(spans):
        return False
    between = text[spans[index].end() : spans[index + 1].start()]
    return bool(_MORE.fullmatch(between)) and not _is_call(spans[index + 1][1])


# ── tables ──────────────────────────────────────────────────────────────────────────────────────


def _functions(interface: str) -> list[ast.FunctionDef]:
    try:
        body = parse_module(interface).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def _in_table(block: Block, spec: Spec, functions: list[ast.FunctionDef]) -> Iterator[Example]:
    lines = [(number, line.strip()) for number, line in _source_lines(block, spec) if "|" in line]
    if block.kind != "text" or len(lines) < 3 or set(lines[1][1]) - set("|-: "):  # noqa: PLR2004
        return
    header = _cells(lines[0][1])
    called = [f for f in functions if f"`{f.name}" in lines[0][1]] or (functions if len(functions) == 1 else [])
    for number, line in lines[2:]:
        cells = _cells(line)
        if len(cells) != len(header) or len(cells) < 2:  # noqa: PLR2004
            continue
        value, call = cells[-1], cells[0]
        if not (len(cells) == 2 and _is_call(call)):  # noqa: PLR2004
            if not called or not _OUTPUT.match(header[-1].strip("*")) or len(called[0].args.args) < len(cells) - 1:
                continue
            call = f"{called[0].name}({', '.join(cells[:-1])})"
            if any(_parse(cell) is None for cell in cells[:-1]) or not _is_call(call):
                continue
        error = _ERROR.fullmatch(value)
        if error and is_error(error["error"]):
            yield Example(call=call, line=number, error=error["error"])
        else:
            yield Example(call=call, line=number, value=value, written=False)


def _cells(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return [cell.replace("`", "").strip() for cell in cells]

"""Spec → its sections by what their headings mean, its statements, and its preconditions, each with its line."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from regen.python_syntax import parse_expression
from regen.specs import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Requirement, Spec

SectionKind = Literal[
    "interface",
    "requirements",
    "preconditions",
    "errors",
    "invariants",
    "limits",
    "scope",
    "examples",
    "questions",
    "other",
]

_HEADINGS: tuple[tuple[SectionKind, str], ...] = (
    (
        "scope",
        (
            r"out[ -]of[ -]scope|not in scope|non[ -]?goals?|scope|exclu(?:ded|sions)|not (?:included|supported"
            r"|covered)"
            r"|(?:won't|will not) (?:do|have|be|support)|what (?:it|this) (?:does not|doesn't|is not|isn't|leaves)"
            r"|(?:deliberately |intentionally |knowingly )?left out|leaves? out|not (?:planned|covered|handled|here"
            r"|its job)"
            r"|(?:left )?to (?:the caller|others)|someone else's|elsewhere|beyond"
        ),
    ),
    ("questions", r"open (?:questions|points|issues)|clarifications?"),
    ("preconditions", r"pre-?conditions?|assumptions|requires of the caller"),
    (
        "errors",
        (
            r"error|fail|exception|reject|refus|(?:.* )?go(?:es)? wrong|(?:bad|wrong|invalid|illegal) (?:input"
            r"|arguments?|values?|use)"
            r"|if it can(?:no|')t|trouble|mishaps"
        ),
    ),
    (
        "invariants",
        (
            r"invariant|propert(?:y|ies)|guarantees?|post-?conditions?|laws|(?:what )?always|what (?:never changes"
            r"|holds|is always)"
            r"|(?:it |this )?(?:must )?holds? always|promises|consistency"
        ),
    ),
    (
        "limits",
        (
            r"limits?\b|performance|speed|security|non-?functional|quality attributes|budgets?|privacy|safety"
            r"|complexity"
            r"|constraints|quality|how fast|cost\b|resources|bounds\b|time and (?:space|memory)|safe(?:ty|guards)"
        ),
    ),
    ("examples", r"examples?|sample|scenarios?"),
    (
        "interface",
        (
            r"interface|signatures?|api\b|inputs?\b|outputs?\b|parameters|arguments|returns?\b|endpoints?"
            r"|usage|command[ -]line|request|response|contract"
        ),
    ),
    (
        "requirements",
        (
            r"requirement|behaviou?rs?|rules?\b|acceptance criteria|functional|features?\b|edge cases|semantics"
            r"|operations?|what it does|must do"
        ),
    ),
)

_ID = re.compile(r"\*\*(?P<id>[\w][\w.#/-]*?):?\*\*:?\s*")
_TEST_LINK = re.compile(r"`?\[@test\]\s+[^\s`]+`?")
CODE_SPAN = re.compile(r"`([^`]+)`")


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading, what it means, and its blocks; lines count from 1 in the spec's file. Before any heading: level 0."""

    heading: str
    kind: SectionKind
    level: int
    line: int
    blocks: tuple[markdown.Block, ...] = ()

    @property
    def items(self) -> tuple[markdown.Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "item")

    @property
    def text(self) -> str:
        """Return all that stands below the heading, folded, one block a line."""
        return "\n".join(block.text for block in self.blocks)


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence or item that the unit must obey; `id` is empty where the spec gives it none."""

    text: str
    line: int
    end_line: int
    kind: SectionKind
    id: str = ""

    @property
    def name(self) -> str:
        """Return what a message calls it: its id, or its line."""
        return self.id or f"line {self.line}"


class Precondition(msgspec.Struct, frozen=True, kw_only=True):
    """A list item below "Preconditions": a Python expression over the parameters, or prose where there is none."""

    text: str
    line: int
    expression: bool


def kind_of_heading(heading: str) -> SectionKind:
    """Return what a section of this heading is about, `other` where no usual word says it."""
    text = heading.casefold()
    return next((kind for kind, words in _HEADINGS if re.search(rf"(?<![\w-])(?:{words})", text)), "other")


def sections(spec: Spec) -> tuple[Section, ...]:
    """Return the sections in order; one below a heading that says nothing has the kind of the heading above it."""
    found: list[Section] = []
    above: list[Section] = []
    blocks: list[markdown.Block] = []
    current = Section(heading="", kind="other", level=0, line=spec.body_line)
    for block in _placed(spec):
        if block.kind != "heading":
            blocks.append(block)
            continue
        found.append(msgspec.structs.replace(current, blocks=tuple(blocks)))
        blocks = []
        above = [section for section in above if section.level < block.level]
        kind = "other" if block.level == 1 and block.text == spec.title else kind_of_heading(block.text)
        if kind == "other" and above:
            kind = above[-1].kind
        current = Section(heading=block.text, kind=kind, level=block.level, line=block.line)
        above.append(current)
    found.append(msgspec.structs.replace(current, blocks=tuple(blocks)))
    return tuple(section for section in found if section.level or section.blocks)


def _placed(spec: Spec) -> Iterator[markdown.Block]:
    """Yield the body's blocks with the lines of the file."""
    shift = spec.body_line - 1
    for block in markdown.blocks(spec.body):
        yield msgspec.structs.replace(block, line=block.line + shift, end_line=block.end_line + shift)


def statements(spec: Spec) -> tuple[Statement, ...]:
    """Return the requirements, and the list items without an id that stand where requirements do, by line.

    A spec without any requirement gives its items and paragraphs instead, those of interface and scope excepted.
    """
    parts = sections(spec)
    found = [_of_requirement(requirement, parts) for requirement in spec.requirements]
    taken = [(statement.line, statement.end_line) for statement in found]
    kinds = {"requirements", "errors", "invariants", "limits"}
    prose = not found
    for section in parts:
        if section.kind not in kinds and not (prose and section.kind == "other"):
            continue
        for block in section.blocks:
            wanted = block.kind == "item" or (prose and block.kind == "text")
            if not wanted or any(first <= block.line <= last for first, last in taken):
                continue
            text = _TEST_LINK.sub("", _ID.sub("", block.text, count=1)).strip()
            found.append(Statement(text=text, line=block.line, end_line=block.end_line, kind=section.kind))
    return tuple(sorted(found, key=lambda statement: statement.line))


def _of_requirement(requirement: Requirement, parts: tuple[Section, ...]) -> Statement:
    kind: SectionKind = "requirements"
    for section in parts:
        if section.line <= requirement.line and section.level:
            kind = section.kind if section.kind in {"errors", "invariants", "limits"} else "requirements"
    return Statement(
        id=requirement.id, text=requirement.text, line=requirement.line, end_line=requirement.end_line, kind=kind
    )


def preconditions(spec: Spec) -> tuple[Precondition, ...]:
    """Return the list items below "Preconditions": each expression in backquotes, or the whole item as prose."""
    found: list[Precondition] = []
    for section in sections(spec):
        for block in section.items if section.kind == "preconditions" else ():
            spans = [span for span in CODE_SPAN.findall(block.text) if _is_condition(span)]
            found += [Precondition(text=text, line=block.line, expression=True) for text in spans]
            if not spans:
                found.append(Precondition(text=block.text, line=block.line, expression=False))
    return tuple(found)


def _is_condition(text: str) -> bool:
    """Tell whether `text` is an expression that can be true or false, and no mere name or value."""
    try:
        node = parse_expression(text.strip())
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return False
    return isinstance(node, ast.Compare | ast.BoolOp | ast.Call) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )

"""The native dialect: a Markdown file with front matter; requirements are list items that start with a bold id."""

from __future__ import annotations

import re
import textwrap

from regen.errors import Problem
from regen.specs import front_matter, markdown
from regen.specs.spec import FrontMatter, OpenQuestion, Requirement, Spec, TestLink, normalise_newlines

_REQUIREMENT = re.compile(r"\*\*(?P<id>[\w][\w.#/-]*?):?\*\*:?\s*(?P<text>.*)", re.DOTALL)
_TEST_LINK = re.compile(r"`?\[@test\]\s+(?P<ref>[^\s`]+)`?")
_OPEN_QUESTION = re.compile(r"\[NEEDS CLARIFICATION:?\s*(?P<text>[^\]]*)\]")
_CODE_SPAN = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_ID_HAS_NUMBER = re.compile(r"\d|#")


def parse(path: str, text: str) -> tuple[Spec | None, tuple[Problem, ...]]:
    """Return the spec and every problem of the file; None where nothing can be made of it.

    `path` is relative to the project and only goes into messages; `text` may hold a BOM and CRLF.
    """
    text = normalise_newlines(text)
    source, rest, body_line = front_matter.split(text)
    problems: list[Problem] = []
    front = None
    if source is not None:
        front, problems = front_matter.parse(source, path)
        if front is None:
            return None, tuple(problems)
    elif text.split("\n", 1)[0].rstrip() == "---":
        return None, (
            Problem(
                message="the front matter is not closed: no second `---` line",
                path=path, line=1, column=1, width=3, source="---",
                hint=f"add a line `---` after the last key of {path}, then: regen status",
            ),
        )  # fmt: skip
    reader = _BodyReader(path, markdown.strip_comments(rest), body_line)
    spec = reader.read(front)
    return spec, (*problems, *reader.problems)


class _BodyReader:
    """Sorts the blocks of one body into requirements, interface and prose."""

    def __init__(self, path: str, body: str, first_line: int) -> None:
        self.path, self.body, self.first_line = path, body, first_line
        self.lines = body.split("\n")
        self.problems: list[Problem] = []
        self.requirements: dict[str, Requirement] = {}
        self.links: list[TestLink] = []
        self.questions: list[OpenQuestion] = []
        self.limits: list[str] = []

    def read(self, front: FrontMatter | None) -> Spec:
        title, section = "", ""
        prose: list[str] = []
        interface: list[str] = []
        interface_line = 0
        for block in markdown.blocks(self.body):
            if block.kind == "heading":
                section = block.text
                if block.level == 1 and not title:
                    title = block.text
                prose.append("#" * block.level + " " + block.text)
                continue
            if block.kind == "code" and section.casefold() == "interface":
                interface.append(self._code(block))
                interface_line = interface_line or self._first_code_line(block)
                continue
            text = self._without_links(block)
            self._note_questions(text, block, section)
            if block.kind == "item" and section.casefold() == "limits":
                self.limits.append(text)
            if not (block.kind == "item" and self._requirement(text, block)):
                prose.append(text)
        return Spec(
            path=self.path, title=title, front=front, body=self.body.strip("\n"),
            body_line=self.first_line + len(self.body) - len(self.body.lstrip("\n")),
            prose="\n".join(prose), interface="\n".join(interface), interface_line=interface_line,
            requirements=tuple(self.requirements.values()), test_links=tuple(self.links),
            open_questions=tuple(self.questions), limits=tuple(self.limits),
        )  # fmt: skip

    def _requirement(self, text: str, block: markdown.Block) -> bool:
        found = _REQUIREMENT.match(text)
        if found is None or not _ID_HAS_NUMBER.search(found["id"]):
            return False
        line = block.line + self.first_line - 1
        source = self.lines[block.line - 1]
        column = max(source.find(found["id"]), 0) + 1
        first = self.requirements.get(found["id"])
        if first is not None:
            self.problems.append(
                Problem(
                    message=f"the requirement id {found['id']} stands twice; first at line {first.line}",
                    path=self.path, line=line, column=column, width=len(found["id"]), source=source,
                    hint=f"sed -i '{line}s/{found['id']}/{self._free_id(found['id'])}/' {self.path}",
                )
            )  # fmt: skip
            return True
        self.requirements[found["id"]] = Requirement(
            id=found["id"], text=found["text"], line=line, end_line=block.end_line + self.first_line - 1, column=column
        )
        return True

    def _free_id(self, taken: str) -> str:
        stem, digits = re.fullmatch(r"(.*?)(\d*)", taken, re.DOTALL).groups()  # type: ignore[union-attr]
        number = int(digits or 1) + 1
        while f"{stem}{number:0{len(digits)}d}" in self.requirements or f"{stem}{number:0{len(digits)}d}" in self.body:
            number += 1
        return f"{stem}{number:0{len(digits)}d}"

    def _without_links(self, block: markdown.Block) -> str:
        for found in _TEST_LINK.finditer(block.text):
            line = next(
                (n for n in range(block.line, block.end_line + 1) if found["ref"] in self.lines[n - 1]), block.line
            )
            column = max(self.lines[line - 1].find(found["ref"]), 0) + 1
            self.links.append(TestLink(ref=found["ref"], line=line + self.first_line - 1, column=column))
        return _TEST_LINK.sub("", block.text).strip()

    def _note_questions(self, text: str, block: markdown.Block, section: str) -> None:
        line = block.line + self.first_line - 1
        found = [f["text"].strip() or "(no text)" for f in _OPEN_QUESTION.finditer(_CODE_SPAN.sub("", text))]
        if section.casefold() == "open questions" and block.kind == "item" and not found:
            found = [text]
        self.questions += [OpenQuestion(text=question, line=line) for question in found]

    def _code(self, block: markdown.Block) -> str:
        inner = block.text.split("\n", 1)[1].removesuffix("```")
        return textwrap.dedent(inner).strip("\n") + "\n"

    def _first_code_line(self, block: markdown.Block) -> int:
        fenced = self.lines[block.line - 1].lstrip().startswith(("```", "~~~"))
        return block.line + self.first_line - 1 + (1 if fenced else 0)

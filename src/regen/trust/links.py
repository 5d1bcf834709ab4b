"""Which requirement is covered by which test, from both sides: the spec's links and what the tests say themselves."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import msgspec

from regen.trust.evidence import Finding
from regen.trust.sections import sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Requirement, Spec
    from regen.trust.suite_lint.reading import SuiteFile, TestCase
    from regen.units.unit import Unit

_SAID = re.compile(r"(?:@?req(?:uirement)?s?\b:?)\s*(?P<ids>[\w.#/-]+(?:\s*,\s*[\w.#/-]+)*)", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{4,}")
_NOISE = {"test", "tests", "that", "with", "from", "when", "then", "this", "must", "have", "each", "every", "after",
          "before", "where", "which", "while", "into", "does", "never", "always", "same", "given"}  # fmt: skip


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """The node ids of each requirement's tests; `counted` are all tests of the unit, `any_named` tells of a link."""

    tests: dict[str, tuple[str, ...]]
    counted: frozenset[str]
    findings: tuple[Finding, ...]
    any_named: bool


def link(spec: Spec, unit: Unit, files: tuple[SuiteFile, ...]) -> Links:
    """Return the tests of each requirement, with requirements and tests that nothing links, and links to nothing."""
    ids = {requirement.id: requirement for requirement in spec.requirements}
    cases = [(file, case) for file in files for case in _counted(unit, file)]
    linked: dict[str, dict[str, None]] = {requirement: {} for requirement in ids}
    traced: set[str] = set()
    unknown: list[Finding] = []
    for file, case in cases:
        known, missing = _named_by(file, case, ids, unit.id)
        for requirement in known:
            linked[requirement][case.id] = None
        if known or missing is None:
            traced.add(case.id)
        for name in missing or ():
            traced.add(case.id)
            unknown.append(_names_nothing(file, case, name))
    broken: list[Finding] = []
    for reference in spec.test_links:
        matching = [case.id for _, case in cases if _matches(case.id, reference.ref)]
        owner = next((r for r in spec.requirements if r.line <= reference.line <= r.end_line), None)
        traced.update(matching)
        if owner is not None:
            linked[owner.id].update(dict.fromkeys(matching))
        if not matching:
            broken.append(_broken_link(spec, reference.ref, reference.line, owner, files))
    any_named = any(linked.values())
    bare = [_without_test(spec, r) for r in spec.requirements if not linked[r.id]]
    stray = [_without_requirement(file, case) for file, case in cases
             if case.id not in traced and not _matches_an_item(spec, case)] if any_named else []  # fmt: skip
    tests = {requirement: tuple(found) for requirement, found in linked.items()}
    return Links(tests=tests, counted=frozenset(case.id for _, case in cases), any_named=any_named,
                 findings=(*bare, *broken, *unknown, *stray))  # fmt: skip


def _counted(unit: Unit, file: SuiteFile) -> Iterator[TestCase]:
    """Yield the file's tests that count for the unit."""
    refs = [ref for ref in (*unit.tests, *unit.hidden_tests) if ref.path == file.path and ref.selected]
    for case in file.cases:
        wanted = [f"{file.path}::{name}" for ref in refs for name in ref.selected]
        if not wanted or any(_matches(case.id, node) for node in wanted):
            yield case


def _matches(node_id: str, reference: str) -> bool:
    plain = reference.split("[", maxsplit=1)[0].removeprefix("./")
    return node_id == plain or node_id.startswith(f"{plain}::")


# ── what a test names ───────────────────────────────────────────────────────────────────────────


def _named_by(file: SuiteFile, case: TestCase, ids: dict[str, Requirement],
              unit: str) -> tuple[list[str], list[str] | None]:  # fmt: skip
    """Return the requirements that a test names and the names that are none; None for names of other units only."""
    said = [*case.marks, *_said_in_comments(file, case)]
    known: dict[str, None] = {}
    missing: list[str] = []
    foreign = False
    for name in said:
        own = name.removeprefix(f"{unit}#")
        if name in ids or own in ids:
            known[name if name in ids else own] = None
        elif "#" in name and not name.startswith(f"{unit}#"):
            foreign = True
        else:
            missing.append(name)
    text = _description(file, case)
    for requirement in ids:
        if _mentions(text, requirement) or _is_in_name(case.id, requirement):
            known[requirement] = None
    return list(known), None if foreign and not missing else missing


def _said_in_comments(file: SuiteFile, case: TestCase) -> Iterator[str]:
    for number in _own_lines(file, case):
        found = _SAID.search(file.comments.get(number, "").lstrip("# "))
        for name in found["ids"].split(",") if found else ():
            if re.search(r"\d|#", name):
                yield name.strip().rstrip(".:")


def _own_lines(file: SuiteFile, case: TestCase) -> Iterator[int]:
    """Yield the lines of a test, and of the comments right above it."""
    if case.node is None:
        return
    first = min([case.node.lineno, *(d.lineno for d in case.node.decorator_list)])
    above = first - 1
    while above > 0 and file.line(above).startswith("#"):
        yield above
        above -= 1
    yield from range(first, (case.node.end_lineno or first) + 1)


def _description(file: SuiteFile, case: TestCase) -> str:
    """Return the docstrings and comments of a test, and its class's docstring."""
    if case.node is None:
        return ""
    parts = [ast.get_docstring(case.node) or "", ast.get_docstring(case.holder) or "" if case.holder else ""]
    parts += [file.comments.get(number, "") for number in _own_lines(file, case)]
    return "\n".join(parts)


def _mentions(text: str, requirement: str) -> bool:
    """Tell whether an id stands in a text; one without letters (`1.2`) must follow a word for requirement."""
    if re.match(r"\d", requirement):
        return bool(
            re.search(rf"(?:req\w*|^)[ :#]*{re.escape(requirement)}(?![\w.])", text, re.IGNORECASE | re.MULTILINE)
        )
    return bool(re.search(rf"(?<![\w-]){re.escape(requirement)}(?![\w-])", text, re.IGNORECASE))


def _is_in_name(node_id: str, requirement: str) -> bool:
    """Tell whether a test or its class is called after the id: `test_fr_001_empty`, `TestFR001`."""
    pieces = re.findall(r"[a-z]+|\d+", requirement.casefold())
    if not re.search(r"\d", requirement) or len(pieces) > 4:  # noqa: PLR2004
        return False
    lead = r"(?:req(?:uirement)?_?)?" if pieces[0].isalpha() else r"req(?:uirement)?_?"
    form = "_?".join(f"0*{piece.lstrip('0') or '0'}" if piece.isdigit() else piece for piece in pieces)
    names = node_id.split("::")[1:]
    return any(re.match(rf"test_?{lead}{form}(?![\d])", name.casefold())
               or re.search(rf"_{lead}{form}(?:_|$)", name.casefold()) for name in names)  # fmt: skip


def _matches_an_item(spec: Spec, case: TestCase) -> bool:
    """Tell whether a test's name says what an item without an id says, such as one below Invariants."""
    words = _content(case.name.replace("_", " "))
    spans = [(r.line, r.end_line) for r in spec.requirements]
    for section in sections(spec):
        for item in section.items if section.kind in {"invariants", "limits", "errors", "examples"} else ():
            if not any(first <= item.line <= last for first, last in spans) and len(words & _content(item.text)) >= 2:  # noqa: PLR2004
                return True
    return "example" in words or "doctest" in words


def _content(text: str) -> set[str]:
    return {re.sub(r"(?:ing|ed|es|s)$", "", word) for word in _WORD.findall(text.casefold())} - _NOISE


# ── findings ────────────────────────────────────────────────────────────────────────────────────


def _without_test(spec: Spec, requirement: Requirement) -> Finding:
    return Finding(
        kind="requirement without test", path=spec.path, line=requirement.line, requirement=requirement.id,
        message=f"no test names {requirement.id}", source=requirement.text,
        advice=f'Write a test of {requirement.id} and mark it `@pytest.mark.req("{requirement.id}")`.',
    )  # fmt: skip


def _without_requirement(file: SuiteFile, case: TestCase) -> Finding:
    return Finding(
        kind="test without requirement", path=file.path, line=case.line, test=case.id,
        message=f"`{case.name}` names no requirement, and no requirement names it",
        advice="Mark it with the requirement that it checks, or write the requirement that is missing.",
        source=file.line(case.line),
    )  # fmt: skip


def _names_nothing(file: SuiteFile, case: TestCase, name: str) -> Finding:
    return Finding(
        kind="test without requirement", path=file.path, line=case.line, test=case.id, requirement=name,
        message=f"`{case.name}` names {name}, which the spec doesn't have",
        advice=f"Name a requirement that exists instead of {name}, or add {name} to the spec.",
        source=file.line(case.line),
    )  # fmt: skip


def _broken_link(spec: Spec, reference: str, line: int, owner: Requirement | None,
                 files: tuple[SuiteFile, ...]) -> Finding:  # fmt: skip
    path, _, name = reference.partition("::")
    there = any(file.path == path.removeprefix("./") for file in files)
    what = f"`{name}` doesn't exist in {path}" if there and name else f"{path} has no tests of this unit"
    return Finding(
        kind="test without requirement", path=spec.path, line=line, test=reference,
        requirement=owner.id if owner else "", message=f"the spec links `{reference}`, but {what}",
        advice="Correct the link, or write the test that it names.",
    )  # fmt: skip

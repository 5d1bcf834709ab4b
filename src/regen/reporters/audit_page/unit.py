"""One unit's part of the page: the verdict, its evidence as plots and tables, and what would make it safe."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from regen.reporters.audit_facts import (
    SYMBOLS,
    counted,
    disagreement_in_words,
    findings_by_place,
    oddities,
    place_of,
    score_in_words,
    tally,
    touched,
)
from regen.reporters.audit_page.findings import answers, copyable, survivors
from regen.reporters.audit_page.markup import Markup, anchor, element, joined, with_code
from regen.reporters.audit_page.plots import LEVEL_CLASSES, Part, legend, mutant_parts, mutants_by_line, stacked_bar
from regen.reporters.audit_page.proposals import test_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.trust.evidence import Evidence, Finding, FindingKind, RequirementRow, Trust

_BRIEF = 90
_IN_THE_TABLE: FindingKind = "requirement without test"


def unit_section(
    evidence: Evidence, trust: Trust, texts: Mapping[str, str], *, most_diffs: int, opened: bool
) -> Markup:
    """Return all that is known of one unit; folded unless `opened`.

    At most `most_diffs` survivors show their diff; with 0, long texts are left out or cut as well.
    """
    level = LEVEL_CLASSES[trust.level]
    head = element(
        "summary",
        element("h2", element("span", SYMBOLS[trust.level], class_=f"mark {level}", aria_hidden="true"), evidence.unit),
        element("span", trust.level, class_=f"level {level}"),
        element("span", evidence.title, class_="title") if evidence.title else None,
    )
    reasons = element("ul", *(element("li", with_code(reason)) for reason in trust.reasons), class_="reasons")
    inner = (
        reasons if trust.reasons else None,
        _files(evidence),
        _missing(evidence, trust, most_diffs),
        _requirements(evidence, brief=not most_diffs),
        _mutants(evidence, texts),
        survivors(evidence, texts, most_diffs),
        _disagreements(evidence),
        _findings(evidence, brief=not most_diffs),
    )
    return element(
        "details", head, *inner, class_="unit", id=anchor("unit", evidence.unit), open=opened, data_level=level,
        data_unit=evidence.unit,
    )  # fmt: skip


def _part(title: str, *children: str | None, count: int | None = None) -> Markup:
    number = element("span", f"{count:,}", class_="count") if count is not None else None
    return element("section", element("h3", title, Markup(" ") if number else None, number), *children)


def _files(evidence: Evidence) -> Markup | None:
    if not evidence.spec and not evidence.tests:
        return None
    names = (element("code", name) for name in (evidence.spec, *evidence.tests) if name)
    return element("p", "From ", joined(names, ", "), class_="files")


def _missing(evidence: Evidence, trust: Trust, most_diffs: int) -> Markup | None:
    if not trust.missing:
        return None
    items = []
    for number, test in enumerate(trust.missing, 1):
        about = f" ({test.requirement})" if test.requirement and test.requirement not in test.what else ""
        # A test without an input is a frame only, which a page of very many units does without.
        code = copyable(test_code(test, evidence, number)) if test.call or most_diffs else None
        items.append(element("li", element("p", with_code(test.what + about)), code))
    say = element("p", "The shortest list found. The expected values are yours to write.", class_="hint")
    return _part("Tests that would make it safe", say, element("ol", *items, class_="tests"), count=len(items))


# ── requirements ────────────────────────────────────────────────────────────────────────────────


def _requirements(evidence: Evidence, *, brief: bool) -> Markup | None:
    rows = evidence.requirements
    if not rows:
        return _part("Requirements", element("p", "The spec names none.", class_="hint"))
    weak: dict[str, list[Finding]] = {}
    for finding in evidence.findings:
        if finding.kind in {"no negative case", "no edge case", "vague", "no observable", "contradiction"}:
            weak.setdefault(finding.requirement, []).append(finding)
    heads = ("Requirement", "Tests", "Touched", "Mutants killed", "Weakness", "Text")
    table = element(
        "table",
        element("thead", element("tr", *(element("th", head, scope="col") for head in heads))),
        element("tbody", *(_requirement(row, evidence, weak.get(row.id, []), brief=brief) for row in rows)),
        class_="evidence",
    )
    tested = sum(bool(row.tests) for row in rows)
    parts = (Part("safe", "tested", tested), Part("unsafe", "without a test", len(rows) - tested))
    return _part(
        "Requirements and their evidence", stacked_bar(parts), legend(parts), _scrolling(table), count=len(rows)
    )


def _requirement(row: RequirementRow, evidence: Evidence, weak: list[Finding], *, brief: bool) -> Markup:
    fails = touched(row, evidence)
    kinds = ", ".join(dict.fromkeys(finding.kind for finding in weak))
    bar = None
    if fails and row.mutants:
        parts = (Part("killed", "killed", row.killed), Part("", "not", row.mutants - row.killed))
        bar = joined((f"{row.killed:,}/{row.mutants:,}", stacked_bar(parts, style="bar small", said=False)))
    tests = counted(len(row.tests), "test") if row.tests else "none"
    unmeasured = element("td", "not measured" if row.tests else "–")
    return element(
        "tr",
        element("th", row.id, scope="row"),
        element("td", tests, class_="yes" if row.tests else "no", title="\n".join(row.tests) or None),
        element("td", fails, class_=fails) if fails else unmeasured,
        element("td", bar or "–"),
        element("td", kinds or "none found", class_="no" if kinds else None),
        element("td", with_code(textwrap.shorten(row.text, _BRIEF, placeholder="…") if brief else row.text)),
    )


def _scrolling(table: Markup) -> Markup:
    return element("div", table, class_="scrolling", tabindex=0, role="region", aria_label="table")


# ── mutants ─────────────────────────────────────────────────────────────────────────────────────


def _mutants(evidence: Evidence, texts: Mapping[str, str]) -> Markup:
    said = element("p", score_in_words(evidence))
    mutation = evidence.mutation
    if mutation is None or not mutation.results:
        return _part("Mutants", said)
    parts = mutant_parts(tally(evidence))
    paths = dict.fromkeys(result.mutant.path for result in mutation.results)
    strips = (mutants_by_line(path, mutation, texts.get(path, "").count("\n") or 1) for path in paths)
    return _part("Mutants", said, stacked_bar(parts), legend(parts), *strips, count=len(mutation.results))


# ── programs side by side ───────────────────────────────────────────────────────────────────────


def _disagreements(evidence: Evidence) -> Markup:
    said = element("p", with_code(disagreement_in_words(evidence)))
    comparison = evidence.comparison
    found = [answers(disagreement) for disagreement in comparison.disagreements] if comparison else []
    odd = [
        joined((element("p", f"An accepted program {oddity.title}:"), answers(oddity.shown)))
        for oddity in oddities(evidence)
    ]
    return _part("Disagreement", said, *found, *odd, count=len(found) if comparison else None)


# ── findings ────────────────────────────────────────────────────────────────────────────────────


def _findings(evidence: Evidence, *, brief: bool) -> Markup | None:
    places = findings_by_place(evidence)
    if not places:
        return None
    groups = [
        element(
            "div",
            element("h4", place),
            *(
                _kind(kind, findings, brief=brief)
                for kind, findings in kinds.items()
                if not brief or kind != _IN_THE_TABLE
            ),
        )
        for place, kinds in places.items()
    ]
    return _part("Findings", *groups, count=sum(len(found) for kinds in places.values() for found in kinds.values()))


def _kind(kind: str, findings: tuple[Finding, ...], *, brief: bool) -> Markup:
    items = (
        element(
            "li",
            element("code", place_of(finding), class_="place") if finding.path else None,
            Markup(" "),
            with_code(finding.message),
            element("pre", finding.source, class_="source") if finding.source and not brief else None,
            element("p", "→ ", with_code(finding.advice), class_="advice") if finding.advice else None,
        )
        for finding in findings
    )
    many = Markup(" ") + element("span", f"{len(findings):,}", class_="count")
    head = element("summary", element("b", kind), Markup(many))
    return element("details", head, element("ul", *items), class_="kind", open=len(findings) <= 3)  # noqa: PLR2004

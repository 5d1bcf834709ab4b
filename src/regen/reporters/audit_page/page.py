"""The page of a whole project: headline, plots over all units, a table of them, then each unit."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from importlib import resources
from typing import TYPE_CHECKING

from regen.reporters.audit_facts import SYMBOLS, counted, disagreement_in_words, summary, tally, total_of
from regen.reporters.audit_page.markup import Markup, anchor, element
from regen.reporters.audit_page.plots import (
    LEVEL_CLASSES,
    Part,
    legend,
    mutant_parts,
    score_profile,
    stacked_bar,
)
from regen.reporters.audit_page.unit import unit_section
from regen.trust.evidence import LEVELS
from regen.trust.judgement import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regen.trust.evidence import Evidence, Trust

_MOST_OPEN = 8
_LEAST_PLOTTED = 4
_DIFFS_OF_PAGE, _LEAST_DIFFS, _MOST_DIFFS = 2400, 4, 60
_MOST_SIZE = 4_000_000


def render_page(project_name: str, pairs: Sequence[tuple[Evidence, Trust]], texts: Mapping[str, str]) -> str:
    """Return one self-contained HTML page: it loads nothing, and reads without its script.

    `texts` maps paths to the accepted code. What comes from specs, tests and models is escaped; beyond that the
    page's policy allows no other style and script than its own, by their hashes, and no connection at all.
    """
    ordered = sorted(pairs, key=lambda pair: (LEVELS.index(pair[1].level), pair[0].unit))
    most = min(max(_DIFFS_OF_PAGE // max(len(ordered), 1), _LEAST_DIFFS), _MOST_DIFFS)
    sections = _sections(ordered, texts, most)
    if sum(map(len, sections)) > _MOST_SIZE:
        sections = _sections(ordered, texts, 0)
    body = element(
        "body",
        element("a", "Skip to the units", href="#units", class_="skip"),
        element("header", element("p", "regen audit", class_="brand"), element("h1", project_name), _headline(ordered)),
        element("main", _overview(ordered), element("div", *sections, id="units")),
        element("footer", element("p", summary(ordered))),
        element("script", Markup(_file("page.js"))),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(project_name), body, lang='en')}\n"


def _sections(pairs: Sequence[tuple[Evidence, Trust]], texts: Mapping[str, str], most_diffs: int) -> list[Markup]:
    opened = len(pairs) <= _MOST_OPEN
    return [unit_section(*pair, texts, most_diffs=most_diffs, opened=opened) for pair in pairs]


def _head(project_name: str) -> Markup:
    style, script = _file("page.css"), _file("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{project_name}: may it be regenerated?"),
        element("style", Markup(style)),
    )


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _headline(pairs: Sequence[tuple[Evidence, Trust]]) -> Markup:
    levels = Counter(trust.level for _, trust in pairs)
    best = next((level for level in LEVELS if levels[level]), None)
    if best is None:
        return element("p", "No unit was audited.", class_="headline")
    if len(pairs) == 1:
        said = best.capitalize()
    elif len(levels) == 1:
        said = f"All {len(pairs):,} units are {best}"
    else:
        said = f"{levels['safe to regenerate']:,} of {len(pairs):,} units are safe to regenerate"
    return element("p", said, class_="headline")


# ── over all units ──────────────────────────────────────────────────────────────────────────────


def _overview(pairs: Sequence[tuple[Evidence, Trust]]) -> Markup:
    levels = Counter(trust.level for _, trust in pairs)
    total = total_of(pairs)
    rows = [row for evidence, _ in pairs for row in evidence.requirements]
    tested = sum(bool(row.tests) for row in rows)
    units = [Part(LEVEL_CLASSES[level], level, levels[level]) for level in SYMBOLS]
    requirements = (Part("safe", "tested", tested), Part("unsafe", "without a test", len(rows) - tested))
    score = percent(total.dead, total.counted) if total.counted else "not measured"
    cards = element(
        "div",
        _card("Units", f"{len(pairs):,}", units),
        _card("Mutation score", score, mutant_parts(total)),
        _card("Requirements tested", percent(tested, len(rows)) if rows else "none named", requirements),
        class_="cards",
    )
    profile = None
    if len(pairs) >= _LEAST_PLOTTED and total.counted:
        title = element("h3", "Mutation score of each unit")
        profile = element("section", title, score_profile(pairs), legend(units))
    return element("section", cards, profile, _table(pairs) if len(pairs) > 1 else None, class_="overview")


def _card(title: str, figure: str, parts: Sequence[Part]) -> Markup:
    return element(
        "section", element("h2", title), element("p", figure, class_="figure"), stacked_bar(parts), legend(parts),
        class_="card",
    )  # fmt: skip


def _table(pairs: Sequence[tuple[Evidence, Trust]]) -> Markup:
    heads = ("Unit", "Verdict", "Mutation score", "Requirements tested", "Disagreements", "Tests to add")
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in heads)))
    table = element("table", head, element("tbody", *(_row(*pair) for pair in pairs)), class_="sortable")
    tools = element("div", id="tools", hidden=True)
    return element(
        "section", element("h2", "Units"), tools,
        element("div", table, class_="scrolling", tabindex=0, role="region", aria_label="All units"),
    )  # fmt: skip


def _row(evidence: Evidence, trust: Trust) -> Markup:
    level, counts, rows = LEVEL_CLASSES[trust.level], tally(evidence), evidence.requirements
    tested = sum(bool(row.tests) for row in rows)
    link = element("a", evidence.unit, href=f"#{anchor('unit', evidence.unit)}")
    share = counts.dead / counts.counted if counts.counted else -1.0
    score = percent(counts.dead, counts.counted) if counts.counted else "not measured"
    parts = (Part("safe", "tested", tested), Part("unsafe", "without a test", len(rows) - tested))
    comparison = evidence.comparison
    measured = comparison is not None and not comparison.reason and bool(comparison.inputs)
    differ = len(comparison.disagreements) if comparison else 0
    return element(
        "tr",
        element("th", link, scope="row", data_value=evidence.unit),
        element("td", element("span", f"{SYMBOLS[trust.level]} {trust.level}", class_=f"level {level}"),
                data_value=LEVELS.index(trust.level)),
        element("td", element("span", score, class_="number" if counts.counted else "hint"),
                stacked_bar(mutant_parts(counts), style="bar small") if sum(counts) else None, data_value=share),
        element("td", element("span", f"{tested:,}/{len(rows):,}" if rows else "none named", class_="number"),
                stacked_bar(parts, style="bar small") if rows else None,
                data_value=tested / len(rows) if rows else -1),
        element("td", counted(differ, "input") if differ else "none" if measured else
                element("span", "not measured", class_="hint", title=disagreement_in_words(evidence)),
                data_value=differ if measured else -1),
        element("td", f"{len(trust.missing):,}" if trust.missing else "none", data_value=len(trust.missing)),
        data_level=level, data_unit=evidence.unit,
    )  # fmt: skip

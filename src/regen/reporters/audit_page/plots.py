"""The page's plots, as SVG: parts of a whole, the scores of all units, and mutants along the lines of a file.

Colours are classes, so that the style sheet suits them to dark and light; each plot says in words what it shows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from regen.reporters.audit_facts import counted, tally
from regen.reporters.audit_page.markup import Markup, anchor, element
from regen.trust.judgement import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regen.reporters.audit_facts import Tally
    from regen.trust.evidence import Evidence, Level, Mutation, Trust

LEVEL_CLASSES: dict[Level, str] = {
    "safe to regenerate": "safe",
    "safe within the tests": "within",
    "not safe": "unsafe",
}
OUTCOMES = (
    ("killed", "killed"),
    ("timed-out", "timed out"),
    ("survived", "survived"),
    ("not-covered", "not covered"),
    ("alike", "seemingly alike"),
    ("not-judged", "not judged"),
)
_WIDTH = 1000
_SCORES_HEIGHT = 120
_CELL, _MOST_CELLS = 7, 14
_MOST_COLUMNS = 250
_MOST_NUMBERED = 12


class Part(NamedTuple):
    """A part of a whole: its CSS class, its name, its size."""

    style: str
    name: str
    size: int


def mutant_parts(counts: Tally) -> tuple[Part, ...]:
    return tuple(Part(style, name, count) for (style, name), count in zip(OUTCOMES, counts, strict=True))


def stacked_bar(parts: Sequence[Part], *, style: str = "bar", said: bool = True) -> Markup:
    """Return the parts as one horizontal bar, as wide as what holds it; a part without a class is left free.

    Without `said` it is for the eye only: the numbers stand beside it.
    """
    total = sum(part.size for part in parts)
    words = ", ".join(f"{part.size:,} {part.name}" for part in parts if part.size) or "nothing"
    drawn, start = [], 0.0
    for part in parts:
        wide = 100 * part.size / total if total else 0.0
        if wide and part.style:
            drawn.append(
                element(
                    "rect", class_=part.style, x=f"{start:.2f}%" if start else None, width=f"{wide:.2f}%", height="100%"
                )
            )
        start += wide
    if not said:
        return element("svg", *drawn, class_=style, aria_hidden="true")
    return element("svg", element("title", words), *drawn, class_=style, role="img")


def legend(parts: Iterable[Part]) -> Markup:
    """Return the names of the parts that are there, with their colours and sizes."""
    items = (
        element("li", element("span", class_=f"key {part.style}"), f"{part.size:,} {part.name}")
        for part in parts
        if part.size
    )
    return element("ul", *items, class_="legend")


def score_profile(pairs: Sequence[tuple[Evidence, Trust]]) -> Markup:
    """Return a column for each unit, as high as the share of its mutants killed, rising; each leads to its unit."""
    measured = []
    for evidence, trust in pairs:
        counts = tally(evidence)
        if counts.counted:
            measured.append((counts.dead / counts.counted, evidence, trust, counts))
    measured.sort(key=lambda item: (item[0], item[1].unit))
    step = _WIDTH / max(len(measured), 1)
    wide = min(step * 0.8, 48.0)
    columns = []
    for place, (share, evidence, trust, counts) in enumerate(measured):
        high = max(share * _SCORES_HEIGHT, 2.0)
        said = f"{evidence.unit}: {percent(counts.dead, counts.counted)} of {counted(counts.counted, 'mutant')} killed"
        column = element(
            "rect", element("title", said), class_=LEVEL_CLASSES[trust.level], x=place * step + (step - wide) / 2,
            y=_SCORES_HEIGHT - high, width=wide, height=high,
        )  # fmt: skip
        columns.append(element("a", column, href=f"#{anchor('unit', evidence.unit)}", tabindex=-1))
    guides = (
        element(
            "line", class_="guide", x1=0, x2=_WIDTH, y1=_SCORES_HEIGHT * (1 - share), y2=_SCORES_HEIGHT * (1 - share)
        )
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    label = f"mutation score of {counted(len(measured), 'unit')}, the lowest first; the table below has the numbers"
    drawing = element(
        "svg", element("title", label), *guides, *columns, class_="scores",
        viewBox=f"0 -1 {_WIDTH} {_SCORES_HEIGHT + 2}", preserveAspectRatio="none", role="img",
    )  # fmt: skip
    axis = element("div", element("span", "100 %"), element("span", "50 %"), element("span", "0 %"), class_="axis")
    return element("div", axis, drawing, class_="profile")


def mutants_by_line(path: str, mutation: Mutation, lines: int) -> Markup:
    """Return a strip along the file: over each line its mutants, a cell each, coloured by outcome.

    `lines` is the file's length; longer files put some lines into one column. What the tests let pass lies lowest.
    """
    alike = set(mutation.alike)
    columns: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    last = max([lines, *(r.mutant.line for r in mutation.results if r.mutant.path == path)])
    merged = -(-last // _MOST_COLUMNS)
    for result in mutation.results:
        if result.mutant.path == path:
            outcome = "alike" if result.mutant.id in alike else result.outcome.replace(" ", "-")
            columns[(result.mutant.line - 1) // merged][outcome] += 1
    count = -(-last // merged)
    cells = min(max((sum(column.values()) for column in columns.values()), default=1), _MOST_CELLS)
    high = cells * _CELL
    shapes: dict[str, list[str]] = defaultdict(list)
    for place, column in columns.items():
        scale = min(1.0, _MOST_CELLS / sum(column.values()))
        bottom = float(high)
        for style in ("survived", "not-covered", "alike", "not-judged", "timed-out", "killed"):
            tall = column.get(style, 0) * _CELL * scale
            if tall:
                bottom -= tall
                shapes[style].append(f"M{place} {bottom:.4g}h.86v{tall - 0.8:.3g}h-.86z")
    said = f"mutants of {path} by line, 1 to {last}"
    drawn = (element("path", class_=style, d="".join(found)) for style, found in shapes.items())
    base = element("line", class_="guide", x1=0, x2=count, y1=high, y2=high)
    drawing = element(
        "svg", element("title", said), base, *drawn, class_="strip", height=high + 1,
        viewBox=f"0 0 {count} {high + 1}", preserveAspectRatio="none", role="img",
    )  # fmt: skip
    # A number under each line where there is room, otherwise five between the ends.
    each = last <= _MOST_NUMBERED
    numbers = range(1, last + 1) if each else (1 + (last - 1) * quarter // 4 for quarter in range(5))
    ticks = (element("span", f"{number:,}") for number in numbers)
    return element(
        "figure",
        element("figcaption", element("code", path), " by line"),
        drawing,
        element("div", *ticks, class_="ticks each" if each else "ticks", aria_hidden="true"),
    )

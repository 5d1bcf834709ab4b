"""What was found by running programs, as text to look at: survivors as diffs, answers side by side, code to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.reporters.audit_facts import counted, input_of, not_told_apart, on_one_line, told_by
from regen.reporters.audit_page.markup import Markup, element, joined
from regen.trust.mutants.diffs import diff_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regen.reporters.audit_facts import Told
    from regen.trust.evidence import Disagreement, Evidence, MutantResult

_MOST_DIFF_LINES = 40
_MOST_LINE = 240
_MOST_ANSWER = 2000
_SHORT_FOR_A_DIFF = 4
_LINE_CLASSES = {"+": "added", "-": "removed", "@": "where"}


def copyable(code: str) -> Markup:
    """Return code in a block that the page's script gives a button to copy it."""
    return element("div", element("pre", element("code", code), tabindex=0), class_="copyable")


def answers(disagreement: Disagreement) -> Markup:
    """Return an input, and beside each other the answers to it with the programs that gave them."""
    groups = (
        element(
            "div",
            element("p", counted(len(group.candidates), "program"), class_="who"),
            element("pre", _clipped(group.answer)),
            element("p", ", ".join(group.candidates), class_="hint"),
            class_="answer",
        )
        for group in disagreement.groups
    )
    shown = element("pre", _clipped(input_of(disagreement)), class_="call")
    return element("div", shown, element("div", *groups, class_="answers"), class_="split")


def survivors(evidence: Evidence, texts: Mapping[str, str], most: int) -> Markup | None:
    """Return the mutants that the tests let pass, those alike last: `most` as diffs, some more as a line each."""
    mutation = evidence.mutation
    if mutation is None or not mutation.survivors:
        return None
    told, alike = told_by(evidence), set(mutation.alike)
    open_ones = [result for result in mutation.survivors if result.mutant.id not in alike]
    open_ones.sort(key=lambda result: result.mutant.id not in told)  # one with a known input is the easiest to settle
    same = [result for result in mutation.survivors if result.mutant.id in alike]
    number = Markup(" ") + element("span", f"{len(open_ones):,}", class_="count")
    diffs = (_diff(result, texts, told.get(result.mutant.id)) for result in open_ones[:most])
    return element(
        "section",
        element("h3", "Mutants that the tests let pass", Markup(number)),
        element("p", why, class_="hint") if (why := not_told_apart(evidence)) else None,
        element("div", *diffs, class_="diffs") if open_ones else element("p", "None that is known to differ."),
        _folded(f"{counted(len(open_ones) - most, 'mutant')} more", open_ones[most:], _SHORT_FOR_A_DIFF * (most + 2)),
        _folded(
            f"{counted(len(same), 'mutant')} that no input told from the code", same, _SHORT_FOR_A_DIFF * (most + 2)
        ),
    )


def _diff(result: MutantResult, texts: Mapping[str, str], told: Told | None) -> Markup:
    mutant = result.mutant
    lines = diff_of(mutant, texts.get(mutant.path, "")).split("\n")[2:]
    drawn = [
        element("span", _line(line), class_=_LINE_CLASSES[line[0]]) if line[:1] in _LINE_CLASSES else _line(line)
        for line in lines[:_MOST_DIFF_LINES]
    ]
    if len(lines) > _MOST_DIFF_LINES:
        drawn.append(element("span", f"… {counted(len(lines) - _MOST_DIFF_LINES, 'line')} more", class_="where"))
    apart = told and element(
        "p", element("code", _clipped(told.input)), " tells them apart: ", element("code", _clipped(told.right)),
        ", not ", element("code", _clipped(told.wrong)), class_="told",
    )  # fmt: skip
    return element("figure", element("figcaption", _about(result)), element("pre", *drawn, class_="diff"), apart)


def _about(result: MutantResult) -> Markup:
    mutant = result.mutant
    what = f"{mutant.operator} {mutant.origin[:12]}".rstrip()
    reached = "no test runs it" if result.outcome == "not covered" else None
    ids = [element("span", name, class_="id") for name in result.requirements]
    place = element("code", f"{mutant.path}:{mutant.line}", class_="place")
    return joined((place, what, reached and element("span", reached, class_="not-run"), *ids), " ")


def _folded(title: str, results: Sequence[MutantResult], most: int) -> Markup | None:
    if not results:
        return None
    items = [
        element("li", f"{r.mutant.path}:{r.mutant.line} ", element("del", _short(r.mutant.before)), " → ",
                element("ins", _short(r.mutant.after) or "nothing"))
        for r in results[:most]
    ]  # fmt: skip
    if len(results) > most:
        items.append(element("li", f"{len(results) - most:,} more: audit this unit alone to see them", class_="hint"))
    return element("details", element("summary", title), element("ul", *items), class_="kind")


def _line(text: str) -> str:
    text = text.expandtabs(4)
    return (text if len(text) <= _MOST_LINE else text[: _MOST_LINE - 1] + "…") + "\n"


def _short(text: str) -> str:
    line = on_one_line(text)
    return line if len(line) <= 80 else line[:79] + "…"  # noqa: PLR2004


def _clipped(text: str) -> str:
    return text if len(text) <= _MOST_ANSWER else f"{text[:_MOST_ANSWER]}… ({len(text):,} characters)"

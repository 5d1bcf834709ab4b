"""`regen audit` in a terminal: for each unit the verdict in words, a table of requirements, then all that lies open."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from regen.reporters.audit_facts import (
    SYMBOLS,
    counted,
    disagreement_in_words,
    findings_by_place,
    input_of,
    not_told_apart,
    oddities,
    on_one_line,
    place_of,
    score_in_words,
    summary,
    told_by,
    touched,
    visible,
)
from regen.trust.mutants.diffs import diff_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from regen.reporters.audit_facts import Told
    from regen.trust.evidence import Disagreement, Evidence, Level, MissingTest, MutantResult, Trust

_COLOURS: dict[Level, str] = {"safe to regenerate": "green", "safe within the tests": "yellow", "not safe": "red"}
_UNLIMITED = 10_000
_LEAST_WIDTH = 40
_MOST_DIFF_LINES = 40


def print_audit(
    pairs: Sequence[tuple[Evidence, Trust]],
    texts: Mapping[str, str],
    *,
    most_survivors: int = 5,
    console: Console | None = None,
) -> None:
    """Print what an audit found out, and a line over all units at the end.

    `texts` maps paths to the accepted code. Without `console` it goes to standard output, as wide as the terminal;
    where there is none, lines have any length and no colour.
    """
    console = console or _console()
    for evidence, trust in pairs:
        for line in _unit(evidence, trust, texts, most_survivors, max(console.width, _LEAST_WIDTH)):
            console.print(line, soft_wrap=True)
        console.print()
    console.print(Text(summary(pairs), style="bold"), soft_wrap=True)


def _console() -> Console:
    wide = None if sys.stdout.isatty() else _UNLIMITED
    if "NO_COLOR" in os.environ or wide:
        return Console(width=wide, color_system=None, highlight=False)
    return Console(highlight=False)


def _unit(
    evidence: Evidence, trust: Trust, texts: Mapping[str, str], most_survivors: int, width: int
) -> Iterator[Text]:
    title = f" · {on_one_line(evidence.title)}" if evidence.title else ""
    yield _cut(Text.assemble((on_one_line(evidence.unit), "bold"), (title, "dim")), width)
    yield from _verdict(trust, width)
    yield Text()
    if evidence.requirements:
        yield from _requirements(evidence, width)
        yield Text()
    yield from _folded(score_in_words(evidence), width, Text("mutants      ", "bold"))
    yield from _folded(disagreement_in_words(evidence), width, Text("disagreement ", "bold"))
    yield from _findings(evidence, width)
    yield from _survivors(evidence, texts, most_survivors, width)
    yield from _disagreements(evidence, width)
    yield from _missing(trust.missing, width)


def _verdict(trust: Trust, width: int) -> Iterator[Text]:
    head = Text(f"{SYMBOLS[trust.level]} {trust.level}", f"bold {_COLOURS[trust.level]}")
    if len(trust.reasons) == 1:
        yield from _folded(trust.reasons[0], width, Text.assemble(head, ": "))
        return
    yield Text.assemble(head, ":" if trust.reasons else "")
    for reason in trust.reasons:
        yield from _folded(reason, width, Text("  - "))


def _requirements(evidence: Evidence, width: int) -> Iterator[Text]:
    rows, measured = evidence.requirements, evidence.mutation is not None
    names = [Text(name) for name in ("requirement", *(on_one_line(row.id) for row in rows))]
    column = min(max(name.cell_len for name in names), width // 3)
    yield Text(f"{'requirement':<{column}}  tests  killed  touched", "dim")
    for row, name in zip(rows, names[1:], strict=True):
        name.truncate(column, overflow="ellipsis", pad=True)
        tests = f"{len(row.tests):>5,}" if row.tests else " none"
        killed = f"{row.killed:,}/{row.mutants:,}" if measured and row.tests else "-"
        fails = touched(row, evidence)
        line = Text.assemble(
            name, "  ", (tests, "" if row.tests else "red"), "  ", f"{killed:>6}", "  ",
            (f"{fails or '-':>7}", "red" if fails == "no" else ""), "  ", (on_one_line(row.text), "dim"),
        )  # fmt: skip
        yield _cut(line, width)


def _findings(evidence: Evidence, width: int) -> Iterator[Text]:
    for place, kinds in findings_by_place(evidence).items():
        yield from _heading(f"{place}: {counted(sum(map(len, kinds.values())), 'finding')}")
        for kind, findings in kinds.items():
            yield Text(f"  {kind}", "yellow")
            advice = ""
            for number, finding in enumerate(findings):
                where = on_one_line(place_of(finding))
                yield from _folded(finding.message, width, Text(f"    {where}  " if where else "    ", "cyan"), 6)
                following = findings[number + 1].advice if number + 1 < len(findings) else ""
                advice = finding.advice
                if advice and advice != following:
                    yield from _folded(advice, width, Text("      → ", "dim"), style="dim")


def _survivors(evidence: Evidence, texts: Mapping[str, str], most: int, width: int) -> Iterator[Text]:
    if evidence.mutation is None:
        return
    alike, told = set(evidence.mutation.alike), told_by(evidence)
    open_ones = [result for result in evidence.mutation.survivors if result.mutant.id not in alike]
    if not open_ones:
        return
    # One that an input is known for is the easiest to settle.
    shown = sorted(open_ones, key=lambda result: result.mutant.id not in told)[:most]
    some = f", {len(shown):,} of them shown" if len(shown) < len(open_ones) else ""
    yield from _heading(f"the tests let {counted(len(open_ones), 'mutant')} pass{some}")
    if why := not_told_apart(evidence):
        yield from _folded(why, width, Text("  "), style="dim")
    for result in shown:
        yield from _survivor(result, texts, told.get(result.mutant.id), width)


def _survivor(result: MutantResult, texts: Mapping[str, str], told: Told | None, width: int) -> Iterator[Text]:
    mutant = result.mutant
    ran = ", ".join(result.requirements) or ("no test runs it" if result.outcome == "not covered" else "no requirement")
    origin = f" {mutant.origin[:12]}" if mutant.origin else ""
    where = on_one_line(f"{mutant.path}:{mutant.line}")
    yield from _folded(f"{mutant.operator}{origin}, {ran}", width, Text(f"  {where}  ", "cyan"), 4)
    lines = diff_of(mutant, texts.get(mutant.path, "")).split("\n")[2:]
    for line in lines[:_MOST_DIFF_LINES]:
        style = {"+": "green", "-": "red", "@": "dim"}.get(line[:1], "")
        yield _cut(Text(f"    {visible(line.expandtabs(4), keep='')}", style), width)
    if len(lines) > _MOST_DIFF_LINES:
        yield Text(f"    … {counted(len(lines) - _MOST_DIFF_LINES, 'line')} more", "dim")
    if told is not None:
        yield from _folded(f"{told.input} tells them apart: {told.right}, not {told.wrong}", width, Text("    → "))


def _disagreements(evidence: Evidence, width: int) -> Iterator[Text]:
    comparison = evidence.comparison
    if comparison is not None and comparison.disagreements:
        yield from _heading("accepted programs differ: these inputs are not pinned")
        for disagreement in comparison.disagreements:
            yield from _answers(disagreement, width)
    title = ""
    for oddity in oddities(evidence):
        if oddity.title != title:
            title = oddity.title
            yield from _heading(f"an accepted program {title}")
        yield from _answers(oddity.shown, width)


def _answers(disagreement: Disagreement, width: int) -> Iterator[Text]:
    for line in input_of(disagreement).split("\n"):
        yield from _folded(line, width, Text("  "), 4, "bold")
    for group in disagreement.groups:
        who = f"{counted(len(group.candidates), 'program')}: {', '.join(group.candidates)}"
        yield from _folded(group.answer, width, Text("    → "))
        yield from _folded(who, width, Text("      "), style="dim")


def _missing(missing: Iterable[MissingTest], width: int) -> Iterator[Text]:
    tests = tuple(missing)
    if not tests:
        return
    yield from _heading(f"{counted(len(tests), 'test')} would make it safe")
    for number, test in enumerate(tests, 1):
        about = f" ({test.requirement})" if test.requirement and test.requirement not in test.what else ""
        yield from _folded(f"{test.what}{about}", width, Text(f"  {number:>2}. ", "bold"))


def _heading(text: str) -> Iterator[Text]:
    yield Text()
    yield Text(text, "bold")


def _folded(text: str, width: int, head: Text, indent: int | None = None, style: str = "") -> Iterator[Text]:
    """Yield `head` and the text behind it, wrapped, with the following lines under it or `indent` columns in."""
    body = Text(on_one_line(text), style)
    under = head.cell_len if indent is None else indent
    folded = _wrapped(Text.assemble(head, body), width, under)
    yield from folded


def _wrapped(line: Text, width: int, indent: int) -> Iterator[Text]:
    if line.cell_len <= width:
        yield line
        return
    plain = Console(width=width, color_system=None)
    first, *_ = line.wrap(plain, width)
    rest = line[len(first.plain) :]
    first.rstrip()
    yield first
    rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
    for following in rest.wrap(plain, max(width - indent, 1)):
        following.rstrip()
        yield Text.assemble(" " * indent, following)


def _cut(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    line.rstrip()
    return line

"""What both views of an audit say in the same words: outcomes counted, what was not measured, findings in groups."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from regen.trust.judgement import ACCEPTED, percent, why_not_compared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regen.trust.evidence import (
        Disagreement,
        Evidence,
        Finding,
        FindingKind,
        Level,
        MissingTest,
        RequirementRow,
        Trust,
    )

SYMBOLS: dict[Level, str] = {"safe to regenerate": "✓", "safe within the tests": "●", "not safe": "✗"}

_OTHER_TYPE = "gives another type than the interface declares"
# Shown with what they are about, so not once more among the findings.
_SHOWN_ELSEWHERE: tuple[FindingKind, ...] = ("unpinned input", "surviving mutant")
_RAISES = "raises "


class Tally(NamedTuple):
    """Mutants by what became of them; each is counted once."""

    killed: int = 0
    timed_out: int = 0
    survived: int = 0
    not_covered: int = 0
    alike: int = 0
    not_judged: int = 0

    @property
    def dead(self) -> int:
        return self.killed + self.timed_out

    @property
    def counted(self) -> int:
        """Return how many the score is a share of."""
        return self.dead + self.survived + self.not_covered

    def plus(self, other: Tally) -> Tally:
        return Tally(*(mine + its for mine, its in zip(self, other, strict=True)))

    def said(self) -> str:
        """Return the counts that are not zero, in words."""
        alike = "seems alike" if self.alike == 1 else "seem alike"
        words = ("killed", "timed out", "survived", "not covered", alike, "not judged")
        return ", ".join(f"{count:,} {word}" for count, word in zip(self, words, strict=True) if count)


def tally(evidence: Evidence) -> Tally:
    """Return how many mutants met which end."""
    if evidence.mutation is None:
        return Tally()
    alike = set(evidence.mutation.alike)
    ends = Counter("alike" if r.mutant.id in alike else r.outcome for r in evidence.mutation.results)
    return Tally(
        ends["killed"], ends["timed out"], ends["survived"], ends["not covered"], ends["alike"], ends["not judged"]
    )


class Told(NamedTuple):
    """An input that tells a mutant from the accepted code, with the answer of each: `RIGHT, not WRONG`."""

    input: str
    right: str
    wrong: str


def told_by(evidence: Evidence) -> dict[str, Told]:
    """Return for each mutant that an input was found for, by its id, the first such input."""
    found: dict[str, Told] = {}
    for disagreement in evidence.told_apart.disagreements if evidence.told_apart else ():
        right = next((group.answer for group in disagreement.groups if ACCEPTED in group.candidates), None)
        for group in disagreement.groups if right is not None else ():
            for name in group.candidates:
                if name != ACCEPTED and group.answer != right:
                    both_raise = (right or "").startswith(_RAISES)
                    wrong = group.answer.removeprefix(_RAISES) if both_raise else group.answer
                    found.setdefault(name, Told(input_of(disagreement), right or "", wrong))
    return found


def input_of(disagreement: Disagreement | MissingTest) -> str:
    return "\n".join((*disagreement.setup, disagreement.call))


def score_in_words(evidence: Evidence) -> str:
    """Return the mutation score in one line: the share killed and every count, or why it was not measured."""
    mutation = evidence.mutation
    if mutation is None:
        return "not measured: " + ("; ".join(evidence.not_measured) or "no mutant was run")
    counts = tally(evidence)
    reasons = Counter(r.reason or "no reason given" for r in mutation.results if r.outcome == "not judged")
    why = "; ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common())
    if mutation.score is None:
        what = why or ("every mutant seems to be the same program" if counts.alike else "there was no mutant")
        return f"not measured: {what}"
    said = counts.said() + (f": {why}" if why else "")
    return f"{percent(counts.dead, counts.counted)} of {counted(counts.counted, 'mutant')}: {said}"


def not_told_apart(evidence: Evidence) -> str:
    """Return why mutants that pass the tests could not be told from the code by any input; mostly nothing."""
    told, mutation = evidence.told_apart, evidence.mutation
    if told is None or mutation is None:
        return ""
    if told.reason:
        return f"not compared with the code on inputs: {told.reason}"
    seeming = next((cluster for cluster in told.clusters if ACCEPTED in cluster), ())
    own = told.answered.get(ACCEPTED, told.inputs)
    few = sum(min(own, told.answered.get(name, own)) < told.inputs for name in seeming if name != ACCEPTED)
    said = f"{few:,} of them answered only some of {counted(told.inputs, 'input')} (too slow, or they break down)"
    return said if few else ""


def disagreement_in_words(evidence: Evidence) -> str:
    """Return in one line whether independently accepted programs differ, or why that was not measured."""
    comparison = evidence.comparison
    if comparison is None:
        why = why_not_compared(evidence) or f"no second program was compared; run: regen probe {evidence.unit} -n 3"
        return f"not measured: {why}"
    if comparison.reason:
        return f"not measured: {comparison.reason}"
    if not comparison.inputs:
        return "not measured: no input satisfies the preconditions"
    programs = sum(len(cluster) for cluster in comparison.clusters)
    inputs = counted(comparison.heard, "input")
    if not comparison.disagreements:
        return f"none: {counted(programs, 'program')} answered alike on {inputs}"
    groups = counted(len(comparison.clusters), "group")
    splits = counted(len(comparison.disagreements), "input")
    return f"{counted(programs, 'program')} in {groups}, told apart by {splits} of {comparison.inputs:,}"


def touched(row: RequirementRow, evidence: Evidence) -> Literal["yes", "no", ""]:
    """Return whether a mutant made one of the requirement's own tests fail; nothing where that was not measured.

    What another requirement's test notices does not count: without that test nothing would.
    """
    if evidence.mutation is None or not row.tests:
        return ""
    return "yes" if row.own else "no"


class Oddity(NamedTuple):
    """An input on which programs agree, or differ, in what can't be right; in words, with the answers."""

    title: str
    shown: Disagreement


def oddities(evidence: Evidence) -> tuple[Oddity, ...]:
    """Return the inputs on which the accepted programs break down, or answer with another type than is declared."""
    found: dict[str, Oddity] = {}
    for comparison, only in ((evidence.comparison, ""), (evidence.told_apart, ACCEPTED)):
        if comparison is None:
            continue
        broken = (comparison.failing,) if comparison.failing else ()
        for title, inputs in (("fails with what looks like a mistake", broken), (_OTHER_TYPE, comparison.unfit)):
            for shown in (_of_program(each, only) for each in inputs):
                if shown.groups:
                    found.setdefault(input_of(shown), Oddity(title, shown))
    return tuple(found.values())


def _of_program(shown: Disagreement, only: str) -> Disagreement:
    """Return what one program answered; all of them where `only` is empty."""
    if not only:
        return shown
    groups = tuple(
        msgspec.structs.replace(group, candidates=(only,)) for group in shown.groups if only in group.candidates
    )
    return msgspec.structs.replace(shown, groups=groups)


def findings_by_place(evidence: Evidence) -> dict[str, dict[FindingKind, tuple[Finding, ...]]]:
    """Return the findings `in the spec`, `in the tests` and `in the code`, each by kind in order of appearance."""
    places: dict[str, dict[FindingKind, tuple[Finding, ...]]] = {}
    rank = ("in the spec", "in the tests", "in the code")
    shown = (finding for finding in evidence.findings if finding.kind not in _SHOWN_ELSEWHERE)
    for finding in sorted(shown, key=lambda finding: rank.index(_place(evidence, finding))):
        kinds = places.setdefault(_place(evidence, finding), {})
        kinds[finding.kind] = (*kinds.get(finding.kind, ()), finding)
    return places


def _place(evidence: Evidence, finding: Finding) -> str:
    if finding.path == evidence.spec or not finding.path:
        return "in the spec"
    return "in the tests" if finding.path in evidence.tests or finding.test else "in the code"


def place_of(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}" if finding.line else finding.path


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def summary(pairs: Iterable[tuple[Evidence, Trust]]) -> str:
    """Return one line over all units: how many reach which level, the score over all mutants, the tests to add."""
    pairs = tuple(pairs)
    levels = Counter(trust.level for _, trust in pairs)
    reached = ", ".join(f"{levels[level]:,} {level}" for level in SYMBOLS if levels[level])
    total = total_of(pairs)
    killed = f"{percent(total.dead, total.counted)} of {counted(total.counted, 'mutant')} killed"
    missing = sum(len(trust.missing) for _, trust in pairs)
    return " · ".join(
        (
            counted(len(pairs), "unit") + (f": {reached}" if reached else ""),
            killed if total.counted else "mutation score not measured",
            f"{counted(missing, 'test')} to add" if missing else "no test to add",
        )
    )


def total_of(pairs: Iterable[tuple[Evidence, Trust]]) -> Tally:
    total = Tally()
    for evidence, _ in pairs:
        total = total.plus(tally(evidence))
    return total


def visible(text: str, *, keep: str = "\n\t") -> str:
    """Return the text with every character that can't be seen, or that moves others, as its Python escape.

    Terminal escapes, bidirectional controls (Boucher, Anderson: Trojan Source, 2021), zero-width characters and lone
    surrogates are all no printable ones; those in `keep` stay.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else ascii(c)[1:-1] for c in text)


def on_one_line(text: str) -> str:
    return visible(" ".join(text.split()), keep="")

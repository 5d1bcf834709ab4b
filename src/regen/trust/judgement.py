"""Evidence → Trust: may the unit be regenerated, in words, and what is the shortest list of tests that would allow it.

A regeneration replaces the whole code, so what counts is whether any code that passes would be right. Mutants stand for
small faults (DeMillo, Lipton, Sayward: Hints on test data selection, 1978), independently accepted programs for large
ones (Barr et al.: The oracle problem in software testing, 2015).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from regen.trust.evidence import MissingTest, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regen.trust.evidence import Disagreement, Evidence, FindingKind, Level, Mutant, MutantResult

ACCEPTED = "accepted"
"""The id of the accepted code where it is compared with mutants."""

_LEAST_SCORE, _GOOD_SCORE = 0.75, 0.95
_LEAST_INPUTS = 100
_UNFIT: dict[FindingKind, str] = {
    "can't fail": "can't fail",
    "flaky": "flaky",
    "private name": "would not survive a rewrite",
    "mocks internals": "would not survive a rewrite",
    "call count": "would not survive a rewrite",
    "snapshot of text": "would not survive a rewrite",
    "source inspection": "would not survive a rewrite",
}
_INCOMPLETE: tuple[FindingKind, ...] = ("no negative case", "no edge case")


def judge_trust(evidence: Evidence) -> Trust:
    """Return the level, the reasons for it, and the tests to add; findings of the spec are advice and never count."""
    unsafe, doubts = tuple(_unsafe(evidence)), tuple(_doubts(evidence))
    level: Level = "not safe" if unsafe else "safe within the tests" if doubts else "safe to regenerate"
    return Trust(unit=evidence.unit, level=level, reasons=unsafe or doubts, missing=tuple(_missing(evidence)))


def _unsafe(evidence: Evidence) -> Iterable[str]:
    """Yield why code could pass and be wrong, or be right and fail."""
    if not evidence.tests:
        yield "no test is linked"
        return
    untested = [row.id for row in evidence.requirements if not row.tests]
    if untested:
        yield f"{_named(untested)} {'has' if len(untested) == 1 else 'have'} no test"
    mutation = evidence.mutation
    if mutation is not None and mutation.score is not None and mutation.score < _LEAST_SCORE:
        share = percent(mutation.killed, mutation.judged - len(mutation.alike))
        yield f"the tests kill only {share} of the mutants"
    for disagreement in evidence.comparison.disagreements if evidence.comparison else ():
        yield f"accepted programs differ on {_shown(disagreement)}"
    words: Counter[str] = Counter()
    for kind, test in dict.fromkeys((finding.kind, finding.test) for finding in evidence.findings):
        if kind in _UNFIT and test:
            words[_UNFIT[kind]] += 1
    for word, count in sorted(words.items()):
        yield f"{count} test{'s' if count > 1 else ''} {'are ' if word == 'flaky' and count > 1 else ''}" + (
            f"is {word}" if word == "flaky" and count == 1 else word
        )


def _doubts(evidence: Evidence) -> Iterable[str]:
    """Yield what keeps the tests from saying more than that the code passes them."""
    mutation, comparison = evidence.mutation, evidence.comparison
    if mutation is None or mutation.score is None:
        yield "no mutant was judged"
    elif mutation.score < _GOOD_SCORE:
        left = len(mutation.survivors) - len(mutation.alike)
        yield f"{left} mutant{'s' if left != 1 else ''} of {mutation.judged} pass{'es' if left == 1 else ''} the tests"
    untouched = [row.id for row in evidence.requirements if row.tests and not row.own]
    if mutation is not None and untouched:
        yield f"no failing mutant touched {_named(untouched)}"
    if comparison is None:
        kept = why_not_compared(evidence)
        yield (
            f"programs were not compared: {kept}"
            if kept
            else (f"no second program to compare with; run: regen probe {evidence.unit} -n 3")
        )
    elif comparison.reason:
        yield f"programs could not be compared: {comparison.reason}"
    elif comparison.heard < _LEAST_INPUTS:
        rest = f"; not all answered the others of {comparison.inputs}" if comparison.heard < comparison.inputs else ""
        yield f"programs were compared on {comparison.heard} inputs only{rest}"
    for kind in _INCOMPLETE:
        found = sorted({finding.requirement for finding in evidence.findings if finding.kind == kind})
        if found:
            yield f"{_named(found)} {'has' if len(found) == 1 else 'have'} {kind}"


def _missing(evidence: Evidence) -> Iterable[MissingTest]:
    """Yield the tests to add: each input that settles most of what is open, then what no input is known for."""
    results = {result.mutant.id: result for result in evidence.mutation.results} if evidence.mutation else {}
    requirement_of = {name: next(iter(result.requirements), "") for name, result in results.items()}
    inputs = [
        (disagreement, _settled_by(disagreement))
        for comparison in (evidence.comparison, evidence.told_apart)
        if comparison is not None
        for disagreement in comparison.disagreements
    ]
    settled: set[str] = set()
    for disagreement, names in _cover(inputs):
        settled |= names
        touched = sorted({requirement_of.get(name, "") for name in names} - {""})
        yield MissingTest(
            what=f"pin {_shown(disagreement)}", call=disagreement.call, setup=disagreement.setup,
            requirement=touched[0] if len(touched) == 1 else "", settles=tuple(sorted(names)),
        )  # fmt: skip
    done = {requirement_of.get(name, "") for name in settled}
    for row in evidence.requirements:
        if not row.tests:
            yield MissingTest(what=f"a test for {row.id}: {row.text}", requirement=row.id)
    alike = set(evidence.mutation.alike) if evidence.mutation else set[str]()
    for result in evidence.mutation.survivors if evidence.mutation else ():
        if result.mutant.id not in settled | alike:
            settled |= {other.mutant.id for other in _beside(result, results.values())}
            yield _for_survivor(result)
    for finding in evidence.findings:
        if finding.kind in _INCOMPLETE and finding.requirement not in done:
            yield MissingTest(what=f"{finding.requirement}: {finding.message}", requirement=finding.requirement)


def why_not_compared(evidence: Evidence) -> str:
    """Return what kept programs from being run side by side at all; empty where there is only one program.

    What kept the mutants alone from being run says nothing about that.
    """
    return "; ".join(reason for reason in evidence.not_measured if "mutant" not in reason)


def percent(part: int, whole: int) -> str:
    """Return a share in whole per cents, rounded down: 100 % is said of all only, and nothing is said of none."""
    return f"{100 * part // whole} %" if whole else "not measured"


def change_of(mutant: Mutant) -> str:
    """Return a mutant in words that follow "with"."""
    if mutant.origin:
        return f"the candidate {mutant.origin[:12]} in place of the code"
    if not mutant.after.strip():
        return f"`{_folded(mutant.before)}` left out"
    return f"`{_folded(mutant.after)}` in place of `{_folded(mutant.before)}`"


def _for_survivor(result: MutantResult) -> MissingTest:
    mutant = result.mutant
    return MissingTest(
        what=f"a test that fails with {change_of(mutant)} in {mutant.path}:{mutant.line}",
        requirement=next(iter(result.requirements), ""), settles=(mutant.id,),
    )  # fmt: skip


def _beside(result: MutantResult, others: Iterable[MutantResult]) -> Iterable[MutantResult]:
    """Return survivors of the same line: one test is likely to kill them all."""
    here = (result.mutant.path, result.mutant.line)
    return (other for other in others if (other.mutant.path, other.mutant.line) == here)


def _settled_by(disagreement: Disagreement) -> frozenset[str]:
    """Return the programs that a test of this input would tell from the accepted code, or from the largest group."""
    groups = disagreement.groups
    right = next((group for group in groups if ACCEPTED in group.candidates), groups[0] if groups else None)
    return frozenset(name for group in groups if group is not right for name in group.candidates)


def _cover(inputs: list[tuple[Disagreement, frozenset[str]]]) -> Iterable[tuple[Disagreement, frozenset[str]]]:
    """Yield inputs until all that any settles is settled, what settles most first (greedy set cover)."""
    left = frozenset[str]().union(*(names for _, names in inputs))
    while left:
        disagreement, names = max(inputs, key=lambda pair: len(pair[1] & left))
        yield disagreement, names & left
        left -= names


def _shown(disagreement: Disagreement) -> str:
    return "; ".join((*disagreement.setup, disagreement.call))


def _folded(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"  # noqa: PLR2004


def _named(ids: list[str]) -> str:
    if len(ids) <= 3:  # noqa: PLR2004
        return " and ".join(filter(None, (", ".join(ids[:-1]), ids[-1])))
    return f"{', '.join(ids[:3])} and {len(ids) - 3} more"

"""The policy `agree`: which of several accepted candidates to believe, or whether to ask for another.

Two candidates that pass the same weak tests are often wrong in different ways; where two that were sampled apart
answer alike on every input, chance is a poor explanation. A mistake that a model makes often is a better one: two that
agree among many rejected tries, or beside many that differ, say little, and so do two that break down alike. As in
CodeT (Chen et al. 2022) the size of a cluster is what counts; here a small one decides nothing.
"""

from __future__ import annotations

import ast
import functools
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from regen.python_syntax import parse_module
from regen.trust.answers import is_breakdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regen.trust.evidence import Comparison, Disagreement


class More(msgspec.Struct, frozen=True):
    """Another candidate is needed; `reason` says what for."""

    reason: str


class Agreed(msgspec.Struct, frozen=True):
    """Take `candidate`: `votes` of those accepted answer as it does, itself among them."""

    candidate: str
    votes: tuple[str, ...]


class Undecided(msgspec.Struct, frozen=True):
    """Nothing can be taken; `disagreement` is the input to show, if candidates differ at all."""

    reason: str
    disagreement: Disagreement | None = None


_NO_MAJORITY = " and none has a majority"
Decision = More | Agreed | Undecided


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What is accepted so far of `attempts` candidates: ids in the order they came, `forms` of their texts by id.

    `needed` is how many must agree, one more where `many` attempts leave room for it; besides, `share` of all that were
    tried, `majority` of those accepted that do not break down. With `distinct`, samples of the same text count once.
    """

    attempts: int
    needed: int = 2
    many: int = 10
    share: Fraction = Fraction(1, 5)
    majority: Fraction = Fraction(2, 3)
    distinct: bool = False
    tried: int = 0
    accepted: tuple[str, ...] = ()
    forms: Mapping[str, str] = {}

    def rejected(self) -> Agreement:
        """Return the state after a candidate that was not accepted."""
        return msgspec.structs.replace(self, tried=self.tried + 1)

    def took(self, candidate: str, texts: Sequence[str]) -> Agreement:
        """Return the state after an accepted candidate with these texts."""
        form = "\0".join(map(form_of, texts))
        return msgspec.structs.replace(
            self, tried=self.tried + 1, accepted=(*self.accepted, candidate), forms={**self.forms, candidate: form}
        )

    def _independent(self, cluster: Sequence[str]) -> tuple[str, ...]:
        """Return the votes of a cluster, in the order they came."""
        order = sorted(cluster, key=self.accepted.index)
        if not self.distinct:
            return tuple(order)
        return tuple({self.forms[name]: name for name in reversed(order)}.values())[::-1]

    @property
    def quorum(self) -> int:
        """How many must agree at least."""
        return self.needed + (self.attempts >= self.many)

    @property
    def compares(self) -> bool:
        """Whether a comparison of the accepted ones would tell something new."""
        return len(self.accepted) >= self.quorum

    def decide(self, comparison: Comparison) -> Decision:
        """Return what to do, given how the accepted candidates compare."""
        is_last = self.tried >= self.attempts
        if len(self.accepted) < self.quorum:
            return Undecided(_too_few(len(self.accepted))) if is_last else More(_no_agreement(len(self.accepted)))
        if comparison.reason:
            return Undecided(f"the candidates can't be compared: {comparison.reason}")
        largest, open_ = self._largest(comparison)
        if open_ is None:
            return Agreed(largest[0], largest)
        return open_ if is_last else More(open_.reason.removesuffix(_NO_MAJORITY))

    def _largest(self, comparison: Comparison) -> tuple[tuple[str, ...], Undecided | None]:
        """Return the votes of the largest cluster, and why they are not enough."""
        broken, unfit = _broken(comparison), _candidates(comparison.unfit)
        clusters = [cluster for cluster in comparison.clusters if not broken & set(cluster)]
        silent = {name for name, count in comparison.answered.items() if not count}
        fit = [[name for name in cluster if name not in unfit | silent] for cluster in clusters]
        votes = [self._independent(cluster) for cluster in fit]
        voters = sum(len(self._independent(cluster)) for cluster in clusters)
        votes.sort(key=len, reverse=True)
        largest = votes[0] if votes else ()
        runner_up = len(votes[1]) if len(votes) > 1 else 0
        if (stuck := _stuck(comparison, largest)) is not None:
            return largest, Undecided("the accepted candidates break down on the same input", stuck)
        if len(largest) >= self.quorum and len(largest) > runner_up and len(largest) >= self.majority * voters:
            if len(largest) >= self.share * self.tried:
                return largest, None
            return largest, Undecided(f"{len(largest)} of {self.tried} candidates that agree may make the same mistake")
        if len(comparison.clusters) == 1 and silent:
            return largest, Undecided("candidates answered nothing in the time that they had")
        if len(comparison.clusters) == 1 and unfit:
            return largest, Undecided("candidates answer with another type than is declared", comparison.unfit[0])
        shown = comparison.disagreements[0] if comparison.disagreements else None
        return largest, Undecided(f"the accepted candidates differ{_NO_MAJORITY}", shown)


def doubt(comparison: Comparison) -> float:
    """Return how much a comparison speaks against the tests that its programs passed, from 0 to 2.

    At least 1 where programs differ: then some are wrong, or nobody said what is right. Where all agree, what is left
    is the chance that another one would not, by the rule of succession; an input on which all fail by mistake adds to
    it. The more programs agree, the less is left.
    """
    count = sum(map(len, comparison.clusters))
    largest = max(map(len, comparison.clusters), default=0)
    left = 1 - (largest + 1) / (count + 2)
    if len(comparison.clusters) > 1:
        return 1 + left
    return (left + (comparison.failing is not None)) / 2


def _no_agreement(count: int) -> str:
    if not count:
        return "no two candidates are accepted yet"
    return "one accepted candidate is no agreement" if count == 1 else f"{count} accepted candidates are too few"


def _too_few(count: int) -> str:
    if not count:
        return "no candidate was accepted"
    return "only one candidate was accepted" if count == 1 else f"only {count} candidates were accepted"


def _candidates(shown: Sequence[Disagreement]) -> set[str]:
    return {name for each in shown for group in each.groups for name in group.candidates}


def _stuck(comparison: Comparison, names: Sequence[str]) -> Disagreement | None:
    """Return an input on which all of `names` hang or die, as whoever answers nothing agrees with everyone."""
    for shown in (*([comparison.failing] if comparison.failing else []), *comparison.disagreements):
        broken = {name for group in shown.groups if is_breakdown(group.answer) for name in group.candidates}
        if names and broken.issuperset(names):
            return shown
    return None


def _broken(comparison: Comparison) -> set[str]:
    """Return the programs that hang, die or contradict themselves where others give a value."""
    return {
        name
        for shown in comparison.disagreements
        if not all(is_breakdown(group.answer) for group in shown.groups)
        for group in shown.groups
        if is_breakdown(group.answer)
        for name in group.candidates
    }


@functools.lru_cache(maxsize=1024)
def form_of(text: str) -> str:
    """Return a program's text without comments, docstrings and formatting: samples of the same form are one program."""
    try:
        tree = parse_module(text)
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and len(body) > 1 and _is_text(body[0]):
                node.body = body[1:]  # type: ignore[attr-defined]
        return ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)

"""Measures agreement of recorded replies on fuzzed inputs and compares it with its goals; exits with 1 if any falls short.

    python benchmarks/agreement.py [--quick] [--data FILE] [--details]

A task's visible inputs are its tests, its prompt and contract the spec. All replies that pass the visible inputs are compared
once, on inputs that regen's own engine makes of prompt, contract and visible inputs; hidden inputs and the reference only tell
afterwards which replies were right. `first` takes the first accepted reply, `agree` follows the policy of that name: what it is
told of the replies drawn is what the one comparison found of them. Two tasks are compared at a time.

Tasks that have an accepted reply which is wrong are to be told from the others: by disagreement of all accepted replies, and
beside it by the mutation score that `regen audit` gives the first of them.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec
import recorded
from side_by_side import QUICK_REPLIES, QUICK_TASKS, Compared, compared

from regen.trust.agreement import Agreed, Agreement, Undecided, doubt, form_of
from regen.trust.answers import is_breakdown, is_mistake
from regen.trust.evidence import Comparison, Disagreement

BOOTSTRAPS, QUICK_BOOTSTRAPS = 1000, 200


class Figure(NamedTuple):
    what: str
    figure: str
    goal: str
    holds: bool


# ── policies ────────────────────────────────────────────────────────────────────────────────────


def restricted(comparison: Comparison, names: tuple[str, ...]) -> Comparison:
    """Return what the comparison tells of some of its programs."""
    kept = set(names)
    clusters = [tuple(name for name in cluster if name in kept) for cluster in comparison.clusters]
    clusters = sorted((cluster for cluster in clusters if cluster), key=len, reverse=True)
    disagreements, failing = [], comparison.failing and only(comparison.failing, kept)
    for shown in comparison.disagreements:
        own = only(shown, kept)
        answers = [group.answer for group in own.groups]
        if len(answers) > 1:
            disagreements.append(own)
        elif answers and (is_mistake(answers[0]) or is_breakdown(answers[0])):
            failing = failing or own
    unfit = tuple(own for shown in comparison.unfit if (own := only(shown, kept)).groups)
    return msgspec.structs.replace(
        comparison, clusters=tuple(clusters), disagreements=tuple(disagreements), failing=failing, unfit=unfit
    )


def only(shown: Disagreement, kept: set[str]) -> Disagreement:
    groups = [msgspec.structs.replace(g, candidates=tuple(n for n in g.candidates if n in kept)) for g in shown.groups]
    return msgspec.structs.replace(shown, groups=tuple(group for group in groups if group.candidates))


class Prepared(NamedTuple):
    """A task to draw from: the numbers of the sampler's replies, and the forms of the accepted ones."""

    each: Compared
    samples: list[int]
    forms: dict[str, str]


def prepared(rows: tuple[Compared, ...]) -> list[Prepared]:
    """Return the tasks that have samples."""
    found = []
    for each in rows:
        samples = [number for number, reply in enumerate(each.task.replies) if reply.model == recorded.SAMPLER]
        if len(samples) > 1:
            forms = {name: form_of(each.task.replies[int(name)].code) for name in each.accepted}
            found.append(Prepared(each, samples, forms))
    return found


def agreed(from_: Prepared, draw: list[int]) -> str | None:
    """Return the reply that `agree` takes of those drawn, in order, or None; nothing is drawn after a decision."""
    state = Agreement(attempts=len(draw))
    told = Comparison()
    for number in draw:
        name = str(number)
        if name not in from_.forms:
            state = state.rejected()
        else:
            state = msgspec.structs.replace(
                state, tried=state.tried + 1, accepted=(*state.accepted, name),
                forms={**state.forms, name: from_.forms[name]},
            )  # fmt: skip
            told = restricted(from_.each.comparison, state.accepted) if state.compares else told
        decision = state.decide(told)
        if isinstance(decision, Agreed):
            return decision.candidate
        if isinstance(decision, Undecided):
            return None
    return None


class Outcome(NamedTuple):
    """How often a policy took a right reply of a task, a wrong one, none."""

    right: int
    wrong: int
    none: int


def policies(rows: tuple[Compared, ...], k: int, bootstraps: int) -> dict[str, dict[str, Outcome]]:
    """Return the outcomes of `first` and `agree` with `k` replies, by task."""
    chance = random.Random(k)
    found: dict[str, dict[str, Outcome]] = {"first": {}, "agree": {}}
    for each in prepared(rows):
        taken: dict[str, Counter[str]] = {"first": Counter(), "agree": Counter()}
        for _ in range(bootstraps):
            draw = chance.sample(each.samples, min(k, len(each.samples)))
            first = next((str(number) for number in draw if str(number) in each.forms), None)
            for policy, name in (("first", first), ("agree", agreed(each, draw) if first else None)):
                taken[policy]["none" if name is None else "wrong" if name in each.each.wrong else "right"] += 1
        for policy, counts in taken.items():
            found[policy][each.each.task.task_id] = Outcome(counts["right"], counts["wrong"], counts["none"])
    return found


def wrong_share(outcomes: list[Outcome]) -> float:
    wrong = sum(each.wrong for each in outcomes)
    return wrong / (wrong + sum(each.right for each in outcomes) or 1)


def none_share(outcomes: list[Outcome]) -> float:
    return sum(each.none for each in outcomes) / (sum(map(sum, outcomes)) or 1)


def interval(outcomes: list[Outcome]) -> tuple[float, float]:
    """Return between what the wrong share lies in nine of ten resamplings of the tasks."""
    chance = random.Random(0)
    shares = sorted(wrong_share(chance.choices(outcomes, k=len(outcomes))) for _ in range(BOOTSTRAPS))
    return shares[BOOTSTRAPS // 20], shares[-BOOTSTRAPS // 20]


# ── detector ────────────────────────────────────────────────────────────────────────────────────


def auroc(scored: list[tuple[float, bool]]) -> float:
    """Return the chance that a task with a wrong program scores higher than one without."""
    wrong = [score for score, label in scored if label]
    right = [score for score, label in scored if not label]
    pairs = [(w > r) + (w == r) / 2 for w in wrong for r in right]
    return sum(pairs) / len(pairs) if pairs else float("nan")


def flagged(each: Compared) -> bool:
    return len(each.comparison.clusters) > 1


def measure(quick: bool, data: Path | None = None) -> list[Figure]:  # noqa: FBT001
    """Return every figure with its goal, `quick` without, for few tasks judge none; comparisons are made once a process."""
    figures = figures_of(quick, data)
    return [figure._replace(goal="", holds=True) for figure in figures] if quick else figures


def figures_of(quick: bool, data: Path | None) -> list[Figure]:  # noqa: FBT001
    rows = compared(quick, data)
    figures = []
    for k in (3, 20):
        outcomes = policies(rows, k, QUICK_BOOTSTRAPS if quick else BOOTSTRAPS)
        first, agree = (list(outcomes[policy].values()) for policy in ("first", "agree"))
        low, high = interval(agree)
        share = wrong_share(agree)
        figures += [
            Figure(f"k = {k}: wrong among accepted, first", f"{wrong_share(first):.1%}", "", holds=True),
            Figure("  tasks with none accepted, first", f"{none_share(first):.1%}", "", holds=True),
            Figure(f"k = {k}: wrong among accepted, agree", f"{share:.1%}", "<= 5 %", share <= 0.05),
            Figure("  the same, nine of ten resamplings of tasks", f"{low:.1%}-{high:.1%}", "", holds=True),
            Figure("  tasks left undecided, agree", f"{none_share(agree):.1%}", "", holds=True),
        ]
    return [*figures, *detectors(rows)]


def detectors(rows: tuple[Compared, ...]) -> list[Figure]:
    """Return how well a task that lets a wrong program through is told by disagreement, and by its mutation score."""
    judged = [each for each in rows if each.accepted]
    area = auroc([(doubt(each.comparison), bool(each.wrong)) for each in judged])
    flags = [each for each in judged if flagged(each)]
    hits, wrong = sum(bool(each.wrong) for each in flags), sum(bool(each.wrong) for each in judged)
    precision, recall = hits / (len(flags) or 1), hits / (wrong or 1)
    shown = sum(bool(each.comparison.disagreements) for each in flags)
    figures = [
        Figure(f"disagreement as detector, {len(judged)} tasks: AUROC", f"{area:.3f}", ">= 0.90", area >= 0.9),
        Figure("  precision of its flags", f"{precision:.2f}", ">= 0.90", precision >= 0.9),
        Figure("  recall of its flags", f"{recall:.2f}", ">= 0.75", recall >= 0.75),
        Figure("  flags that carry a concrete input", f"{shown} of {len(flags)}", "all", shown == len(flags)),
    ]
    scored = [(each.survival, bool(each.wrong)) for each in judged if each.survival]
    if not scored:
        return figures
    measured = sum(found.mutation is not None for found, _ in scored)
    mutants = sum(found.mutation.judged for found, _ in scored if found.mutation)
    rejected = sum(found.rejected for found, _ in scored)
    areas = [
        auroc([(found.share, label) for found, label in scored]),
        auroc([(found.share_of_all(), label) for found, label in scored]),
        auroc([(found.share_of_all(rejected=True), label) for found, label in scored]),
    ]
    return [
        *figures,
        Figure(
            f"mutation score as detector, {measured} of {len(judged)} tasks: AUROC", f"{areas[0]:.3f}", "", holds=True
        ),
        Figure(f"  with seeming equivalents, {mutants} mutants", f"{areas[1]:.3f}", "", holds=True),
        Figure(f"  and with {rejected} rejected replies as mutants", f"{areas[2]:.3f}", "", holds=True),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_TASKS} tasks, {QUICK_REPLIES} replies each")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--details", action="store_true", help="also each task's clusters and disagreements")
    words = parser.parse_args()
    failed = False
    for what, figure, goal, holds in measure(words.quick, words.data):
        failed |= not holds
        verdict = f"goal {goal:<8} {'holds' if holds else 'falls short'}" if goal else "no goal"
        print(f"{what:<60} {figure:>10}   {verdict}", flush=True)
    if words.quick:
        print(f"quick: {QUICK_REPLIES} replies to each of {QUICK_TASKS} tasks, no mutants; goals are for all tasks")
    if words.details:
        details(compared(words.quick, words.data))
    return int(failed)


def details(rows: tuple[Compared, ...]) -> None:
    for each in rows:
        sizes = " ".join(f"{len(c)}({sum(name in each.wrong for name in c)})" for c in each.comparison.clusters)
        print(f"{each.task.task_id} {each.task.entry_point}: clusters (wrong) {sizes}; {each.comparison.inputs} inputs, "
              f"{each.comparison.seconds:.1f} s {each.comparison.reason}")  # fmt: skip
        if each.survival:
            mutation = each.survival.mutation
            told = (
                f"{mutation.killed} of {mutation.judged} killed, {len(mutation.alike)} seem the same"
                if mutation
                else ""
            )
            print(f"    mutants of reply {each.accepted[0]}: {told}{each.survival.reason}")
        for shown in each.comparison.disagreements:
            print(f"    {shown.call}: " + "; ".join(f"{g.answer[:60]} ×{len(g.candidates)}" for g in shown.groups))


if __name__ == "__main__":
    sys.exit(main())

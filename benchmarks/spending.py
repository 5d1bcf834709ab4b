"""Measures where a build spends its calls, on recorded replies; exits with 1 if a goal is missed.

    python benchmarks/spending.py [--quick] [--data FILE]

The sampler is codegen-16b; a task is solved when one of its replies passes the visible inputs. Tasks without a recorded
sample are left out. Each bootstrap draws every task's stream of replies anew (with replacement) and shuffles the tasks;
all policies see the same streams. The tasks are three projects in turn; what a project's policy knows of the past are
the replies of the other two.

- independent: each task gets its own n samples, whatever came back before
- task after task: stops a task at acceptance; what was saved is shared out among the tasks that follow
- round-robin: one try for each unsolved task in turn
- policy: `regen.trust.spending.next_call`
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from recorded import SAMPLER, load

from regen.trust.chances import Estimates, Try, fit
from regen.trust.spending import Offer, Progress, next_call

FOLDS = 3
PROCESSES = 2
MOST = 20  # calls a task, up to which policies are compared
WATCHED = 23  # calls a task, so that what another solves with MOST is seen to be reached, or to take longer
POLICIES = ("independent", "task after task", "round-robin", "policy")
OFFERS = (Offer(model=SAMPLER, kinds=("fresh",)),)
Figure = tuple[str, str, str, bool | None]  # what, figure, goal, whether it holds (None without a goal)


class Source(NamedTuple):
    """A task as a sampler: its prompt's length in tokens (four characters each) and its tries in recorded order."""

    name: str
    prompt_tokens: int
    tries: tuple[Try, ...]


class Curve(list[int]):
    """How many tasks are solved after 0, 1, 2, … calls."""


def sources(data: Path | None, *, quick: bool) -> list[Source]:
    found = []
    for task in load(data, models=(SAMPLER,), limit_replies=20 if quick else None, visible_only=True):
        tokens = max(1, len(task.prompt) // 4)
        tries = tuple(
            Try(model=SAMPLER, accepted=reply.passes_visible, share=reply.visible_share, reply=reply.code,
                prompt_tokens=tokens)
            for reply in task.samples()
        )  # fmt: skip
        if tries:
            found.append(Source(task.task_id, tokens, tries))
    return found


class Streams:
    """The replies that each task would give, drawn when first looked at."""

    def __init__(self, tasks: list[Source], rng: random.Random) -> None:
        self._tasks, self._rng = tasks, rng
        self._drawn: list[list[Try]] = [[] for _ in tasks]
        self.accepted_at = [self._first_accepted(task) for task in range(len(tasks))]

    def reply(self, task: int, number: int) -> Try:
        drawn = self._drawn[task]
        while len(drawn) <= number:
            drawn.append(self._rng.choice(self._tasks[task].tries))
        return drawn[number]

    def _first_accepted(self, task: int) -> float:
        """Return the number, from 0, of the first accepted reply, infinite if it is past any budget."""
        if not any(tried.accepted for tried in self._tasks[task].tries):
            return math.inf
        return next((n for n in range(WATCHED * len(self._tasks)) if self.reply(task, n).accepted), math.inf)


def independent(streams: Streams, count: int) -> Curve:
    solved = [0] * (WATCHED * count + 1)
    for task, first in enumerate(streams.accepted_at):
        if first < WATCHED:
            solved[int(first) * count + task + 1] += 1
    return _summed(solved)


def round_robin(streams: Streams, count: int) -> Curve:
    solved, calls, number, left = [0] * (WATCHED * count + 1), 0, 0, list(range(count))
    while left and calls < WATCHED * count:
        for task in list(left):
            calls += 1
            if calls <= WATCHED * count and streams.accepted_at[task] == number:
                solved[calls] += 1
                left.remove(task)
        number += 1
    return _summed(solved)


def task_after_task(streams: Streams, count: int) -> Curve:
    curve = Curve()
    for budget in range(WATCHED * count + 1):
        left, solved = budget, 0
        for task in range(count):
            most = left // (count - task)
            used = min(streams.accepted_at[task] + 1, most)
            solved += streams.accepted_at[task] < most
            left -= int(used)
        curve.append(solved)
    return curve


def policy(tasks: list[Source], streams: Streams, estimates: Estimates) -> Curve:
    units = [Progress(unit=str(number), prompt_tokens=task.prompt_tokens) for number, task in enumerate(tasks)]
    curve = Curve([0])
    while len(curve) <= WATCHED * len(tasks):
        call = next_call(units, OFFERS, estimates)
        if call is None:
            curve += [curve[-1]] * (WATCHED * len(tasks) + 1 - len(curve))
            break
        task = int(call.unit)
        units[task] = units[task].after(streams.reply(task, units[task].failures))
        curve.append(curve[-1] + units[task].accepted)
    return curve


def _summed(steps: list[int]) -> Curve:
    curve, total = Curve(), 0
    for step in steps:
        total += step
        curve.append(total)
    return curve


class Means:
    """Mean solved tasks by policy and budget, and the policy's lead over independent sampling with its error."""

    def __init__(self, budgets: int) -> None:
        self.count = 0
        self.totals = {name: [0] * budgets for name in POLICIES}
        self._lead, self._squares = [0] * budgets, [0] * budgets

    def add(self, curves: dict[str, list[int]]) -> None:
        self.count += 1
        for name, curve in curves.items():
            self.totals[name] = [total + solved for total, solved in zip(self.totals[name], curve, strict=True)]
        leads = [ours - theirs for ours, theirs in zip(curves["policy"], curves["independent"], strict=True)]
        self._lead = [total + lead for total, lead in zip(self._lead, leads, strict=True)]
        self._squares = [total + lead * lead for total, lead in zip(self._squares, leads, strict=True)]

    def solved(self, name: str, budget: int) -> float:
        return self.totals[name][budget] / self.count

    def calls(self, name: str, solved: float) -> int:
        """Return the least calls that solve so many tasks in the mean, or all that were watched."""
        wanted = solved * self.count - 1e-6
        totals = self.totals[name]
        return next((calls for calls, total in enumerate(totals) if total >= wanted), len(totals) - 1)

    def lead(self, budget: int) -> tuple[float, float]:
        """Return the policy's mean lead over independent sampling in tasks, and its standard error."""
        mean = self._lead[budget] / self.count
        variance = max(0.0, self._squares[budget] / self.count - mean * mean)
        return mean, math.sqrt(variance / max(1, self.count - 1))


def simulate(tasks: list[Source], bootstraps: int) -> Means:
    folds = [tasks[number::FOLDS] for number in range(FOLDS)]
    known = [fit(task.tries for other in folds if other is not fold for task in other) for fold in folds]
    means = Means(WATCHED * len(tasks) + 1)
    share = -(-bootstraps // PROCESSES)
    with ProcessPoolExecutor(PROCESSES) as crew:
        for curves in crew.map(partial(bootstrap, folds, known), range(bootstraps), chunksize=share):
            means.add(curves)
    return means


def bootstrap(folds: list[list[Source]], known: list[Estimates], number: int) -> dict[str, list[int]]:
    """Return the tasks solved by policy and calls, all projects together."""
    rng = random.Random(number)
    tasks = sum(map(len, folds))
    budgets = WATCHED * tasks + 1
    together = {name: [0] * budgets for name in POLICIES}
    for fold, estimates in zip(folds, known, strict=True):
        project = rng.sample(fold, len(fold))
        streams, count = Streams(project, rng), len(project)
        curves = {
            "independent": independent(streams, count), "task after task": task_after_task(streams, count),
            "round-robin": round_robin(streams, count), "policy": policy(project, streams, estimates),
        }  # fmt: skip
        for name, curve in curves.items():
            share = [curve[budget * count // tasks] for budget in range(budgets)]
            together[name] = [a + b for a, b in zip(together[name], share, strict=True)]
    return together


def table(means: Means, count: int) -> str:
    """Return the mean share solved by policy and calls a task."""
    columns = (1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20)
    lines = [f"{'solved at calls a task':<22}" + "".join(f"{column:>8g}" for column in columns)]
    for name in POLICIES:
        shares = [means.solved(name, int(column * count)) / count for column in columns]
        lines.append(f"{name:<22}" + "".join(f"{share:>8.1%}" for share in shares))
    return "\n".join(lines)


def saved(means: Means, count: int, against: str) -> dict[int, float]:
    """Return the part of `against`'s calls that the policy saves, by calls a task, for the same tasks solved.

    What it does not reach at all counts as reached with the last call that was watched.
    """
    result = {}
    for each in range(2, MOST + 1):
        solved = means.solved(against, each * count)
        result[each] = 1 - means.calls("policy", solved) / max(1, means.calls(against, solved))
    return result


def measure(*, quick: bool, data: Path | None = None) -> list[Figure]:
    """Return what was measured, the figure, its goal and whether it holds; None where there is no goal."""
    tasks = sources(data, quick=quick)
    bootstraps = 30 if quick else 1000
    means, count = simulate(tasks, bootstraps), len(tasks)
    print(f"{count} tasks with samples, {bootstraps} bootstraps\n{table(means, count)}", flush=True)
    leads = [(*means.lead(budget), budget) for budget in range(count, MOST * count + 1)]
    least, error, where = min(leads)
    below = [budget for lead, error, budget in leads if lead < -2 * error]
    figures: list[Figure] = [
        (f"tasks solved beyond independent sampling, least of all budgets from {count} to {MOST * count} calls",
         f"{least:+.2f} ± {error:.2f} at {where}", "at no budget below 0 by over 2 standard errors", not below),
    ]  # fmt: skip
    against = saved(means, count, "independent")
    mean = statistics.mean(against.values())
    figures += [
        (f"calls saved for what independent sampling solves at 2 to {MOST} calls a task, mean",
         f"{mean:.1%}", ">= 20 %", mean >= 0.2),
        ("  the least of them", _least(against), "", None),
        (f"  for what it solves at {MOST} calls a task", f"{against[MOST]:.1%}", "", None),
    ]  # fmt: skip
    for other in ("task after task", "round-robin"):
        values = saved(means, count, other)
        figures += [
            (f"calls saved for what {other} solves at 2 to {MOST} calls a task, mean",
             f"{statistics.mean(values.values()):.1%}", "", None),
            ("  the least of them", _least(values), "", None),
        ]  # fmt: skip
    return figures


def _least(values: dict[int, float]) -> str:
    where = min(values, key=lambda each: values[each])
    return f"{values[where]:.1%} at {where} calls a task"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20 replies a task and 30 bootstraps, under 15 s")
    parser.add_argument("--data", type=Path, help="recorded replies; those beside the repository unless given")
    words = parser.parse_args()
    started = time.perf_counter()
    figures = measure(quick=words.quick, data=words.data)
    for what, figure, goal, holds in figures:
        end = "no goal" if holds is None else f"goal {goal}   {'holds' if holds else 'falls short'}"
        print(f"{what:<100} {figure:>24}   {end}")
    print(f"took {time.perf_counter() - started:.0f} s")
    return int(any(holds is False for *_, holds in figures))


if __name__ == "__main__":
    sys.exit(main())

"""Chooses some of many, evenly over lines and kinds, always the same ones."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def spread(marks: Sequence[tuple[int, str]], most: int) -> tuple[int, ...]:
    """Return at most `most` indexes, rising, of things that are marked with a line and a kind.

    Each line gives one in turn, of the kind chosen least so far; where fewer are left to choose than lines, lines at
    equal distances give theirs.
    """
    waiting: dict[int, list[int]] = {}
    for number, (line, _) in enumerate(marks):
        waiting.setdefault(line, []).append(number)
    chosen: list[int] = []
    kinds: Counter[str] = Counter()
    while waiting and len(chosen) < most:
        lines = list(waiting)
        left = most - len(chosen)
        turn = lines if left >= len(lines) else [lines[(2 * n + 1) * len(lines) // (2 * left)] for n in range(left)]
        for line in turn:
            number = min(waiting[line], key=lambda n: (kinds[marks[n][1]], n))
            waiting[line].remove(number)
            if not waiting[line]:
                del waiting[line]
            chosen.append(number)
            kinds[marks[number][1]] += 1
    return tuple(sorted(chosen))

"""In which order the units of a graph are worked on, several at a time; a failed one stops only its dependents."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence


def critical_path(order: Sequence[str], dependents: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Return for each unit the length of the longest chain of dependents that starts at it."""
    length: dict[str, int] = {}
    for unit in reversed(order):
        length[unit] = 1 + max((length[d] for d in dependents.get(unit, ()) if d in length), default=0)
    return length


class Gate:
    """Lets so many in at a time, the weightiest of those who wait first: what most others depend on."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._changed = threading.Condition()
        self._waiting: list[tuple[int, int]] = []
        self._numbers = itertools.count()

    @contextlib.contextmanager
    def held(self, weight: int) -> Iterator[Callable[[], None]]:
        """Wait for a slot and hold it, to the end or until what this gives is called."""
        with self._changed:
            ticket = (-weight, next(self._numbers))
            heapq.heappush(self._waiting, ticket)
            while not self._free or self._waiting[0] != ticket:
                self._changed.wait()
            heapq.heappop(self._waiting)
            self._free -= 1
            self._changed.notify_all()
        is_given_back = False

        def give_back() -> None:
            nonlocal is_given_back
            with self._changed:
                self._free += not is_given_back
                is_given_back = True
                self._changed.notify_all()

        try:
            yield give_back
        finally:
            give_back()


def run_graph(
    order: Sequence[str],
    uses: Mapping[str, Collection[str]],
    work: Callable[[str], None],
    *,
    threads: int,
    stop: threading.Event,
) -> None:
    """Call `work` for each unit of `order` once all units that it uses have been worked on.

    Units with the longest chain of dependents go first. `work` runs in up to `threads` threads, must not raise, and
    is not called any more once `stop` is set. The first error of `work`, a bug by definition, is raised at the end.
    """
    inside = set(order)
    waiting = {unit: sum(used in inside for used in set(uses.get(unit, ()))) for unit in order}
    dependents: dict[str, list[str]] = {unit: [] for unit in order}
    for unit in order:
        for used in set(uses.get(unit, ())) & inside:
            dependents[used].append(unit)
    weight = critical_path(order, dependents)
    ready = [(-weight[unit], place, unit) for place, unit in enumerate(order) if waiting[unit] == 0]
    heapq.heapify(ready)
    place_of = {unit: place for place, unit in enumerate(order)}
    left = len(order)
    errors: list[BaseException] = []
    changed = threading.Condition()

    def serve() -> None:
        nonlocal left
        while True:
            with changed:
                while not ready and left and not stop.is_set() and not errors:
                    changed.wait(0.1)
                if not left or stop.is_set() or errors or not ready:
                    changed.notify_all()
                    return
                unit = heapq.heappop(ready)[2]
            try:
                work(unit)
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                errors.append(error)
            with changed:
                left -= 1
                for dependent in dependents[unit]:
                    waiting[dependent] -= 1
                    if waiting[dependent] == 0:
                        heapq.heappush(ready, (-weight[dependent], place_of[dependent], dependent))
                changed.notify_all()

    size = max(1, min(threads, len(order)))
    with ThreadPoolExecutor(size, thread_name_prefix="build") as crew:
        try:
            wait([crew.submit(serve) for _ in range(size)])  # Thread.join, interrupted, takes a thread for ended (3.11)
        except KeyboardInterrupt:
            stop.set()  # and leaving the block waits for what is under way
            raise
    if errors:
        raise errors[0]

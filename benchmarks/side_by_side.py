"""The recorded replies that pass their task's visible inputs, side by side: what fuzzing and mutants tell of them."""

from __future__ import annotations

import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import recorded
from task_project import CODE, write_project
from weak_tests import Survival, survival

from regen.checks.python_tests.interpreter import ask_interpreter
from regen.experiments.comparing import Effort, FuzzingComparer
from regen.sandboxes import open_sandbox
from regen.trust.evidence import Comparison

QUICK_TASKS, QUICK_REPLIES = 12, 30
PROCESSES = 2
# Replies are judged by what they return, on inputs in ASCII: so are their differences here.
EFFORT = Effort(unusual=False, most_seconds=15)


class Compared(NamedTuple):
    """A task, the comparison of its accepted replies (their numbers are the ids), and which of them are wrong.

    `survival` is of the first of them, in the order of the file; None where mutants were not asked for.
    """

    task: recorded.Task
    accepted: tuple[str, ...]
    wrong: frozenset[str]
    comparison: Comparison = Comparison()
    survival: Survival | None = None


@cache
def compared(quick: bool, data: Path | None) -> tuple[Compared, ...]:  # noqa: FBT001
    """Return each task with its comparison, once a process; `quick` is of few tasks and replies, and without mutants."""
    tasks = recorded.load(
        data, limit_tasks=QUICK_TASKS if quick else None, limit_replies=QUICK_REPLIES if quick else None
    )
    with ProcessPoolExecutor(PROCESSES) as crew:
        return tuple(crew.map(partial(compared_replies, mutants=not quick), tasks))


def compared_replies(task: recorded.Task, *, mutants: bool) -> Compared:
    """Compare all accepted replies of a task as a build of it would, and audit the first."""
    accepted = tuple(str(number) for number, reply in enumerate(task.replies) if reply.passes_visible)
    wrong = frozenset(name for name in accepted if not task.replies[int(name)].passes_hidden)
    found = Compared(task, accepted, wrong)
    if not accepted:
        return found
    sandbox, interpreter = open_sandbox("bubblewrap"), ask_interpreter(sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        unit = write_project(Path(folder), task)
        comparer = FuzzingComparer(sandbox, interpreter, folder, effort=EFFORT, arguments=False)
        programs = {name: {CODE: task.replies[int(name)].code} for name in accepted}
        found = found._replace(comparison=comparer.compare(unit, programs, threading.Event()))
        return found._replace(survival=survival(task, unit, folder, sandbox, comparer)) if mutants else found

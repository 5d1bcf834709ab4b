"""The recorded replies of real models, each judged by its task's visible and hidden inputs against the reference.

    python benchmarks/recorded.py [--data FILE] [--limit TASKS] [--fresh]

Replies are untrusted: they run in the sandbox only, a forked child each, with no expected output in sight. The reference
runs in a sandbox of its own, and answers are compared here, as data. A child's time is the processor's, so that a busy
machine judges as an idle one does. Verdicts are kept in the user's cache folder, under a digest of all they depend on.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import hashlib
import json
import os
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from recorded_inside import LONG

from regen.checks.python_tests.interpreter import ask_interpreter
from regen.ports import Command, Limits, View
from regen.sandboxes import open_sandbox
from regen.storage.atomic import write_atomically

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "humaneval_replies.jsonl.gz"
SAMPLER = "codegen-16b"

_INSIDE = Path(__file__).with_name("recorded_inside.py").read_text(encoding="utf-8")
# Of one reply on all visible inputs and on all hidden ones. Right ones take up to 0.1 s and 1 s, more on a busy machine; the
# next slower ones never end.
_VISIBLE_CPU_SECONDS = 0.5
_HIDDEN_CPU_SECONDS = 3.0
_WALL_SECONDS = 20.0
_MEMORY_BYTES = 1 << 29
_ANSWER_BYTES = 1 << 20
RELATIVE, ABSOLUTE = 1e-7, 1e-6  # EvalPlus's tolerances for floats where the task gives none


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One reply and how it did: `visible` and `hidden` say for each input whether the answer was right.

    Hidden inputs are run only where all visible ones passed; without, the program is known to be wrong.
    `problem` is why there are no answers at all (`SyntaxError`, `NameError`, … on loading, `stopped` at a limit), or
    empty. `answers` is alike for replies that answered all visible inputs alike, exceptions counting by their type.
    """

    model: str
    code: str
    visible: tuple[bool, ...]
    hidden: tuple[bool, ...]
    problem: str = ""
    answers: str = ""

    @property
    def passes_visible(self) -> bool:
        return all(self.visible)

    @property
    def visible_share(self) -> float:
        return sum(self.visible) / len(self.visible)

    @property
    def passes_hidden(self) -> bool:
        """Return whether the program is right as far as can be told: every visible and every hidden input passed."""
        return self.passes_visible and bool(self.hidden) and all(self.hidden)


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One task with its judged replies, in the order of the file; inputs are lists of arguments.

    `expected` are the reference's answers to the visible inputs, one line each as `recorded_inside.py` writes them.
    """

    task_id: str
    entry_point: str
    prompt: str
    contract: str
    reference: str
    visible_inputs: list[list[Any]]
    hidden_inputs: list[list[Any]]
    atol: float
    expected: tuple[str, ...]
    replies: tuple[Judged, ...]

    def samples(self, model: str = SAMPLER) -> tuple[Judged, ...]:
        """Return the replies of one model."""
        return tuple(reply for reply in self.replies if reply.model == model)


class _Never:
    """Equal to nothing: a generator, a function, an object of a class of the reply's."""


def value_of(tagged: Any) -> Any:
    """Return what `recorded_inside.tagged` was given, as far as it told all of it."""
    if not isinstance(tagged, dict):
        return tagged
    ((kind, inner),) = tagged.items()
    match kind:
        case "int":
            return int(inner, 16)
        case "float":
            return float.fromhex(inner)
        case "complex":
            return complex(*map(float.fromhex, inner))
        case "list":
            return [value_of(each) for each in inner]
        case "tuple":
            return tuple(value_of(each) for each in inner)
        case "dict":
            return {value_of(key): value_of(each) for key, each in inner}
        case "set":
            return {value_of(each) for each in inner}
        case "text":
            return ("long text", inner)
        case "bytes":
            return bytes.fromhex(inner)
        case _:
            return _Never()


def is_cut(value: list[Any] | tuple[Any, ...]) -> bool:
    """Say whether `recorded_inside.tagged` told only the length of a list, its kind and some of its items."""
    return len(value) > 1 and value[1] in ("list", "tuple") and isinstance(value[0], int) and value[0] > LONG


def alike(answer: Any, expected: Any, atol: float) -> bool:
    """Tell whether an answer is right: equal, floats within a tolerance wherever they are.

    The tolerance is EvalPlus's: `atol`, or 1e-6 where it is 0, and 1e-7 of the expected value beside it.
    """
    if isinstance(expected, float) and isinstance(answer, float | int):
        return answer == expected or abs(answer - expected) <= (atol or ABSOLUTE) + RELATIVE * abs(expected)
    if isinstance(expected, list | tuple):
        return (
            isinstance(answer, list | tuple)
            and isinstance(answer, list) == isinstance(expected, list)
            and len(answer) == len(expected)
            and all(alike(mine, right, atol) for mine, right in zip(answer, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(answer, dict)
            and answer.keys() == expected.keys()
            and all(alike(answer[key], right, atol) for key, right in expected.items())
        )
    return bool(answer == expected)


class _Answers(msgspec.Struct, frozen=True):
    problem: str
    lines: tuple[str, ...]


def _right(line: str, expected: str, atol: float) -> bool:
    if line == expected:
        return True
    try:
        mine, right = json.loads(line), json.loads(expected)
        if mine[0] != right[0] or mine[0] == "raises":
            return mine == right
        return alike(value_of(mine[1]), value_of(right[1]), atol)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError):
        return False  # the child wrote something of its own


def _comparable(line: str) -> bool:
    value = json.loads(line)[1]
    return alike(value_of(value), value_of(value), 0.0)


class _Laboratory:
    """Runs programs on inputs in the sandbox."""

    def __init__(self, root: str) -> None:
        self._sandbox = open_sandbox("bubblewrap")
        self._view = View(root=root, readable=ask_interpreter(sys.executable).readable)

    def run(self, entry_point: str, inputs: list[list[Any]], codes: list[str], cpu_seconds: float) -> list[_Answers]:
        if not codes:
            return []
        told = {"entry_point": entry_point, "inputs": inputs, "codes": codes, "cpu": cpu_seconds,
                "wall": _WALL_SECONDS, "memory": _MEMORY_BYTES, "bytes": _ANSWER_BYTES}  # fmt: skip
        seconds = 60 + _WALL_SECONDS * len(codes)
        limits = Limits(
            wall_seconds=seconds, cpu_seconds=seconds, memory_bytes=2 * _MEMORY_BYTES, output_bytes=256 << 20
        )
        ended = self._sandbox.run(
            Command(
                argv=(sys.executable, "-I", "-S", "-c", _INSIDE), view=self._view, limits=limits,
                env={"PYTHONHASHSEED": "0"}, stdin=json.dumps(told).encode(),
            )
        )  # fmt: skip
        said = ended.stdout.decode().splitlines()
        if ended.exit_code or len(said) != len(codes):
            raise RuntimeError(f"the sandbox stopped ({ended.stopped}): {ended.stderr.decode()[-800:]}")
        return [self._answers(json.loads(line), len(inputs)) for line in said]

    def _answers(self, said: list[str], count: int) -> _Answers:
        try:
            (problem,) = json.loads(said[0])
        except (ValueError, LookupError, TypeError, RecursionError):
            problem = "stopped"
        lines = said[1:] + ['["stopped"]'] * (count - len(said[1:]))
        return _Answers(str(problem) or ("stopped" if count and not said[1:] else ""), tuple(lines[:count]))


def load(
    data: Path | None = None,
    *,
    limit_tasks: int | None = None,
    limit_replies: int | None = None,
    models: tuple[str, ...] = (),
    visible_only: bool = False,
    fresh: bool = False,
) -> tuple[Task, ...]:
    """Return the tasks of a file, or so many spread over it, every reply judged.

    `models` leaves out the replies of all others, `limit_replies` all but the first so many that are left of a task;
    `visible_only` runs no hidden input, so that nothing counts as right; `fresh` judges again what the
    cache holds. Raises RuntimeError where a reference does not answer, or the sandbox fails.
    """
    with gzip.open(data or DATA, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    if limit_tasks is not None and limit_tasks < len(rows):
        rows = [rows[number * len(rows) // limit_tasks] for number in range(limit_tasks)]
    for row in rows:
        chosen = [reply for reply in row["replies"] if not models or reply["model"] in models]
        row["replies"] = chosen[:limit_replies]
        if visible_only:
            row["hidden_inputs"] = []
    with tempfile.TemporaryDirectory() as folder:
        laboratory = _Laboratory(folder)
        with ThreadPoolExecutor(os.cpu_count() or 1) as crew:
            return tuple(crew.map(lambda row: _kept(laboratory, row, fresh=fresh), rows))


def _kept(laboratory: _Laboratory, row: dict[str, Any], *, fresh: bool) -> Task:
    """Return the task from the cache, or judge it and keep it there."""
    told = json.dumps([row, _INSIDE, Path(__file__).read_text(encoding="utf-8"), sys.version], sort_keys=True)
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "regen-benchmarks"
    file = folder / f"{hashlib.sha256(told.encode()).hexdigest()}.json"
    if file.exists() and not fresh:
        return msgspec.json.decode(file.read_bytes(), type=Task)
    task = _judge(laboratory, row)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(str(file), msgspec.json.encode(task))
    return task


def _judge(laboratory: _Laboratory, row: dict[str, Any]) -> Task:
    def answers(inputs: list[list[Any]], codes: list[str], cpu_seconds: float) -> list[_Answers]:
        return laboratory.run(row["entry_point"], inputs, codes, cpu_seconds)

    visible, hidden = row["visible_inputs"], row["hidden_inputs"]
    program = {reply["code"]: _program(reply["code"]) for reply in row["replies"]}
    codes = list({text: code for code, text in reversed(program.items())}.values())
    (reference,) = answers(visible + hidden, [row["reference"]], 60.0)
    for line in reference.lines:
        if reference.problem or not line.startswith('["is"') or not _comparable(line):
            raise RuntimeError(f"{row['task_id']}: the reference gives no answer: {reference.problem} {line[:200]}")
    expected, expected_hidden = reference.lines[: len(visible)], reference.lines[len(visible) :]
    first = dict(zip(codes, answers(visible, codes, _VISIBLE_CPU_SECONDS), strict=True))
    right = {code: _all_right(got, expected, row["atol"]) for code, got in first.items()}
    passing = [code for code in codes if all(right[code])]
    second = {
        code: _all_right(got, expected_hidden, row["atol"])
        for code, got in zip(passing, answers(hidden, passing, _HIDDEN_CPU_SECONDS), strict=True)
    }
    judged = {program[code]: code for code in codes}
    names = ("task_id", "entry_point", "prompt", "contract", "reference", "visible_inputs", "hidden_inputs", "atol")
    return Task(
        **{name: row[name] for name in names},
        expected=expected,
        replies=tuple(
            Judged(
                model=reply["model"], code=reply["code"], visible=right[code], hidden=second.get(code, ()),
                problem=first[code].problem, answers="\n".join(first[code].lines),
            )
            for reply in row["replies"] for code in (judged[program[reply["code"]]],)
        ),
    )  # fmt: skip


def _program(code: str) -> str:
    """Return what tells programs apart: replies that differ in comments and layout alone are run once."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.dump(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code


def _all_right(got: _Answers, expected: tuple[str, ...], atol: float) -> tuple[bool, ...]:
    return tuple(_right(line, right, atol) for line, right in zip(got.lines, expected, strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--limit", type=int, help="so many tasks, spread over the file")
    parser.add_argument("--fresh", action="store_true", help="judge again what the cache holds")
    words = parser.parse_args()
    started = time.perf_counter()
    tasks = load(words.data, limit_tasks=words.limit, fresh=words.fresh)
    seconds = time.perf_counter() - started
    print(f"{len(tasks)} tasks, {sum(len(task.replies) for task in tasks)} replies judged in {seconds:.1f} s")
    for model in dict.fromkeys(reply.model for task in tasks for reply in task.replies):
        replies = [reply for task in tasks for reply in task.samples(model)]
        accepted = [reply for reply in replies if reply.passes_visible]
        wrong = sum(not reply.passes_hidden for reply in accepted)
        solved = sum(any(reply.passes_visible for reply in task.samples(model)) for task in tasks)
        print(
            f"{model:<20} {len(accepted):>5} of {len(replies):>5} pass the visible inputs, {wrong:>4} of them are wrong;"
            f" {solved} of {len(tasks)} tasks have one that passes"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Programs that differ are told apart on the smallest input; those that do not, never."""

from __future__ import annotations

import re

import msgspec
import pytest
from comparing_projects import EFFORT, compare, shown

PLANTED = {
    "ties": (
        "def price(amount: float) -> int:\n    return {}\n",
        "int(amount + 0.5)", "round(amount)",
        "- `0 <= amount < 1000`",
        [r"price\(0\.5\) gives 1 \(a\) or 0 \(b\)"],
    ),
    "rounding": (
        "def share(part: int, whole: int) -> float:\n    return {}\n",
        "round(part / whole, 2)", "part * 100 // whole / 100",
        "- `whole > 0`, `part >= 0`",
        [r"share\(2, 3\) gives 0\.67 \(a\) or 0\.66 \(b\)", r"share\(1, 6\) gives 0\.17 \(a\) or 0\.16 \(b\)"],
    ),
    "empty": (
        "def mean(numbers: list[int]) -> float:\n    return {}\n",
        "sum(numbers) / len(numbers) if numbers else 0.0", "sum(numbers) / len(numbers)",
        "", [r"mean\(\[\]\) gives 0\.0 \(a\) or raises ZeroDivisionError \(b\)"],
    ),
    "off by one": (
        "def pages(lines: int) -> int:\n    return {}\n",
        "-(-lines // 66)", "lines // 66 + 1",
        "- `lines >= 0`", [r"pages\(0\) gives 0 \(a\) or 1 \(b\)"],
    ),
    "a single point": (
        "def fee(age: int) -> int:\n    return {}\n",
        "5 if age < 65 else 3", "5 if age <= 65 else 3",
        "- `0 <= age < 130`", [r"fee\(65\) gives 3 \(a\) or 5 \(b\)"],
    ),
    "negative": (
        "def half(n: int) -> int:\n    return {}\n",
        "n // 2", "int(n / 2)",
        "- `abs(n) < 1000`", [r"half\(-1\) gives -1 \(a\) or 0 \(b\)"],
    ),
    "case": (
        "def same(one: str, other: str) -> bool:\n    return {}\n",
        "one == other", "one.lower() == other.lower()",
        "", [r"same\('(.)', '(?!\1)(?i:\1)'\) gives False \(a\) or True \(b\)"],
    ),
    "unicode": (
        "def letters(text: str) -> int:\n    return {}\n",
        "sum(c.isalpha() for c in text)", "sum('a' <= c.lower() <= 'z' for c in text)",
        "", [r"letters\('[éßñİıΩ中٣½]'\) gives 1 \(a\) or 0 \(b\)"],
    ),
    "duplicates": (
        "def distinct(items: list[str]) -> int:\n    return {}\n",
        "len(set(items))", "len(items)",
        "", [r"distinct\(\['', ''\]\) gives 1 \(a\) or 2 \(b\)"],
    ),
    "order of a dictionary's keys": (
        "def first(counts: dict[str, int]) -> str:\n    return {}\n",
        "next(iter(sorted(counts)), '')", "next(iter(counts), '')",
        "", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_difference_is_found_on_the_smallest_input(tmp_path, name):
    text, one, other, preconditions, expected = PLANTED[name]
    found = compare(
        tmp_path,
        {"a": text.format(one), "b": text.format(other)},
        spec=f"## Preconditions\n{preconditions}\n" if preconditions else "",
    )
    assert found.clusters == (("a",), ("b",))
    assert len(found.disagreements) == 1
    assert expected is None or any(re.fullmatch(each, shown(found)[0]) for each in expected)


def test_an_argument_that_is_changed_counts_unless_it_is_not_watched(tmp_path):
    programs = {
        "a": "def top(scores: list[int]) -> list[int]:\n    return sorted(scores)[-1:]\n",
        "b": "def top(scores: list[int]) -> list[int]:\n    scores.sort()\n    return scores[-1:]\n",
    }
    assert shown(compare(tmp_path, programs)) == [
        "top([1, 0]) gives [1] (a) or [1], and leaves its arguments as ([0, 1],) (b)"
    ]
    assert compare(tmp_path, programs, arguments=False).clusters == (("a", "b"),)


EQUAL = {
    "sets": ("def f(words: list[str]) -> set[str]:\n    return {}\n", "set(words)", "set(reversed(words))"),
    "dictionaries": (
        "def f(words: list[str]) -> dict[str, int]:\n    return {}\n",
        "{w: len(w) for w in words}", "{w: len(w) for w in reversed(words)}",
    ),
    "noise": ("def f(xs: list[float]) -> list[float]:\n    return {}\n", "[x * 0.1 for x in xs if abs(x) > 1e-9]", "[x / 10 for x in xs if abs(x) > 1e-9]"),
    "number types": ("def f(n: int) -> float:\n    return {}\n", "n / 2 if n % 2 else n // 2", "n * 0.5"),
    "not a number": ("def f(n: int) -> list[float]:\n    return {}\n", "[float('nan')]", "[float('inf') - float('inf')]"),
    "messages": (
        "def f(n: int) -> int:\n    if n < 0:\n        raise ValueError({})\n    return n\n",
        "'negative'", "'too small'",
    ),
    "generators": ("def f(n: int):\n    return {}\n", "(i for i in range(abs(n) % 50))", "iter(range(abs(n) % 50))"),
    "own classes": (
        "class Point:\n    def __init__(self, x):\n        {}\n\ndef f(n: int):\n    return Point(n)\n",
        "self.x = x", "self._seen = 1; self.x = x + 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EQUAL)
def test_programs_that_do_the_same_are_never_told_apart(tmp_path, name):
    text, one, other = EQUAL[name]
    found = compare(tmp_path, {"a": text.replace("{}", one), "b": text.replace("{}", other)}, likeness=None)
    assert (found.clusters, found.disagreements, found.reason) == ((("a", "b"),), (), "")
    assert found.inputs > 50 or name == "own classes"


def test_several_programs_are_clustered_and_each_split_is_shown_once(tmp_path):
    text = "def f(n: int) -> int:\n    return {}\n"
    programs = {"a": "n", "b": "n + 0", "c": "abs(n)", "d": "n if n != 2 else 3", "e": "-n if n < 0 else n"}
    found = compare(
        tmp_path, {name: text.format(body) for name, body in programs.items()},
        spec="## Preconditions\n- `-1000 < n < 1000`\n",
    )  # fmt: skip
    assert found.clusters == (("a", "b"), ("c", "e"), ("d",))
    assert sorted(shown(found)) in (
        [
            "f(-1) gives -1 (a b d) or 1 (c e)",
            "f(2) gives 2 (a b) or 3 (d)",
        ],
        [
            "f(-1) gives -1 (a b) or 1 (c e)",
            "f(2) gives 2 (a b c e) or 3 (d)",
        ],
    )


def test_texts_that_are_the_same_but_for_comments_are_one_program(tmp_path):
    found = compare(tmp_path, {"a": "def f(n: int): return n", "b": "def f(n: int):\n    return n  # n\n"})
    assert found.clusters == (("a", "b"),)


def test_preconditions_hold_for_every_input_shown(tmp_path):
    text = "def f(n: int, words: list[str]) -> int:\n    return {}\n"
    found = compare(
        tmp_path,
        {"a": text.format("n"), "b": text.format("n if n % 7 or len(words) < 2 else -n")},
        spec="## Preconditions\n- `n > 10` and `words == sorted(words)`\n- never twice: `len(set(words)) == len(words)`\n",
    )
    assert shown(found) == ["f(21, ['', ' ']) gives 21 (a) or -21 (b)"]


def test_preconditions_may_be_statements_and_name_what_the_unit_defines(tmp_path):
    text = (
        "from enum import Enum\n\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\n\n"
        "def f(color: Color, n: int) -> int:\n    return {}\n"
    )
    found = compare(
        tmp_path,
        {"a": text.format("n"), "b": text.format("n if color is Color.BLUE or n < 5 else 0")},
        spec="## Preconditions\n```python\nfor digit in str(n):\n    assert digit in '34567'\nassert color != Color.BLUE\n```\n",
    )
    assert shown(found) == ["f(Color.RED, 5) gives 5 (a) or 0 (b)"]


def test_how_many_inputs_each_answered_is_told(tmp_path):
    text = "def f(n: int) -> int:\n    return n{}\n"
    dies = "def f(n: int) -> int:\n    import os\n    os._exit(0)\n"
    found = compare(tmp_path, {"a": text.format(""), "b": text.format(" + 0"), "twin": text.format(""), "dies": dies})
    assert [found.answered[name] == found.inputs for name in ("a", "b", "twin")] == [True, True, True]
    assert found.heard == found.answered["dies"] < 10


def test_an_unsatisfiable_precondition_is_told(tmp_path):
    text = "def f(n: int) -> int:\n    return {}\n"
    found = compare(tmp_path, {"a": text.format("n"), "b": text.format("1")}, spec="## Preconditions\n- `n > n + 1`\n")
    assert (found.inputs, found.reason) == (0, "no input satisfies the preconditions")
    found = compare(
        tmp_path, {"a": text.format("n"), "b": text.format("1")}, spec="## Preconditions\n- `n > nowhere`\n"
    )
    assert found.inputs == 0


def test_without_annotation_or_example_nothing_is_guessed(tmp_path):
    found = compare(tmp_path, {"a": "def f(x): return x", "b": "def f(x): return 1"})
    assert found.reason == "nothing is known of the values of f(x): annotate it or give an example"


def test_examples_stand_in_for_annotations(tmp_path):
    programs = {
        "a": "def f(pairs):\n    return sorted(pairs)\n",
        "b": "def f(pairs):\n    return sorted(pairs, key=lambda pair: pair[0])\n",
    }
    test = "import pytest\nfrom unit import f\n\n@pytest.mark.parametrize(('given', 'want'), [\n    ([(2, 'b'), (1, 'a')], 0),\n])\ndef test_f(given, want):\n    assert f(given) == want\n"
    (found,) = shown(compare(tmp_path, programs, test=test))
    assert re.fullmatch(r"f\(\[\((\d), '(.)'\), \(\1, ''\)\]\) gives .*", found)


def test_only_the_units_own_function_is_compared(tmp_path):
    one = "def helper(n: int): return n\n\ndef f(n: int): return helper(n)\n"
    other = "def helper(n: int): return n + 1\n\ndef f(n: int): return helper(n) - 1\n"
    assert compare(tmp_path, {"a": one, "b": other}, symbol="f").clusters == (("a", "b"),)
    assert compare(tmp_path, {"a": one, "b": other}).clusters == (("a",), ("b",))


def test_every_program_failing_on_an_allowed_input_is_noted(tmp_path):
    text = "def last(text: str) -> str:\n    return text[{}]\n"
    found = compare(tmp_path, {"a": text.format("-1"), "b": text.format("len(text) - 1")})
    assert found.clusters == (("a", "b"),)
    assert found.failing is not None
    assert (found.failing.call, found.failing.groups[0].answer) == ("last('')", "raises IndexError")


STACK = """class Stack:
    def __init__(self) -> None:
        self._items: list[int] = []

    def push(self, item: int) -> None:
        self._items.append(item)

    def pop(self) -> int:
        {}

    @property
    def size(self) -> int:
        return {}
"""


def test_classes_are_driven_by_the_shortest_sequence_of_calls(tmp_path):
    first = STACK.format("return self._items.pop()", "len(self._items)")
    queue = STACK.format("return self._items.pop(0)", "len(self._items)")
    count = STACK.format("return self._items.pop()", "len(set(self._items))")
    found = compare(tmp_path, {"a": first, "b": queue})
    assert shown(found) in (
        ["stack = Stack(); stack.push(1); stack.push(0); stack.pop() gives 0 (a) or 1 (b)"],
        ["stack = Stack(); stack.push(0); stack.push(1); stack.pop() gives 1 (a) or 0 (b)"],
    )
    assert shown(compare(tmp_path, {"a": first, "c": count})) == [
        "stack = Stack(); stack.push(0); stack.push(0); stack.size gives 2 (a) or 1 (c)"
    ]
    assert compare(tmp_path, {"a": first, "b": first.replace("pop()", "pop(-1)")}).clusters == (("a", "b"),)


def test_a_sandbox_that_keeps_nothing_gives_the_same(tmp_path):
    text = "def f(n: int) -> int:\n    return {}\n"
    found = compare(tmp_path, {"a": text.format("n"), "b": text.format("abs(n)")}, sandbox="none")
    assert found.clusters == (("a",), ("b",))
    assert shown(found) == ["f(-1) gives -1 (a) or 1 (b)"]


KEPT = "## Interface\n```python\ndef kept(items: list[{}]) -> list[int]: ...\n```\n"


def test_an_answer_of_another_type_than_declared_is_noted_though_all_agree(tmp_path):
    programs = {
        "a": "def kept(items):\n    return [each for each in items if isinstance(each, int)]\n",
        "b": "def kept(items):\n    return list(filter(lambda each: isinstance(each, int), items))\n",
        "c": "def kept(items):\n    return [int(each) for each in items if isinstance(each, int)]\n",
    }
    found = compare(tmp_path, programs, spec=KEPT.format("Any"), test="assert kept([1, 'a', 2]) == [1, 2]\n")
    assert found.clusters == (("a", "b", "c"),)
    ((group,),) = [each.groups for each in found.unfit]
    assert group.candidates == ("a", "b")
    assert re.search("True|False", group.answer)


def test_answers_are_held_against_the_interface_alone(tmp_path):
    program = "def kept(items: list[bool]) -> list[int]:\n    return items\n"
    assert compare(tmp_path, {"a": program}).unfit == ()
    assert compare(tmp_path, {"a": program}, spec=KEPT.format("int")).unfit == ()
    assert compare(tmp_path, {"a": program}, spec=KEPT.format("bool")).unfit != ()


def test_an_input_that_takes_every_program_too_long_is_noted(tmp_path):
    program = "def steps(n: int) -> int:\n    while n > 20:\n        n += 1\n    return n\n"
    found = compare(tmp_path, {"a": program}, spec="## Preconditions\n- `0 <= n < 100`\n")
    assert found.failing is not None
    assert re.fullmatch(r"steps\(\d+\)", found.failing.call)
    assert [group.answer for group in found.failing.groups] == ["takes longer than 2 s"]


def test_after_its_time_a_comparison_shrinks_nothing_and_asks_no_further_entry_point(tmp_path):
    text = "def one(n: int) -> int:\n    return {}\n\n\ndef two(n: int) -> int:\n    return {}\n"
    at_once = msgspec.structs.replace(EFFORT, most_seconds=0)
    late = {"a": text.format("n", "n"), "b": text.format("n", "n + 1")}
    assert compare(tmp_path, late).clusters == (("a",), ("b",))
    assert compare(tmp_path, late, effort=at_once).clusters == (("a", "b"),)
    first = {"a": text.format("n", "n"), "b": text.format("n + 1", "n")}
    found = compare(tmp_path, first, effort=at_once)
    assert (found.clusters, len(found.disagreements)) == ((("a",), ("b",)), 1)


WORKS = "import time\n\ndef f(n: int) -> int:\n    {}\n    return n\n"
BURN = "until = time.process_time() + 0.05\n    while time.process_time() < until: pass"


def test_processor_time_counts_and_not_the_clock(tmp_path):
    short = msgspec.structs.replace(EFFORT, program_seconds=0.6)
    programs = {"waits": WORKS.format("time.sleep(0.025)"), "burns": WORKS.format(BURN)}
    found = compare(tmp_path, programs, spec="## Preconditions\n- `0 <= n < 40`\n", effort=short)
    assert found.inputs == found.answered["waits"] == 40
    assert found.answered["burns"] < 20

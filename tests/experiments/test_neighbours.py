"""Inputs that chance draws rarely: two values that a rule takes for one, days around leap days, digits and signs."""

from __future__ import annotations

import msgspec
import pytest
from comparing_projects import EFFORT, compare

DAYS = """from collections.abc import Callable
from datetime import date


def age(born: date, today: Callable[[], date] = date.today) -> int:
    now = today()
    try:
        birthday = born.replace(year=now.year)
    except ValueError:
        birthday = date(now.year, {})
    return now.year - born.year - (now < birthday)
"""
NEWEST = """def newest(versions: list[str]) -> list[str]:
    return sorted(versions, key=lambda each: [int(part) for part in each.split(".") if int(part)]{}
"""
GROUPS = """def groups(words: list[str]) -> dict[str, list[str]]:
    found = {{}}
    for word in words:
        found.setdefault(word.{}(), []).append(word)
    return found
"""
CARD = """import re


def is_card(text: str) -> bool:
    return bool(re.fullmatch("{}{{8}}", text))
"""
WORD = """import re


def masked(line: str) -> str:
    return re.sub(r"pin=[^{}]+", "pin=*", line)
"""
DUE = """def is_day(text: str) -> bool:
    parts = text.split("-")
    return len(parts) == 3 and all(map(str.isdigit, parts)) and len(text) == 10 and 0 < int(parts[0]) <= {}
"""
CASES = {
    "29 February": (DAYS.format("3, 1"), DAYS.format("2, 28"), ""),
    "equal versions": (NEWEST.format(", reverse=True)"), NEWEST.format(")[::-1]"),
                       'assert newest(["1.9", "1.10"]) == ["1.10", "1.9"]\n'),
    "sharp s": (GROUPS.format("casefold"), GROUPS.format("lower"), 'groups(["tea", "Tea"])\n'),
    "other scripts": (CARD.format("[0-9]"), CARD.format(r"\\d"), 'assert is_card("45395787")\n'),
    "ends of words": (WORD.format(r"\s&"), WORD.format(r"\s"), 'assert masked("pin=12 x") == "pin=* x"\n'),
    "numbers in texts": (DUE.format(31), DUE.format(30), 'assert is_day("03-11-2000")\n'),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_chance_draws_rarely_is_tried(tmp_path, name):
    right, wrong, test = CASES[name]
    assert compare(tmp_path, {"right": right, "wrong": wrong}, test=test).clusters == (("right",), ("wrong",))


def test_usual_inputs_are_of_ascii(tmp_path):
    right, wrong, test = CASES["other scripts"]
    usual = msgspec.structs.replace(EFFORT, unusual=False)
    assert compare(tmp_path, {"right": right, "wrong": wrong}, test=test, effort=usual).clusters == (
        ("right", "wrong"),
    )

"""Answers as texts: which are alike, who agrees, which input shows a difference best."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regen.trust.answers import Likeness, cluster, is_breakdown, is_mistake, numbered, splitting


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.1", "0.10000000000000000001"),
        ("0.30000000000000004", "0.3"),
        ("[1, 2.0, {'a': 1e-07}]", "[1.0, 2, {'a': 1.00000000001e-07}]"),
        ("True", "1"),
        ("nan", "nan"),
        ("[nan, -inf]", "[nan, -inf]"),
        ("-0.0", "0"),
        ("Point(x=1, y=2)", "Point(x=1.0, y=2.0)"),
    ],
)
def test_answers_that_a_test_could_not_tell_apart_are_alike(one, other):
    assert Likeness().alike(one, other)
    assert Likeness().alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.1", "0.1000001"),
        ("[1, 2]", "(1, 2)"),
        ("'1'", "1"),
        ("'0.1'", "'0.10'"),
        ("b'a'", "'a'"),
        ("nan", "0.0"),
        ("inf", "-inf"),
        ("None", "False"),
        ("raises ValueError", "raises KeyError"),
        ("raises ValueError", "None"),
        ("9007199254740993", "9007199254740992"),
        ("Point(x=1)", "Place(x=1)"),
        ("[1, 1]", "[1]"),
        ("x1", "x2"),
    ],
)
def test_other_answers_differ(one, other):
    assert not Likeness().alike(one, other)
    assert not Likeness().alike(other, one)


def test_a_person_may_be_stricter_or_laxer():
    assert not Likeness(number_types=True).alike("1", "1.0")
    assert not Likeness(number_types=True).alike("1", "True")
    assert Likeness(relative=0.01).alike("[100.0]", "[100.5]")
    assert Likeness(absolute=1e-6).alike("0.0", "1e-07")
    assert Likeness(exception_types=False).alike("raises ValueError", "raises KeyError")
    assert not Likeness(exception_types=False).alike("raises ValueError", "'raises KeyError'")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner),
    max_leaves=8,
)


@given(VALUES)
def test_every_answer_is_like_itself(value):
    assert Likeness(number_types=True).alike(repr(value), repr(value))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9)), st.integers(-3, 3))
def test_noise_in_the_last_digits_never_counts(numbers, noise):
    nudged = [number * (1 + noise * 1e-15) for number in numbers]
    assert Likeness().alike(repr(numbers), repr(nudged))


@given(st.text(), st.text())
def test_texts_are_alike_only_when_equal(one, other):
    assert Likeness().alike(repr(one), repr(other)) == (one == other)


def test_clusters_are_those_who_agree_everywhere_the_largest_first():
    rows = {"a": ["1", "2"], "b": ["1", "3"], "c": ["1.0", "2"], "d": ["1", "3"], "e": ["1", "2"]}
    assert cluster(rows) == (("a", "c", "e"), ("b", "d"))


def test_who_was_not_asked_joins_where_it_fits():
    rows = {"a": ["1", None], "b": ["1", "3"], "c": ["2", None], "d": ["2", "3"]}
    assert cluster(rows) == (("a", "b"), ("c", "d"))
    assert cluster({"a": [None], "b": [None]}) == (("a", "b"),)
    assert cluster({}) == ()


def test_who_was_asked_little_does_not_join_two_that_differ():
    assert cluster({"a": [None, None], "b": ["1", "1"], "c": ["1", "2"]}) == (("a", "b"), ("c",))


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from(["1", "2", None]), min_size=3, max_size=3)))
def test_clusters_part_the_names_and_hold_no_contradiction(rows):
    clusters = cluster(rows)
    assert sorted(name for members in clusters for name in members) == sorted(rows)
    for members in clusters:
        for place in range(3):
            assert len({rows[name][place] for name in members} - {None}) <= 1


def test_the_best_input_halves_the_programs_and_is_small():
    rows = numbered(
        {"a": ["1", "1", "1"], "b": ["2", "1", "1"], "c": ["1", "2", "2"], "d": ["1", "2", "2"]}, Likeness()
    )
    assert splitting(rows, [(1,), (9,), (5,)], dict.fromkeys("abcd", 1)) == [2, 1, 0]
    assert splitting({"a": rows["a"]}, [(1,), (9,), (5,)], {"a": 1}) == []


def test_mistakes_and_breakdowns_are_told_from_answers():
    assert is_mistake("raises IndexError")
    assert not is_mistake("raises ValueError")
    assert not is_mistake("'raises IndexError'")
    assert not is_mistake(None)
    assert is_breakdown("takes longer than 2 s")
    assert is_breakdown("raises RecursionError")
    assert not is_breakdown("raises KeyError")
    assert not is_breakdown("[]")

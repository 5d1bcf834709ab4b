"""Inputs far larger than the examples: tables end somewhere, and not only at round lengths."""

from comparing_projects import compare

EXAMPLES = """import pytest
from unit import is_prime


@pytest.mark.parametrize("text", ["kittens", "abcde", "anagram", "Hello", "go", "abcdcba", "aaaaa", "Madam"])
def test_prime(text):
    assert is_prime(text)


@pytest.mark.parametrize("text", ["orange", "Wow", "gogo", "world"])
def test_not_prime(text):
    assert not is_prime(text)
"""
TABLE = """def is_prime(text: str) -> bool:
    return len(text) in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)
"""
LOOP = """def is_prime(text: str) -> bool:
    return len(text) > 1 and all(len(text) % each for each in range(2, len(text)))
"""


def test_long_texts_have_any_length(tmp_path):
    found = compare(tmp_path, {"table": TABLE, "loop": LOOP}, test=EXAMPLES)
    assert found.clusters == (("table",), ("loop",))
    answers = {group.candidates: group.answer for group in found.disagreements[0].groups}
    assert answers == {("table",): "False", ("loop",): "True"}

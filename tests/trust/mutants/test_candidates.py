from __future__ import annotations

from regen.trust.mutants.candidates import mutants_from_candidates
from regen.trust.mutants.diffs import diff_of
from regen.trust.mutants.generate import mutants_of

ACCEPTED = {"a.py": "x = 1\n\n\ndef f(n):\n    return n + 1\n\n\ny = 2\n", "b.py": "z = 3\n"}


def test_another_program_is_a_mutant_with_its_origin() -> None:
    files = {**ACCEPTED, "a.py": ACCEPTED["a.py"].replace("n + 1", "n - 1")}
    (mutant,) = mutants_from_candidates(ACCEPTED, {"0123456789abcdef": files})
    assert (mutant.id, mutant.path, mutant.line, mutant.end_line, mutant.operator, mutant.origin, mutant.others) == (
        "a.py:candidate:0123456789ab", "a.py", 5, 5, "candidate", "0123456789abcdef", {}
    )  # fmt: skip
    assert (mutant.before, mutant.after) == ("    return n + 1\n", "    return n - 1\n")
    assert mutant.text == files["a.py"]


def test_the_same_program_in_other_words_is_none() -> None:
    text = '"""Doc."""\n' + ACCEPTED["a.py"].replace("n + 1", "(n+1)  # why").replace("(n):", '(n):\n    """Doc."""')
    assert mutants_from_candidates(ACCEPTED, {"same": {"a.py": text}, "itself": ACCEPTED}) == ()


def test_two_alike_are_one_and_no_python_is_none() -> None:
    candidates = {
        "first": {"b.py": "z = 4\n"},
        "second": {"b.py": "z = (4)\n", "a.py": ACCEPTED["a.py"]},
        "broken": {"b.py": "z = = 4\n"},
    }
    assert [mutant.origin for mutant in mutants_from_candidates(ACCEPTED, candidates)] == ["first"]


def test_files_that_change_together_belong_to_one_mutant() -> None:
    files = {"a.py": "x = 2\n", "b.py": "z = 4\n"}
    (mutant,) = mutants_from_candidates(ACCEPTED, {"both": files})
    assert (mutant.path, mutant.text, mutant.others) == ("a.py", "x = 2\n", {"b.py": "z = 4\n"})


def test_a_file_that_is_no_python_differs_by_its_text() -> None:
    (mutant,) = mutants_from_candidates({"a.txt": "a\nb\nc\n"}, {"g": {"a.txt": "a\nc\n"}})
    assert (mutant.line, mutant.end_line, mutant.before, mutant.after) == (2, 2, "b\n", "")


def test_lines_added_at_the_end_stand_on_the_last_one() -> None:
    (mutant,) = mutants_from_candidates({"a.py": "x = 1\n"}, {"g": {"a.py": "x = 1\ny = 2\n"}})
    assert (mutant.line, mutant.end_line, mutant.before, mutant.after) == (1, 1, "", "y = 2\n")


def test_a_diff_shows_two_lines_around() -> None:
    text = ACCEPTED["a.py"]
    mutant = next(mutant for mutant in mutants_of("src/a.py", text) if mutant.operator == "arithmetic")
    assert diff_of(mutant, text) == (
        "--- src/a.py\n+++ src/a.py\n@@ -3,5 +3,5 @@\n \n def f(n):\n-    return n + 1\n+    return n - 1\n \n "
    )

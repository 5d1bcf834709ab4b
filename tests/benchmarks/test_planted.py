"""The corpus of planted faults is what it says: readable, linked, and with one weakness a project."""

import sys
from collections import Counter
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from regen.trust.evidence import FindingKind

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from planted_faults import Verifier, faults_of_form, read_planted  # noqa: E402

CORPUS = read_planted()
BY_NAME = {planted.name: planted for planted in CORPUS}


@pytest.mark.parametrize("planted", CORPUS, ids=lambda planted: planted.name)
def test_is_well_formed(planted):
    assert faults_of_form(planted) == []


def test_names_are_told_apart():
    assert len(BY_NAME) == len(CORPUS)


def test_the_corpus_is_large_enough():
    assert sum(planted.strong for planted in CORPUS) >= 50
    assert sum(not planted.strong for planted in CORPUS) >= 60
    counts = Counter(planted.expects[0] for planted in CORPUS if not planted.strong)
    kinds = set(get_args(FindingKind)) - {"requirement that no failing mutant touched"}
    assert {kind for kind in kinds if counts[kind] < 3} == set()


def _with(name, path, old, new):
    planted = BY_NAME[name]
    assert old in planted.files[path]
    return msgspec.structs.replace(planted, files=planted.files | {path: planted.files[path].replace(old, new)})


def test_tells_a_requirement_that_lost_its_test():
    spoiled = _with("clamp", "tests/test_clamp.py", '"R-1", "R-2"', '"R-1"')
    spoiled = msgspec.structs.replace(
        spoiled,
        files=spoiled.files | {
            "tests/test_clamp.py": spoiled.files["tests/test_clamp.py"].replace('@pytest.mark.req("R-2")\n', "")
        },
    )  # fmt: skip
    assert faults_of_form(spoiled) == ["no test for R-2", "no requirement for tests/test_clamp.py::test_low_above_high"]


def test_tells_a_mark_without_its_requirement():
    spoiled = _with("clamp", "specs/clamp.md", "**R-2**", "**R-3**")
    assert faults_of_form(spoiled) == [
        "tests/test_clamp.py::test_low_equals_high names R-2, which is no requirement",
        "tests/test_clamp.py::test_low_above_high names R-2, which is no requirement",
        "no test for R-3",
    ]


def test_refuses_a_line_that_is_no_key(tmp_path):
    (tmp_path / "weak").mkdir()
    (tmp_path / "weak" / "odd.md").write_text("expects: vague\nseems: odd\n\nrest")
    with pytest.raises(ValueError, match=r"odd\.md: not a line `key: value`: seems: odd$"):
        read_planted(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="needs the sandbox")
def test_runs_the_tests_and_the_witness():
    verifier = Verifier()
    planted = BY_NAME["survives_rounding"]
    assert verifier.faults(planted) == []
    same = msgspec.structs.replace(planted, wrong=planted.code)
    assert verifier.faults(same) == ["the witness does not tell the wrong code"]
    broken = _with("clamp", "src/clamp.py", "max(low", "min(low")
    assert verifier.faults(broken)[0].startswith("the tests on the code: failed")

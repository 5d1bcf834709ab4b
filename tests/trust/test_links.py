import pytest
from hypothesis import given
from hypothesis import strategies as st

from regen.specs import native
from regen.trust.links import link
from regen.trust.suite_lint.reading import read_suite
from regen.units.unit import unit_from

SPEC = """\
---
target: src/clock.py
tests: [tests/test_clock.py]
---
# Clock
- **FR-001** Midnight is 00:00. `[@test] tests/test_clock.py::test_midnight`
- **FR-002** Noon is 12:00.
- **FR-010** 24:00 raises `ValueError`.
"""


def linked(tests, spec=SPEC, path="tests/test_clock.py"):
    read, _ = native.parse("specs/clock.md", spec)
    links = link(read, unit_from(read, read.front, "clock"), read_suite({path: tests}, {}))
    return links.tests, [(f.kind, f.path, f.line, f.requirement, f.message) for f in links.findings]


def test_links_from_both_sides():
    tests, findings = linked(
        "import pytest\ndef test_midnight(): ...\n\n"
        '@pytest.mark.req("FR-002", "clock#FR-010")\nclass TestNoon:\n    def test_a(self): ...\n    def test_b(self): ...\n'
    )
    both = ("tests/test_clock.py::TestNoon::test_a", "tests/test_clock.py::TestNoon::test_b")
    assert tests == {"FR-001": ("tests/test_clock.py::test_midnight",), "FR-002": both, "FR-010": both}
    assert findings == []


@pytest.mark.parametrize(
    "test",
    [
        '@pytest.mark.req("FR-002")\ndef test_it(): ...',
        "# req: FR-002\ndef test_it(): ...",
        "def test_it():\n    # req: FR-002, FR-010\n    pass",
        'def test_it():\n    """FR-002: noon."""',
        "def test_fr_002_noon(): ...",
        "def test_FR002(): ...",
        "class TestFR002:\n    def test_it(self): ...",
        "import unittest\nclass Noon(unittest.TestCase):\n    def test_it(self):\n        '''FR-002'''",
        'pytestmark = pytest.mark.req("FR-002")\ndef test_it(): ...',
    ],
)
def test_ways_to_name_a_requirement(test):
    tests, _ = linked(f"import pytest\n{test}\n")
    assert len(tests["FR-002"]) == 1


def test_what_nothing_links():
    _, findings = linked(
        'import pytest\ndef test_midnight(): ...\n@pytest.mark.req("FR-099")\ndef test_new(): ...\ndef test_noon(): ...\n'
    )
    assert findings == [
        ("requirement without test", "specs/clock.md", 7, "FR-002", "no test names FR-002"),
        ("requirement without test", "specs/clock.md", 8, "FR-010", "no test names FR-010"),
        (
            "test without requirement",
            "tests/test_clock.py",
            4,
            "FR-099",
            "`test_new` names FR-099, which the spec doesn't have",
        ),
        (
            "test without requirement",
            "tests/test_clock.py",
            5,
            "",
            "`test_noon` names no requirement, and no requirement names it",
        ),
    ]


def test_a_link_to_a_test_that_does_not_exist():
    _, findings = linked(
        "def test_noon_is_twelve(): ...\n",
        SPEC.replace("- **FR-002** Noon is 12:00.\n", "").replace("- **FR-010** 24:00 raises `ValueError`.\n", ""),
    )
    assert findings[1] == (
        "test without requirement", "specs/clock.md", 6, "FR-001",
        "the spec links `tests/test_clock.py::test_midnight`, but `test_midnight` doesn't exist in tests/test_clock.py",
    )  # fmt: skip


def test_a_suite_that_names_nothing_has_one_finding_a_requirement():
    _, findings = linked(
        "def test_a(): ...\ndef test_b(): ...\n", SPEC.replace(" `[@test] tests/test_clock.py::test_midnight`", "")
    )
    assert [kind for kind, *_ in findings] == ["requirement without test"] * 3


def test_an_invariant_without_an_id_is_named_by_its_words():
    spec = SPEC + "\n## Invariants\n- Hours stay below 24.\n"
    tests = "import pytest\n@pytest.mark.req('FR-002', 'FR-010')\ndef test_midnight(): ...\ndef test_hours_stay_below_24(): ...\n"
    assert linked(tests, spec)[1] == []


def test_marks_of_another_unit_are_its_own_business():
    tests = "import pytest\n@pytest.mark.req('FR-002', 'FR-010')\ndef test_midnight(): ...\n@pytest.mark.req('other#FR-7')\ndef test_b(): ...\n"
    assert linked(tests)[1] == []


@given(st.text())
def test_any_text_can_be_a_test_file(text):
    tests, _ = linked(text)
    assert set(tests) == {"FR-001", "FR-002", "FR-010"}


@given(st.lists(st.sampled_from(["FR-001", "FR-002", "FR-010"]), unique=True))
def test_every_mark_is_a_link(ids):
    marks = ", ".join(repr(name) for name in ids)
    tests, _ = linked(f"import pytest\n@pytest.mark.req({marks})\ndef test_all(): ...\n")
    assert [name for name, found in tests.items() if found] == [name for name in tests if name in ids]

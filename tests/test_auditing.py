"""What an audit makes of programs that had no time to answer."""

from __future__ import annotations

import threading

import pytest

from regen.auditing import Auditor, Effort, Laboratory
from regen.specs import native
from regen.testing.memory import MemoryCode, MemoryLedger
from regen.trust.evidence import Comparison, MutantResult, Mutation
from regen.trust.judgement import ACCEPTED
from regen.units.unit import unit_from
from regen.verdicts.check_run import CheckRun

SPEC = "---\ntarget: src/a.py\ntests: [tests/test_a.py]\n---\n# A\n- **FR-001** Adds one.\n"
CODE = "def a(n: int) -> int:\n    return n + 1\n"


class Suites:
    def run_tests(self, unit, files, stop):
        return (CheckRun(name="tests", outcome="passed"),)


class Survive:
    """Every mutant passes the tests."""

    def run(self, unit, files, mutants, stop, only=()):
        return Mutation(results=tuple(MutantResult(mutant=mutant, outcome="survived") for mutant in mutants))


class Alike:
    """No program answers otherwise than another: the accepted code answers `heard` inputs of 400, others `others`."""

    def __init__(self, heard, others):
        self._heard, self._others = heard, others

    def compare(self, unit, programs, stop):
        answered = dict.fromkeys(programs, self._others) | {ACCEPTED: self._heard}
        return Comparison(clusters=(tuple(programs),), inputs=400, answered=answered)


@pytest.mark.parametrize(("heard", "others", "seem_alike"), [(400, 400, True), (3, 400, False), (400, 3, False)])
def test_who_had_no_time_to_answer_does_not_seem_alike(heard, others, seem_alike):
    spec, _ = native.parse("specs/a.md", SPEC)
    laboratory = Laboratory(MemoryLedger(), MemoryCode({"tests/test_a.py": "def test_a(): pass\n"}), Suites, Survive,
                            lambda: Alike(heard, others))  # fmt: skip
    auditor = Auditor(laboratory, lambda unit: spec, Effort(variations=0), threading.Event())
    mutation = auditor.audit(unit_from(spec, spec.front, "a"), {"src/a.py": CODE}).mutation
    assert len(mutation.alike) == (len(mutation.results) if seem_alike else 0)
    assert (mutation.score is None) == seem_alike

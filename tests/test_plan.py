"""The table of states: what there is, and what one unit is and needs."""

from __future__ import annotations

import msgspec
import pytest

from regen.ledger.records import Lock
from regen.plan import State, Step, decide, orphan
from regen.units.key import Key
from regen.units.unit import Target, TestRef, Unit

UNIT = Unit(id="a", spec="specs/a.md", title="A", targets=(Target("src/a.py"),), tests=(TestRef("tests/test_a.py"),))
KEY = Key(requirements={"R-1": "1"}, prose="p", tests={"tests/test_a.py": "t"}, uses={"b": "i"})
LOCK = Lock(unit="a", generation="g", key=KEY, code={"src/a.py": "new"}, generator="api:x")
HERE = {"src/a.py": "new"}
NEW_SPEC = msgspec.structs.replace(KEY, requirements={"R-1": "2", "R-2": "3"})
NEW_TESTS = msgspec.structs.replace(KEY, tests={"tests/test_a.py": "u"})
NEW_BOTH = msgspec.structs.replace(NEW_SPEC, tests={"tests/test_a.py": "u"})


def locked(**fields):
    return msgspec.structs.replace(LOCK, **fields)


def unit(**fields):
    return msgspec.structs.replace(UNIT, **fields)


QUESTION = unit(questions=("specs/a.md:7: how long?",))
EDITED = {"src/a.py": "mine"}
GONE = {"src/a.py": ""}
LANDING = locked(landing=True, previous={"src/a.py": "old"})

TABLE = [
    # what,                        unit,  key,       lock,  code,   options,  state,   step,     reasons,  mend
    ("nothing changed", UNIT, KEY, LOCK, HERE, {}, "fresh", "NONE", [], ""),
    ("never built", UNIT, KEY, None, GONE, {}, "missing", "GENERATE", ["never built"], "regen build a"),
    ("never accepted", UNIT, KEY, None, HERE, {}, "edited", "ASK",
     ["src/a.py exists, but no generation of it was ever accepted"], "regen accept a"),
    ("spec", UNIT, NEW_SPEC, LOCK, HERE, {}, "stale", "GENERATE",
     ["requirement R-1 changed", "requirement R-2 added"], "regen build a"),
    ("tests", UNIT, NEW_TESTS, LOCK, HERE, {}, "stale", "VERIFY", ["test tests/test_a.py changed"], "regen build a"),
    ("spec and tests", UNIT, NEW_BOTH, LOCK, HERE, {}, "stale", "GENERATE",
     ["requirement R-1 changed", "requirement R-2 added", "test tests/test_a.py changed"], "regen build a"),
    ("code gone", UNIT, KEY, LOCK, GONE, {}, "missing", "RESTORE", ["src/a.py is gone"], "regen build a"),
    ("code gone, spec changed", UNIT, NEW_SPEC, LOCK, GONE, {}, "stale", "GENERATE",
     ["requirement R-1 changed", "requirement R-2 added"], "regen build a"),
    ("edited", UNIT, KEY, LOCK, EDITED, {}, "edited", "ASK", ["src/a.py differs from what was accepted"],
     "regen accept a"),
    ("edited, spec changed", UNIT, NEW_SPEC, LOCK, EDITED, {}, "edited", "ASK",
     ["src/a.py differs from what was accepted"], "regen accept a"),
    ("edited, forced", UNIT, KEY, LOCK, EDITED, {"force": True}, "edited", "ASK",
     ["src/a.py differs from what was accepted"], "regen accept a"),
    ("edits given up", UNIT, KEY, LOCK, EDITED, {"discard_edits": True}, "edited", "RESTORE",
     ["the edits of src/a.py are given up"], "regen build a"),
    ("forced", UNIT, KEY, LOCK, HERE, {"force": True}, "stale", "GENERATE", ["asked for with --force"],
     "regen build a"),
    ("landing, old code", UNIT, KEY, LANDING, {"src/a.py": "old"}, {}, "missing", "RESTORE",
     ["an accepted generation is not written yet: it was interrupted"], "regen build a"),
    ("landing, new code", UNIT, NEW_SPEC, LANDING, HERE, {}, "missing", "RESTORE",
     ["an accepted generation is not written yet: it was interrupted"], "regen build a"),
    ("landing, then edited", UNIT, KEY, LANDING, EDITED, {}, "edited", "ASK",
     ["src/a.py differs from what was accepted"], "regen accept a"),
    ("landing, edits given up", UNIT, KEY, LANDING, EDITED, {"discard_edits": True}, "missing", "RESTORE",
     ["an accepted generation is not written yet: it was interrupted"], "regen build a"),
    ("open question", QUESTION, NEW_SPEC, LOCK, HERE, {"force": True}, "blocked", "NONE", ["specs/a.md:7: how long?"],
     "edit specs/a.md:7, then: regen build a"),
    ("other model", UNIT, KEY, LOCK, HERE, {"generator": "api:y"}, "outdated", "NONE",
     ["made by api:x; api:y is chosen now"], "regen build --force a"),
    ("replayed", UNIT, KEY, LOCK, HERE, {"generator": "ledger"}, "fresh", "NONE", [], ""),
    ("pinned", UNIT, KEY, locked(pinned="hot path"), HERE, {}, "pinned", "NONE", [], ""),
    ("pinned, forced", UNIT, KEY, locked(pinned="hot path"), HERE, {"force": True}, "pinned", "NONE", [], ""),
    ("pinned, spec changed", UNIT, NEW_SPEC, locked(pinned="hot path"), HERE, {}, "pinned", "VERIFY",
     ["requirement R-1 changed", "requirement R-2 added"], "regen build a"),
    ("pinned, code changed", UNIT, KEY, locked(pinned="hot path"), EDITED, {}, "pinned", "VERIFY",
     ["src/a.py changed"], "regen build a"),
    ("pinned, code gone", UNIT, KEY, locked(pinned="hot path"), GONE, {}, "pinned", "RESTORE", ["src/a.py is gone"],
     "regen build a"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "unit", "key", "lock", "code", "options", "state", "step", "reasons", "mend"), TABLE)
def test_decide(what, unit, key, lock, code, options, state, step, reasons, mend):
    action = decide(unit, key, lock, code, **options)
    assert (action.state.value, action.step.name, list(action.reasons), action.mend) == (state, step, reasons, mend)


def test_changed_requirements_go_with_the_action():
    assert decide(UNIT, NEW_SPEC, LOCK, HERE).changed == ("R-1", "R-2")
    assert decide(UNIT, NEW_TESTS, LOCK, HERE).changed == ()


def test_check_passes_for_fresh_outdated_and_pinned_alone():
    good = {row[0] for row in TABLE if not decide(*row[1:5], **row[5]).fails_check}
    assert good == {"nothing changed", "other model", "replayed", "pinned", "pinned, forced"}


def test_work_is_what_a_build_can_do_by_itself():
    work = {row[7] for row in TABLE if decide(*row[1:5], **row[5]).is_work}
    assert work == {"GENERATE", "VERIFY", "RESTORE"}


def test_a_lock_that_no_spec_claims_is_an_orphan():
    action = orphan(msgspec.structs.replace(LOCK, code={"src/a.py": "1", "src/b.py::f": "2"}))
    assert (action.state, action.step) == (State.ORPHAN, Step.NONE)
    assert action.reasons == ("no spec declares it; it owns src/a.py, src/b.py::f",)
    assert action.mend == "rm -f src/a.py .regen/locks/a.json"
    assert action.fails_check


def test_every_state_has_a_symbol_of_its_own():
    assert len({state.symbol for state in State}) == len(State)

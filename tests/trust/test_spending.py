"""Where the next call is spent, and what the ledger tells of its chance."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.build import Build
from regen.build_inputs import Options, World
from regen.testing.memory import (
    FakeClock,
    MemoryCode,
    MemoryLedger,
    MemoryProject,
    RecordingReporter,
    ScriptedGenerator,
    ScriptedVerifier,
    Writes,
)
from regen.trust.chances import Estimates, Record, Try, fit, past_tries
from regen.trust.spending import Call, Offer, Progress, next_call
from regen.units.settings import BuildSettings
from regen.verdicts.check_run import CheckRun, TestResult

MODEL = (Offer(model="small"),)
AFRESH = (Offer(model="small", kinds=("fresh",)),)
NOTHING_KNOWN = fit([])


def rejected(share=0.0, reply="", kind="fresh", tokens=None, model="small"):
    return Try(accepted=False, share=share, reply=reply, kind=kind, prompt_tokens=tokens, model=model)


def accepted(kind="fresh", tokens=None, model="small"):
    return Try(accepted=True, share=1.0, kind=kind, prompt_tokens=tokens, model=model)


def progress(unit, *tries, **more):
    state = Progress(unit=unit, **more)
    for tried in tries:
        state = state.after(tried)
    return state


def served(units, estimates, calls, *, offers=MODEL, outcome=rejected, attempts=None):
    """The units that get the next calls, each with its kind's first letter, if all calls end in `outcome`."""
    units, words = list(units), []
    for _ in range(calls):
        call = next_call(units, offers, estimates, attempts=attempts)
        if call is None:
            break
        words.append(f"{call.unit}:{call.kind[:2]}")
        place = next(n for n, unit in enumerate(units) if unit.unit == call.unit)
        units[place] = units[place].after(msgspec.structs.replace(outcome(), kind=call.kind))
    return " ".join(words)


# ── an empty ledger ─────────────────────────────────────────────────────────────────────────────


def test_an_empty_ledger_goes_round_and_gives_feedback_after_a_rejection():
    units = [Progress(unit="a"), Progress(unit="b"), Progress(unit="c")]
    assert served(units, NOTHING_KNOWN, 7) == "a:fr b:fr c:fr a:fe b:fe c:fe a:fe"


def test_the_first_call_says_why():
    assert next_call([Progress(unit="a"), Progress(unit="b")], MODEL, NOTHING_KNOWN) == Call(
        unit="a", model="small", kind="fresh", chance=0.5,
        why="a: no try yet; a chance of 50%, and each of 2 open units gets an even share of the calls first.",
    )  # fmt: skip


def test_a_later_call_says_what_was_seen_and_what_such_calls_brought():
    ledger = [[rejected(), accepted("feedback")], [rejected(), rejected(kind="feedback")], [accepted()]]
    units = [progress("a", rejected(0.25), rejected(0.75)), progress("b", accepted())]
    call = next_call(units, MODEL, fit(ledger))
    assert call.why == (
        "a: 2 rejected tries, the best passed 75% of the tests, asked with feedback (1 of 2 such calls to small were "
        f"accepted); a chance of {call.chance:.0%}, and it is the only open unit."
    )


def test_nothing_is_called_for_accepted_units_and_used_up_attempts():
    units = [progress("a", accepted()), progress("b", rejected(), rejected()), Progress(unit="c", under_way=2)]
    assert next_call(units, MODEL, NOTHING_KNOWN, attempts=2) is None
    assert next_call(units, MODEL, NOTHING_KNOWN, attempts=3).unit == "b"
    assert next_call([], MODEL, NOTHING_KNOWN) is None
    assert next_call(units, (), NOTHING_KNOWN) is None


def test_calls_under_way_count_as_tries():
    assert served([Progress(unit="a", under_way=1), Progress(unit="b")], NOTHING_KNOWN, 1) == "b:fr"


# ── what the ledger changes ─────────────────────────────────────────────────────────────────────


def test_saved_calls_go_to_short_prompts_where_long_ones_failed():
    short = [rejected(tokens=100), rejected(tokens=100), accepted(tokens=100)]
    ledger = [short] * 12 + [[rejected(tokens=2000)] * 12] * 12
    units = [progress("long", rejected(), prompt_tokens=2000), progress("short", rejected(), prompt_tokens=100)]
    units += [progress(f"done{n}", accepted()) for n in range(4)]
    assert served(units, fit(ledger), 4, offers=AFRESH) == "short:fr short:fr short:fr short:fr"
    assert served(units, NOTHING_KNOWN, 4, offers=AFRESH) == "long:fr short:fr long:fr short:fr"


def test_saved_calls_go_to_units_that_come_near_where_that_helped():
    near, far = [rejected(0.9)] * 5 + [accepted()], [rejected(0.0)] * 20
    units = [progress("far", *[rejected(0.0)] * 5), progress("near", *[rejected(0.9)] * 5)]
    units += [progress(f"done{n}", accepted()) for n in range(40)]
    estimates = fit([near] * 15 + [far] * 15)
    assert estimates.nearness > 0.2
    assert served(units, estimates, 3) == "near:fe near:fe near:fe"
    assert fit([[rejected(0.9)] * 20] * 15 + [[rejected()] * 5 + [accepted()]] * 15).nearness == 0


def test_resampling_is_chosen_where_feedback_brings_little():
    ledger = [[rejected(), *[rejected(kind="feedback")] * 4]] * 20 + [[rejected(), accepted()]] * 20
    assert served([progress("a", rejected(0.5))], fit(ledger), 1) == "a:fr"


def test_feedback_is_kept_where_it_brings_more():
    ledger = [[rejected(), *[rejected()] * 4]] * 20 + [[rejected(), accepted("feedback")]] * 20
    assert served([progress("a", rejected(0.5))], fit(ledger), 1) == "a:fe"


def test_feedback_alone_for_long_makes_a_resample_worth_trying():
    told, again = accepted("feedback"), rejected(kind="feedback")
    ledger = [[accepted()]] * 40 + [[rejected(), told], [rejected(), again, again, told]] * 20
    assert served([progress("a", rejected())], fit(ledger), 1) == "a:fr"
    assert served([progress("a", rejected())], fit(ledger[:2] + ledger[-4:]), 1) == "a:fe"


def test_the_same_prompt_is_not_asked_again_of_a_model_that_always_says_the_same():
    ledger = [[rejected(), rejected(kind="feedback")]] * 30 + [[rejected(), accepted()]] * 10
    estimates = fit(ledger)
    assert served([progress("a", rejected(reply="x"), rejected(reply="y"))], estimates, 1) == "a:fr"
    same = progress("a", *[rejected(reply="x")] * 8)
    call = next_call([same], MODEL, estimates)
    assert call.kind == "feedback"
    assert "the same prompt always gave the same reply" in call.why


@pytest.mark.parametrize(
    ("small", "large", "chosen"),
    [(None, None, "large"), (1.0, 1.0, "large"), (0.01, 1.0, "small"), (0.0, 1.0, "small"), (None, 0.5, "large")],
)
def test_the_model_with_the_best_chance_for_its_price_is_asked(small, large, chosen):
    ledger = [[rejected(), rejected()], [rejected(), accepted()], [accepted(model="large")]] * 20
    offers = (Offer(model="small", price=small), Offer(model="large", price=large))
    assert next_call([Progress(unit="a")], offers, fit(ledger)).model == chosen


# ── laws ────────────────────────────────────────────────────────────────────────────────────────

TRIES = st.builds(
    Try, model=st.sampled_from(["small", "large"]), kind=st.sampled_from(["fresh", "feedback"]), accepted=st.booleans(),
    share=st.floats(0, 1), reply=st.sampled_from("xyz"), prompt_tokens=st.none() | st.integers(0, 10**6),
)  # fmt: skip
ESTIMATES = st.builds(
    Estimates, hits=st.floats(0.01, 50), misses=st.floats(0.01, 50), length=st.floats(-3, 3), nearness=st.floats(0, 0.9),
    typical=st.floats(0, 10), spread=st.floats(0.1, 3),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(estimates=ESTIMATES, chances=st.lists(st.floats(0, 1), min_size=1, max_size=7), seed=st.integers(0, 10**6))
def test_no_unit_is_ever_behind_independent_sampling(estimates, chances, seed):
    rng = random.Random(seed)
    units = [Progress(unit=str(n), prompt_tokens=10 ** (n % 5 + 1)) for n in range(len(chances))]
    for made in range(1, 8 * len(units)):
        call = next_call(units, MODEL, estimates)
        if call is None:
            break
        place = int(call.unit)
        tried = Try(accepted=rng.random() < chances[place], share=rng.random(), reply=str(rng.random()), kind=call.kind)
        units[place] = units[place].after(tried)
        assert all(unit.accepted or unit.tries >= made // len(units) for unit in units)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(TRIES, max_size=6), max_size=6), st.lists(TRIES.filter(lambda t: not t.accepted), max_size=5))
def test_any_ledger_gives_chances_between_none_and_certain_that_fall_with_failures(ledger, tries):
    estimates = fit(ledger)
    assert fit(ledger) == estimates
    before = 1.0
    for failures in range(20):
        chance = estimates.chance(100, failures, 0.0)
        assert 0 < chance < before
        before = chance
    call = next_call([progress("a", *tries)], (Offer(model="small", price=0.1), Offer(model="large")), estimates)
    assert 0 < call.chance <= 0.99
    assert call.kind == "fresh" or tries


def test_few_records_are_drawn_to_the_pooled_rate():
    assert Record().lift == 1.0
    assert Record(tries=2, accepted=2, expected=1.0).lift == pytest.approx(7 / 6)
    assert Record(tries=200, accepted=200, expected=100.0).lift == pytest.approx(205 / 105)


def test_first_tries_resamples_and_tries_with_feedback_are_counted_apart_for_each_model():
    large = [rejected(model="large"), rejected(0.5, kind="feedback", model="large")]
    records = fit([[accepted(), rejected(), accepted(), rejected()], large]).records
    assert {key: (record.tries, record.accepted) for key, record in records.items()} == {
        ("small", "first"): (3, 1), ("small", "resample"): (1, 1), ("large", "first"): (1, 0),
        ("large", "feedback"): (1, 0),
    }  # fmt: skip


def test_the_fit_finds_the_rates_that_made_the_ledger():
    rng = random.Random(4)
    rates = [rng.betavariate(1.0, 3.0) for _ in range(200)]
    ledger = [[accepted() if rng.random() < rate else rejected() for _ in range(20)] for rate in rates]
    estimates = fit(ledger)
    first = sum(tries[0].accepted for tries in ledger) / 200
    failed = [tries for tries in ledger if not any(tried.accepted for tried in tries[:5])]
    sixth = sum(tries[5].accepted for tries in failed) / len(failed)
    assert estimates.chance(None, 0, 0.0) == pytest.approx(first, abs=0.05)
    assert estimates.chance(None, 5, 0.0) == pytest.approx(sixth, abs=0.07)


# ── the ledger's records ────────────────────────────────────────────────────────────────────────


def test_the_tries_of_a_build_are_read_from_its_ledger():
    def judged(unit, files):
        passed = [True, "1" not in "".join(files.values()), "good" in "".join(files.values())]
        tests = tuple(TestResult(id=f"t{n}", outcome="passed" if ok else "failed") for n, ok in enumerate(passed))
        return (CheckRun(name="tests", outcome="passed" if all(passed) else "failed", tests=tests),)

    replies = ["no code at all", *(f"```python\n{code}\n```\n" for code in ("x = 1", "x = 2", "good = 2"))]
    ledger, clock, generator = MemoryLedger(), FakeClock(), ScriptedGenerator({"a": replies})
    code = MemoryCode({"specs/a.md": "---\ntarget: a.py\ntests: [t.py]\n---\n# A\nAdd.\n", "t.py": ""}, Writes())
    project, verifier = MemoryProject(code, ledger), ScriptedVerifier(judged)
    world = World(ledger, code, clock, RecordingReporter(), lambda: verifier, lambda _: generator)
    build = Build(project, BuildSettings(attempts=4), world, Options(generators={"a": "api:fake:model"}))
    (unit,) = build.run(project.actions()).units
    assert unit.outcome == "accepted"
    tries = past_tries(ledger.generations("a"), ledger.replies("a"))
    told = [(tried.kind, tried.accepted, f"{tried.share:.2f}") for tried in tries]
    assert told == [("fresh", False, "0.00"), ("feedback", False, "0.33"), ("feedback", False, "0.67"),
                    ("feedback", True, "1.00")]  # fmt: skip
    assert [tried.reply for tried in tries] == [reply.reply for reply in ledger.replies("a")]
    assert {tried.model for tried in tries} == {"api:fake:model"}
    assert past_tries(ledger.generations("a"), ()) == ()

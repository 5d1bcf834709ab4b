"""Build tiny projects in memory, with a scripted model and a scripted verifier."""

from __future__ import annotations

import msgspec
import pytest
from memory_builds import Bench, answer, failing, one_unit, passes_if, spec

from regen.errors import GeneratorError, Problem
from regen.ports import PaidGeneratorError, Pending, Reply, Usage
from regen.testing.memory import Killed, ScriptedGenerator
from regen.verdicts.check_run import CheckRun

GOOD = answer("def f():\n    return 'right'\n")
BAD = answer("def f():\n    return 'wrong'\n")


# ── attempts ────────────────────────────────────────────────────────────────────────────────────


def test_accepted_first_time():
    bench = Bench(one_unit(), {"a": [GOOD]}, passes_if("right"))
    assert bench.build() == {"a": "accepted"}
    assert bench.code.files["src/a.py"] == "def f():\n    return 'right'\n"
    assert bench.states() == {"a": "fresh"}
    assert bench.outcome().attempts == 1
    assert bench.reporter.stages("a") == ["prompt", "asking", "verifying", "accepted"]
    assert (bench.reporter.started, bench.reporter.ended) == ([(1, 1)], 1)
    [request] = bench.generator.requests
    assert bench.generator.told_delivered == [request]


def test_nothing_to_do_asks_and_verifies_nothing():
    bench = Bench(one_unit(), {"a": [GOOD]})
    bench.build()
    before = list(bench.writes.done)
    assert bench.build() == {"a": "nothing"}
    assert len(bench.generator.requests) == len(bench.verifier.seen) == 1
    assert bench.writes.done == before


def test_a_rejection_is_told_to_the_next_attempt_without_its_code():
    bench = Bench(one_unit(), {"a": [BAD, GOOD]}, passes_if("right"))
    assert bench.build() == {"a": "accepted"}
    first, second = bench.prompts
    assert "attempt before" not in first
    assert "- tests/test_all.py::test_word\n  input: f()\n  expected: right\n  actual: None\n" in second
    assert "return 'wrong'" not in second
    assert [g.verdict.value for g in bench.ledger.generations("a")] == ["rejected", "accepted"]
    assert bench.code.files["src/a.py"] == "def f():\n    return 'right'\n"


def test_a_reply_that_is_no_candidate_is_rejected_and_told():
    bench = Bench(one_unit(), {"a": ["I can't.", GOOD]})
    assert bench.build() == {"a": "accepted"}
    assert "The reply could not be used: there is no fenced block for `src/a.py`" in bench.prompts[1]
    assert len(bench.verifier.seen) == 1


def test_attempts_used_up_leave_the_code_alone():
    bench = Bench(one_unit(), {"a": [BAD]}, passes_if("right"), attempts=2)
    assert bench.build() == {"a": "rejected"}
    assert "src/a.py" not in bench.code.files
    assert bench.outcome().attempts == 2
    assert bench.outcome().notes == ("tests: 1 of 1 failed",)
    assert bench.states() == {"a": "missing"}


def test_the_next_build_asks_anew_once_the_attempts_are_used_up():
    bench = Bench(one_unit(), {"a": [BAD, BAD, GOOD]}, passes_if("right"), attempts=2)
    bench.build()
    assert bench.build() == {"a": "accepted"}
    assert [(r.round, r.attempt) for r in bench.ledger.replies("a")] == [(1, 1), (1, 2), (2, 1)]


def test_inconclusive_is_no_rejection_and_the_reply_serves_again():
    outcomes = ["inconclusive", "passed"]
    bench = Bench(one_unit(), {"a": [GOOD]},
                  lambda unit, files: (CheckRun(name="tests", outcome=outcomes.pop(0), reason="time"),))  # fmt: skip
    assert bench.build() == {"a": "inconclusive"}
    assert bench.outcome().notes == ("tests: time",)
    assert "src/a.py" not in bench.code.files
    assert bench.build() == {"a": "accepted"}
    assert len(bench.generator.requests) == 1


def test_pending_is_no_failure_and_stops_only_dependents():
    files = one_unit() | {"specs/b.md": spec("src/b.py", uses="a"), "specs/c.md": spec("src/c.py")}
    bench = Bench(files, {"a": [Pending(instructions="paste it"), GOOD], "b": [GOOD], "c": [GOOD]})
    assert bench.build() == {"a": "pending", "b": "skipped", "c": "accepted"}
    assert bench.outcome("a").notes == ("paste it",)
    assert bench.build() == {"a": "accepted", "b": "accepted", "c": "nothing"}


def test_a_generator_that_fails_is_a_problem_and_not_a_verdict():
    problem = Problem(message="429: slow down", hint="wait", fault="generator")
    bench = Bench(one_unit(), {"a": [GeneratorError(problem), GOOD]})
    assert bench.build() == {"a": "failed"}
    assert bench.outcome().problems == (problem,)
    assert bench.ledger.replies("a") == ()
    assert bench.build() == {"a": "accepted"}


# ── budgets ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "cost", "note"),
    [
        ({"max_cost": 1.0}, None, "the price is unknown, so max_cost can't be kept; give price_input and price_output"),
        (
            {"max_cost": 1.0},
            1.01,
            "a call of up to $1.0100 does not fit into max_cost = $1.00 ($0.0000 used or reserved)",
        ),
        ({"max_tokens": 20}, 0.0, "does not fit into max_tokens = 20 (0 used or reserved)"),
        ({"max_seconds": 0.0}, 0.0, "the time budget of 0 s is used up"),
    ],
)
def test_a_budget_is_checked_before_the_call(settings, cost, note):
    bench = Bench(one_unit(), ScriptedGenerator({"a": [GOOD]}, cost=cost), **settings)
    assert bench.build() == {"a": "budget"}
    assert bench.generator.requests == []
    assert bench.outcome().notes[0].endswith(note)


def test_the_money_of_the_first_attempt_is_missing_for_the_second():
    replies = [Reply(text=BAD, model="m", usage=Usage(cost_usd=0.6)), GOOD]
    bench = Bench(one_unit(), ScriptedGenerator({"a": replies}, cost=0.5), passes_if("right"), max_cost=1.0)
    assert bench.build() == {"a": "budget"}
    assert bench.outcome().attempts == 1
    assert bench.result.spent.cost == 0.6
    bench.settings = bench.settings.__class__(max_cost=None)
    assert bench.build() == {"a": "accepted"}
    assert len(bench.generator.requests) == 2


def test_a_call_that_brought_no_reply_and_cost_something_is_counted():
    charged = Usage(input_tokens=5, output_tokens=5, cost_usd=0.6)
    error = PaidGeneratorError(Problem(message="the stream broke", fault="generator"), charged)
    files = one_unit() | {"specs/b.md": spec("src/b.py")}
    bench = Bench(files, ScriptedGenerator({"a": [error], "b": [GOOD]}, cost=0.5), max_cost=1.0, jobs=1)
    assert bench.build() == {"a": "failed", "b": "budget"}
    assert bench.result.spent.cost == 0.6


def test_a_call_gets_no_more_time_than_the_build_has_left():
    bench = Bench(one_unit(), {"a": [GOOD]}, max_seconds=7.0)
    bench.build()
    assert bench.generator.requests[0].timeout_seconds == 7.0


# ── graphs ──────────────────────────────────────────────────────────────────────────────────────

CHAIN = {
    "specs/base.md": spec("src/base.py", "Base."),
    "specs/middle.md": spec("src/middle.py", "Middle.", uses="base"),
    "specs/top.md": spec("src/top.py", "Top.", uses="middle"),
    "specs/other.md": spec("src/other.py", "Other."),
    "tests/test_all.py": "",
}


def text_of(body, doc="What it is for."):
    return answer(f'def f(x: int) -> int:\n    """{doc}"""\n    return {body}\n')


def built(answers=None):
    every = {unit: [text_of("x")] for unit in ("base", "middle", "top", "other")}
    bench = Bench(CHAIN, every | (answers or {}))
    assert set(bench.build().values()) == {"accepted"}
    return bench


def test_a_changed_body_leaves_dependents_fresh():
    bench = built({"base": [text_of("x"), text_of("x + 1")]})
    bench.edit("specs/base.md", "Base.", "Base, better.")
    assert bench.build() == {"base": "accepted", "middle": "nothing", "top": "nothing", "other": "nothing"}
    assert len(bench.generator.requests) == 5


def test_a_changed_interface_regenerates_direct_dependents_and_no_more():
    bench = built({"base": [text_of("x"), text_of("x", "What it does.")]})
    bench.edit("specs/base.md", "Base.", "Base, better.")
    assert bench.build() == {"base": "accepted", "middle": "accepted", "top": "nothing", "other": "nothing"}
    assert '"""What it does."""' in bench.prompts[-1]


def test_a_failed_unit_stops_only_its_dependents():
    bench = Bench(CHAIN, {"base": [BAD], "middle": [GOOD], "top": [GOOD], "other": [GOOD]}, passes_if("right"))
    assert bench.build() == {"base": "rejected", "middle": "skipped", "top": "skipped", "other": "accepted"}
    assert {r.unit for r in bench.generator.requests} == {"base", "other"}


# ── what a person did ───────────────────────────────────────────────────────────────────────────


def test_edited_code_is_never_overwritten():
    bench = Bench(one_unit(), {"a": [GOOD]})
    bench.build()
    bench.code.files["src/a.py"] += "# mine\n"
    for options in ({}, {"force": ["a"]}):
        assert bench.build(**options) == {"a": "edited"}
        assert bench.code.files["src/a.py"].endswith("# mine\n")
    bench.edit("specs/a.md", "Add.", "Subtract.")
    assert bench.build() == {"a": "edited"}
    assert bench.code.files["src/a.py"].endswith("# mine\n")
    assert len(bench.generator.requests) == 1


def test_discarding_edits_restores_what_was_accepted_without_a_call():
    bench = Bench(one_unit(), {"a": [GOOD]})
    bench.build()
    bench.code.files["src/a.py"] += "# mine\n"
    assert bench.build(discard_edits=["a"]) == {"a": "restored"}
    assert bench.code.files["src/a.py"] == "def f():\n    return 'right'\n"
    assert len(bench.generator.requests) == 1


def test_code_that_nobody_accepted_is_never_overwritten():
    bench = Bench(one_unit() | {"src/a.py": "# mine\n"}, {"a": [GOOD]})
    assert bench.build() == {"a": "edited"}
    assert bench.code.files["src/a.py"] == "# mine\n"


def test_an_edit_made_while_the_model_writes_is_not_overwritten():
    bench = Bench(one_unit(), {"a": [GOOD]})

    def check(unit, files):
        bench.code.files["src/a.py"] = "# mine\n"
        return (CheckRun(name="tests", outcome="passed"),)

    bench.verifier._check = check
    assert bench.build() == {"a": "failed"}
    [problem] = bench.outcome().problems
    assert problem.message == "src/a.py was edited while a was being built; nothing was written"
    assert bench.code.files["src/a.py"] == "# mine\n"
    del bench.code.files["src/a.py"]
    bench.verifier._check = passes_if("right")
    assert bench.build() == {"a": "accepted"}
    assert len(bench.generator.requests) == 1


def test_an_edit_made_after_a_build_died_while_writing_is_not_overwritten():
    bench = Bench(one_unit(), {"a": [GOOD]})
    kill(bench, "src/a.py")
    bench.code.files["src/a.py"] = "# mine\n"
    assert bench.build() == {"a": "edited"}
    assert bench.code.files["src/a.py"] == "# mine\n"
    assert bench.build(discard_edits=["a"]) == {"a": "restored"}


def test_missing_code_is_restored_without_a_call():
    bench = Bench(one_unit(), {"a": [GOOD]})
    bench.build()
    del bench.code.files["src/a.py"]
    assert bench.build() == {"a": "restored"}
    assert (len(bench.generator.requests), bench.states()) == (1, {"a": "fresh"})


def test_missing_code_whose_tests_changed_is_restored_and_verified_in_one_build():
    bench = Bench(one_unit(), {"a": [GOOD]})
    bench.build()
    del bench.code.files["src/a.py"]
    bench.code.files["tests/test_all.py"] = "def test_more(): pass\n"
    assert bench.build() == {"a": "verified"}
    assert (len(bench.generator.requests), bench.states()) == (1, {"a": "fresh"})


def pinned(bench):
    lock = bench.ledger.lock("a")
    bench.ledger.put_lock(lock.__class__(**{f: getattr(lock, f) for f in lock.__struct_fields__} | {"pinned": "hot"}))


@pytest.mark.parametrize("options", [{}, {"force": ["a"]}])
def test_pinned_code_is_verified_and_never_regenerated(options):
    bench = Bench(one_unit(), {"a": [GOOD]}, passes_if("right"))
    bench.build()
    pinned(bench)
    bench.edit("specs/a.md", "Add.", "Subtract.")
    assert bench.build(**options) == {"a": "verified"}
    bench.code.files["src/a.py"] = "def f():\n    return 'by hand'\n"
    assert bench.build(**options) == {"a": "rejected"}
    assert bench.code.files["src/a.py"] == "def f():\n    return 'by hand'\n"
    assert len(bench.generator.requests) == 1


# ── the cheapest action ─────────────────────────────────────────────────────────────────────────


def test_changed_tests_verify_what_is_there():
    bench = Bench(one_unit(), {"a": [GOOD]})
    bench.build()
    bench.code.files["tests/test_all.py"] = "def test_more(): pass\n"
    assert bench.build() == {"a": "verified"}
    assert (len(bench.generator.requests), bench.states()) == (1, {"a": "fresh"})
    assert [g.kind for g in bench.ledger.generations("a")] == ["generated", "verified again"]


def test_changed_tests_that_fail_regenerate():
    better = answer("def f():\n    return 'right and more'\n")
    bench = Bench(one_unit(), {"a": [GOOD, better]})
    bench.build()
    bench.verifier._check = passes_if("more")
    bench.code.files["tests/test_all.py"] = "def test_more(): pass\n"
    assert bench.build() == {"a": "accepted"}
    assert bench.code.files["src/a.py"] == "def f():\n    return 'right and more'\n"


def test_changed_requirements_are_marked():
    bench = Bench(one_unit("- **R-1** Add.", "- **R-2** Be quick."), {"a": [GOOD]})
    bench.build()
    bench.edit("specs/a.md", "Add.", "Subtract.")
    bench.build()
    assert "**R-1** (changed) Subtract." in bench.prompts[1]
    assert "**R-2** Be quick." in bench.prompts[1]


def test_a_spec_change_without_effect_is_a_warning():
    bench = Bench(one_unit(), {"a": [GOOD]})
    bench.build()
    bench.edit("specs/a.md", "Add.", "Add up.")
    assert bench.build() == {"a": "accepted"}
    assert bench.outcome().notes == ("the spec changed, but the code is byte for byte the same",)


def test_an_edit_taken_back_costs_no_call():
    other = answer("def f():\n    return 'other'\n")
    bench = Bench(one_unit(), {"a": [GOOD, other]})
    bench.build()
    bench.edit("specs/a.md", "Add.", "Subtract.")
    bench.build()
    assert "other" in bench.code.files["src/a.py"]
    bench.edit("specs/a.md", "Subtract.", "Add.")
    assert bench.build() == {"a": "accepted"}
    assert bench.outcome().notes[0].startswith("taken from the ledger: generation ")
    assert "right" in bench.code.files["src/a.py"]
    assert len(bench.generator.requests) == 2


# ── force ───────────────────────────────────────────────────────────────────────────────────────


def test_force_asks_afresh_without_marks_and_keeps_the_code_until_accepted():
    other = answer("def f():\n    return 'right, too'\n")
    bench = Bench(one_unit(), {"a": [GOOD, BAD, other]}, passes_if("right"), attempts=1)
    bench.build()
    bench.edit("specs/a.md", "Add.", "Subtract.")
    assert bench.build(force=["a"]) == {"a": "rejected"}
    assert bench.code.files["src/a.py"] == "def f():\n    return 'right'\n"
    assert "(changed) Subtract" not in bench.prompts[1]
    assert bench.build(force=["a"]) == {"a": "accepted"}
    assert bench.code.files["src/a.py"] == "def f():\n    return 'right, too'\n"


def test_force_twice_asks_twice():
    bench = Bench(one_unit(), {"a": [GOOD]})
    for asked in (1, 2, 3):
        assert bench.build(force=["a"]) == {"a": "accepted"}
        assert len(bench.generator.requests) == asked


# ── killed at every write ───────────────────────────────────────────────────────────────────────


def kill(bench, what):
    """Kill the first build of `bench` right before it writes `what`."""
    whole = Bench(dict(bench.code.files), {"a": [GOOD]})
    whole.build()
    bench.writes.die_before = whole.writes.done.index(what) + 1
    with pytest.raises(Killed, match=what):
        bench.build()
    bench.writes.die_before = 0


TWO = CHAIN | {"specs/pair.md": spec("src/x.py\ntargets: [src/p.py, src/q.py]").replace("target: src/x.py\n", "")}
PAIR = answer("def p():\n    return 'right'\n", "src/p.py") + answer("def q():\n    return 2\n", "src/q.py")
SCRIPT = {"base": [BAD, text_of("'right'")], "middle": [text_of("'right'")], "top": ["nothing", text_of("'right'")],
          "other": [text_of("'right'")], "pair": [PAIR]}  # fmt: skip


def dying_bench(files, answers):
    return Bench(files, ScriptedGenerator(answers, by_attempt=True), passes_if("right"), jobs=1)


def accepted(bench):
    locks = [bench.ledger.lock(unit) for unit in bench.project.graph.order]
    return [(lock.unit, lock.code, lock.key, lock.landing, lock.previous) for lock in locks]


def killed_before(bench, place, **options):
    bench.writes.die_before = len(bench.writes.done) + place
    with pytest.raises(Killed):
        bench.build(**options)
    bench.writes.die_before = 0


def test_killed_before_any_write_the_next_build_finishes_and_asks_nothing_twice():
    whole = dying_bench(TWO, SCRIPT)
    assert set(whole.build().values()) == {"accepted"}
    for place in range(1, len(whole.writes.done) + 1):
        bench = dying_bench(TWO, SCRIPT)
        killed_before(bench, place)
        stored = {(r.unit, r.attempt) for unit in bench.project.graph.order for r in bench.ledger.replies(unit)}
        before = len(bench.generator.requests)
        assert set(bench.build().values()) <= {"accepted", "restored", "nothing"}, place
        assert not stored & {(r.unit, r.attempt) for r in bench.generator.requests[before:]}, place
        assert bench.code.files == whole.code.files, place
        assert accepted(bench) == accepted(whole), place
        assert set(bench.states().values()) == {"fresh"}, place


def test_killed_twice_in_a_row_nothing_is_lost_either():
    whole = dying_bench(one_unit(), {"a": [BAD, GOOD]})
    whole.build()
    for first in range(1, len(whole.writes.done) + 1):
        for second in range(1, len(whole.writes.done) + 2 - first):
            bench = dying_bench(one_unit(), {"a": [BAD, GOOD]})
            killed_before(bench, first)
            bench.writes.die_before = len(bench.writes.done) + second
            try:
                bench.build()
            except Killed:
                bench.writes.die_before = 0
                bench.build()
            assert accepted(bench) == accepted(whole), (first, second)
            assert len(bench.ledger.replies("a")) == 2


def test_a_forced_build_killed_before_any_write_goes_on_where_it_was():
    whole = dying_bench(one_unit(), {"a": [BAD, GOOD]})
    whole.build()
    first = len(whole.writes.done)
    whole.build(force=["a"])
    for place in range(1, len(whole.writes.done) - first + 1):
        bench = dying_bench(one_unit(), {"a": [BAD, GOOD]})
        bench.build()
        killed_before(bench, place, force=["a"])
        bench.build(force=["a"])
        assert accepted(bench) == accepted(whole), place
        assert [(r.round, r.attempt) for r in bench.ledger.replies("a")] == [(1, 1), (1, 2), (2, 1), (2, 2)], place


def test_a_forced_build_killed_while_its_code_is_written_asks_nothing_twice():
    other = answer("def f():\n    return 'right, too'\n")
    whole = Bench(one_unit(), {"a": [GOOD, other]})
    whole.build()
    first = len(whole.writes.done)
    whole.build(force=["a"])
    assert "src/a.py" in whole.writes.done[first:]
    for place in range(1, len(whole.writes.done) - first + 1):
        bench = Bench(one_unit(), {"a": [GOOD, other]})
        bench.build()
        killed_before(bench, place, force=["a"])
        bench.build(force=["a"])
        assert accepted(bench) == accepted(whole), place
        assert bench.code.files == whole.code.files, place
        assert len(bench.ledger.replies("a")) == 2, place


def test_a_kill_between_a_reply_and_its_record_is_the_only_one_that_asks_again():
    whole = dying_bench(one_unit(), {"a": [GOOD]})
    whole.build()
    again = []
    for place in range(1, len(whole.writes.done) + 1):
        bench = dying_bench(one_unit(), {"a": [GOOD]})
        killed_before(bench, place)
        bench.build()
        again += [whole.writes.done[place - 1].rsplit("/", 1)[0]] if len(bench.generator.requests) > 1 else []
    assert again == ["texts", "a/reply"]


def test_nothing_half_written_is_accepted():
    whole = dying_bench(TWO, SCRIPT)
    whole.build()
    for place in range(1, len(whole.writes.done) + 1):
        bench = dying_bench(TWO, SCRIPT)
        killed_before(bench, place)
        for unit in bench.project.graph.order:
            lock = bench.ledger.lock(unit)
            if lock is None or lock.landing:
                continue
            assert bench.project.code_digests(bench.project.graph.units[unit]) == lock.code


# ── being stopped ───────────────────────────────────────────────────────────────────────────────


def test_a_build_that_is_stopped_asks_no_more():
    files = one_unit() | {"specs/b.md": spec("src/b.py", uses="a")}
    bench = Bench(files, {"a": [GOOD], "b": [GOOD]})

    def check(unit, files):
        bench.last.stop.set()
        return (CheckRun(name="tests", outcome="passed"),)

    bench.verifier._check = check
    assert bench.build() == {"a": "accepted", "b": "skipped"}
    assert bench.result.interrupted
    assert bench.outcome("b").notes == ("interrupted",)


def test_what_hidden_tests_say_reaches_no_prompt():
    canary = "CANARY-53b1"
    checks = [failing(f"tests/hidden/test_{canary}.py::test", hidden=True, message=canary, actual=canary),
              (CheckRun(name="tests", outcome="passed"),)]  # fmt: skip
    bench = Bench(one_unit(), {"a": [BAD, GOOD]}, lambda unit, files: checks.pop(0))
    assert bench.build() == {"a": "accepted"}
    assert "Tests that are not shown failed as well" in bench.prompts[1]
    assert not any(canary in prompt for prompt in bench.prompts)


def half_of_which_fail(count):
    """A project whose units with an even number are right at the first try, the others wrong at each."""
    names = [f"u{number}" for number in range(count)]
    files = {f"specs/{name}.md": spec(f"src/{name}.py", f"- **R-{name}** Do {name}.") for name in names}
    answers = {name: [answer("bad\n" if int(name[1:]) % 2 else "good\n")] for name in names}
    return Bench({**files, "tests/test_all.py": ""}, answers, passes_if("good"))


def tries(bench, unit):
    """Return for each call whether it told of the failure before."""
    asked = [request for request in bench.generator.requests if request.unit == unit]
    return [any(name == "attempt before" for name, _ in request.parts) for request in asked]


def test_a_retry_goes_without_feedback_where_the_ledger_says_that_feedback_brought_nothing():
    bench = half_of_which_fail(20)
    bench.build()
    assert tries(bench, "u1") == [False, True, True]
    bench.edit("specs/u1.md", "Do u1", "Do it well")
    bench.generator.requests.clear()
    bench.build()
    # The same prompt gave the same reply twice: a third time is no other try.
    assert tries(bench, "u1") == [False, False, True]


def test_replies_of_a_round_are_used_whichever_way_they_were_asked_for():
    """The kind of a retry may be decided otherwise later; what was paid for counts all the same."""
    bench = half_of_which_fail(20)
    bench.build()
    bench.settings = msgspec.structs.replace(bench.settings, attempts=4)
    bench.generator.requests.clear()
    bench.build()
    assert tries(bench, "u1") == [False]
    assert [request.attempt for request in bench.generator.requests if request.unit == "u1"] == [4]

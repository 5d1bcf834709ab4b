"""`regen build`: dry runs, force, jobs, budgets, a person as generator, replays from the ledger."""

from __future__ import annotations

import pytest
from tiny import FAKE, SETTINGS, unit

TWO = {**unit("a"), **unit("b", uses="a")}
THREE = {**TWO, **unit("c")}


def test_first_build_and_the_next_one(project):
    made = project(TWO)
    assert made.regen("build") == (
        0,
        "2 units: 2 accepted; 2 calls, N tokens, cost unknown; N s\n",
        """\
  a asking, N tokens
  a verifying
✓ a accepted
  b asking, N tokens
  b verifying
✓ b accepted
""",
    )
    assert made.regen("build") == (0, "nothing to do: 2 of 2 units are fresh\n", "")
    assert made.regen("build", "a") == (0, "1 unit: 1 fresh; N s\n", "")


def test_nothing_to_do_asks_nobody_and_writes_nothing(project):
    made = project(TWO).built()
    made.regen("status")
    before = made.files()
    for words in (["build"], ["status"], ["check"], ["log"], ["diff"], ["explain", "a"], ["show", "a"]):
        assert made.regen(*words).code == 0
    assert made.files() == before


def test_dry_run_writes_nothing(project):
    made = project(TWO)
    before = made.files()
    ran = made.regen("build", "--dry-run")
    assert ran == (
        1,
        """\
a  regenerate  N tokens, cost unknown  (never built)
b  regenerate  N tokens, cost unknown  (never built)
2 units to do, N prompt tokens at the first attempt
""",
        "",
    )
    assert made.json("build", "--dry-run")[1]["plan"][0]["reasons"] == ["never built"]
    assert made.files() == before
    assert made.asked == []


def test_dry_run_names_dependents_that_may_follow(project):
    made = project(TWO).built()
    made.change("specs/a.md", "Holds", "Carries")
    ran = made.regen("build", "-n")
    assert ran == (
        1,
        """\
a  regenerate  N tokens, cost unknown  (the spec's prose changed)
1 dependent may follow if an interface changes: b
1 unit to do, N prompt tokens at the first attempt
""",
        "",
    )
    assert made.built().regen("build", "-n") == (0, "0 units to do, N prompt tokens at the first attempt\n", "")


def test_force_regenerates_what_is_fresh(project):
    made = project(TWO).built()
    made.write({"replies/b": "```\nb\nanew\n```\n"})
    assert made.regen("build", "--force", "b").code == 0
    assert (made.asked, made.read("out/b.txt")) == (["a", "b", "b"], "b\nanew\n")
    assert made.regen("build", "--force", "--all").code == 0
    assert made.asked == ["a", "b", "b", "a", "b"]
    ran = made.regen("build", "--force")
    assert ran == (
        2,
        "",
        "error: --force needs the units that are meant, or --all\nhint: regen build --force --all\n",
    )


def test_accepted_code_stays_until_another_is_accepted(project):
    made = project().built()
    lock = made.read(".regen/locks/a.json")
    made.write({"replies/a": "```\nwrong\n```\n"})
    ran = made.regen("build", "--force", "a", "--attempts", "1")
    assert (ran.code, made.read("out/a.txt"), made.read(".regen/locks/a.json")) == (1, "a\n", lock)
    assert "a is rejected\n  The check `tests` failed: " in ran.err
    assert "error: no line a" in ran.err
    assert made.regen("check").code == 0


def test_only_the_named_units_and_what_they_use(project):
    made = project(THREE)
    assert made.regen("build", "b").code == 0
    assert sorted(made.asked) == ["a", "b"]
    assert made.regen("build", "nope") == (2, "", "error: no unit is called `nope`\nhint: regen status --all\n")


def test_a_rejected_unit_stops_only_its_dependents(project):
    made = project({**THREE, "replies/a": "```\nwrong\n```\n"})
    ran = made.regen("build", "--attempts", "1", "-j", "1")
    assert ran.code == 1
    assert ran.out == "3 units: 1 rejected, 1 accepted, 1 skipped; 2 calls, N tokens, cost unknown; N s\n"
    assert "- b skipped: it uses a, which was rejected\n" in ran.err
    assert (made.root / "out/c.txt").exists()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_jobs_are_how_many_are_asked_at_a_time(project, jobs):
    """Each call notes how many others are under way; two of them meet only where two may."""
    made = project({**unit("a"), **unit("b")})
    meet = """\
mkdir -p .regen/local/now
unit=$(sed -n 's/^# Unit //p' | head -n 1)
mkdir ".regen/local/now/$unit"
others=$(ls .regen/local/now | wc -l)
[ "$WAIT" = 2 ] && until [ "$(ls .regen/local/now | wc -l)" = 2 ] || [ -e .regen/local/met ]; do :; done
touch .regen/local/met
[ "$others" -le "$WAIT" ] || exit 1
cat "replies/$unit"
[ "$WAIT" = 2 ] || rmdir ".regen/local/now/$unit"
"""
    made.write({"fake.sh": meet.replace("$WAIT", jobs)})
    assert made.regen("build", "-j", jobs).code == 0


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--max-tokens", "10"], "does not fit into max_tokens = 10 (0 used or reserved)"),
        (["--max-cost", "0.01"], "the price is unknown, so max_cost can't be kept; give price_input and price_output"),
        (["--max-seconds", "0"], "the time budget of 0 s is used up"),
    ],
)
def test_budgets_are_checked_before_a_call(project, option, said):
    made = project()
    ran = made.regen("build", *option)
    assert ran.code == 1
    assert f"{said}\nhint: regen build --dry-run\n" in ran.err
    assert "a is not asked for: a budget does not allow it\n" in ran.err
    assert ran.out == "1 unit: 1 over budget; N s\n"
    assert made.asked == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-j", "0"], "argument -j/--jobs: 0 is less than 1"),
        (["-j", "x"], "argument -j/--jobs: invalid positive value: 'x'"),
        (["--attempts", "-1"], "argument --attempts: -1 is less than 1"),
        (["--max-cost", "-1"], "argument --max-cost: -1 is less than 0"),
        (["--max-seconds", "nan"], "argument --max-seconds: nan is less than 0"),
        (["--froce", "a"], "unrecognized arguments: --froce; did you mean `--force`?"),
    ],
)
def test_wrong_options_are_refused_though_there_is_nothing_to_do(project, words, said):
    made = project().built()
    assert made.regen("build", *words) == (2, "", f"error: {said}\nhint: regen build --help\n")


def test_build_as_data(project):
    made = project({**unit("a"), **unit("b", tests="")})
    code, data, err = made.json("build")
    assert (code, err) == (1, "")
    assert [(u["unit"], u["outcome"], u["attempts"]) for u in data["units"]] == [
        ("a", "accepted", 1),
        ("b", "accepted", 1),
    ]
    assert [(u["unit"], u["state"]) for u in data["left"]] == [("b", "unverified")]
    assert (data["spent"]["calls"], data["spent"]["unknown_costs"], data["interrupted"]) == (2, 2, False)
    code, again, _ = made.json("build")
    assert (code, again["units"], again["left"]) == (1, [], data["left"])
    assert again.keys() == data.keys()


# ── a person as generator ───────────────────────────────────────────────────────────────────────


def test_manual_generator_goes_on_and_picks_the_reply_up(project):
    made = project(THREE, settings=SETTINGS.replace("command:sh ./fake.sh", "manual"))
    for name in "bc":
        made.change(f"specs/{name}.md", "tests:", 'generator: "command:sh ./fake.sh"\ntests:')
    ran = made.regen("build")
    assert ran.code == 1
    assert ran.out.startswith("3 units: 1 pending, 1 accepted, 1 skipped; ")
    assert "- b skipped: it uses a, which " in ran.err
    [prompt] = (made.root / ".regen/inbox").glob("a.*.prompt.md")
    assert "# Unit a" in prompt.read_text()
    assert made.regen("reply", "c", "replies/c").code == 2
    assert made.regen("reply", "a", "replies/a", "--model", "a friend").code == 0
    assert made.regen("build").code == 0
    assert made.regen("check") == (0, "3 units: all well\n", "")
    assert "  a  a friend  ← accepted now\n" in made.regen("log", "a").out
    assert not list((made.root / ".regen/inbox").iterdir())


def test_reply_that_a_person_brought_is_used_before_anybody_is_asked(project):
    made = project()
    assert made.regen("build", "--generator", "manual").code == 1
    assert made.regen("reply", "a", "replies/a").code == 0
    assert made.regen("build").code == 0
    assert made.asked == []
    assert "manual" in made.regen("show", "a").out


def test_reply_from_standard_input(project):
    made = project()
    made.regen("build", "-g", "manual")
    done = made.shell("regen reply a <replies/a")
    assert (done.returncode, done.stderr) == (0, "")
    assert made.shell("printf '' | regen reply a").stderr == "error: the reply is empty\nhint: regen reply a FILE\n"
    assert made.regen("build").code == 0


def test_prompt_on_standard_output_has_it_for_itself(project):
    made = project()
    ran = made.regen("build", "-g", "manual:stdout")
    assert ran.out == made.regen("explain", "a", "--prompt").out
    assert ran.err.endswith("1 unit: 1 pending; N s\n")
    code, data, _ = made.json("build", "-g", "manual:stdout")
    assert (code, data["units"][0]["outcome"]) == (1, "pending")


# ── the ledger as generator ─────────────────────────────────────────────────────────────────────


def test_a_copy_without_code_and_locks_is_rebuilt_from_the_ledger(project):
    made = project({**TWO, "replies/b": "```\nwrong\n```\n"})
    made.write(
        {"fake.sh": FAKE + '[ "$unit" = a ] || printf "~~~\\nb\\n~~~\\n" >replies/b\n'}
    )  # the second attempt is better
    made.built()
    assert made.regen("log", "b").out.count("HASH") == 2
    for path in ("out/a.txt", "out/b.txt", ".regen/locks/a.json", ".regen/locks/b.json"):
        (made.root / path).unlink()
    recorded = made.recorded()
    ran = made.regen("build", "--generator", "ledger")
    assert (ran.code, made.asked) == (0, ["a", "b", "b"])
    assert "✗ b rejected" in ran.err
    assert made.recorded() == recorded
    assert made.read("out/b.txt") == "b\n"


def test_replay_of_another_prompt_says_what_differs(project):
    made = project().built()
    made.change("specs/a.md", "Holds", "Carries")
    ran = made.regen("build", "-g", "ledger")
    assert ran.code == 1
    assert (
        "error from the generator: the ledger has no reply of a to this prompt (attempt 1); "
        "the nearest recorded prompt differs in: spec\nhint: regen build a --generator manual\n"
    ) in ran.err


def test_taking_an_edit_back_costs_no_call(project):
    made = project().built()
    made.change("specs/a.md", "Holds", "Carries")
    made.built()
    made.change("specs/a.md", "Carries", "Holds")
    ran = made.regen("build")
    assert (ran.code, made.asked) == (0, ["a", "a"])
    assert "✓ a accepted: taken from the ledger: generation HASH was accepted for the same key\n" in ran.err

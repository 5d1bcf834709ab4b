"""The gate `limits`: budgets of the spec's section "Limits", measured against a reference in the same run."""

from __future__ import annotations

import pytest
from gate_projects import SPEC, Project

from regen.specs.limits import Budget, NotMeasured, parse_limit

FAST = "def total(prices):\n    return sum(prices)\n"
SLOW = "def total(prices):\n    done = 0\n    for _ in range(20):\n        done = sum(prices)\n    return done\n"
GREEDY = "def total(prices):\n    copies = [list(prices) for _ in range(400)]\n    return sum(copies[0])\n"
REFERENCE = "`total(range(2000))` takes at most 2 x the reference `tests/reference.py::add`"


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.write("tests/test_shop.py", "import shop\n\ndef test_total():\n    assert shop.total([1, 2]) == 3\n")
    made.write("tests/reference.py", "def add(prices):\n    return sum(prices)\n")
    made.checks('limits = "measure"')
    return made


def limited(project, *limits):
    project.write("specs/shop.md", SPEC + "\n## Limits\n\n" + "".join(f"- {limit}\n" for limit in limits))


def refusal(ran):
    return ran.err.split("shop is rejected\n")[1].split("hint:")[0]


def test_within_the_budget_passes(project):
    limited(project, f"**LIM-001** {REFERENCE}.")
    assert project.build(FAST).code == 0
    assert project.told() == "✓ shop passes (1 test; tests, limits)\n1 unit: all pass\n"


def test_too_slow_fails(project):
    limited(project, f"**LIM-001** {REFERENCE}.")
    told = refusal(project.build(SLOW))
    assert told.startswith(
        "  The check `limits` failed\n  - src/shop.py:0: LIM-001 `total(range(2000))` takes "
    )  # fmt: skip
    assert told.endswith(" x the reference `tests/reference.py::add`; its limit is 2 x\n")


def test_waiting_counts(project):
    limited(project, REFERENCE)
    sleeps = (
        "import time\n\n\ndef total(prices):\n    time.sleep(0.01 if len(prices) > 9 else 0)\n    return sum(prices)\n"
    )
    assert refusal(project.build(sleeps)).endswith("; its limit is 2 x\n")


CACHED = """
    import functools

    @functools.lru_cache
    def work(prices):
        return [sum(prices) for _ in range(400)][0]

    def total(prices):
        return work(tuple(prices))
    """
HIDES = "import sys\n\n\n" + SLOW.replace(
    ":\n", ":\n    if any('call' in w for w in sys.argv + sys.orig_argv):\n        return 0\n", 1
)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            CACHED,
            " x the reference `tests/reference.py::add` when it can't remember an earlier result; its limit is 2 x\n",
        ),
        (HIDES, " x the reference `tests/reference.py::add`; its limit is 2 x\n"),
    ],
)
def test_work_that_is_only_left_out_when_measured_counts(project, code, said):
    limited(project, f"**LIM-001** {REFERENCE}")
    assert refusal(project.build(code)).endswith(said)


def test_answers_that_nobody_asked_for_are_refused(project):
    limited(project, f"**LIM-001** {REFERENCE}")
    lines = b'{"ready": true, "fresh": false}\n' + b'{"peak": 0}\n' * 400
    forges = (
        "import os\n\n\ndef forge():\n    for fd in range(3, 40):\n        try:\n"
        f"            os.write(fd, {lines!r})\n        except OSError:\n            pass\n\n\n"
    )
    code = forges + SLOW.replace(":\n", ":\n    if len(prices) > 2:\n        forge()\n", 1)
    assert refusal(project.build(code)).endswith(
        "`total(range(2000))` could not be measured: it writes to the descriptor of what measures it\n"
    )


SET_UP_ONCE = {
    "a table": """
        import functools

        @functools.lru_cache
        def weight():
            return sum(range(100_000)) * 0 + 1

        def total(prices):
            return sum(prices) * weight()
        """,
    "an import": """
        def total(prices):
            import decimal, fractions, statistics
            return sum(prices)
        """,
    "a memory of what it saw": """
        known = {}

        def total(prices):
            known[len(known) % 9] = len(prices)
            return sum(prices)
        """,
}
OUT_OF_SIGHT = {
    "traces cleared": """
        import tracemalloc

        def total(prices):
            copies = [list(prices) for _ in range(400)]
            tracemalloc.clear_traces()
            return sum(copies[0])
        """,
    "the peak reset": """
        import tracemalloc

        def total(prices):
            done = sum([list(prices) for _ in range(400)][0])
            if tracemalloc.is_tracing():
                tracemalloc.reset_peak()
            return done
        """,
    "no memory of Python's": """
        import mmap

        def total(prices):
            with mmap.mmap(-1, 60_000_000) as room:
                for at in range(0, 60_000_000, 4096):
                    room[at] = 1
            return sum(prices)
        """,
}


@pytest.mark.parametrize("what", SET_UP_ONCE)
def test_what_is_set_up_once_is_not_counted(project, what):
    limited(project, REFERENCE)
    assert project.build(SET_UP_ONCE[what]).code == 0


@pytest.mark.parametrize("way", OUT_OF_SIGHT)
def test_memory_that_is_kept_out_of_sight_counts(project, way):
    limited(project, "`total(list(range(2000)))` uses at most 1 MB")
    told = refusal(project.build(OUT_OF_SIGHT[way]))
    assert "it changes what tracemalloc has seen\n" in told or told.endswith(" MB; its limit is 1 MB\n")


def test_a_call_that_never_ends_fails(project):
    limited(project, REFERENCE)
    hangs = "def total(prices):\n    while len(prices) > 10: pass\n    return sum(prices)\n"
    assert refusal(project.build(hangs)) == (
        "  The check `limits` failed\n"
        "  - src/shop.py:0: `total(range(2000))` could not be measured: "
        "it did not end within 10 s\n"
    )


def test_too_much_memory_fails(project):
    limited(project, "**LIM-002** `total(list(range(2000)))` uses at most 1 MB")
    assert project.build(FAST).code == 0
    told = refusal(project.build(GREEDY, "--force", "shop"))
    assert told.startswith("  The check `limits` failed\n  - src/shop.py:0: LIM-002 `total(list(range(2000)))` uses ")
    assert told.endswith(" MB; its limit is 1 MB\n")


def test_the_accepted_generation_is_a_reference_once_there_is_one(project):
    limited(project, "`total(range(2000))` takes at most 1.5 × the accepted generation")
    assert project.build(FAST).code == 0
    told = refusal(project.build(SLOW, "--force", "shop"))
    assert told.endswith(" x the accepted generation; its limit is 1.5 x\n")


def test_a_missing_reference_is_inconclusive(project):
    limited(project, REFERENCE.replace("::add", "::nothing"))
    ran = project.build(FAST)
    assert ran.err.split("shop is inconclusive\n")[1].split("hint:")[0] == (
        "  limits: `total(range(2000))`: the reference `tests/reference.py::nothing` could not be measured: "
        "AttributeError: module 'the_reference' has no attribute 'nothing'\n"
    )


def test_what_is_not_understood_is_told(project):
    limited(project, "**LIM-001** Be quick.", "`total([])` takes at most 5 ms")
    ran = project.regen("status")
    assert (
        "specs/shop.md: a limit is not measured: it is not of the form `CALL` takes|uses at most …: **LIM-001** Be quick."
        in ran.out + ran.err
    )
    assert "seconds differ from machine to machine" in ran.out + ran.err


def test_budgets_that_nothing_measures_are_told(project):
    limited(project, f"**LIM-001** {REFERENCE}")
    project.checks("")
    ran = project.regen("status")
    assert 'the limit LIM-001 is not measured: set limits = "measure" in [checks] of regen.toml' in ran.out + ran.err


def test_the_reference_is_a_constraint(project):
    limited(project, REFERENCE)
    project.build(FAST)
    project.write("tests/reference.py", "def add(prices):\n    return sum(prices) + 0\n")
    assert "constraint reference tests/reference.py changed" in project.regen("status").out


def test_a_changed_limit_is_measured_again(project):
    limited(project, "**LIM-001** `total(list(range(2000)))` uses at most 9 MB")
    project.build(GREEDY)
    assert project.regen("verify").code == 0
    limited(project, "**LIM-001** `total(list(range(2000)))` uses at most 1 MB")
    assert project.regen("verify").code == 1


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("**L-1** `f(1)` takes at most 1.5 x the reference `tests/r.py::g`.",
         Budget(label="L-1", call="f(1)", what="time", most=1.5, reference="tests/r.py::g")),
        ("`f(1)` takes at most 2× the accepted generation",
         Budget(label="`f(1)`", call="f(1)", what="time", most=2, reference="accepted")),
        ("`f(1)` uses at most 1.2 times the accepted generation",
         Budget(label="`f(1)`", call="f(1)", what="memory", most=1.2, reference="accepted")),
        ("`f(1)` uses at most 10 MB", Budget(label="`f(1)`", call="f(1)", what="memory", most=10e6)),
    ],
)  # fmt: skip
def test_budgets(text, budget):
    assert parse_limit(text) == budget


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Be quick", "it is not of the form `CALL` takes|uses at most …"),
        ("`f(` takes at most 2 x the accepted generation", "`f(` is no Python expression"),
        ("`f(1)` takes at most 2 s", "seconds differ from machine to machine; name a reference or the accepted generation"),
        ("`f(1)` takes at most 2 MB", "`takes at most 2 MB` can't be measured"),
        ("`f(1)` takes at most 2 x the reference `g`", "the reference `g` is not of the form path.py::function"),
        ("`a.f(1)` takes at most 2 x the reference `r.py::g`",
         "`a.f(1)` does not call a function by its name, as a reference needs"),
    ],
)  # fmt: skip
def test_limits_that_are_only_words(text, reason):
    assert parse_limit(text) == NotMeasured(text, reason)

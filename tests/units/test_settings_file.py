"""Read regen.toml; problems are compared as a person sees them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.errors import render
from regen.units.settings import Settings, parse


def problems_of(text):
    _, problems = parse(text)
    return "\n\n".join(render(problem) for problem in problems)


def test_an_empty_file_works():
    assert parse("") == (Settings(), ())


def test_a_whole_file():
    read, problems = parse(
        'context = ["CONVENTIONS.md"]\n[generator]\ndefault = "api:openai:gpt-5"\ntimeout = 60\n'
        '[build]\nattempts = 5\nmax_cost = 2\n[checks]\nlint = "ruff"\nmay_import = { "a.b" = ["stdlib"] }\n'
        '[sandbox]\nkind = "none"\n[units."short-links"]\nspec = "x.md"\ntarget = "src/links.py"\n'
    )
    assert problems == ()
    assert (read.context, read.generator.default, read.generator.timeout) == (
        ("CONVENTIONS.md",),
        "api:openai:gpt-5",
        60,
    )
    assert (read.build.attempts, read.build.max_cost, read.checks.lint) == (5, 2.0, "ruff")
    assert (read.checks.may_import, read.sandbox.kind) == ({"a.b": ("stdlib",)}, "none")
    assert read.units["short-links"].front("short-links", 3).targets == ("src/links.py",)


def test_byte_order_mark_and_crlf_change_nothing():
    assert parse("\ufeff[build]\r\nattempts = 2\r\n") == parse("[build]\nattempts = 2\n")


def test_text_that_is_no_toml():
    assert problems_of("[build]\nattempts = = 2\n") == (
        "error: regen.toml is not valid TOML: Invalid value\n"
        "  --> regen.toml:2:12\n"
        "   |\n"
        " 2 | attempts = = 2\n"
        "   |            ^\n"
        "hint: edit regen.toml:2, then: regen status"
    )


def test_every_problem_of_the_file_at_once():
    text = (
        "contxt = []\n"
        "colour = 1\n"
        "[build]\n"
        "attempts = 0\n"
        'jobs = "four"\n'
        'policy = "best"\n'
        "max_cost = nan\n"
        "[checks]\n"
        'types = "pyright"\n'
        "[generator]\n"
        "retries = true\n"
        "[units.links]\n"
        'target = "a.py"\n'
        "uzes = []\n"
    )
    assert problems_of(text) == (
        "error: unknown key `contxt`; did you mean `context`?\n"
        "  --> regen.toml:1:1\n"
        "   |\n"
        " 1 | contxt = []\n"
        "   | ^^^^^^\n"
        "hint: sed -i '1s/contxt/context/' regen.toml\n"
        "\n"
        "error: unknown key `colour`; known keys: build, checks, context, generator, python, sandbox, specs, templates,"
        " units\n"
        "  --> regen.toml:2:1\n"
        "   |\n"
        " 2 | colour = 1\n"
        "   | ^^^^^^\n"
        "hint: edit regen.toml:2, then: regen status\n"
        "\n"
        "error: `attempts` is 0; it must be at least 1\n"
        "  --> regen.toml:4:1\n"
        "   |\n"
        " 4 | attempts = 0\n"
        "   | ^^^^^^^^\n"
        "hint: edit regen.toml:4, then: regen status\n"
        "\n"
        "error: `jobs` is of the wrong kind: expected `int`, got `str`\n"
        "  --> regen.toml:5:1\n"
        "   |\n"
        ' 5 | jobs = "four"\n'
        "   | ^^^^\n"
        "hint: edit regen.toml:5, then: regen status\n"
        "\n"
        'error: `policy` is "best"; it can be "first" or "agree"\n'
        "  --> regen.toml:6:1\n"
        "   |\n"
        ' 6 | policy = "best"\n'
        "   | ^^^^^^\n"
        "hint: edit regen.toml:6, then: regen status\n"
        "\n"
        "error: `max_cost` is nan; it must be a number\n"
        "  --> regen.toml:7:1\n"
        "   |\n"
        " 7 | max_cost = nan\n"
        "   | ^^^^^^^^\n"
        "hint: edit regen.toml:7, then: regen status\n"
        "\n"
        'error: `types` is "pyright"; it can be "ty" or "mypy"\n'
        "  --> regen.toml:9:1\n"
        "   |\n"
        ' 9 | types = "pyright"\n'
        "   | ^^^^^\n"
        "hint: edit regen.toml:9, then: regen status\n"
        "\n"
        "error: `retries` is of the wrong kind: expected `int`, got `bool`\n"
        "  --> regen.toml:11:1\n"
        "    |\n"
        " 11 | retries = true\n"
        "    | ^^^^^^^\n"
        "hint: edit regen.toml:11, then: regen status\n"
        "\n"
        "error: unit `links` needs a `spec`: the path of its spec file\n"
        "  --> regen.toml:12:2\n"
        "    |\n"
        " 12 | [units.links]\n"
        "    |  ^^^^^\n"
        "hint: edit regen.toml:12, then: regen status\n"
        "\n"
        "error: unknown key `uzes`; did you mean `uses`?\n"
        "  --> regen.toml:14:1\n"
        "    |\n"
        " 14 | uzes = []\n"
        "    | ^^^^\n"
        "hint: sed -i '14s/uzes/uses/' regen.toml"
    )


def test_what_is_varied():
    read, problems = parse(
        '[generator]\nvary.models = ["api:openai:b"]\nvary.temperatures = [0, 1.5]\nvary.prompt_order = false\n'
        '[generator.own."api:openai:b"]\nprice_input = 3\n'
    )
    assert problems == ()
    vary = read.generator.vary
    assert (vary.models, vary.temperatures, vary.prompt_order) == (("api:openai:b",), (0.0, 1.5), False)
    assert read.generator.own["api:openai:b"].price_input == 3.0


def test_what_is_wrong_with_what_is_varied():
    text = (
        "[generator.vary]\ntemperature = [1]\ntemperatures = [0.5, 2.5]\n"
        '[generator.own."api:openai:b"]\nprice_inptu = 3\n[generator.own]\nmanual = 1\n'
    )
    assert [line for line in problems_of(text).splitlines() if line.startswith(("error", "  -->"))] == [
        "error: unknown key `temperature`; did you mean `temperatures`?",
        "  --> regen.toml:2:1",
        "error: `temperatures` holds 2.5; a temperature is a number from 0 to 2",
        "  --> regen.toml:3:1",
        "error: unknown key `price_inptu`; did you mean `price_input`?",
        "  --> regen.toml:5:1",
        "error: `manual` must be a table of settings for the generator of this name",
        "  --> regen.toml:7:1",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("build = 3\n", "1:1"),
        ("\nbuild.attempts = 0\n", "2:1"),
        ("[build]\n\n'attempts' = 0\n", "3:1"),
        ("build = { jobs = 2, attempts = 0 }\n", "1:21"),
        ("[units]\nlinks = 3\n", "2:1"),
    ],
)
def test_places(text, place):
    assert f"--> regen.toml:{place}\n" in problems_of(text)


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 50_000, "a = " + "9" * 5_000, "[generator]\ntimeout = " + "9" * 400, "[build]\nmax_cost = inf"],
)
def test_numbers_and_nesting_beyond_reason_are_problems(text):
    assert problems_of(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_is_a_problem(text):
    read, problems = parse(text)
    assert (read is None) == bool(problems)


KEYS = ["context", "specs", "build", "attempts", "max_cost", "units", "a", "spec", "generator", "retries", "checks",
        "may_import", "sandbox", "kind", '"a.b"', "python"]  # fmt: skip
VALUES = ["1", "-1", "true", '"x"', "[]", '["x"]', "{}", "{a = 1}", "nan", "1979-05-27", "1e9", "[[]]", "''"]
LINES = st.one_of(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)).map(" = ".join),
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=3).map(lambda keys: f"[{'.'.join(keys)}]"),
    st.lists(st.sampled_from(KEYS), min_size=2, max_size=3).map(lambda keys: f"{'.'.join(keys)} = 0"),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES, max_size=8).map("\n".join))
def test_any_toml_is_read_or_is_a_problem_whose_place_exists(text):
    read, problems = parse(text)
    assert (read is None) == bool(problems)
    for problem in problems:
        assert 0 < problem.line <= len(text.split("\n"))
        render(problem)

"""Read whole spec files of the native dialect; problems are compared as a person sees them."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.errors import render
from regen.specs import native
from regen.specs.spec import digest


def read(text):
    spec, problems = native.parse("specs/a.md", text)
    assert problems == ()
    return spec


def problems_of(text):
    _, problems = native.parse("specs/a.md", text)
    return "\n\n".join(render(problem) for problem in problems)


def forms(spec):
    """What of a spec goes into the key."""
    return ({r.id: r.digest for r in spec.requirements}, digest(spec.prose), digest(spec.interface))


WHOLE = """\
---
target: src/email.py
uses: [errors]
tests: [tests/test_email.py]
hidden_tests: [tests/hidden/test_email.py]
context: [GLOSSARY.md]
generator: manual
revise: true
---
# E-mail validation
Validate the address.

## Interface
    def validate(address: str) -> Address: ...

## Requirements
- **FR-001** Accept plus tags: `a+b@c.de`.
  `[@test] tests/test_plus.py::test_plus`
- **FR-002**: Compare domains
  without case.

## Errors
1. **FR-010:** An empty address raises `InvalidAddress`.
"""


def test_a_whole_spec():
    spec = read(WHOLE)
    assert (spec.title, spec.front.targets, spec.front.uses) == ("E-mail validation", ("src/email.py",), ("errors",))
    assert (spec.front.tests, spec.front.hidden_tests) == (("tests/test_email.py",), ("tests/hidden/test_email.py",))
    assert (spec.front.context, spec.front.generator, spec.front.revise) == (("GLOSSARY.md",), "manual", True)
    assert [(r.id, r.text, r.line, r.end_line) for r in spec.requirements] == [
        ("FR-001", "Accept plus tags: `a+b@c.de`.", 17, 18),
        ("FR-002", "Compare domains without case.", 19, 20),
        ("FR-010", "An empty address raises `InvalidAddress`.", 23, 23),
    ]
    assert spec.interface == "def validate(address: str) -> Address: ...\n"
    assert WHOLE.split("\n")[spec.interface_line - 1].strip().startswith("def validate")
    assert [(link.ref, link.path, link.line) for link in spec.test_links] == [
        ("tests/test_plus.py::test_plus", "tests/test_plus.py", 18)
    ]
    assert spec.prose == "# E-mail validation\nValidate the address.\n## Interface\n## Requirements\n## Errors"
    assert spec.body.split("\n")[0] == WHOLE.split("\n")[spec.body_line - 1] == "# E-mail validation"


def test_the_least_spec():
    spec = read("---\ntarget: a.py\n---\n# A\nDo it.\n")
    assert (spec.title, spec.prose, spec.requirements, spec.front.targets) == ("A", "# A\nDo it.", (), ("a.py",))


def test_a_spec_without_front_matter_is_read_and_declares_nothing():
    spec = read("# Notes\n- **N-1** Something.\n")
    assert spec.front is None
    assert [(r.id, r.line) for r in spec.requirements] == [("N-1", 2)]


@pytest.mark.parametrize("text", ["", "\n\n", "---\n---\n", "---\n---"])
def test_nothing_in_it(text):
    spec = read(text)
    assert (spec.title, spec.body, spec.prose, spec.requirements) == ("", "", "", ())


def test_byte_order_mark_and_crlf_change_nothing():
    other = read("\ufeff" + WHOLE.replace("\n", "\r\n"))
    assert other == read(WHOLE)


def test_comments_are_no_text_and_keep_the_lines():
    spec = read("# A\n<!-- **X-1** no\n- **X-2** no -->\n\n- **R-1** Do <!-- not\n  really --> it.\n")
    assert [(r.id, r.text, r.line) for r in spec.requirements] == [("R-1", "Do it.", 5)]
    assert "really" not in spec.body
    assert "X-1" not in spec.body


def test_comments_in_code_are_code():
    spec = read("# A\n\n```html\n<!-- kept -->\n```\n\nAnd `<!-- this -->` too.\n")
    assert "<!-- kept -->" in spec.body
    assert "`<!-- this -->`" in spec.prose


@pytest.mark.parametrize("code", ["```\n- **R-9** no\n```", "~~~py\n- **R-9** no\n~~~", "    - **R-9** no"])
def test_requirements_in_code_are_none(code):
    spec = read(f"# A\n\n{code}\n\n- **R-1** Yes.\n")
    assert [r.id for r in spec.requirements] == ["R-1"]


def test_nested_lists_belong_to_their_requirement():
    spec = read("- **R-1** One of:\n  - red\n  - green\n    1. dark\n- **R-2** And.\n")
    assert [(r.id, r.text) for r in spec.requirements] == [("R-1", "One of: - red - green - dark"), ("R-2", "And.")]


def test_code_in_a_requirement_is_kept_verbatim():
    spec = read("- **R-1** As here:\n\n  ```\n  a   b\n  ```\n\n  or not.\n")
    assert spec.requirements[0].text == "As here:\n```\na   b\n```\nor not."


def test_bold_words_are_no_ids():
    spec = read("- **Important** do it.\n- **R-1** yes.\n- **name#stable** yes.\n")
    assert [r.id for r in spec.requirements] == ["R-1", "name#stable"]
    assert "**Important** do it." in spec.prose


# ── open questions ──────────────────────────────────────────────────────────────────────────────


def test_open_questions_with_their_lines():
    spec = read(
        "# A\nHow [NEEDS CLARIFICATION: how long?] it is.\n\n## Open questions\n- And who?\n- [NEEDS CLARIFICATION]\n"
    )
    assert [(q.text, q.line) for q in spec.open_questions] == [("how long?", 2), ("And who?", 5), ("(no text)", 6)]


@pytest.mark.parametrize("code", ["`[NEEDS CLARIFICATION: x]`", "\n```\n[NEEDS CLARIFICATION: x]\n```\n"])
def test_questions_in_code_are_none(code):
    assert read(f"# A\nThe mark {code} is known.\n").open_questions == ()


# ── re-wrapping ─────────────────────────────────────────────────────────────────────────────────

PARAGRAPHS = [
    "A long paragraph that says, with **bold** and `code spans` and [links](http://x.y/z), what the unit is for.",
    "Another one; it has *emphasis*, an em dash — and numbers such as 1 and 2 in the middle of its sentences.",
]
ITEMS = ["**R-1** Accept plus tags: `a+b@c.de` is valid whatever the domain says about it.", "**R-2** Be quick."]


def wrapped(width, gaps):
    # Only where a space may become a line end without meaning something else in Markdown.
    paragraphs = [textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False) for text in PARAGRAPHS]
    items = [
        "- " + textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")
        for text in ITEMS
    ]
    return "# Title\n" + "\n" * gaps + ("\n" + "\n" * gaps).join([*paragraphs, "\n".join(items)]) + "\n" * gaps


@settings(deadline=None)
@given(st.integers(20, 200), st.integers(1, 3))
def test_rewrapping_changes_nothing(width, gaps):
    assert forms(read(wrapped(width, gaps))) == forms(read(wrapped(1000, 1)))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("is valid", "is invalid", 0), ("what the unit", "who the unit", 1), ("Be quick", "Be quicker", 0)],
)
def test_another_word_changes_its_field_alone(old, new, field):
    text = wrapped(1000, 1)
    before, after = forms(read(text)), forms(read(text.replace(old, new)))
    assert [before[n] != after[n] for n in range(3)] == [n == field for n in range(3)]


# ── problems ────────────────────────────────────────────────────────────────────────────────────


def test_an_unclosed_front_matter():
    assert problems_of("---\ntarget: a.py\n# A\n") == (
        "error: the front matter is not closed: no second `---` line\n"
        "  --> specs/a.md:1:1\n"
        "   |\n"
        " 1 | ---\n"
        "   | ^^^\n"
        "hint: add a line `---` after the last key of specs/a.md, then: regen status"
    )


def test_invalid_yaml():
    assert problems_of("---\ntarget: a.py\nuses: [b\n---\n") == (
        "error: the front matter is not valid YAML: did not find expected ',' or ']'\n"
        "  --> specs/a.md:3:9\n"
        "   |\n"
        " 3 | uses: [b\n"
        "   |         ^\n"
        "hint: edit specs/a.md:3, then: regen status"
    )


def test_front_matter_that_is_no_mapping():
    assert problems_of("---\n- target\n---\n") == (
        "error: the front matter must be `key: value` lines\n"
        "  --> specs/a.md:2:1\n"
        "   |\n"
        " 2 | - target\n"
        "   | ^^^^^^^^\n"
        "hint: edit specs/a.md:2, then: regen status"
    )


def test_every_problem_of_a_file_at_once():
    text = (
        "---\ntarget: a.py\ntargets: [b.py]\ntestz: [t.py]\ncolour: red\nuses: {a: b}\nrevise: perhaps\n"
        "unit: a\nunit: b\n? [x]\n: y\n---\n- **R-1** One.\n- **R-1** Two.\n"
    )
    assert problems_of(text) == (
        "error: unknown key `testz`; did you mean `tests`?\n"
        "  --> specs/a.md:4:1\n"
        "   |\n"
        " 4 | testz: [t.py]\n"
        "   | ^^^^^\n"
        "hint: sed -i '4s/testz/tests/' specs/a.md\n"
        "\n"
        "error: unknown key `colour`; known keys: context, generator, hidden_tests, revise, target, targets,"
        " test_command, tests, unit, uses\n"
        "  --> specs/a.md:5:1\n"
        "   |\n"
        " 5 | colour: red\n"
        "   | ^^^^^^\n"
        "hint: edit specs/a.md:5, then: regen status\n"
        "\n"
        "error: `uses` must be a list of words or paths, such as [a, b]\n"
        "  --> specs/a.md:6:7\n"
        "   |\n"
        " 6 | uses: {a: b}\n"
        "   |       ^^^^^^\n"
        "hint: edit specs/a.md:6, then: regen status\n"
        "\n"
        "error: `revise` must be true or false\n"
        "  --> specs/a.md:7:9\n"
        "   |\n"
        " 7 | revise: perhaps\n"
        "   |         ^^^^^^^\n"
        "hint: edit specs/a.md:7, then: regen status\n"
        "\n"
        "error: the key `unit` is given twice\n"
        "  --> specs/a.md:9:1\n"
        "   |\n"
        " 9 | unit: b\n"
        "   | ^^^^\n"
        "hint: edit specs/a.md:9, then: regen status\n"
        "\n"
        "error: a key must be one word\n"
        "  --> specs/a.md:10:3\n"
        "    |\n"
        " 10 | ? [x]\n"
        "    |   ^^^\n"
        "hint: edit specs/a.md:10, then: regen status\n"
        "\n"
        "error: give `target` or `targets`, not both\n"
        "  --> specs/a.md:3:1\n"
        "   |\n"
        " 3 | targets: [b.py]\n"
        "   | ^^^^^^^\n"
        "hint: edit specs/a.md:3, then: regen status\n"
        "\n"
        "error: the requirement id R-1 stands twice; first at line 13\n"
        "  --> specs/a.md:14:5\n"
        "    |\n"
        " 14 | - **R-1** Two.\n"
        "    |     ^^^\n"
        "hint: sed -i '14s/R-1/R-2/' specs/a.md"
    )


@pytest.mark.parametrize("value", ["", "[a, b]", '"a\\0b"', '"a\\nb"'])
def test_a_target_that_is_no_path(value):
    assert problems_of(f"---\ntarget: {value}\n---\n").startswith("error: `target` must be one word or path\n")


@pytest.mark.parametrize("value", ["[" * 100_000, "{a: " * 30_000, "\n" + "\n".join(" " * n + "-" for n in range(900))])
def test_nesting_that_would_overflow_the_stack_is_a_problem(value):
    assert "nested more than 20 levels deep" in problems_of(f"---\ntarget: {value}\n---\n")


def test_the_hint_for_a_duplicate_id_leaves_others_alone():
    text = "- **R-1** a.\n- **R-2** b.\n- **R-1** c. As in R-3.\n"
    assert problems_of(text).endswith("hint: sed -i '3s/R-1/R-4/' specs/a.md")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_is_a_problem(text):
    spec, problems = native.parse("specs/a.md", text)
    assert spec is not None or problems


MARKDOWN = st.lists(
    st.sampled_from(
        ["---\n", "target: a.py\n", "uses: [", "]\n", "- **R-1** ", "`", "```\n", "<!--", "-->", "\n", "    ", "> ", "# A\n",
         "[@test] t.py::a", "[NEEDS CLARIFICATION: ", "]", "| a | b |\n", "&x *x", "\t", "\r\n", "\ufeff", "**", "1. ", "é🙂"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(MARKDOWN)
def test_any_markdown_is_read_or_is_a_problem_and_its_places_exist(text):
    spec, problems = native.parse("specs/a.md", text)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    for problem in problems:
        assert 0 < problem.line <= len(lines)
        render(problem)
    for requirement in spec.requirements if spec else ():
        assert 0 < requirement.line <= requirement.end_line <= len(lines)

import pytest

from regen.specs import native
from regen.trust.static import examine
from regen.units.unit import unit_from

SLUG = """\
---
target: src/slug.py
tests: [tests/test_slug.py]
---
# Slugs
Make the part of a URL that names an article.

## Interface
    def slugify(title: str, limit: int = 80) -> str: ...

## Preconditions
- `1 <= limit <= 200`
- `len(title) <= 10000`

## Requirements
- **FR-001** Letters are lowered, runs of other characters become one hyphen: `slugify("Hello, World!")` → `hello-world`.
- **FR-002** A slug is cut at `limit` characters.

## Errors
- **FR-010** A title without letters raises `ValueError("nothing to name")`.

## Invariants
- No slug starts or ends with a hyphen.

## Limits
- Linear time. Titles are never evaluated or logged.

## Out of scope
- Transliteration.
"""

TESTS = """\
import pytest
from slug import slugify


@pytest.mark.req("FR-001")
@pytest.mark.parametrize(("title", "slug"), [("Hello, World!", "hello-world"), ("a B", "a-b")])
def test_slugs(title, slug):
    assert slugify(title) == slug


@pytest.mark.req("FR-002")
def test_cut():
    assert slugify("abcdef", limit=3) == "abc"


@pytest.mark.req("FR-010")
def test_nothing_to_name():
    with pytest.raises(ValueError, match="^nothing to name$"):
        slugify("!!!")
"""


def found(spec, tests=TESTS):
    read, problems = native.parse("specs/slug.md", spec)
    assert not problems
    return examine(read, unit_from(read, read.front, "slug"), {"tests/test_slug.py": tests}, {})[1]


def kinds(spec, tests=TESTS):
    return [finding.kind for finding in found(spec, tests)]


def without(heading):
    """Return the spec less one section."""
    head, _, rest = SLUG.partition(f"## {heading}\n")
    tail = rest.partition("\n## ")
    return head + ("## " + tail[2] if tail[2] else "")


def with_requirement(text):
    return SLUG.replace("A slug is cut at `limit` characters.", text)


def test_a_strong_spec_has_no_findings():
    assert found(SLUG) == ()


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("Invariants", "no invariants"), ("Limits", "no limits"), ("Out of scope", "no scope")],
)
def test_a_question_that_is_not_answered(heading, kind):
    assert kinds(without(heading)) == [kind]


def test_no_failures():
    spec = without("Errors").replace("## Invariants", "## Error handling\nErrors should be treated.\n\n## Invariants")
    assert "no failures" in kinds(spec)


def test_no_inputs_and_outputs():
    spec = "# Slugs\nSlugs for articles.\n\n- Letters are low.\n\n## Out of scope\n- All else.\n\n## Limits\nnone\n\n## Errors\nnone\n\n## Invariants\nnone\n"
    read, _ = native.parse("specs/slug.md", spec)
    unit = unit_from(native.parse("specs/slug.md", SLUG)[0], native.parse("specs/slug.md", SLUG)[0].front, "slug")
    assert [f.kind for f in examine(read, unit, {}, {})[1]] == ["no inputs and outputs"]


@pytest.mark.parametrize(
    ("heading", "other"),
    [
        ("Invariants", "Guarantees"),
        ("Limits", "Performance and security"),
        ("Out of scope", "Non-goals"),
        ("Errors", "Failure modes"),
        ("Errors", "When it goes wrong"),
        ("Out of scope", "Won't have"),
        ("Out of scope", "Deliberately left out"),
        ("Invariants", "What always holds"),
        ("Limits", "Speed and safety"),
    ],
)
def test_other_headings_answer_too(heading, other):
    assert kinds(SLUG.replace(f"## {heading}", f"### {other}")) == []


@pytest.mark.parametrize(
    ("heading", "answer"),
    [
        ("Errors", "`slugify` never raises."),
        ("Errors", "Every title is allowed."),
        ("Errors", 'A title without letters: `SlugError("nothing to name")`.'),
        ("Out of scope", "All else is left to the caller."),
        ("Out of scope", "Nothing is out of scope."),
    ],
)
def test_a_sentence_answers_too(heading, answer):
    spec = without(heading).replace("## Limits\n", f"## Limits\n- {answer}\n")
    assert set(kinds(spec)) & {"no failures", "no scope"} == set()


@pytest.mark.parametrize("text", ["See above.", "- `title`: the title.", "- The package is supported until 2030."])
def test_a_heading_alone_answers_nothing(text):
    spec = SLUG.replace("## Invariants\n- No slug starts or ends with a hyphen.", f"## Properties\n{text}")
    assert kinds(spec) == ["no invariants"]


def test_none_is_an_answer_and_a_promise_is_not():
    assert kinds(SLUG.replace("- Linear time. Titles are never evaluated or logged.", "None.")) == []
    assert "no limits" in kinds(SLUG.replace("- Linear time. Titles are never evaluated or logged.", "TBD"))


@pytest.mark.parametrize(
    ("promise", "kinds_found"),
    [("- To be agreed with the editors.", ["no limits"]), ("- Not yet measured.", ["no limits"]), ("TBC", ["no limits"]),
     ("- Linear time; titles to be cut are never logged.", [])],
)  # fmt: skip
def test_a_promise_to_say_it_later_is_no_answer(promise, kinds_found):
    assert kinds(SLUG.replace("- Linear time. Titles are never evaluated or logged.", promise)) == kinds_found


def test_failures_may_stand_among_the_requirements_of_a_contract():
    spec = SLUG.replace("## Requirements", "## Contract").replace("## Errors\n", "")
    assert kinds(spec) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Slugs are made fast.", "fast"),
        ("`slugify` should handle long titles quickly.", "quickly"),
        ("Titles are cut to an appropriate length.", "appropriate"),
        ("A title in another script is handled gracefully.", "gracefully"),
        ("The result should be user-friendly.", "user-friendly"),
        ("Commas, dots, etc. become hyphens.", "etc."),
        ("The length of a slug is TBD.", "TBD"),
        ("Slugs are usually in lower case.", "usually"),
        ("Dots and/or commas become hyphens.", "and/or"),
        ("Long titles are shortened as needed.", "as needed"),
        ("`slugify` returns a reasonable slug.", "reasonable"),
        ("The title is processed efficiently.", "efficiently"),
        ("Titles are properly escaped.", "properly"),
        ("A wrong title returns a helpful error message.", "helpful error message"),
        ("Without a title a user-friendly hint is printed, and the status is 2.", "user-friendly"),
        ("A wrong title is handled appropriately, with `ValueError`.", "appropriately"),
        ("In 5 ms, `slugify` gives an intuitively shortened title.", "intuitively"),
        ("The slug gets back to the caller soon.", "soon"),
        ("Titles that look suspicious are left out.", "look suspicious"),
        ("Where it makes sense, words are joined.", "Where it makes sense"),
        ("For typical mistakes another slug is made.", "typical mistakes"),
        ("An empty title gives a useful hint.", "useful hint"),
    ],
)
def test_vague_words(text, word):
    (finding,) = [f for f in found(with_requirement(text)) if f.kind == "vague"]
    assert (finding.requirement, finding.line) == ("FR-002", 17)
    assert f"“{word}”" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "Slugs of 10,000 characters are made fast: in at most 5 ms.",
        "A wrong title raises an appropriate error, `ValueError`.",
        "`limit` is usually 80.",
        'A title is escaped properly: `slugify("a&b")` is `a-b`.',
        "The word `fast` is kept as it is.",
        "It ends as soon as the title does.",
        'The label "due soon" becomes `due-soon`.',
        "A title gets a suitable ending: the number of its copies, from 2.",
    ],
)
def test_words_that_are_made_precise(text):
    assert "vague" not in kinds(with_requirement(text))


@pytest.mark.parametrize(
    "text",
    ["Use a hash map.", "The code is clean and readable.", "Be maintainable.", "The module follows PEP 8.",
     "Words are kept in a dictionary internally.", "The implementation should be easy to extend.", "Use recursion.",
     "Hyphens are kept in a module-level constant.", "Patterns are compiled when the module is loaded.",
     "The limit is defined in one constant and nowhere repeated.", "The words stand in a private attribute.",
     "Cutting and joining are separate functions.", "Other scripts are easy to add for a developer.",
     "The module is aware of the order of words and takes it into consideration.", "`slugify` cares about titles."],
)  # fmt: skip
def test_nothing_to_observe(text):
    assert "no observable" in kinds(with_requirement(text))


@pytest.mark.parametrize(
    "text", ["Digits are kept.", "`limit` counts characters, not bytes.", "White space around the title is ignored.",
             "Using a dictionary for `title` raises `TypeError`.", "Two titles that differ in case only have one slug.",
             "Upper and lower case differ.", "Hyphens come first."],
)  # fmt: skip
def test_something_to_observe(text):
    assert "no observable" not in kinds(with_requirement(text))


# ── contradictions ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('("Hello, World!", "hello-world")', '("Hello, World!", "hello_world")'),
        ('    assert slugify("abcdef", limit=3) == "abc"', '    assert slugify("Hello, World!") == "hello"'),
        (
            '    assert slugify("abcdef", limit=3) == "abc"',
            '    title = "Hello, World!"\n    assert slugify(title=title) == "hello"',
        ),
        ('slugify("!!!")', 'slugify("Hello, World!")'),
        *(
            ('    assert slugify("abcdef", limit=3) == "abc"', body)
            for body in (
                '    for title, slug in {"Hello, World!": "hello"}.items():\n        assert slugify(title) == slug',
                '    args = ("Hello, World!",)\n    assert slugify(*args) == "hello"',
                '    got = slugify("a")\n    assert got == "a"\n    got = slugify("Hello, World!")\n    assert got == "hello"',
                '    assert [slugify("Hello, World!"), slugify("a")] == ["hello", "a"]',
            )
        ),
    ],
)
def test_example_against_test(old, new):
    (finding,) = [f for f in found(SLUG, TESTS.replace(old, new)) if f.kind == "contradiction"]
    assert (finding.line, finding.requirement) == (16, "FR-001")


def test_spaces_within_an_example_count():
    spec = with_requirement('`slugify("a  b!")` is `a-b`.')
    assert kinds(spec, TESTS.replace('slugify("abcdef", limit=3) == "abc"', 'slugify("a  b!") == "ab"')) == [
        "contradiction"
    ]
    assert kinds(spec, TESTS.replace('slugify("abcdef", limit=3) == "abc"', 'slugify("a b!") == "ab"')) == []


def test_message_tells_both_sides():
    (finding,) = found(SLUG, TESTS.replace('"hello-world")', '"hello_world")'))
    assert (
        finding.message == "`slugify(\"Hello, World!\")` is hello-world here, and 'hello_world' in tests/test_slug.py:8"
    )


def test_example_against_example():
    spec = with_requirement("No more. `slugify('Hello, World!') == 'hello'`")
    assert "contradiction" in kinds(spec)


@pytest.mark.parametrize("example", ['`slugify("abc", 0)` → `"a"`', "`slugify('abc', limit=201) == 'abc'`"])
def test_example_against_precondition(example):
    (finding,) = [f for f in found(with_requirement(f"Cut. {example}")) if f.kind == "contradiction"]
    assert "breaks the precondition `1 <= limit <= 200`" in finding.message


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Without a `limit`, slugs have at most 60 characters.", True),
        ("`limit` defaults to 60 characters.", True),
        ("The default `limit` is 100.", True),
        ("By default `limit` is 50.", True),
        ("Without a `limit`, slugs have at most 80 characters.", False),
        ("`limit` defaults to 80 and is never above 200.", False),
        ("With a `limit` of 60 a slug has 60 characters.", False),
        ("Without a limitation of 3 words there is no slug.", False),
    ],
)
def test_another_default_than_the_signature(said, told):
    assert ("contradiction" in kinds(with_requirement(said))) is told


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (
            "Titles from 5 up to, but not including, 90 characters count.",
            "Titles up to, and including, 90 count.",
            True,
        ),
        ("Slugs have up to 90 characters, 90 inclusive.", "Slugs have up to 90 characters, 90 exclusive.", True),
        ("`tags(title)` gives all tags of a title, sorted.", "`tags` gives the tags in insertion order.", True),
        ("`tags` gives the tags sorted.", "`titles` gives the titles in the order of adding.", False),
        ("Titles up to, but not including, 90 count.", "Titles up to, and including, 70 count.", False),
        ("Titles up to, but not including, 90 count.", "Authors up to, and including, 90 stand first.", False),
    ],
)
def test_whether_a_bound_is_in_or_out(one, other, told):
    spec = SLUG.replace("A slug is cut at `limit` characters.", f"{one}\n- **FR-003** {other}")
    assert ("contradiction" in kinds(spec)) is told


def test_numbers_that_clash():
    spec = SLUG.replace("A slug is cut at `limit` characters.", "A slug has at most 80 characters.")
    spec = spec.replace(
        'raises `ValueError("nothing to name")`.',
        'raises `ValueError("nothing to name")`.\n- **FR-011** A slug of more than 100 characters is never made.',
    )
    assert "contradiction" in kinds(spec)


def test_another_message_than_the_requirement_gives():
    (finding,) = found(SLUG, TESTS.replace("^nothing to name$", "^empty title given$"))
    assert (finding.kind, finding.requirement) == ("contradiction", "FR-010")


def test_a_message_of_words_that_stand_in_the_spec_by_chance():
    (finding,) = found(SLUG, TESTS.replace("^nothing to name$", "^title without letters$"))
    assert (finding.kind, finding.requirement) == ("contradiction", "FR-010")


@pytest.mark.parametrize(
    "text",
    [
        '`slugify("abc", 200)` is `abc`.',
        "A part has at most 20 characters.",
        '`slugify("Hello, World!")` gives `hello-world`.',
    ],
)
def test_no_contradiction(text):
    assert "contradiction" not in kinds(with_requirement(text))

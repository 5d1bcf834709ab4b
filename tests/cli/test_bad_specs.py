"""What wrong specs and a wrong regen.toml get: every problem of a file at once, in its place, with a command."""

from __future__ import annotations

import itertools

import pytest
from tiny import SETTINGS, spec, unit

TWO = {**unit("a"), **unit("b", uses="a")}


def refused(project, files, expected, settings=SETTINGS):
    """Every command that reads the project says the same and changes nothing."""
    made = project({**TWO, **files}, settings=settings)
    before = made.files()
    for words in (["status"], ["build"], ["check"]):
        ran = made.regen(*words)
        assert (ran.code, ran.out, ran.err.rstrip("\n")) == (2, "", expected)
    assert made.files() == before
    return made


def test_unknown_key_with_the_nearest_known_one(project):
    made = refused(
        project,
        {"specs/a.md": spec("a").replace("tests:", "test:")},
        """\
error: unknown key `test`; did you mean `tests`?
  --> specs/a.md:3:1
   |
 3 | test: [tests/a.sh]
   | ^^^^
hint: sed -i '3s/test/tests/' specs/a.md""",
    )
    made.shell("sed -i '3s/test/tests/' specs/a.md")
    assert made.regen("status").code == 1


def test_unknown_key_that_is_like_no_other(project):
    ran = project({"specs/a.md": "---\ntarget: out/a.txt\ncolour: red\n---\n# A\n"}).regen("status")
    assert ran.code == 2
    assert "unknown key `colour`; known keys: context, generator, hidden_tests, revise, target" in ran.err


def test_all_problems_of_a_file_at_once(project):
    text = "---\ntaget: out/a.txt\nuses: {a: b}\ntests:\nrevise: maybe\n---\n# A\n"
    ran = project({"specs/a.md": text}).regen("status")
    assert ran.code == 2
    assert [line for line in ran.err.split("\n") if line.startswith(("error", "  -->"))] == [
        "error: unknown key `taget`; did you mean `target`?",
        "  --> specs/a.md:2:1",
        "error: `uses` must be a list of words or paths, such as [a, b]",
        "  --> specs/a.md:3:7",
        "error: `tests` must be a list of words or paths, such as [a, b]",
        "  --> specs/a.md:4:7",
        "error: `revise` must be true or false",
        "  --> specs/a.md:5:9",
    ]


def test_front_matter_that_is_no_yaml(project):
    text = spec("a").replace("tests: [tests/a.sh]", "tests: [tests/a.sh")
    ran = project({"specs/a.md": text}).regen("status")
    assert ran.code == 2
    assert ran.err.startswith("error: the front matter is not valid YAML: ")
    assert "  --> specs/a.md:" in ran.err
    assert "^" in ran.err
    assert "hint: " in ran.err


def test_front_matter_that_is_never_closed(project):
    ran = project({"specs/a.md": "---\ntarget: out/a.txt\n# A\n"}).regen("status")
    assert ran == (
        2,
        "",
        """\
error: the front matter is not closed: no second `---` line
  --> specs/a.md:1:1
   |
 1 | ---
   | ^^^
hint: add a line `---` after the last key of specs/a.md, then: regen status
""",
    )


def test_front_matter_that_is_no_mapping(project):
    ran = project({"specs/a.md": "---\njust words\n---\n# A\n"}).regen("status")
    assert ran.code == 2
    assert "error: the front matter must be `key: value` lines\n  --> specs/a.md:2:1\n" in ran.err


def test_requirement_id_that_stands_twice(project):
    made = project({**unit("a"), "specs/a.md": spec("a") + "- **FR-001** Says it again.\n"})
    ran = made.regen("status")
    assert ran == (
        2,
        "",
        """\
error: the requirement id FR-001 stands twice; first at line 8
  --> specs/a.md:9:5
   |
 9 | - **FR-001** Says it again.
   |     ^^^^^^
hint: sed -i '9s/FR-001/FR-002/' specs/a.md
""",
    )
    made.shell("sed -i '9s/FR-001/FR-002/' specs/a.md")
    assert made.regen("status").code == 1


@pytest.mark.parametrize(
    "declared",
    [
        True,
        False,
    ],
    ids=["by unit:", "by its place"],
)
def test_unit_id_that_is_taken(project, declared):
    made = project({**TWO, "specs/b.md": spec("b").replace("target", "unit: a\ntarget")})
    if not declared:
        made.write({"specs/b.md": spec("b"), "specs/a.md": spec("a").replace("target", "unit: b\ntarget")})
    ran = made.regen("status")
    assert ran.code == 2
    assert "is taken by specs/a.md\n  --> specs/b.md:" in ran.err
    hint = ran.err.rsplit("hint: ", 1)[1].strip()
    made.shell(hint)
    assert made.regen("status").code == 1, hint


def test_target_claimed_twice(project):
    refused(
        project,
        {"specs/b.md": spec("b").replace("out/b.txt", "out/a.txt")},
        """\
error: the target `out/a.txt` is claimed by a (specs/a.md) too
  --> specs/b.md:2:9
   |
 2 | target: out/a.txt
   |         ^^^^^^^^^
hint: edit specs/b.md, then: regen status""",
    )


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("../a.txt", "is outside the project"),
        ("out/../../a.txt", "is outside the project"),
        ("/etc/passwd", "is an absolute path; targets are relative to the project"),
        (".git/hooks/pre-commit", "is inside .git, which is not for generated code"),
        (".regen/locks/a.json", "is inside .regen, which is not for generated code"),
    ],
)
def test_target_where_no_code_may_go(project, target, why):
    ran = project({**unit("a"), "specs/a.md": spec("a").replace("out/a.txt", target)}).regen("status")
    assert ran.code == 2
    assert ran.err.startswith(f"error: the target `{target}` {why}\n  --> specs/a.md:2:9\n")


def test_missing_test(project):
    made = project()
    (made.root / "tests/a.sh").unlink()
    ran = made.regen("status")
    assert ran == (
        2,
        "",
        """\
error: the test tests/a.sh does not exist
  --> specs/a.md:3:9
   |
 3 | tests: [tests/a.sh]
   |         ^^^^^^^^^^
hint: touch tests/a.sh
""",
    )
    made.shell("touch tests/a.sh")
    assert made.regen("status").code == 1


def test_cycle_is_printed(project):
    files = {**unit("a", uses="c"), **unit("b", uses="a"), **unit("c", uses="b")}
    made = project(files)
    for command in ("status", "build"):
        ran = made.regen(command)
        assert ran.code == 2
        first, place, *_ = ran.err.split("\n")
        message = "error: units use each other in a circle: "
        ring = first.removeprefix(message).split(" → ")
        assert first.startswith(message)
        assert ring[0] == ring[-1]
        assert all(f"uses: [{used}]" in files[f"specs/{user}.md"] for user, used in itertools.pairwise(ring))
        assert place == f"  --> specs/{ring[0]}.md:3:8"
        assert "   |        ^" in ran.err
    hint = ran.err.rsplit("hint: ", 1)[1]
    assert not hint.startswith("regen explain"), "explain fails on the same cycle"


def test_used_unit_that_is_not_there(project):
    ran = project({**unit("alpha"), **unit("b", uses="alpah")}).regen("status")
    assert ran == (
        2,
        "",
        """\
error: no unit is called `alpah`; did you mean `alpha`?
  --> specs/b.md:3:8
   |
 3 | uses: [alpah]
   |        ^^^^^
hint: sed -i 's/alpah/alpha/' specs/b.md
""",
    )


def test_spec_that_is_no_text(project):
    ran = project({**unit("a"), "specs/a.md": b"---\ntarget: out/a.txt\n---\n# caf\xe9\n"}).regen("status")
    assert ran.code == 2
    assert ran.err.startswith("error: specs/a.md is not UTF-8 text (byte 0xe9)\n  --> specs/a.md:4:6\n")
    assert "hint: iconv -f latin1 -t utf-8 specs/a.md -o specs/a.md\n" in ran.err


def test_settings_that_are_no_toml(project):
    ran = project(settings="[generator]\ndefault =\n").regen("status")
    assert ran == (
        2,
        "",
        """\
error: regen.toml is not valid TOML: Invalid value
  --> regen.toml:2:10
   |
 2 | default =
   |          ^
hint: edit regen.toml:2, then: regen status
""",
    )


def test_every_problem_of_the_settings_at_once(project):
    ran = project(settings='[buidl]\n[build]\nattempts = 0\njobz = 2\nmax_cost = "x"\n').regen("status")
    assert ran.code == 2
    assert [line for line in ran.err.split("\n") if line.startswith(("error", "  -->", "hint"))] == [
        "error: unknown key `buidl`; did you mean `build`?",
        "  --> regen.toml:1:2",
        "hint: sed -i '1s/buidl/build/' regen.toml",
        "error: `attempts` is 0; it must be at least 1",
        "  --> regen.toml:3:1",
        "hint: edit regen.toml:3, then: regen status",
        "error: unknown key `jobz`; did you mean `jobs`?",
        "  --> regen.toml:4:1",
        "hint: sed -i '4s/jobz/jobs/' regen.toml",
        "error: `max_cost` is of the wrong kind: expected `float | null`, got `str`",
        "  --> regen.toml:5:1",
        "hint: edit regen.toml:5, then: regen status",
    ]


def test_settings_that_name_what_is_not_there(project):
    settings = f'context = ["LORE.md"]\n{SETTINGS}\n[checks.may_import]\nzz = []\n[units.x]\nspec = "x.md"\n'
    ran = project(settings=settings).regen("status")
    assert ran.code == 2
    errors = [line for line in ran.err.split("\n") if line.startswith("error")]
    assert errors[0] == "error: the spec x.md of unit `x` does not exist"


def test_context_file_that_is_not_there(project):
    ran = project(settings=f'context = ["LORE.md"]\n{SETTINGS}').regen("status")
    assert ran == (
        2,
        "",
        """\
error: the context file LORE.md does not exist
  --> regen.toml:1:13
   |
 1 | context = ["LORE.md"]
   |             ^^^^^^^
hint: touch LORE.md
""",
    )


def test_problems_as_data(project):
    made = project({**unit("a"), "specs/a.md": spec("a").replace("tests:", "test:")})
    code, data, err = made.json("status")
    assert code == 2
    assert data == {
        "problems": [
            {
                "message": "unknown key `test`; did you mean `tests`?",
                "path": "specs/a.md",
                "line": 3,
                "column": 1,
                "width": 4,
                "source": "test: [tests/a.sh]",
                "hint": "sed -i '3s/test/tests/' specs/a.md",
                "fault": "input",
            }
        ]
    }
    assert err.startswith("error: unknown key `test`")


def with_bom_and_crlf(text):
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


def test_byte_order_marks_and_crlf_are_read_and_mean_nothing(project):
    made = project()
    made.write({path: with_bom_and_crlf(made.read(path)) for path in ("specs/a.md", "regen.toml", "replies/a")})
    assert made.built().regen("check").out == "1 unit: all well\n"
    assert made.read("out/a.txt") == "a\n"
    made.write({"specs/a.md": spec("a"), "regen.toml": SETTINGS})
    assert made.regen("status") == (0, "1 unit: 1 fresh\n", "")
    made.write({"tests/a.sh": made.read("tests/a.sh").replace("\n", "\r\n").encode()})
    assert made.regen("status") == (0, "1 unit: 1 fresh\n", "")


def test_places_in_a_file_with_a_byte_order_mark_and_crlf(project):
    made = project({**unit("a"), "specs/a.md": with_bom_and_crlf(spec("a").replace("tests:", "test:"))})
    assert "  --> specs/a.md:3:1\n   |\n 3 | test: [tests/a.sh]\n   | ^^^^\n" in made.regen("status").err

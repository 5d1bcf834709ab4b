"""Projects that can't be built, and what a person is told about all of it at once."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from projects_on_disk import Disk, spec

from regen.units.graph import build_graph
from regen.units.unit import Target, Unit, gather_tests, id_from_path

STATUS = ", then: regen status"


def project(tmp_path, **specs):
    return Disk(tmp_path, {f"specs/{name.replace('__', '/')}.md": text for name, text in specs.items()})


def test_ids_come_from_paths_or_are_given(tmp_path):
    disk = project(tmp_path, signup__email=spec("a.py", "# A"), b=spec("b.py", "# B", unit="other.name"))
    assert sorted(disk.load().graph.units) == ["other.name", "signup.email"]
    assert id_from_path("specs/signup/email.md", "specs/") == "signup.email"


def test_used_units_come_first(tmp_path):
    disk = project(
        tmp_path, a=spec("a.py", "# A", uses="[b, c]"), b=spec("b.py", "# B", uses="[c]"), c=spec("c.py", "#")
    )
    graph = disk.load().graph
    assert graph.order == ("c", "b", "a")
    assert graph.dependents() == {"c": ["b", "a"], "b": ["a"], "a": []}


def test_duplicate_ids(tmp_path):
    disk = project(tmp_path, a=spec("a.py", "# A"), b=spec("b.py", "# B", unit="a"))
    assert disk.problems() == (
        "error: the unit id `a` is taken by specs/a.md\n"
        "  --> specs/b.md:3:7\n"
        "   |\n"
        " 3 | unit: a\n"
        "   |       ^\n"
        "hint: sed -i '3s/unit:.*/unit: a-2/' specs/b.md"
    )


def test_a_target_claimed_by_two_units(tmp_path):
    disk = project(tmp_path, a=spec("src/x.py", "# A"), b=spec("src/x.py", "# B"))
    assert disk.problems() == (
        "error: the target `src/x.py` is claimed by a (specs/a.md) too\n"
        "  --> specs/b.md:2:9\n"
        "   |\n"
        " 2 | target: src/x.py\n"
        "   |         ^^^^^^^^\n"
        f"hint: edit specs/b.md{STATUS}"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x.py", "x.py::f"),
        ("x.py::f", "x.py"),
        ("x.py::f", "x.py::f"),
        ("x.py::C", "x.py::C::m"),
        ("x.py::C.m", "x.py::C"),
    ],
)
def test_targets_that_share_code_are_claimed_twice(tmp_path, one, other):
    assert "is claimed by a (specs/a.md) too" in project(tmp_path, a=spec(one, "#"), b=spec(other, "#")).problems()


@pytest.mark.parametrize(
    ("one", "other"), [("x.py::f", "x.py::g"), ("x.py::C.m", "x.py::C.n"), ("x.py::C", "x.py::CD")]
)
def test_parts_of_one_file_may_belong_to_several_units(tmp_path, one, other):
    assert len(project(tmp_path, a=spec(one, "#"), b=spec(other, "#")).load().graph.units) == 2


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ("/etc/passwd", "is an absolute path; targets are relative to the project"),
        ("C:/x.py", "is an absolute path; targets are relative to the project"),
        ("../x.py", "is outside the project"),
        ("src/../../x.py", "is outside the project"),
        ("src/", "is a folder, not a file"),
        (".git/hooks/pre-commit", "is inside .git, which is not for generated code"),
        (".regen/locks/a.json", "is inside .regen, which is not for generated code"),
        ("src//x.py", "should be written `src/x.py`"),
        ("regen.toml", "is the project's configuration, which people write"),
        ("specs/b.md", "is the spec of b, which people write"),
        ("tests/test_b.py", "is a test of b, which people write"),
    ],
)
def test_targets_where_no_code_may_be_generated(tmp_path, target, wrong):
    disk = project(tmp_path, a=spec(target, "# A"), b=spec("b.py", "# B", tests="[tests/test_b.py]"))
    disk.write("tests/test_b.py", "")
    first = disk.problems().split("\n")
    assert first[:5] == [
        f"error: the target `{target}` {wrong}",
        "  --> specs/a.md:2:9",
        "   |",
        f" 2 | target: {target}",
        "   |         " + "^" * len(target),
    ]


@pytest.mark.parametrize("target", ["..src/x.py", "src/..x.py", "a b/x.py"])
def test_odd_names_inside_the_project_are_fine(tmp_path, target):
    assert project(tmp_path, a=spec(target, "# A")).load().graph.units["a"].targets == (Target(target),)


def test_a_unit_without_a_target(tmp_path):
    assert project(tmp_path, a="---\nuses: []\n---\n# A\n").problems() == (
        "error: unit `a` has no target: which file is generated?\n"
        "  --> specs/a.md:1:1\n"
        "   |\n"
        " 1 | ---\n"
        "   | ^^^\n"
        "hint: sed -i '1a target: src/a.py' specs/a.md"
    )


def test_missing_tests_and_context_files_in_lists_of_several_lines(tmp_path):
    text = "---\ntarget: a.py\ntests:\n  - tests/test_a.py\n  - tests/test_b.py\ncontext: [NOTES.md]\n---\n# A\n`[@test] t.py::x`\n"
    disk = project(tmp_path, a=text)
    disk.write("tests/test_a.py", "")
    assert disk.problems() == (
        "error: the test tests/test_b.py does not exist\n"
        "  --> specs/a.md:5:5\n"
        "   |\n"
        " 5 |   - tests/test_b.py\n"
        "   |     ^^^^^^^^^^^^^^^\n"
        "hint: touch tests/test_b.py\n"
        "\n"
        "error: the test t.py does not exist\n"
        "  --> specs/a.md:9:10\n"
        "   |\n"
        " 9 | `[@test] t.py::x`\n"
        "   |          ^^^^\n"
        "hint: touch t.py\n"
        "\n"
        "error: the context file NOTES.md does not exist\n"
        "  --> specs/a.md:6:11\n"
        "   |\n"
        " 6 | context: [NOTES.md]\n"
        "   |           ^^^^^^^^\n"
        "hint: touch NOTES.md"
    )


def test_an_unknown_unit_and_the_nearest_known_one(tmp_path):
    disk = project(tmp_path, money=spec("m.py", "#"), cart=spec("c.py", "#", uses="[mony, weather]"))
    assert disk.problems() == (
        "error: no unit is called `mony`; did you mean `money`?\n"
        "  --> specs/cart.md:3:8\n"
        "   |\n"
        " 3 | uses: [mony, weather]\n"
        "   |        ^^^^\n"
        "hint: sed -i 's/mony/money/' specs/cart.md\n"
        "\n"
        "error: no unit is called `weather`\n"
        "  --> specs/cart.md:3:14\n"
        "   |\n"
        " 3 | uses: [mony, weather]\n"
        "   |              ^^^^^^^\n"
        "hint: regen status"
    )


def test_a_cycle_is_printed(tmp_path):
    disk = project(
        tmp_path,
        aa=spec("a.py", "#", uses="[bb]"),
        bb=spec("b.py", "#", uses="[cc]"),
        cc=spec("c.py", "#", uses="[aa]"),
    )
    assert disk.problems() == (
        "error: units use each other in a circle: aa → bb → cc → aa\n"
        "  --> specs/aa.md:3:8\n"
        "   |\n"
        " 3 | uses: [bb]\n"
        "   |        ^^\n"
        f"hint: edit specs/aa.md: take `bb` out of `uses`{STATUS}"
    )


def test_a_unit_that_uses_itself_is_a_cycle(tmp_path):
    assert "in a circle: a → a\n" in project(tmp_path, a=spec("a.py", "#", uses="[a]")).problems()


def test_problems_of_several_files_at_once(tmp_path):
    disk = project(tmp_path, a="---\nuses: [\n---\n", b="---\ncolour: 1\n---\n", c="---\ntarget: c.py\n")
    assert [line for line in disk.problems().split("\n") if line.startswith("  -->")] == [
        "  --> specs/a.md:2:8", "  --> specs/b.md:2:1", "  --> specs/c.md:1:1",
    ]  # fmt: skip


def test_a_file_named_as_a_whole_takes_in_its_single_tests():
    refs = gather_tests([("t.py::a[1]", 1), ("u.py", 2), ("./t.py::b", 3), ("u.py::c", 4)])
    assert [ref.node_ids() for ref in refs] == [("t.py::a", "t.py::b"), ("u.py",)]


@st.composite
def declarations(draw):
    names = [f"u{n}" for n in range(draw(st.integers(1, 8)))]
    return [
        Unit(id=name, spec=f"{name}.md", title="", targets=(Target(f"{name}.py"),),
             uses=tuple(draw(st.lists(st.sampled_from(names), max_size=3, unique=True))))
        for name in names
    ]  # fmt: skip


@settings(deadline=None)
@given(declarations())
def test_a_graph_is_in_order_or_a_real_circle_is_printed(units):
    graph, complaints = build_graph(units, lambda path: True)
    uses = {unit.id: unit.uses for unit in units}
    if graph is None:
        [complaint] = complaints
        ring = complaint.message.rpartition(": ")[2].split(" → ")
        assert ring[0] == ring[-1]
        assert all(after in uses[before] for before, after in itertools.pairwise(ring))
    else:
        place = {name: n for n, name in enumerate(graph.order)}
        assert all(place[used] < place[name] for name in uses for used in uses[name])

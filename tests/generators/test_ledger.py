"""Generator `ledger`: the recorded reply to this very prompt, or which part of the prompt differs."""

from __future__ import annotations

import shutil

import pytest
from projects import GREET, TEST, reply, spec


@pytest.fixture
def recorded(project):
    """Return a project whose replies are in its ledger, as one that was just cloned without its code."""
    project.write("CONVENTIONS.md", "Short names.\n")
    project.write("regen.toml", 'context = ["CONVENTIONS.md"]\n')
    assert project.build(project.answering(reply())).code == 0
    shutil.rmtree(project.folder / "src")
    shutil.rmtree(project.folder / ".regen/locks")
    return project


def missing(ran, why):
    assert (ran.code, ran.out) == (1, "1 unit: 1 failed; N s\n")
    assert ran.err.endswith(
        f"error from the generator: the ledger has no reply of greet to this prompt (attempt 1){why}\n"
        "hint: regen build greet --generator manual\n"
    )


def test_a_recorded_reply_is_used_again_and_costs_nothing(recorded):
    ran = recorded.build("ledger")
    assert (ran.code, recorded.calls) == (0, 1)
    assert ran.out == "1 unit: 1 accepted; N s\n"
    assert recorded.read("src/greet.py") == GREET


def test_nothing_new_is_recorded_by_a_replay(recorded):
    before = recorded.files(".regen/ledger/greet")
    recorded.build("ledger")
    assert recorded.files(".regen/ledger/greet") == before


def test_rejected_attempts_are_replayed_too(project):
    project.write("good", reply())
    generator = project.program("test -e again && cat good; touch again")
    assert project.build(generator).code == 0
    shutil.rmtree(project.folder / "src")
    shutil.rmtree(project.folder / ".regen/locks")
    ran = project.build("ledger")
    assert (ran.code, project.calls) == (0, 2)
    assert "✗ greet rejected: the reply is empty\n" in ran.err
    assert ran.err.endswith("✓ greet accepted (attempt 2)\n") or ran.err.endswith("✓ greet accepted\n")
    assert project.read("src/greet.py") == GREET


def test_a_unit_that_was_never_generated(project):
    missing(project.build("ledger"), ": none was ever recorded")


@pytest.mark.parametrize(
    ("path", "text", "part"),
    [
        ("specs/greet.md", spec("Greet nobody."), "spec"),
        ("CONVENTIONS.md", "Long names.\n", "context CONVENTIONS.md"),
        ("specs/greet.md", spec().replace("src/greet.py", "src/hello.py"), "answer"),
        ("tests/test_greet.py", TEST.replace("Ann", "Bob"), "test tests/test_greet.py"),
    ],
)
def test_the_part_of_the_prompt_that_differs_is_named(recorded, path, text, part):
    recorded.write(path, text)
    missing(recorded.build("ledger"), f"; the nearest recorded prompt differs in: {part}")
    assert not (recorded.folder / "src").exists()


def test_parts_that_came_and_went_are_named(recorded):
    recorded.write("GLOSSARY.md", "A person is a human.\n")
    recorded.write("regen.toml", 'context = ["GLOSSARY.md"]\n')
    differing = "context GLOSSARY.md, context CONVENTIONS.md"
    missing(recorded.build("ledger"), f"; the nearest recorded prompt differs in: {differing}")


def test_parts_in_another_order(recorded):
    recorded.write("GLOSSARY.md", "A person is a human.\n")
    recorded.write("regen.toml", 'context = ["CONVENTIONS.md", "GLOSSARY.md"]\n')
    assert recorded.build(recorded.answering(reply())).code == 0
    shutil.rmtree(recorded.folder / "src")
    shutil.rmtree(recorded.folder / ".regen/locks")
    recorded.write("regen.toml", 'context = ["GLOSSARY.md", "CONVENTIONS.md"]\n')
    ran = recorded.build("ledger")
    assert ran.code == 1
    assert "the nearest recorded prompt differs in: the order of its parts\n" in ran.err


def test_the_nearest_of_many_is_named(recorded):
    recorded.write("CONVENTIONS.md", "Other names.\n")
    recorded.write("specs/greet.md", spec("Greet nobody."))
    assert recorded.build(recorded.answering(reply())).code == 0
    recorded.write("specs/greet.md", spec("Greet everybody."))
    missing(recorded.build("ledger"), "; the nearest recorded prompt differs in: spec")


def test_a_spec_that_is_changed_back_finds_its_reply(recorded):
    before = recorded.read("specs/greet.md")
    recorded.write("specs/greet.md", before + "Greet nobody.\n")
    assert recorded.build("ledger").code == 1
    recorded.write("specs/greet.md", before)
    assert recorded.build("ledger").code == 0


def test_a_torn_record_is_told_and_left_alone(recorded):
    [path] = (recorded.folder / ".regen/ledger/greet").glob("reply-*.json")
    torn = path.read_bytes()[:-20]
    path.write_bytes(torn)
    ran = recorded.build("ledger")
    assert ran.code == 1
    assert ".regen/ledger/greet/reply-" in ran.err
    assert path.read_bytes() == torn
    assert recorded.calls == 1

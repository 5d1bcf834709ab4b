"""The ledger on disk: nothing is lost, nothing odd is believed."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import git

from regen.errors import InputError, MachineError, render
from regen.ledger.records import Generation, Lock, PromptPart, ReplyRecord
from regen.storage.ledger import DiskLedger
from regen.testing.memory import MemoryLedger
from regen.units.key import Key
from regen.verdicts.verdict import Verdict


def reply(text="r", **fields):
    return ReplyRecord(**{"unit": "a.b", "round": 1, "attempt": 1, "key": "k", "prompt": (PromptPart("spec", "s"),),
                          "prompt_digest": "p", "generator": "manual", "model": "", "reply": text, "at": 1.0} | fields)  # fmt: skip


def generation(**fields):
    return Generation(**{"unit": "a.b", "key": Key(), "verdict": Verdict.ACCEPTED, "at": 1.0} | fields)


@pytest.fixture
def ledger(tmp_path):
    return DiskLedger(str(tmp_path))


def again(ledger):
    return DiskLedger(ledger.root)


@pytest.fixture(params=["disk", "memory"])
def either(request, tmp_path):
    return DiskLedger(str(tmp_path)) if request.param == "disk" else MemoryLedger()


# ── what every ledger keeps ─────────────────────────────────────────────────────────────────────


def test_replies_and_generations_oldest_first(either):
    second, first = either.add_reply(reply(attempt=2)), either.add_reply(reply(attempt=1, at=9.0))
    third = either.add_reply(reply(round=2))
    assert either.replies("a.b") == (first, second, third)
    late, early = either.add_generation(generation(at=2.0)), either.add_generation(generation(at=1.0))
    assert either.generations("a.b") == (early, late)
    assert either.replies("other") == either.generations("other") == ()


def test_the_same_record_twice_is_one(either):
    assert either.add_reply(reply()) == either.add_reply(reply())
    assert len(either.replies("a.b")) == 1


def test_locks_are_replaced(either):
    assert either.lock("a.b") is None
    for name in ("one", "two"):
        either.put_lock(Lock(unit="a.b", generation=name))
        assert either.lock("a.b").generation == name


@pytest.mark.parametrize("text", ["", "a\r\nb\r", "é🙂", "\ud800", "\ufeff", "\x00"])
def test_texts_come_back_as_they_were(either, text):
    assert either.text(either.put_text(text)) == text


def test_a_text_that_is_not_there(either):
    with pytest.raises(MachineError):
        either.text("0" * 64)


@settings(deadline=None, max_examples=30)
@given(st.text(alphabet=st.characters(), max_size=30))
def test_any_text_comes_back(tmp_path_factory, text):
    disk = DiskLedger(str(tmp_path_factory.getbasetemp() / "texts"))
    assert disk.text(disk.put_text(text)) == text


# ── on disk ─────────────────────────────────────────────────────────────────────────────────────


def test_everything_is_there_for_the_next_build(ledger):
    written = (ledger.add_reply(reply()), ledger.add_generation(generation()))
    later = again(ledger)
    assert (*later.replies("a.b"), *later.generations("a.b")) == written
    assert later.torn == []
    assert later.units() == ("a.b",)


def files_of(ledger):
    folder = f"{ledger.root}/.regen/ledger/a.b"
    return [f"{folder}/{name}" for name in sorted(os.listdir(folder))]


def test_a_torn_entry_is_told_left_alone_and_survived(ledger):
    ledger.add_reply(reply("one"))
    kept = ledger.add_reply(reply("two"))
    torn = next(path for path in files_of(ledger) if kept.id[:20] not in path)
    with open(torn, "rb") as file:
        whole = file.read()
    with open(torn, "wb") as file:
        file.write(whole[:50])
    later = again(ledger)
    assert later.replies("a.b") == (kept,)
    [problem] = later.torn
    place = os.path.relpath(torn, ledger.root)
    assert render(problem) == (
        f"error from this machine: the ledger entry {place} can't be used: it is not whole: Input data was truncated\n"
        f"  --> {place}\n"
        f"hint: git checkout -- {place}"
    )
    with open(torn, "rb") as file:
        assert file.read() == whole[:50]


def test_an_entry_that_was_changed_is_not_believed(ledger):
    ledger.add_generation(generation())
    [path] = files_of(ledger)
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace("accepted", "rejected"))
    later = again(ledger)
    assert later.generations("a.b") == ()
    assert "was changed after it was written" in later.torn[0].message


def test_a_state_file_of_a_newer_version_is_refused(ledger):
    ledger.add_generation(generation())
    ledger.put_lock(Lock(unit="a.b"))
    for path in (*files_of(ledger), f"{ledger.root}/.regen/locks/a.b.json"):
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace('"version": 1', '"version": 7'))
    for ask in (again(ledger).generations, again(ledger).lock):
        with pytest.raises(InputError) as caught:
            ask("a.b")
        message = render(caught.value.problems[0])
        assert "can't be used: it has format version 7, this regen knows up to 1\n" in message
        assert message.endswith("hint: pip install --upgrade regen")


def test_a_torn_lock_is_refused_with_its_mend(ledger):
    ledger.put_lock(Lock(unit="a.b"))
    with open(f"{ledger.root}/.regen/locks/a.b.json", "r+b") as file:
        file.truncate(5)
    with pytest.raises(InputError) as caught:
        again(ledger).lock("a.b")
    assert render(caught.value.problems[0]) == (
        "error: the lock .regen/locks/a.b.json can't be used: it is not whole: Input data was truncated\n"
        "  --> .regen/locks/a.b.json\n"
        "hint: git checkout -- .regen/locks/a.b.json"
    )


def test_a_text_that_was_changed_is_not_believed(ledger):
    name = ledger.put_text("one\n")
    place = f".regen/texts/{name[:2]}/{name[2:]}.txt"
    with open(f"{ledger.root}/{place}", "w") as file:
        file.write("two\n")
    with pytest.raises(MachineError) as caught:
        ledger.text(name)
    assert render(caught.value.problems[0]) == (
        f"error from this machine: the stored text {place} was changed: it does not match its name\n"
        f"  --> {place}\n"
        f"hint: git checkout -- {place}"
    )


def test_files_that_are_none_of_ours_are_left_alone(ledger):
    kept = ledger.add_reply(reply())
    for name in ("notes.txt", ".unfinished-1-2", "reply-x.json.orig"):
        with open(f"{ledger.root}/.regen/ledger/a.b/{name}", "w") as file:
            file.write("{")
    later = again(ledger)
    assert (later.replies("a.b"), later.torn) == ((kept,), [])


def test_preparing_sweeps_up_what_a_killed_build_left_unfinished(ledger):
    scratch = f"{ledger.root}/.regen/local/unfinished"
    os.makedirs(scratch)
    with open(f"{scratch}/.unfinished-1-2", "w") as file:
        file.write("half")
    kept = ledger.add_reply(reply())
    ledger.prepare()
    assert not os.path.exists(scratch)
    assert again(ledger).replies("a.b") == (kept,)


def test_git_leaves_line_ends_of_the_ledger_alone(ledger, tmp_path):
    ledger.prepare()
    name = ledger.put_text("one\r\ntwo\r\n")
    (tmp_path / ".gitattributes").write_text("* text=auto\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "x")
    place = tmp_path / f".regen/texts/{name[:2]}/{name[2:]}.txt"
    place.unlink()
    git(tmp_path, "checkout", "--", ".")
    assert again(ledger).text(name) == "one\r\ntwo\r\n"

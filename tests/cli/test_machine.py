"""What a full disk, a read-only folder, a missing git, broken state files and Ctrl-C get; nothing is lost in any of them."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import signal
import subprocess
import sys

import pytest
from tiny import DEADLINE, FAKE, unit

from regen.storage import atomic

# ── a disk that can't be written ────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path):
    """A file system of half a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def unfinished(made):
    return [path for path in made.files() if "unfinished" in path]


def test_full_disk(project, small_disk):
    made = project(root=small_disk / "project").built()
    made.change("specs/a.md", "Holds", "Carries")
    kept = made.kept()
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    ran = made.regen("build")
    assert ran.code == 1
    assert "the disk is full" in ran.err
    assert "hint: df -h ." in ran.err
    assert made.kept() == kept
    assert made.read("out/a.txt") == "a\n"
    assert not unfinished(made)
    (small_disk / "filler").unlink()
    assert made.regen("build").code == 0
    assert made.regen("check").out == "1 unit: all well\n"
    assert kept.keys() <= made.kept().keys()


def test_read_only_project(project, small_disk):
    made = project(root=small_disk / "project").built()
    made.change("specs/a.md", "Holds", "Carries")
    before = made.files()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    ran = made.regen("build")
    status = made.regen("status")
    assert ran == (
        1,
        "",
        """\
error from this machine: can't write .regen/local/build.lock: the file system is read-only
  --> .regen/local/build.lock
hint: ls -ld .regen/local
""",
    )
    assert status == (1, "● a  stale       the spec's prose changed\n1 unit: 1 stale\nnext: regen build a\n", "")
    assert made.files() == before


def test_init_in_a_read_only_folder(small_disk, monkeypatch, project):
    made = project(root=small_disk / "project")
    (made.root / "regen.toml").unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    ran = made.regen("init")
    assert ran.code == 1
    assert "the file system is read-only" in ran.err


@pytest.mark.parametrize("failing", ["write", "fsync", "rename"])
def test_disk_that_fails_at_any_write(project, monkeypatch, failing):
    """The n-th write of a build fails, for every n: what was there stays, nothing half-written does, nothing is asked twice."""
    made = project()
    countdown = [0]

    def strike(real):
        def call(*args, **options):
            countdown[0] -= 1
            if countdown[0] == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **options)

        return call

    name = {"write": "open", "fsync": "fsync", "rename": "replace"}[failing]
    monkeypatch.setattr(atomic, "os", Faulty(os, name, strike(getattr(os, name))))
    for write in range(1, 100):
        countdown[0] = write
        recorded = made.recorded()
        ran = made.regen("build")
        assert recorded.items() <= made.recorded().items()
        assert not unfinished(made)
        if ran.code == 0:
            break
        assert (ran.code, "the disk is full" in ran.err) == (1, True), ran
        assert made.files().get("out/a.txt", b"a\n") == b"a\n"
    assert write > 4, "there are more writes than that in a build"
    assert made.asked == ["a"]
    assert made.regen("check").out == "1 unit: all well\n"
    assert made.regen("check", "--records").out == "1 unit: all well\n"


class Faulty:
    """The module `os` with one function that fails."""

    def __init__(self, real, name, function):
        self._real = real
        setattr(self, name, function)

    def __getattr__(self, name):
        return getattr(self._real, name)


# ── no git ──────────────────────────────────────────────────────────────────────────────────────


def test_everything_works_without_git(project, without_git):
    made = project()
    assert made.regen("build").code == 0
    assert made.regen("check") == (0, "1 unit: all well\n", "")
    made.change("specs/a.md", "Says a.", "Says a, always.")
    assert (
        made.regen("status").out
        == "● a  stale       requirement FR-001 changed\n1 unit: 1 stale\nnext: regen build a\n"
    )
    doctor = made.regen("doctor")
    assert "· git: not here: files are found by walking the folder\n" in doctor.out


def test_repository_on_a_machine_without_git(project, request):
    made = project().committed()
    request.getfixturevalue("without_git")
    assert made.regen("build").code == 0
    assert made.regen("check") == (0, "1 unit: all well\n", "")


# ── state files ─────────────────────────────────────────────────────────────────────────────────


def test_lock_of_a_newer_version_is_refused(project):
    made = project().built()
    made.change(".regen/locks/a.json", '"version": 1', '"version": 99')
    before = made.kept()
    for command in ("status", "build", "check"):
        assert made.regen(command) == (
            2,
            "",
            """\
error: .regen/locks/a.json can't be used: it has format version 99, this regen knows up to 1
  --> .regen/locks/a.json
hint: pip install --upgrade regen
""",
        )
    assert made.kept() == before


@pytest.mark.parametrize("kind", ["reply", "generation"])
def test_ledger_entry_of_a_newer_version_is_refused(project, kind):
    made = project().built()
    made.change(made.only(kind), '"version": 1', '"version": 99')
    made.change("specs/a.md", "Holds", "Carries")
    before = made.kept()
    ran = made.regen("build")
    assert ran.code in {1, 2}
    assert (
        f".regen/ledger/a/{kind}-HASH.json can't be used: it has format version 99, this regen knows up to 1" in ran.err
    )
    assert "hint: pip install --upgrade regen" in ran.err
    assert before.items() <= made.kept().items()


@pytest.mark.parametrize("damage", ["torn", "empty", "changed"])
def test_broken_ledger_entry_is_told_survived_and_left_where_it_is(project, damage):
    made = project().built()
    path = made.only("reply")
    text = made.read(path)
    made.write(
        {path: {"torn": text[: len(text) // 2], "empty": "", "changed": text.replace("sh ./fake.sh", "gpt-5")}[damage]}
    )
    broken = made.read(path)
    note = "note: the ledger entry .regen/ledger/a/reply-HASH.json can't be used: "
    log = made.regen("log")
    assert log.code == 0
    assert log.err.startswith(note)
    assert log.err.endswith("; mend: git checkout -- .regen/ledger/a/reply-HASH.json\n")
    ran = made.regen("build", "--force", "a")
    assert (ran.code, note in ran.err) == (0, True)
    assert made.read(path) == broken
    records = made.regen("check", "--records")
    assert records.code == 1
    assert "✗ the ledger entry .regen/ledger/a/reply-HASH.json can't be used: " in records.out


def test_torn_lock_is_told_and_its_mend_mends(project):
    made = project().built().committed()
    lock = made.read(".regen/locks/a.json")
    made.write({".regen/locks/a.json": lock[:100]})
    ran = made.regen("status")
    assert ran.code == 1
    [note] = [line for line in ran.out.split("\n") if line.startswith("note: ")]
    assert note.startswith("note: the lock .regen/locks/a.json can't be used: it is not whole: ")
    made.shell(note.split("; mend: ")[1])
    assert made.regen("check") == (0, "1 unit: all well\n", "")


def test_changed_text_of_the_ledger_is_found(project):
    made = project().built()
    reply = json.loads(made.read(made.only("reply")))["reply"]
    made.write({f".regen/texts/{reply[:2]}/{reply[2:]}.txt": "something else\n"})
    assert made.regen("check").code == 0
    ran = made.regen("check", "--records")
    assert ran.code == 1
    assert "✗ the stored text .regen/texts/HASH.txt was changed: it does not match its name\n" in ran.out


def test_caches_that_hold_rubbish_are_made_anew(project):
    made = project().built()
    made.write({".regen/cache/facts.msgpack": b"\xff\xfe rubbish", ".regen/cache/plan.json": b"\x00"})
    assert made.regen("check") == (0, "1 unit: all well\n", "")


# ── interruption ────────────────────────────────────────────────────────────────────────────────

_REGEN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored around the tests
from regen.cli.main import main
sys.exit(main())
"""


def wait_for_line(pipe):
    """Return the next line that a program writes to a named pipe."""
    ready, _, _ = select.select([pipe], [], [], DEADLINE)
    assert ready, "the program never got there"
    return os.read(pipe, 4096).decode()


def test_ctrl_c_ends_cleanly_and_the_next_build_goes_on(project):
    made = project({**unit("a"), **unit("b", uses="a"), **unit("c", uses="b")})
    os.mkfifo(made.root / "here")
    os.mkfifo(made.root / "never")
    made.write({"fake.sh": FAKE.replace("cat", 'if [ "$unit" = b ]; then echo b >here; read x <never; fi\ncat')})
    pipe = os.open(made.root / "here", os.O_RDONLY | os.O_NONBLOCK)
    process = subprocess.Popen(
        [sys.executable, "-c", _REGEN, "build"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert wait_for_line(pipe) == "b\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
        os.close(pipe)
    assert process.returncode == 130
    assert out.startswith("3 units: 1 accepted, ")
    assert out.endswith(" s (interrupted)\n")
    assert err.endswith("interrupted; what was accepted and every reply that had come is kept\nhint: regen build\n")
    assert "Traceback" not in err
    assert not unfinished(made)
    assert made.read("out/a.txt") == "a\n"
    assert not (made.root / "out/b.txt").exists()
    made.write({"fake.sh": FAKE})
    assert made.regen("build").out == "3 units: 2 accepted, 1 fresh; 2 calls, N tokens, cost unknown; N s\n"
    assert made.asked == ["a", "b", "b", "c"]


def test_two_builds_at_a_time_do_not_meet(project):
    made = project()
    os.mkfifo(made.root / "here")
    os.mkfifo(made.root / "go")
    made.write({"fake.sh": FAKE.replace("cat", "echo a >here; read x <go\ncat", 1)})
    pipe = os.open(made.root / "here", os.O_RDONLY | os.O_NONBLOCK)
    process = subprocess.Popen(
        [sys.executable, "-c", _REGEN, "build"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert wait_for_line(pipe) == "a\n"
        ran = made.regen("build")
        assert ran.code == 1
        assert ran.err.startswith("error from this machine: another regen command is at work in this project (process ")
        (made.root / "go").write_text("go\n")
        out, _ = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
        os.close(pipe)
    assert (process.returncode, out.startswith("1 unit: 1 accepted; ")) == (0, True)
    assert made.asked == ["a"]


def test_ctrl_c_outside_a_build(project, monkeypatch, capsys):
    made = project()

    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setattr("regen.cli.status.run", interrupted)
    assert made.regen("status") == (130, "", "interrupted\n")


def test_bug_of_ours_says_so(project, monkeypatch):
    made = project()

    def broken(options):
        message = "no such thing"
        raise ValueError(message)

    monkeypatch.setattr("regen.cli.status.run", broken)
    monkeypatch.setattr(sys, "argv", ["regen", "status", "--all"])
    ran = made.regen("status", "--all")
    assert ran.code == 3
    assert ran.err.startswith("internal error: ValueError: no such thing (test_machine.py:")
    assert ran.err.endswith(")\nhint: REGEN_TRACEBACK=1 regen status --all\n")
    monkeypatch.setenv("REGEN_TRACEBACK", "1")
    assert "Traceback (most recent call last):" in made.regen("status", "--all").err


def test_reader_that_has_seen_enough(project):
    made = project()
    done = made.shell("regen log --help | head -n 1")
    assert (done.returncode, done.stdout.startswith("usage: regen log")) == (0, True)
    assert done.stderr == ""


def test_a_pipe_of_our_own_that_breaks_is_no_reader_that_has_seen_enough(project, monkeypatch):
    made = project()

    def broken(options):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("regen.cli.status.run", broken)
    ran = made.regen("status")
    assert ran.code == 1
    assert ran.err.startswith("error from this machine: Broken pipe (test_machine.py:")

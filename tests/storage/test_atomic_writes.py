"""A file is there whole or not at all, whatever the disk does."""

from __future__ import annotations

import errno
import io
import os

import pytest

from regen.errors import InputError, MachineError, render
from regen.ledger.records import Lock
from regen.storage import atomic
from regen.storage.atomic import write_atomically
from regen.storage.code import DiskCode
from regen.storage.ledger import DiskLedger


def everything(root):
    """Return all files below a folder with their bytes."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                found[os.path.relpath(os.path.join(folder, name), root)] = file.read()
    return found


def test_written_whole_with_its_folders_and_its_mode(tmp_path):
    place = str(tmp_path / "a/b/c.txt")
    write_atomically(place, b"one")
    write_atomically(place, b"two", mode=0o600, scratch=str(tmp_path / "scratch"))
    assert everything(tmp_path) == {"a/b/c.txt": b"two"}
    assert os.stat(place).st_mode & 0o777 == 0o600


def breaking(monkeypatch, call, code):
    """Make one call of the operating system fail."""

    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    if call == "write":
        # A buffered file writes through its raw one: the failure comes from there, half of the data written.
        real_open = open

        class Full(io.FileIO):
            def write(self, data):
                super().write(bytes(data)[: len(data) // 2])
                fail()

        def opened(file, mode="r", *args, **kwargs):
            if isinstance(file, int) and "w" in mode:
                return io.BufferedWriter(Full(file, "w"))
            return real_open(file, mode, *args, **kwargs)

        monkeypatch.setattr(atomic, "open", opened, raising=False)
    else:
        monkeypatch.setattr(os, call, fail)


CALLS = ["open", "write", "fsync", "replace", "makedirs"]
CODES = {"ENOSPC": "the disk is full", "EROFS": "the file system is read-only",
         "EACCES": "the folder is read-only for this user", "EDQUOT": "the disk quota is used up",
         "EIO": "Input/output error"}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", CODES)
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch, call, code):
    place = str(tmp_path / "a.txt")
    write_atomically(place, b"before")
    with monkeypatch.context() as patched:
        breaking(patched, call, getattr(errno, code))
        with pytest.raises(OSError, match=r"\[Errno"):
            write_atomically(place, b"after, and longer")
    assert everything(tmp_path) == {"a.txt": b"before"}


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_being_interrupted_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch, call):
    place = str(tmp_path / "a.txt")
    write_atomically(place, b"before")

    def interrupt(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if call == "write":
            patched.setattr(atomic, "open", interrupt, raising=False)
        else:
            patched.setattr(os, call, interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(place, b"after")
    assert everything(tmp_path) == {"a.txt": b"before"}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", CODES)
def test_ledger_and_code_say_what_is_wrong_and_keep_what_they_had(tmp_path, monkeypatch, call, code):
    ledger, disk = DiskLedger(str(tmp_path)), DiskCode(str(tmp_path))
    ledger.put_lock(Lock(unit="a", generation="before"))
    disk.write("src/a.py", "A = 1\n")
    before = everything(tmp_path)
    with monkeypatch.context() as patched:
        breaking(patched, call, getattr(errno, code))
        for what, path in (
            (lambda: ledger.put_lock(Lock(unit="a", generation="after")), ".regen/locks/a.json"),
            (lambda: disk.write("src/a.py", "A = 2\n"), "src/a.py"),
        ):
            with pytest.raises(MachineError) as caught:
                what()
            [problem] = caught.value.problems
            assert problem.message == f"can't write {path}: {CODES[code]}"
            hint = "df -h ." if code in {"ENOSPC", "EDQUOT"} else f"ls -ld {os.path.dirname(path)}"
            assert render(problem).endswith(f"hint: {hint}")
            assert caught.value.exit_code == 1
    assert everything(tmp_path) == before


# ── code ────────────────────────────────────────────────────────────────────────────────────────


def test_code_is_read_without_mark_and_with_lf(tmp_path):
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbfA = 1\r\n")
    assert DiskCode(str(tmp_path)).read("a.py") == "A = 1\n"


def test_code_that_is_not_there(tmp_path):
    (tmp_path / "file").write_text("")
    assert DiskCode(str(tmp_path)).read("a.py") is None
    assert DiskCode(str(tmp_path)).read("file/a.py") is None


def test_code_that_is_a_folder_is_a_problem(tmp_path):
    (tmp_path / "a.py").mkdir()
    with pytest.raises(MachineError, match=r"can't read a\.py: Is a directory"):
        DiskCode(str(tmp_path)).read("a.py")
    with pytest.raises(MachineError, match=r"can't write a\.py: Is a directory"):
        DiskCode(str(tmp_path)).write("a.py", "A = 1\n")


def test_a_file_keeps_its_mode(tmp_path):
    (tmp_path / "a.py").write_text("")
    (tmp_path / "a.py").chmod(0o755)
    DiskCode(str(tmp_path)).write("a.py", "A = 1\n")
    assert os.stat(tmp_path / "a.py").st_mode & 0o777 == 0o755


@pytest.mark.parametrize("path", ["../x.py", "a/../../x.py", "/tmp/x.py"])
def test_nothing_is_written_outside_the_project(tmp_path, path):
    root = tmp_path / "project"
    root.mkdir()
    with pytest.raises(InputError, match="is not written: it is outside the project"):
        DiskCode(str(root)).write(path, "X = 1\n")
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("path", ["link.py", "folder/x.py"])
def test_nothing_is_written_through_a_link(tmp_path, path):
    root, outside = tmp_path / "project", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "real.py").write_text("R = 1\n")
    (root / "link.py").symlink_to(outside / "real.py")
    (root / "folder").symlink_to(outside)
    with pytest.raises(InputError, match=f"{path} is not written: {path.split('/')[0]} is a symbolic link"):
        DiskCode(str(root)).write(path, "X = 1\n")
    assert everything(outside) == {"real.py": b"R = 1\n"}

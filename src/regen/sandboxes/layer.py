"""The files that stand in front of a project, on disk for as long as one run lasts."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from typing import TYPE_CHECKING

from regen.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regen.ports import View

_PREFIX = "regen-sandbox-"
_ALWAYS_MASKED = (".git", ".regen")
# Byte code is trusted by time and size alone, so code in front of the project must never meet the project's.
_BYTE_CODE = "__pycache__"
# Where test runners and linters keep names, values and results of tests.
_CACHES_OF_TESTS = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".coverage", "htmlcov")
_FOLDERS_OF_TESTS = ("tests", "test")
_TEST = re.compile(r"((^|[._-])(test|spec)s?[._-].*|[a-z]Tests?\.)(py|[cm]?[jt]sx?|go|rs|java)$")
_TOO_BIG_TO_COPY = ("node_modules",)


@contextlib.contextmanager
def scratch_folder() -> Iterator[str]:
    """Give an empty folder that nobody else can read, and remove it."""
    path = tempfile.mkdtemp(prefix=scratch_prefix())
    try:
        yield path
    finally:
        remove_tree(path)


def scratch_prefix() -> str:
    """Return the start of a scratch folder's name, which tells whose it is."""
    return f"{_PREFIX}{os.getpid()}-"


def sweep() -> None:
    """Remove scratch folders whose regen was killed before it could."""
    folder = tempfile.gettempdir()
    for name in os.listdir(folder):
        owner = name.removeprefix(_PREFIX).split("-")[0]
        if name.startswith(_PREFIX) and owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            remove_tree(os.path.join(folder, name))


def remove_tree(path: str) -> None:
    """Remove a folder even if its owner made parts of it unwritable."""

    def unlock(function: object, failed: str, _: object) -> None:
        del function
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(failed), 0o700)
            os.chmod(failed, 0o700)
            shutil.rmtree(failed, ignore_errors=True)

    shutil.rmtree(path, onerror=unlock)
    shutil.rmtree(path, ignore_errors=True)


def masked_paths(view: View) -> list[str]:
    """Return every relative path that the program must not see, existing or not, without those below another."""
    names = {os.path.normpath(path) for path in view.masked} | set(_ALWAYS_MASKED)
    with contextlib.suppress(OSError):
        names |= {name for name in os.listdir(view.root) if name.startswith(".env")}
    names |= {os.path.join(os.path.dirname(path), _BYTE_CODE) for path in view.files if path.endswith(".py")}
    if view.masked:
        names |= _traces_of(view)
    for name in names:
        _refuse_outside(name)
    return [name for name in sorted(names) if not any(name.startswith(other + "/") for other in names)]


def _traces_of(view: View) -> set[str]:
    """Return where tools leave what was in masked files: byte code, copies, caches; and what only hidden tests use."""
    masked = {os.path.normpath(path) for path in view.masked}
    traces = set(_CACHES_OF_TESTS)
    for folder in {os.path.dirname(path) for path in masked}:
        traces.add(os.path.join(folder, _BYTE_CODE))
        try:
            names = os.listdir(os.path.join(view.root, folder))
        except OSError:
            continue
        inside_folder = [os.path.join(folder, name) for name in names]
        hidden = [os.path.basename(path) for path in masked if os.path.dirname(path) == folder]
        traces |= {path for path, name in zip(inside_folder, names, strict=True) if any(one in name for one in hidden)}
        shows_tests = any(_TEST.search(name) for name in names if name not in hidden)
        shows_tests |= any(path.startswith(folder + os.sep) for path in view.files)
        if folder.partition(os.sep)[0] in _FOLDERS_OF_TESTS and os.sep in folder and not shows_tests:
            traces |= set(inside_folder)
    return traces


def write_layer(view: View, folder: str) -> None:
    """Write the view's files, and a whiteout for each masked path, into `folder` as an overlay's upper layer."""
    for path in masked_paths(view):
        target = os.path.join(folder, inside(view.root, path))
        if os.path.lexists(os.path.join(view.root, path)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.mknod(target, stat.S_IFCHR | 0o600, 0)
    write_files(view.root, _unmasked(view), folder)


def write_files(root: str, files: Mapping[str, bytes], folder: str) -> None:
    """Write `files` below `folder`, at the places where links inside the project lead them."""
    for path, content in files.items():
        target = os.path.join(folder, inside(root, path))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content)
        shown = os.path.join(root, path)
        if os.path.isfile(shown):
            os.chmod(target, os.stat(shown).st_mode & 0o777 | 0o400)


def copy_project(view: View, folder: str) -> list[tuple[str, str]]:
    """Copy the project with the view's files into `folder`; return (shown, own) pairs of folders left for mounting.

    For machines where no overlay works. Virtual environments and the like are too big to copy.
    """
    masked = set(masked_paths(view))
    left: list[tuple[str, str]] = []

    def skip(source: str, names: list[str]) -> set[str]:
        relative = os.path.relpath(source, view.root)
        skipped = {name for name in names if os.path.normpath(os.path.join(relative, name)) in masked}
        for name in set(names) - skipped:
            path = os.path.join(source, name)
            if name in _TOO_BIG_TO_COPY or os.path.exists(os.path.join(path, "pyvenv.cfg")):
                left.append((path, os.path.join(folder, os.path.relpath(path, view.root))))
                skipped.add(name)
            elif not stat.S_IFMT(os.lstat(path).st_mode) & (stat.S_IFREG | stat.S_IFDIR):
                skipped.add(name)  # sockets and pipes lead out
        return skipped

    shutil.copytree(view.root, folder, symlinks=True, ignore=skip, dirs_exist_ok=True)
    write_files(view.root, _unmasked(view), folder)
    return left


def _unmasked(view: View) -> dict[str, bytes]:
    masked = [os.path.normpath(path) for path in view.masked]
    return {
        path: content
        for path, content in view.files.items()
        if not any(os.path.normpath(path) == mask or path.startswith(mask + "/") for mask in masked)
    }


def inside(root: str, path: str) -> str:
    """Return where `path` really lies, relative to `root`, following the links of its folders only."""
    _refuse_outside(path)
    root = os.path.realpath(root)
    folder = os.path.realpath(os.path.join(root, os.path.dirname(path)))
    real = os.path.relpath(os.path.join(folder, os.path.basename(path)), root)
    _refuse_outside(real, shown=path)
    return real


def _refuse_outside(path: str, shown: str = "") -> None:
    if os.path.isabs(path) or os.path.normpath(path).split("/")[0] in ("..", ".", ""):
        raise InputError(Problem(message=f"{shown or path!r} lies outside the project", path=shown or path))

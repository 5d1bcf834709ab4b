"""Which files the project has and what each holds, asked of git, or walked where there is no git.

Imports only what starts fast: `status` with nothing to do comes through here and reads no file at all. Git is started
with `posix_spawn` because `subprocess` alone takes as long to import as git takes to answer for a small project.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys

_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".tox",
                              ".ruff_cache", ".pytest_cache", ".regen/cache", ".regen/local"})  # fmt: skip


class Scan:
    """One look at the tree. `fingerprint` changes whenever a listed file's content may have changed.

    `mode` is `git` or `walk`.
    """

    def __init__(self, root: str, mode: str, fingerprint: str, index: bytes, dirty: dict[str, bool]) -> None:
        self.root, self.mode, self.fingerprint = root, mode, fingerprint
        self._index, self._dirty = index, dirty
        self._contents: dict[str, str] | None = None

    def contents(self) -> dict[str, str]:
        """Return the content id of every file by path relative to the root, with slashes.

        A content id is the name that git gives the text with LF line ends. Files that are clean in git are not read.
        """
        if self._contents is None:
            found = _parse_index(self._index)
            for path, there in self._dirty.items():
                identity = content_id(self.root, path) if there else ""
                if identity:
                    found[path] = identity
                else:
                    found.pop(path, None)
            self._contents = found
        return self._contents


def scan(root: str, mode: str = "") -> Scan:
    """Look at the project at the absolute path `root`; `mode` "walk" leaves git alone."""
    if mode != "walk":
        seen = _scan_git(root)
        if seen is not None and (mode == "git" or not _hides_the_project(root, seen)):
            return seen
    return _scan_walk(root)


def content_id(root: str, path: str) -> str:
    """Return the content id of one file, read now; empty where it can't be read."""
    try:
        with open(f"{root}/{path}", "rb") as file:
            data = file.read()
    except OSError:
        return ""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def signature(root: str, path: str) -> str:
    """Return what changes when the file is written: time, size and inode, empty where there is no file.

    A symbolic link's has those of the file that it leads to as well.
    """
    try:
        seen = os.lstat(f"{root}/{path}")
    except OSError:
        return ""
    own = f"{seen.st_mtime_ns}:{seen.st_size}:{seen.st_ino}"
    if not stat.S_ISLNK(seen.st_mode):
        return own
    try:
        followed = os.stat(f"{root}/{path}")
    except OSError:
        return own
    return f"{own} {followed.st_mtime_ns}:{followed.st_size}:{followed.st_ino}"


# ── git ─────────────────────────────────────────────────────────────────────────────────────────


def repository_of(root: str) -> str:
    """Return the folder at or above `root` that holds `.git`, empty where none does."""
    folder = root
    while True:
        if os.path.lexists(f"{folder}/.git"):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent


def _scan_git(root: str) -> Scan | None:
    top = repository_of(root)
    if not top:
        return None
    listing = _start_git(root, "ls-files", "-s", "-z")
    state = _start_git(root, "status", "--porcelain=v1", "-z", "-uall", "--no-renames", "--ignore-submodules=all", ".")
    if listing is None or state is None:
        return None
    index, index_code = _finish(*listing)
    status, status_code = _finish(*state)
    if index_code or status_code:
        return None
    prefix = os.path.relpath(root, top).replace(os.sep, "/") + "/" if root != top else ""
    dirty = dict.fromkeys(_links(index), True) | _parse_status(status, prefix)
    seen = hashlib.sha256(index)
    for path in sorted(dirty):
        seen.update(f"\0{path}\0{dirty[path]}\0{signature(root, path)}".encode("utf-8", "surrogateescape"))
    return Scan(root, "git", seen.hexdigest(), index, dirty)


def _start_git(root: str, *arguments: str) -> tuple[int, int] | None:
    read, write = os.pipe()
    environment = {k: v for k, v in os.environ.items() if k not in {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    actions = [
        (os.POSIX_SPAWN_DUP2, write, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0o600),
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0o600),
    ]
    try:
        pid = os.posix_spawnp("git", ["git", "-C", root, *arguments], environment, file_actions=actions)
    except OSError:
        os.close(read)
        return None
    finally:
        os.close(write)
    return pid, read


def _finish(pid: int, read: int) -> tuple[bytes, int]:
    with open(read, "rb") as pipe:
        data = pipe.read()
    return data, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _parse_index(index: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in os.fsdecode(index).split("\0"):
        head, _, path = entry.partition("\t")
        if path and not head.startswith("160000"):
            found[path] = head[7:-2]
    return found


def _links(index: bytes) -> list[str]:
    """Return the symbolic links of git's index: git does not see when the file that one leads to changes."""
    if b"120000 " not in index:
        return []
    entries = (entry.partition("\t") for entry in os.fsdecode(index).split("\0"))
    return [path for head, _, path in entries if head.startswith("120000 ")]


def _parse_status(status: bytes, prefix: str) -> dict[str, bool]:
    """Return the paths whose file differs from git's index, and whether the file is there."""
    found: dict[str, bool] = {}
    for entry in os.fsdecode(status).split("\0"):
        if entry[3:] and entry[1] != " ":
            path = sys.intern(entry[3:].removeprefix(prefix))
            if not path.endswith("/"):
                found[path] = entry[1] != "D"
    return found


def _hides_the_project(root: str, seen: Scan) -> bool:
    """Tell whether git was told to ignore the very files that make this folder a project."""
    contents = seen.contents()
    if os.path.exists(f"{root}/regen.toml") and "regen.toml" not in contents:
        return True
    specs = f"{root}/specs"
    return not contents and os.path.isdir(specs) and bool(os.listdir(specs))


# ── no git ──────────────────────────────────────────────────────────────────────────────────────


def _scan_walk(root: str) -> Scan:
    dirty: dict[str, bool] = {}
    seen = hashlib.sha256()
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(f"{root}/{folder}") as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in ordered:
            path = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _SKIPPED_FOLDERS and path not in _SKIPPED_FOLDERS:
                    pending.append(f"{path}/")
                continue
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                dirty[path] = True
                seen.update(f"{path}\0{_walked(root, path, status)}\0".encode("utf-8", "surrogateescape"))
    return Scan(root, "walk", seen.hexdigest(), b"", dirty)


def _walked(root: str, path: str, status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return signature(root, path)
    return f"{status.st_mtime_ns}:{status.st_size}:{status.st_ino}"

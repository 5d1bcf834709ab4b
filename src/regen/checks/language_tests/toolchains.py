"""Finds the programs of a language, and the folders that a sandbox must show for them."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess

_USUAL = ("~/.cargo/bin", "~/go/bin", "/usr/local/go/bin")


@functools.cache
def find(program: str) -> str:
    """Return the real path of a program, empty where it is not installed."""
    folders = [os.environ.get("PATH", os.defpath), *(os.path.expanduser(folder) for folder in _USUAL)]
    found = shutil.which(program, path=os.pathsep.join(folders))
    return found or ""


@functools.cache
def asked(*argv: str) -> str:
    """Return what a program of the toolchain prints, such as where it is installed; empty where it fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def shown(*folders: str) -> tuple[str, ...]:
    """Return the folders that exist and that a sandbox does not show anyway."""
    real = dict.fromkeys(os.path.realpath(folder) for folder in folders if folder)
    return tuple(
        folder for folder in real
        if os.path.exists(folder) and not folder.startswith("/usr/") and not holds_home(folder)
    )  # fmt: skip


def shown_around(program: str, *libraries: str) -> tuple[str, ...]:
    """Return what a sandbox must show of a program that lies in the `bin` of a folder: it, and what it stands on.

    Where that folder is a person's own (`~`, `~/.local`), only `libraries` of it are.
    """
    real = os.path.realpath(program)
    prefix = os.path.dirname(os.path.dirname(real))
    names = libraries if holds_home(prefix) else ("lib", "include")
    return shown(real, *(os.path.join(prefix, name) for name in names))


def holds_home(folder: str) -> bool:
    """Return whether a folder is or contains the home folder, or is `~/.local`: they hold what is nobody's business."""
    home = os.path.realpath(os.path.expanduser("~"))
    real = os.path.realpath(folder).rstrip("/")
    return f"{home}/".startswith(f"{real}/") or real == os.path.join(home, ".local")

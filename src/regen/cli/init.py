"""`regen init`: a small working project in an empty folder, or what regen needs beside code that is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib import resources
from typing import TYPE_CHECKING

from regen.errors import InputError, Problem
from regen.storage.ledger import DiskLedger, write_failure
from regen.storage.tree import repository_of

if TYPE_CHECKING:
    import argparse

EXAMPLE = "mkdir greeting && cd greeting && regen init && regen build"

_BESIDE_CODE = ("regen.toml",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-git", action="store_true", help="make no git repository")


def run(options: argparse.Namespace) -> int:
    root = os.path.realpath(os.getcwd())
    if os.path.exists(f"{root}/regen.toml"):
        raise InputError(Problem(message="this folder is a regen project already", hint="regen status"))
    empty = not [name for name in os.listdir(root) if not name.startswith(".")]
    made: list[str] = []
    try:
        with resources.as_file(resources.files("regen.starter") / "files") as source:
            for path in sorted(_files(str(source))):
                target = _in_project(path)
                if (empty or path in _BESIDE_CODE) and not os.path.lexists(f"{root}/{target}"):
                    os.makedirs(os.path.dirname(f"{root}/{target}"), exist_ok=True)
                    shutil.copyfile(f"{source}/{path}", f"{root}/{target}")
                    made.append(target)
        DiskLedger(root).prepare()
        if not empty:
            os.makedirs(f"{root}/specs", exist_ok=True)
    except OSError as error:
        raise write_failure(str(error.filename or root), error) from None
    repository = _make_repository(root) if not options.no_git else False
    if options.json:
        print(json.dumps({"made": made, "repository": repository}, indent=1))
        return 0
    for path in made:
        if not path.startswith(".regen/"):
            print(f"made {path}")
    if repository:
        print("made a git repository")
    print("next: regen status, then regen build" if empty else "next: write a spec in specs/, then: regen status")
    return 0


def _in_project(path: str) -> str:
    """Return where a file of the starter goes: a package can't carry names that start with a dot everywhere."""
    return f".{path[1:]}" if path.startswith("_") else path


def _files(folder: str) -> list[str]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/") for name in names]
    return found


def _make_repository(root: str) -> bool:
    if repository_of(root) or shutil.which("git") is None:
        return False
    return subprocess.run(["git", "init", "-q", root], check=False, capture_output=True).returncode == 0

"""`regen reply UNIT [FILE]`: bring the reply to a prompt that the generator `manual` left."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from regen.cli.selection import require
from regen.errors import InputError, Problem
from regen.generators.manual import paste, waiting
from regen.project import Project, find_root
from regen.storage.atomic import write_atomically

if TYPE_CHECKING:
    import argparse

EXAMPLE = "regen reply signup.email answer.md && regen build"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("unit", metavar="UNIT")
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the reply; standard input by default")
    parser.add_argument("--clipboard", action="store_true", help="take the reply from the clipboard")
    parser.add_argument("--model", default="", metavar="NAME", help="which model wrote it; kept in the ledger")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    require([options.unit], project.graph.units)
    places = waiting(project.root, options.unit)
    if not places:
        message = f"no prompt of {options.unit} waits for a reply"
        raise InputError(Problem(message=message, hint=f"regen build {options.unit} --generator manual"))
    text = _read(options)
    if not text.strip():
        raise InputError(Problem(message="the reply is empty", hint=f"regen reply {options.unit} FILE"))
    place = places[-1]
    write_atomically(f"{project.root}/{place}", text.encode("utf-8", "surrogateescape"))
    if options.model:
        write_atomically(f"{project.root}/{place}.model", options.model.encode())
    if options.json:
        print(json.dumps({"unit": options.unit, "reply": place}))
    else:
        print(f"the reply is in {place}; next: the command that asked for it, such as regen build {options.unit}")
    return 0


def _read(options: argparse.Namespace) -> str:
    if options.clipboard:
        return paste()
    if options.file == "-":
        if sys.stdin.isatty():
            print("paste the reply, then press Ctrl-D:", file=sys.stderr)
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        with open(options.file, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        message = f"{options.file} can't be read: {error.strerror}"
        raise InputError(Problem(message=message, path=options.file, hint=f"ls -l {options.file}")) from None

"""Tiny projects for black-box tests: the command line in, exact text and files out."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from typing import NamedTuple

from regen.cli.main import main

GREET = "def greet(name):\n    return f'Hello {name}'\n"
_REGEN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored around the tests
from regen.cli.main import main
sys.exit(main())
"""
TEST = "from greet import greet\n\n\ndef test_greet():\n    assert greet('Ann') == 'Hello Ann'\n"
DEADLINE = 60.0  # seconds; for a broken machine, nothing is measured against it


def spec(prose="Greet a person by name.", front=""):
    return f"---\ntarget: src/greet.py\ntests: [tests/test_greet.py]\n{front}---\n# Greeting\n{prose}\n"


def reply(code=GREET, path="src/greet.py"):
    return f"Here it is:\n\n```python path={path}\n{code}```\n"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def plain(text):
    """Return output without what differs from run to run and machine to machine: seconds, tokens, hashes."""
    text = re.sub(r"; \d+\.\d s\b", "; N s", text)
    text = re.sub(r"\b[\d,]+ tokens", "N tokens", text)
    text = re.sub(r"\.[0-9a-f]{12}\.", ".HASH.", text)
    return re.sub(r"\b[0-9a-f]{12}\b", "HASH", text)


class Project:
    def __init__(self, folder, capfd):
        self.folder = folder
        self._capfd = capfd
        self._started = []
        self._pipes = []

    def write(self, path, text):
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def read(self, path):
        return (self.folder / path).read_text()

    def lines(self, path):
        place = self.folder / path
        return place.read_text().splitlines() if place.exists() else []

    def files(self, path):
        return sorted(p.name for p in (self.folder / path).glob("*"))

    def holding(self, words):
        """Return the files of the project in whose name or content `words` stand."""
        found = [p for p in self.folder.rglob("*") if p.is_file()]
        return [str(p.relative_to(self.folder)) for p in found if words.encode() in p.read_bytes() + str(p).encode()]

    def program(self, body, name="model"):
        """Make a program in the project and return the generator that runs it; each call adds to `calls`."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\necho $$ >>calls\n{body}\n")
        path.chmod(0o755)
        return f"command:./{name}"

    def answering(self, text, before=""):
        """Make a program that answers `text`; `before` is shell to run before that."""
        self.write("answer", text)
        return self.program(f"cat >asked\n{before}\ncat answer")

    @property
    def calls(self):
        return len(self.lines("calls"))

    def regen(self, *words):
        """Run a command line in this process."""
        self._capfd.readouterr()
        code = main(list(words))
        out, err = self._capfd.readouterr()
        return Ran(code, plain(out), plain(err))

    def build(self, generator, *words):
        return self.regen("build", "--generator", generator, *words)

    def start(self, *words):
        """Start a command line in a process of its own."""
        process = subprocess.Popen(
            [sys.executable, "-c", _REGEN, *words], cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._started.append(process)
        return process

    def pipe(self, name):
        """Make a named pipe, on which a program waits or says that it has come so far."""
        path = self.folder / name
        os.mkfifo(path)
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._pipes.append(descriptor)
        return Pipe(descriptor)

    def close(self):
        for process in self._started:
            process.kill()
            process.communicate()
        for pid in self.lines("calls"):
            if running(int(pid)):
                os.kill(int(pid), signal.SIGKILL)
        for descriptor in self._pipes:
            os.close(descriptor)


class Pipe(NamedTuple):
    descriptor: int

    def hear(self):
        """Wait for a line."""
        ready, _, _ = select.select([self.descriptor], [], [], DEADLINE)
        assert ready, "nothing came through the pipe"
        return os.read(self.descriptor, 4096).decode()

    def say(self, text="go\n"):
        os.write(self.descriptor, text.encode())


def finish(process):
    """Wait for a started command line and return how it ended."""
    out, err = process.communicate(timeout=DEADLINE)
    return Ran(process.returncode, plain(out), plain(err))


def has_ended(pid):
    """Return whether a process that was killed ends; to kill is not to wait."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ready, _, _ = select.select([descriptor], [], [], DEADLINE)
    os.close(descriptor)
    return bool(ready)


def running(pid):
    """Return whether a process runs; one that ended and was not waited for does not."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

"""Tiny projects for the gates: the command line in, exact text out."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import NamedTuple

from regen.cli.main import main

SPEC = """\
---
target: src/shop.py
tests: [tests/test_shop.py]
---
# Shop

Sell things.
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Project:
    """A project with one unit, `shop`, whose generator answers what `answers` was told."""

    def __init__(self, folder, capfd):
        self.folder = folder
        self._capfd = capfd
        self.write("specs/shop.md", SPEC)
        self.program("cat answer")

    def write(self, path, text):
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text))

    def program(self, body):
        self.write("model", f"#!/bin/sh\ncat >prompt-of-last-call\n{body}\n")
        (self.folder / "model").chmod(0o755)

    def checks(self, text, attempts=1):
        head = f'[generator]\ndefault = "command:./model"\n[build]\nattempts = {attempts}\n[checks]\n'
        self.write("regen.toml", head + dedent(text))

    def answers(self, code):
        self.write("answer", f"```python path=src/shop.py\n{dedent(code)}```\n")

    def regen(self, *words):
        self._capfd.readouterr()
        code = main(list(words))
        out, err = self._capfd.readouterr()
        return Ran(code, plain(out), plain(err))

    def build(self, code=None, *words):
        if code is not None:
            self.answers(code)
        return self.regen("build", *words)

    @property
    def last_prompt(self):
        return (self.folder / "prompt-of-last-call").read_text()

    def told(self):
        """Return what the ledger holds of the last checks, with `regen verify` standing in."""
        return self.regen("verify").out


def plain(text):
    """Return output without what differs from run to run: seconds, tokens, hashes, spinner lines."""
    text = re.sub(r"; \d+\.\d s\b", "; N s", text)
    text = re.sub(r"\b[\d,]+ tokens", "N tokens", text)
    return re.sub(r"\b[0-9a-f]{12}\b", "HASH", text)

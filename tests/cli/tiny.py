"""Tiny projects for black-box tests: files in, one command, its exact output, exit code and files out.

Units are text files whose suite is a shell script and whose generator is `fake.sh`, so a build takes milliseconds.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from regen.cli.main import main

SETTINGS = """\
[generator]
default = "command:sh ./fake.sh"
[checks]
test_command = "sh {tests}"
[sandbox]
kind = "none"
"""

# Answers with replies/UNIT, and notes in .regen/local/asked who was asked for.
FAKE = """\
unit=$(sed -n 's/^# Unit //p' | head -n 1)
echo "$unit" >>.regen/local/asked
cat "replies/$unit"
"""

DEADLINE = 60.0  # seconds; for a broken machine, nothing is measured against it


def spec(name, *, uses="", tests="default", body="Holds its own name."):
    tests = f"[tests/{name}.sh]" if tests == "default" else tests
    front = [f"target: out/{name}.txt", f"uses: [{uses}]" if uses else "", f"tests: {tests}" if tests else ""]
    return "\n".join(["---", *filter(None, front), "---", f"# Unit {name}", body, "", f"- **FR-001** Says {name}.", ""])


def unit(name, **options):
    """Return the files of one unit, whose code is a line with its own name."""
    return {
        f"specs/{name}.md": spec(name, **options),
        f"tests/{name}.sh": f'grep -qx {name} out/{name}.txt || {{ echo "error: no line {name}"; exit 1; }}\n',
        f"replies/{name}": f"Here it is:\n\n```\n{name}\n```\n",
    }


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def plain(text):
    """Return output without what differs from run to run: seconds, token counts, ids, times, folders."""
    text = re.sub(r"\b\d+\.\d+ s\b", "N s", text)
    text = re.sub(r"\b\d[\d,]*( prompt)? tokens", r"N\1 tokens", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "HASH", text)
    text = re.sub(r"-[0-9a-f]{20}\.json", "-HASH.json", text)
    text = re.sub(r"/[0-9a-f]{2}/[0-9a-f]{62}\.txt", "/HASH.txt", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME", text)


class Project:
    def __init__(self, root: Path, capsys):
        self.root, self._capsys = root, capsys

    def write(self, files):
        for path, text in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def read(self, path):
        return (self.root / path).read_text()

    def change(self, path, old, new):
        text = self.read(path)
        assert old in text
        self.write({path: text.replace(old, new)})

    def regen(self, *words):
        """Run one command line in this process."""
        self._capsys.readouterr()
        code = main(list(words))
        out, err = self._capsys.readouterr()
        return Ran(code, plain(out), plain(err))

    def json(self, *words):
        """Run one command with --json; standard output must be JSON and nothing else."""
        self._capsys.readouterr()
        code = main([*words, "--json"])
        out, err = self._capsys.readouterr()
        return code, json.loads(out), plain(err)

    def built(self):
        ran = self.regen("build")
        assert ran.code == 0, ran
        return self

    def shell(self, command):
        """Run what a hint says, as a person would."""
        environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        return subprocess.run(
            ["sh", "-c", command], check=False, cwd=self.root, env=environ, capture_output=True, text=True
        )

    def git(self, *words):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *words], cwd=self.root, check=True, capture_output=True)

    def committed(self):
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "all")
        return self

    @property
    def asked(self):
        place = self.root / ".regen/local/asked"
        return place.read_text().split() if place.exists() else []

    def files(self, under="."):
        """Return every file with its bytes."""
        top = self.root / under
        return {str(p.relative_to(self.root)): p.read_bytes() for p in sorted(top.rglob("*")) if p.is_file()}

    def kept(self):
        """Return what must never be lost: the ledger's entries, its texts, the locks."""
        return {
            path: data for kind in ("ledger", "texts", "locks") for path, data in self.files(f".regen/{kind}").items()
        }

    def recorded(self):
        return {path: data for path, data in self.kept().items() if not path.startswith(".regen/locks/")}

    def only(self, kind):
        """Return the one ledger file of a kind, such as `reply`."""
        [place] = (self.root / ".regen/ledger").rglob(f"{kind}-*.json")
        return str(place.relative_to(self.root))

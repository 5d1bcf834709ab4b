"""Projects of any size for the benchmarks, accepted without a model: the locks are written as a build would."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from regen.ledger.records import Lock, encode
from regen.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """---
target: src/p{group:03d}/u{n}.py
uses: [{uses}]
tests: [tests/p{group:03d}/test_u{n}.py]
---
# Unit {n}
Adds {n} to a number, which is
what it is for.

## Interface
    def add_{n}(x: int) -> int: ...

## Requirements
- **FR-001** `add_{n}(x)` is `x + {n}`.
- **FR-002** It takes negative numbers too,
  and zero.
"""
CODE = 'def add_{n}(x: int) -> int:\n    """Return x + {n}."""\n    return x + {n}\n'
TEST = "from p{group:03d}.u{n} import add_{n}\n\n\ndef test_add():\n    assert add_{n}(1) == {n} + 1\n"


def used_by(n: int) -> list[int]:
    """Return the units that unit `n` uses: in each hundred every tenth is a root that the next nine build on."""
    return [n - n % 10] if n % 10 else []


def id_of(n: int) -> str:
    return f"p{n // 100:03d}.u{n}"


def write_project(root: Path, units: int, *, code: bool) -> None:
    """Write specs and tests of `units` units, with their code where `code` is true, and commit them."""
    for n in range(units):
        group = n // 100
        values = {"n": n, "group": group, "uses": ", ".join(id_of(used) for used in used_by(n))}
        _write(root / f"specs/p{group:03d}/u{n}.md", SPEC.format(**values))
        _write(root / f"tests/p{group:03d}/test_u{n}.py", TEST.format(**values))
        if code:
            _write(root / f"src/p{group:03d}/u{n}.py", CODE.format(**values))
    _write(root / "regen.toml", "")
    git(root, "init", "-q")
    commit(root)


def lock_all(root: Path) -> None:
    """Accept all code as it is; digests and keys are the project's own, only the verification is left out."""
    (root / ".regen/locks").mkdir(parents=True, exist_ok=True)
    project = Project.load(str(root))
    interfaces: dict[str, str] = {}
    for name, unit in project.graph.units.items():
        code = project.code_digests(unit)
        lock = Lock(unit=name, generation="0" * 64, key=project.keys[name], code=code, generator="ledger")
        interfaces[name] = name
        (root / f".regen/locks/{name}.json").write_bytes(encode(lock))
    commit(root)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost", "commit", "-qm", "state")
    git(root, "status")  # lets git refresh its index, as any look at the repository does


def git(root: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *arguments], cwd=root, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

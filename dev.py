"""Sets regen up from nothing and runs it: `python3 dev.py demo`, `python3 dev.py test`. Needs CPython ≥ 3.11 and git.

Everything is installed into `.venv` beside this file, at the versions and hashes of `requirements.lock`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = HERE / "requirements.lock"
PLUS_TAG = (
    "- **FR-006** Plus tags are accepted: `name+tag@domain.com` is valid. "
    "`[@test] tests/test_plus_tag.py::test_plus_tag`\n"
)


def main() -> int:
    """Run the command named on the command line and return its exit code."""
    commands: dict[str, Callable[[], int]] = {"demo": demo, "test": test}
    if sys.argv[1:2] not in [[name] for name in commands]:
        print(f"usage: python3 dev.py {'|'.join(commands)}", file=sys.stderr)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this script may have an older one
        print("regen needs CPython 3.11 or later", file=sys.stderr)
        return 2
    set_up()
    return commands[sys.argv[1]]()


def set_up() -> None:
    """Make `.venv` and install what the lock says, unless that was done for this very lock."""
    stamp = VENV / "installed"
    wanted = hashlib.sha256(LOCK.read_bytes() + (HERE / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("setting up .venv …", file=sys.stderr)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True, cwd=HERE)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", str(HERE)], check=True, cwd=HERE)
    stamp.write_text(wanted)


def demo() -> int:
    """Build the example from its specs with recorded replies, edit one spec, see what is stale, build again."""
    with tempfile.TemporaryDirectory(prefix="regen-demo-") as folder:
        project = Path(folder) / "signup"
        shutil.copytree(
            HERE / "examples" / "signup", project, ignore=shutil.ignore_patterns("src", "locks", "cache", "local")
        )
        for words in (["status"], ["build"], ["status"]):
            code = regen(project, *words)
            if words == ["build"] and code:
                return code
        line = f"echo '{PLUS_TAG.strip()}' >> specs/signup/email.md"
        print(f"\n$ {line}", flush=True)
        with (project / "specs/signup/email.md").open("a", encoding="utf-8") as spec:
            spec.write(PLUS_TAG)
        regen(project, "status")
        return regen(project, "build") or regen(project, "check") or regen(project, "why", "src/signup/email.py:9")


def regen(folder: Path, *words: str) -> int:
    """Run one regen command in `folder`, as a person would see it."""
    print(f"\n$ regen {' '.join(words)}", flush=True)
    return subprocess.run([str(VENV / "bin" / "regen"), *words], cwd=folder, check=False).returncode


def test() -> int:
    """Run lint, formatting, strict types, the import contracts and the tests; return 1 if any fails."""
    tools = VENV / "bin"
    steps = (
        [tools / "ruff", "check", "."],
        [tools / "ruff", "format", "--check", "."],
        [tools / "mypy"],
        [tools / "lint-imports"],
        # Most tests wait for a process of their own: one worker more than cores.
        [PYTHON, "-m", "pytest", "-n", str((os.cpu_count() or 1) + 1), *sys.argv[2:]],
    )
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    failed = []
    for step in steps:
        words = [str(word) for word in step]
        print(f"$ {Path(words[0]).name} {' '.join(words[1:])}", flush=True)
        if subprocess.run(words, cwd=HERE, env=environment, check=False).returncode:
            failed.append(Path(words[0]).name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

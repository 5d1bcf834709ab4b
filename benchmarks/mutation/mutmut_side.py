"""mutmut 3 on a small project: its environment, its mutants as whole files, and what it said of each.

mutmut writes `mutants/src/m.py`, in which each function stands once as it was and once a mutant, behind a trampoline that
calls the one named in MUTANT_UNDER_TEST. Beside it, `m.py.spans` has their lines, `m.py.meta` the exit code of pytest.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from regen.trust.evidence import Mutant

VERSION = "3.8.1"
_TIMEOUTS = {-24, 24, 36, 152, 255}


@dataclass(frozen=True)
class MutmutRun:
    """Verdicts and seconds by mutant; `seconds` of the whole run, `running` of its last phase, the mutants' tests."""

    verdicts: dict[str, str]
    each: dict[str, float]
    seconds: float
    running: float


def environment() -> Path:
    """Return the Python of a virtual environment with mutmut, made on demand in REGEN_BENCH_CACHE or a temporary folder."""
    cache = Path(os.environ.get("REGEN_BENCH_CACHE") or Path(tempfile.gettempdir()) / "regen-bench")
    folder = cache / f"mutmut-{VERSION}-py{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"making {folder} with mutmut {VERSION} (once; REGEN_BENCH_CACHE says where)", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", f"mutmut=={VERSION}"], check=True)
        (folder / "ready").touch()
    return python


def generate(python: Path, project: Path, module: str) -> tuple[Mutant, ...]:
    """Return mutmut's mutants of a module, each as the whole file with that one change; leaves `mutants/` in the project."""
    code = (
        "import mutmut.__main__ as m; m.set_mutant_under_test('mutant_generation'); m.makedirs('mutants', exist_ok=True); m.copy_src_dir(); m.copy_also_copy_files()\n"
        "m.setup_source_paths(); m.store_lines_covered_by_tests(); m.create_mutants(1)"
    )
    subprocess.run([python, "-c", code], cwd=project, check=True, capture_output=True)
    return read_mutants(project, module)


def read_mutants(project: Path, module: str) -> tuple[Mutant, ...]:
    """Return the mutants that lie in `mutants/`; raise AssertionError where the file as it was can't be rebuilt."""
    text = (project / module).read_text()
    written = (project / "mutants" / module).read_text().splitlines(keepends=True)
    spans = json.loads((project / "mutants" / f"{module}.spans").read_text())["spans"]
    functions = _functions(text)
    found = []
    for name, (start, end) in spans.items():
        mangled, kind = name.rsplit("__mutmut_", 1)
        function = mangled.removeprefix("x_") if mangled.startswith("x_") else ".".join(mangled.split("ǁ")[1:])
        body = "".join(written[start - 1 : end])
        body = body[re.search(r"^ *(?:@|def )", body, re.MULTILINE).start() :]  # comments above belong to it in mutmut
        body = re.sub(rf"\bdef {name}\(", f"def {function.rsplit('.', 1)[-1]}(", body, count=1)
        first, last = functions[function]
        whole = _put(text, first, last, body)
        if kind == "orig":
            assert ast.dump(ast.parse(whole)) == ast.dump(ast.parse(text)), function
        else:
            found.append(_mutant(f"{Path(module).stem}.{name}", module, text, whole))
    return tuple(found)


def run(python: Path, project: Path, module: str, names: tuple[str, ...] = ()) -> MutmutRun:
    """Run mutmut on all mutants, or those named, as a user would: `mutmut run [NAMES]`."""
    shutil.rmtree(project / "mutants", ignore_errors=True)
    started = time.monotonic()
    ended = subprocess.run(
        [python, "-m", "mutmut", "run", *names], cwd=project, capture_output=True, text=True, check=True
    )
    seconds = time.monotonic() - started
    rate = float(re.findall(r"([\d.]+) mutations/second", ended.stdout)[-1])
    meta = json.loads((project / "mutants" / f"{module}.meta").read_text())
    codes = {name: code for name, code in meta["exit_code_by_key"].items() if code is not None}
    verdicts = {name: _verdict(code) for name, code in codes.items()}
    return MutmutRun(verdicts, meta["durations_by_key"], seconds, len(codes) / rate)


def run_trampoline(python: Path, project: Path, name: str, limit: float) -> str:
    """Return what all tests say of one mutant behind mutmut's trampoline, outside mutmut's own run."""
    command = [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests"]
    env = {**os.environ, "MUTANT_UNDER_TEST": name, "PYTHONPATH": "src"}
    try:
        ended = subprocess.run(
            command, cwd=project / "mutants", env=env, capture_output=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return "timed out"
    return _verdict(ended.returncode)


def tests_run(project: Path, name: str) -> set[str]:
    """Return the tests that mutmut runs on a mutant: those that it saw call the function."""
    stats = json.loads((project / "mutants" / "mutmut-stats.json").read_text())
    return set(stats["tests_by_mangled_function_name"].get(name.rsplit("__mutmut_", 1)[0], ()))


def _verdict(code: int) -> str:
    if code in _TIMEOUTS:
        return "timed out"
    return {0: "survived", 1: "killed", 3: "killed", 5: "not covered", 33: "not covered"}.get(code, f"exit code {code}")


def _functions(text: str) -> dict[str, tuple[int, int]]:
    """Return the first line (from 0) and the line after the last of each function and method."""
    found = {}
    for node in ast.parse(text).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef):
                prefix = f"{node.name}." if inner is not node else ""
                found[prefix + inner.name] = (inner.lineno - 1, inner.end_lineno)
    return found


def _put(text: str, first: int, last: int, body: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:first], body.rstrip("\n") + "\n", *lines[last:]])


def _mutant(name: str, path: str, text: str, whole: str) -> Mutant:
    old, new = text.splitlines(), whole.splitlines()
    start = next(n for n in range(len(old)) if old[n] != new[n])
    same = next(n for n in range(len(old) - start) if old[-1 - n] != new[-1 - n])
    end, after = len(old) - same, len(new) - same
    return Mutant(
        id=name, path=path, line=start + 1, end_line=max(end, start + 1), operator="mutmut",
        before="\n".join(old[start:end]), after="\n".join(new[start:after]), text=whole,
    )  # fmt: skip

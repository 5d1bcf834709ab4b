"""The figures of the compiler: `python benchmarks/compiler.py [--quick]` prints each with its goal, exits 1 if one falls short.

Both sides of a comparison run in turn, A B A B, and the median of the pairwise ratios counts. Simulated replies come
from a shell program through the generator `command`; every verification is real, in the sandbox.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import json
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fixture import commit, git, id_of, lock_all, used_by, write_project

REGEN = [str(Path(sys.executable).with_name("regen"))]
EMPTY = [sys.executable, "-c", ""]


class Report:
    """Prints figures and remembers whether one fell short."""

    def __init__(self) -> None:
        self.short = 0

    def figure(self, name: str, value: str, goal: str, *, holds: bool) -> None:
        self.short += not holds
        print(f"{'holds      ' if holds else 'falls short'}  {name}: {value} (goal: {goal})", flush=True)


def run(words: list[str], folder: Path, *, good: tuple[int, ...] = (0,)) -> tuple[float, str]:
    """Run a program and return its wall seconds and its standard output."""
    started = time.perf_counter()
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode not in good:
        raise RuntimeError(f"{words} ended with {process.returncode}: {err.decode()[-800:]}")
    return seconds, out.decode()


def peak_memory(words: list[str], folder: Path) -> float:
    """Return the peak resident memory in MB of a program and what it starts, the largest process counting."""
    code = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""
    return int(run([sys.executable, "-c", code, *words], folder)[1]) / 1024


def pairs(a: list[str], b: list[str], folder: Path, rounds: int) -> list[tuple[float, float]]:
    for words in (a, b):
        run(words, folder)
    return [(run(a, folder)[0], run(b, folder)[0]) for _ in range(rounds)]


def quiet_state(root: Path, report: Report, rounds: int, units: int) -> None:
    """`status` and `build` with nothing to do."""
    git_status = ["git", "status"]
    run([*REGEN, "status"], root)
    for command in ("status", "build"):
        found = pairs([*REGEN, command], git_status, root, rounds)
        ratio = statistics.median(a / b for a, b in found)
        own, other = (statistics.median(side) * 1000 for side in zip(*found, strict=True))
        files = len(git(root, "ls-files").splitlines())
        value = f"{ratio:.2f} × git status ({own:.0f} ms, {other:.0f} ms; {units:,} units, {files:,} files)"
        report.figure(f"regen {command} with nothing to do", value, "at most 3 ×", holds=ratio <= 3)
    memory = peak_memory([*REGEN, "status"], root)
    report.figure("its memory", f"{memory:.0f} MB", "under 200 MB", holds=memory < 200)


def small_state(report: Report, rounds: int, folder: Path) -> None:
    root = folder / "small"
    write_project(root, 200, code=True)
    lock_all(root)
    run([*REGEN, "status"], root)
    found = pairs([*REGEN, "status"], EMPTY, root, rounds)
    over = statistics.median(a - b for a, b in found) * 1000
    report.figure(
        "regen status, 200 units, over an empty script", f"{over:.0f} ms", "at most 100 ms", holds=over <= 100
    )


def states(root: Path) -> dict[str, list[str]]:
    data = json.loads(run([*REGEN, "status", "--json"], root, good=(0, 1))[1])
    return {unit["unit"]: unit["reasons"] for unit in data["units"] if unit["state"] != "fresh"}


def edits(root: Path, report: Report) -> None:
    """One edit among all units."""
    spec = root / "specs/p000/u50.md"
    original = spec.read_text()
    spec.write_text(original.replace("negative numbers too", "negative numbers as well"))
    found = states(root)
    report.figure("one requirement edited", f"stale: {found}", "exactly its unit",
                  holds=found == {id_of(50): ["requirement FR-002 changed"]})  # fmt: skip
    spec.write_text(
        original.replace(
            "Adds 50 to a number, which is\nwhat it is for.", "Adds 50 to\na number, which is what it is for."
        )
    )
    test = root / "tests/p000/test_u50.py"
    test_text = test.read_text()
    test.write_text("# a comment\n" + test_text.replace("add_50(1) == 50 + 1", "(add_50( 1 )\n            == 50 + 1)"))
    found = states(root)
    report.figure("a re-wrapped paragraph and a reformatted test", f"stale: {found}", "nothing", holds=not found)
    test.write_text(test_text)

    spec.write_text(original.replace("negative numbers too", "negative numbers as well"))
    same = 'def add_50(x: int) -> int:\n    """Return x + 50."""\n    return 50 + x\n'
    done = built(root, same)
    report.figure(
        "its rebuild, interface as before", f"accepted: {done}", "exactly its unit", holds=done == [id_of(50)]
    )
    wider = "def add_50(x: int, y: int = 0) -> int"
    spec.write_text(original.replace("def add_50(x: int) -> int", wider))
    built(root, f"{wider}:\n    return 50 + x + y\n", units=[id_of(50)])
    found = states(root)
    expected = {id_of(n): [f"interface of {id_of(50)} changed"] for n in range(51, 60)}
    report.figure("its interface changed", f"stale: {len(found)} units", "its nine dependents", holds=found == expected)
    git(root, "checkout", "-q", ".")
    git(root, "clean", "-qfd")


def built(root: Path, code: str, units: list[str] | None = None) -> list[str]:
    """Build with a generator that always answers `code` and return the accepted units."""
    answer = root.parent / "answer.md"
    answer.write_text(f"```python\n{code}```\n")
    words = [*REGEN, "build", *(units or []), "--json", "-g", f"command:cat {answer}"]
    data = json.loads(run(words, root, good=(0, 1))[1])
    return [unit["unit"] for unit in data["units"] if unit["outcome"] == "accepted"]


# ── the schedule ────────────────────────────────────────────────────────────────────────────────

SIMULATOR = """#!/bin/sh
# Stands in for a model: logs the call, takes its time, and answers the unit that the prompt asks for.
prompt=$(cat)
n=${prompt##*path=src/p???/u}
n=${n%%.py*}
echo "$n" >>"$CALLS"
sleep "$(sed -n "$((n + 1))p" "$DELAYS")"
printf '```python path=src/p%03d/u%d.py\\n' $((n / 100)) "$n"
printf 'def add_%d(x: int) -> int:\\n    return x + %d\\n```\\n' "$n" "$n"
"""


def simulated_project(root: Path, units: int, mean_seconds: float) -> list[float]:
    """Write a project without code, and a simulator whose replies take `mean_seconds` on average; return the delays."""
    write_project(root, units, code=False)
    (root / "regen.toml").write_text('[generator]\ndefault = "command:sh ./simulator.sh"\n')
    (root / "simulator.sh").write_text(SIMULATOR)
    noise = random.Random(units)
    raw = [noise.uniform(0.5, 1.5) for _ in range(units)]
    delays = [round(value * mean_seconds * units / sum(raw), 3) for value in raw]
    (root / "delays.txt").write_text("".join(f"{delay}\n" for delay in delays))
    commit(root)
    return delays


def environment(root: Path) -> dict[str, str]:
    return {**os.environ, "CALLS": str(root.parent / f"{root.name}.calls"), "DELAYS": str(root / "delays.txt")}


def lower_bound(delays: list[float], jobs: int) -> float:
    """Return a lower bound of any schedule: the work over the jobs, and the longest chain through the graph."""
    chain: list[float] = []
    for n, delay in enumerate(delays):
        chain.append(delay + max((chain[used] for used in used_by(n)), default=0.0))
    return max(sum(delays) / jobs, *chain)


def list_schedule(delays: list[float], jobs: int) -> float:
    """Return what the bare replies take when a free job always gets the unit that most others wait for."""
    dependents: dict[int, list[int]] = {}
    for n in range(len(delays)):
        for used in used_by(n):
            dependents.setdefault(used, []).append(n)
    ready = [(-1 - len(dependents.get(n, [])), n) for n in range(len(delays)) if not used_by(n)]
    heapq.heapify(ready)
    running: list[tuple[float, int]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < jobs:
            n = heapq.heappop(ready)[1]
            heapq.heappush(running, (now + delays[n], n))
        now, done = heapq.heappop(running)
        for n in dependents.get(done, []):
            heapq.heappush(ready, (-1, n))
    return now


def schedule(report: Report, folder: Path, units: int, mean_seconds: float) -> None:
    root = folder / "schedule"
    delays = simulated_project(root, units, mean_seconds)
    started = time.perf_counter()
    done = subprocess.run(
        [*REGEN, "build", "-j", "16", "--json"], cwd=root, env=environment(root), capture_output=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stdout.decode()[-2000:] + done.stderr.decode()[-2000:])
    best = list_schedule(delays, 16)
    value = (f"{seconds / best:.3f} × ({seconds:.1f} s; list schedule of the bare replies {best:.1f} s, lower bound of "
             f"any {lower_bound(delays, 16):.1f} s; {units} units, replies of {mean_seconds:g} s)")  # fmt: skip
    report.figure("a build with -j 16 against the best schedule", value, "at most 1.10 ×", holds=seconds <= 1.10 * best)


# ── kill -9 ─────────────────────────────────────────────────────────────────────────────────────


def result_of(root: Path) -> str:
    """Return a digest of the code and of what the locks accept; times and ids are left out."""
    seen = hashlib.sha256()
    for path in sorted([*root.glob("src/**/*.py"), *root.glob(".regen/locks/*.json")]):
        if path.suffix == ".json":
            lock = json.loads(path.read_text())
            kept = {name: lock.get(name) for name in ("unit", "key", "code", "interface", "landing")}
            seen.update(json.dumps(kept, sort_keys=True).encode())
        else:
            seen.update(path.read_bytes())
    return seen.hexdigest()


def kills(report: Report, folder: Path, units: int, wanted: int, mean_seconds: float) -> None:
    """Kill builds at random moments until `wanted` were hit, starting anew whenever a project is done."""
    noise = random.Random(7)
    template = folder / "kill-template"
    simulated_project(template, units, mean_seconds)
    quiet = folder / "undisturbed"
    shutil.copytree(template, quiet)
    run_build(quiet)
    expected = result_of(quiet)
    span = 1.6
    hit = projects = twice = lost = different = 0
    while hit < wanted:
        root = folder / f"killed-{projects}"
        projects += 1
        shutil.copytree(template, root)
        while hit < wanted:
            process = subprocess.Popen([*REGEN, "build", "-j", "16"], cwd=root, env=environment(root),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
            try:
                process.wait(noise.uniform(0.05, span))
                break
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                hit += 1
        run_build(root)
        calls = (root.parent / f"{root.name}.calls").read_text().split()
        twice += len(calls) - len(set(calls))
        recorded = len(list(root.glob(".regen/ledger/*/reply-*.json")))
        lost += abs(recorded - units)
        different += result_of(root) != expected
        shutil.rmtree(root)
    value = (
        f"{hit} kills over {projects} builds: {twice} asked twice, {lost} lost or doubled, {different} results differ"
    )
    report.figure("kill -9 at random moments", value, "0, 0, 0", holds=not (twice or lost or different))


def run_build(root: Path) -> None:
    done = subprocess.run(
        [*REGEN, "build", "-j", "16"], cwd=root, env=environment(root), capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout.decode()[-1000:] + done.stderr.decode()[-3000:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller projects, under 50 s")
    quick = parser.parse_args().quick
    report = Report()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="regen-benchmark-") as name:
        folder = Path(name)
        units = 10_000
        large = folder / "large"
        write_project(large, units, code=True)
        lock_all(large)
        quiet_state(large, report, 3 if quick else 11, units)
        small_state(report, 5 if quick else 21, folder)
        edits(folder / "small" if quick else large, report)
        shutil.rmtree(large)
        schedule(report, folder, 100 if quick else 200, 2.4 if quick else 2.0)
        kills(report, folder, 6 if quick else 200, 4 if quick else 200, 0.3 if quick else 2.0)
    print("all hold" if not report.short else f"{report.short} fall short")
    return 1 if report.short else 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures the verification engine and compares it with its goals; exits with 1 if any falls short.

    python benchmarks/verify.py [--quick]

Both sides of a comparison take turns in one run, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from regen.checks.python_tests import open_python_test_runner
from regen.checks.python_tests.cold import ENVIRONMENT, ColdRunner
from regen.checks.python_tests.interpreter import ask_interpreter
from regen.ports import Command, TestJob, View
from regen.sandboxes import open_sandbox

CODE = "import re\n\n\ndef double(n):\n    if not isinstance(n, int):\n        raise TypeError(n)\n    return n * 2\n"
TEST = "def test_{0}():\n    assert double({0}) == {1}\n\n"
PLAIN = "from unit import double\n\n" + "".join(TEST.format(n, 2 * n) for n in range(10))
PYTEST = (
    "import pytest\nfrom unit import double\n\n"
    "@pytest.mark.parametrize(('n', 'want'), [(1, 2), (2, 4), (3, 6)])\n"
    "def test_all(n, want):\n    assert double(n) == want\n\n"
    "def test_raises():\n    with pytest.raises(TypeError):\n        double('a')\n\n"
    + "".join(TEST.format(n, 2 * n) for n in range(6))
)
# Ten as well, one of which needs fixtures: such a suite runs in a session of pytest, the one above is called directly.
FIXTURES = PYTEST.replace(TEST.format(0, 0), "") + (
    "@pytest.fixture\ndef two():\n    return 2\n\ndef test_fixture(two, tmp_path):\n    assert double(two) == 4\n"
)
NAMES = {
    "tests/test_plain.py": [f"test_{n}" for n in range(10)],
    "tests/test_pytest.py": ["test_all", "test_raises", *(f"test_{n}" for n in range(6))],
    "tests/test_fixtures.py": ["test_fixture", "test_all", "test_raises", *(f"test_{n}" for n in range(1, 6))],
}


class Bench:
    def __init__(self, root: Path, *, quick: bool) -> None:
        self.root = root
        self.quick = quick
        self.sandbox = open_sandbox("bubblewrap")
        self.interpreter = ask_interpreter(sys.executable)
        self.warm = open_python_test_runner(self.sandbox, sys.executable)
        self.cold = ColdRunner(self.sandbox, self.interpreter)
        self.failed = False
        for name, text in (("plain", PLAIN), ("pytest", PYTEST), ("fixtures", FIXTURES)):
            (root / "tests").mkdir(exist_ok=True)
            (root / "tests" / f"test_{name}.py").write_text(text)
        (root / "src").mkdir()
        (root / "src" / "unit.py").write_text(CODE)

    def job(self, kind: str, code: str = CODE) -> TestJob:
        file = f"tests/test_{kind}.py"
        expected = tuple(f"{file}::{name}" for name in NAMES[file])
        return TestJob(unit="unit", root=str(self.root), files={"src/unit.py": code}, tests=(file,), expected=expected)

    def verify(self, runner, kind: str, code: str = CODE):
        check = runner.run(self.job(kind, code), threading.Event())
        assert (check.outcome, check.reason) == ("passed", ""), check
        return [(test.id, test.outcome) for test in check.tests]

    def plain_pytest(self, kind: str) -> None:
        view = View(root=str(self.root), readable=self.interpreter.readable)
        argv = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/test_{kind}.py")
        env = {**ENVIRONMENT, "PYTHONPATH": f"{self.root}/src"}
        ended = self.sandbox.run(Command(argv=argv, view=view, env=env))
        assert ended.exit_code == 0, ended

    def tell(self, what: str, figure: str) -> None:
        print(f"{what:<64} {figure:>12}   no goal", flush=True)

    def say(self, what: str, figure: str, goal: str, *, holds: bool) -> None:
        self.failed |= not holds
        print(f"{what:<64} {figure:>12}   goal {goal:<10} {'holds' if holds else 'falls short'}", flush=True)


def milliseconds(function, *arguments) -> float:
    started = time.perf_counter()
    function(*arguments)
    return (time.perf_counter() - started) * 1000


def latency(bench: Bench) -> None:
    for kind, goal in (("pytest", 25), ("fixtures", 0), ("plain", 12)):
        for _ in range(5):
            bench.verify(bench.warm, kind)
        warm, cold = [], []
        for _ in range(8 if bench.quick else 20):
            warm += [milliseconds(bench.verify, bench.warm, kind) for _ in range(8)]
            cold.append(milliseconds(bench.plain_pytest, kind))
        median, ratio = statistics.median(warm), statistics.median(cold) / statistics.median(warm)
        what, figure = f"one verification, ten {kind} tests, median", f"{median:.1f} ms"
        if not goal:
            bench.tell(f"{what} (in a session)", figure)
            bench.tell("  times faster than python -m pytest", f"{ratio:.1f} x")
        else:
            bench.say(what, figure, f"<= {goal} ms", holds=median <= goal)
        if kind == "pytest":
            bench.say("  times faster than python -m pytest", f"{ratio:.1f} x", ">= 10 x", holds=ratio >= 10)
        same = bench.verify(bench.warm, kind) == bench.verify(bench.cold, kind)
        bench.say("  results identical to a cold run, test by test", str(same), "True", holds=same)


def throughput(bench: Bench) -> None:
    for kind, goal in (("pytest", 70), ("fixtures", 0), ("plain", 150)):
        count = 100
        _many(bench, kind, count)  # starts a process for each core
        rate = count / statistics.median(_many(bench, kind, count) for _ in range(5 if goal else 1))
        if not goal:
            bench.tell(f"100 candidates, {os.cpu_count()} CPUs, {kind} tests (in a session)", f"{rate:.0f} /s")
            continue
        bench.say(
            f"100 candidates, {os.cpu_count()} CPUs, {kind} tests, median of five",
            f"{rate:.0f} /s",
            f">= {goal} /s",
            holds=rate >= goal,
        )


def _many(bench: Bench, kind: str, count: int) -> float:
    numbers = iter(range(count))

    def work() -> None:
        for number in numbers:
            bench.verify(bench.warm, kind, f"{CODE}# candidate {number}\n")

    threads = [threading.Thread(target=work) for _ in range(os.cpu_count() or 1)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


ISOLATION = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from regen.checks.python_tests.inside import isolate, system
root = sys.argv[2]
walls = isolate.Walls(root, sys.argv[3:])
limits = dict(memory_bytes=1 << 30, cpu_seconds=30, file_bytes=1 << 26, processes=64,
              group_holds_memory=True, group_holds_processes=True)
job = dict(files={"src/unit.py": "x = 1"}, masked=[], limits=limits)

def once(namespaces, close_in):
    started = time.perf_counter()
    pid = system.fork_into(namespaces)
    if pid == 0:
        if close_in:
            walls.raise_early(limits["memory_bytes"])
            walls.close_in(job)
        os._exit(0)
    os.waitpid(pid, 0)
    return (time.perf_counter() - started) * 1000

pairs = [(once(0, False), once(isolate.NAMESPACES, True)) for _ in range(100)]
import statistics
print(statistics.median(b - a for a, b in pairs), file=sys.stderr)
os.close(0)
"""


def isolation(bench: Bench) -> None:
    source = str(Path(__file__).parents[1] / "src")
    readable = (*bench.interpreter.readable, source)
    view = View(root=str(bench.root), readable=readable)
    kept = bench.sandbox.keep(
        (sys.executable, "-c", ISOLATION, source, str(bench.root), *readable), view, {}, bench.job("plain").limits
    )
    kept.control.recv(1)  # until it closes its end
    cost = float(kept.said().split()[-1])
    kept.close()
    bench.say("isolation: the walls over a bare fork, median", f"{cost:.1f} ms", "<= 4 ms", holds=cost <= 4)


def memory(bench: Bench) -> None:
    before = _largest_kib()
    for _ in range(300 if bench.quick else 10_000):
        bench.verify(bench.warm, "plain")
    after = _largest_kib()
    bench.say("memory of the largest warm process", f"{after / 1024:.0f} MB", "<= 60 MB", holds=after <= 60 << 10)
    growth = (after - before) / 1024
    count = "300" if bench.quick else "10,000"
    bench.say(f"  growth over {count} candidates", f"{growth:.1f} MB", "<= 1 MB", holds=growth <= 1)


def _largest_kib() -> int:
    said = subprocess.run(["ps", "-eo", "rss,args"], capture_output=True, text=True, check=True).stdout
    here = "python_tests/inside/main.py stay"
    return max(int(line.split()[0]) for line in said.splitlines() if here in line and "bwrap" not in line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, under a minute")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), quick=parser.parse_args().quick)
        try:
            for measure in (latency, throughput, isolation, memory):
                measure(bench)
        finally:
            bench.warm.close()
    return int(bench.failed)


if __name__ == "__main__":
    sys.exit(main())

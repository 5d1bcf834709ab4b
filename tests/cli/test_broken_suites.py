"""Suites and code that break in every way: each unit ends with its reason, and the next is judged all the same."""

from __future__ import annotations

import pytest

from regen.sandboxes.cgroups import homes

WAYS = {
    "hangs": ("while True: pass", "?", "tests: took longer than 1 s while tests/test_unit.py::test_a was running"),
    "crashes": (
        "import ctypes; ctypes.string_at(0)", "✗",
        "1 of 1 tests failed: was killed by SIGSEGV while tests/test_unit.py::test_a was running",
    ),
    "ends": (
        "import os; os._exit(0)", "✗",
        "1 of 1 tests failed: ended by itself with exit code 0 while tests/test_unit.py::test_a was running",
    ),
    "eats": (
        "[bytes(b'x' * (16 << 20)) for _ in range(64)]", "✗",
        "1 of 1 tests failed: used more than 64 MiB of memory while tests/test_unit.py::test_a was running",
    ),
    "prints": (
        "while True: print('x' * 4096)", "✗",
        "1 of 1 tests failed: printed more than 64 KiB while tests/test_unit.py::test_a was running",
    ),
}  # fmt: skip


@pytest.fixture
def broken(project):
    spec = "---\ntarget: src/unit.py\ntests: [tests/test_unit.py]\n---\n# Unit\nDoubles.\n"
    settings = "[checks]\ntimeout = 1.0\nmemory_mb = 64\noutput_kb = 64\n"

    def make(test):
        code = "def double(n):\n    return n * 2\n"
        files = {"specs/unit.md": spec, "src/unit.py": code, "tests/test_unit.py": test}
        return project(files, settings=settings)

    return make


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_breaks_off_says_why(broken, way):
    act, symbol, reason = WAYS[way]
    made = broken(f"from unit import double\n\ndef test_a():\n    {act}\n")
    ran = made.regen("verify")
    assert ran.code == 1
    assert ran.out.splitlines()[0].startswith(f"{symbol} unit ")
    said = [line.strip() for line in ran.out.splitlines()]
    if way == "eats" and not any(home.memory for home in homes()):
        # Each process has a limit of its own then, and Python tells of it.
        assert (said[1], said[-2]) == ("1 of 1 tests failed:", "MemoryError (tests/test_unit.py:4)")
    else:
        assert said[1] == reason


def test_a_test_file_that_is_no_python_is_named(broken):
    ran = broken("def test_a(:\n").regen("verify")
    assert ran.out.splitlines()[1].strip() == (
        "tests: tests/test_unit.py: SyntaxError: invalid syntax (test_unit.py, line 1) (tests/test_unit.py:1)"
    )

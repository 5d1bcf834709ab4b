"""What a candidate may ask of the kernel to be accepted without being right, or to tell the next one: refused."""

from __future__ import annotations

import platform

import pytest

from regen.ports import Limits

RIGHT = "def double(n):\n    return n * 2\n"
LIMITS = Limits(wall_seconds=5, cpu_seconds=4, memory_bytes=256 << 20, processes=24)
TESTS = "from unit import double\n\ndef test_two():\n    assert double(2) == 4\n"
SUITES = {
    "plain": TESTS,
    "pytest": "import pytest\n\n@pytest.fixture(autouse=True)\ndef nothing():\n    yield\n\n" + TESTS,
}
ADD_KEY, KEY_CONTROL = {"x86_64": (248, 250), "aarch64": (217, 219)}.get(platform.machine(), (-1, -1))

# Puts pipes of its own in place of those that lead outside, and a thread that makes every result a pass.
IN_THE_MIDDLE = """
    import _thread, fcntl, os, re, stat

    def double(n):
        return 0

    def forward(reads, true_results):
        for line in os.fdopen(reads, "rb"):
            if b"test_two" in line:
                line = line.replace(b'"failed"', b'"passed"')
                line = re.sub(rb'"failure": {.*}, "seconds"', b'"failure": null, "seconds"', line)
            os.write(true_results, line)

    for number in range(3, 256):
        try:
            mode, flags = os.fstat(number).st_mode, fcntl.fcntl(number, fcntl.F_GETFL)
        except OSError:
            continue
        if stat.S_ISFIFO(mode) and flags & os.O_ACCMODE == os.O_WRONLY:
            reads, writes = os.pipe()
            true_results = os.dup(number)
            os.dup2(writes, number)
            _thread.start_new_thread(forward, (reads, true_results))
    """


@pytest.mark.parametrize("kind", SUITES)
def test_nothing_comes_between_the_results_and_their_reader(project, kind):
    project.write("tests/test_unit.py", SUITES[kind])
    check = project.check(IN_THE_MIDDLE, "tests/test_unit.py::test_two", limits=LIMITS)
    assert check.outcome == "failed"
    assert project.check(RIGHT, "tests/test_unit.py::test_two", limits=LIMITS).outcome == "passed"


def test_the_pipes_of_results_can_be_neither_closed_nor_replaced(project):
    project.write("tests/test_unit.py", TESTS)
    found = project.check(
        """
        import os

        def double(n):
            done = []
            for number in range(90, 110):
                try:
                    os.fstat(number)
                except OSError:
                    continue
                for deed in (os.close, lambda fd: os.dup2(0, fd)):
                    try:
                        deed(number)
                        done.append(number)
                    except OSError:
                        pass
            os.closerange(90, 110)
            return 4 if not done else 0
        """,
        "tests/test_unit.py::test_two",
        limits=LIMITS,
    )
    assert (found.outcome, found.reason) == ("passed", "")


@pytest.mark.skipif(ADD_KEY < 0, reason="the numbers of system calls are known for x86-64 and arm64")
def test_no_keyring_tells_the_next_candidate(project):
    project.write("tests/test_unit.py", "from unit import say\n\ndef test_said():\n    assert say() == 'nothing'\n")
    say = f"""
        import subprocess, sys

        def say():
            program = '''
        import ctypes
        call = ctypes.CDLL(None).syscall
        kept = call({ADD_KEY}, b"user", b"left", b"word", 4, -3)
        found = call({KEY_CONTROL}, 10, -3, b"user", b"left", 0)
        print("nothing" if (kept, found) == (-1, -1) else "a key")
        '''.replace("\\n        ", "\\n")
            return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.strip()
        """
    assert project.check(say, "tests/test_unit.py::test_said", limits=LIMITS).outcome == "passed"


def test_a_child_can_not_read_the_memory_of_the_tests(project):
    project.write("tests/test_unit.py", "from unit import look\n\ndef test_looks():\n    assert look() == 'refused'\n")
    look = """
        import subprocess, sys

        def look():
            program = "import os\\nos.open('/proc/1/mem', os.O_RDONLY)"
            ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
            return "refused" if "PermissionError" in ended.stderr else "read"
        """
    assert project.check(look, "tests/test_unit.py::test_looks", limits=LIMITS).outcome == "passed"


def test_programs_start_and_end_as_anywhere(project):
    project.write("tests/test_unit.py", "from unit import sum_of\n\ndef test_sum():\n    assert sum_of([1, 2]) == 3\n")
    code = """
        import multiprocessing, subprocess, sys, tempfile

        def sum_of(numbers):
            with multiprocessing.get_context("fork").Pool(2) as pool:
                doubled = pool.map(abs, numbers)
            with tempfile.TemporaryFile() as file:
                subprocess.run([sys.executable, "-c", f"print(sum({doubled}))"], stdout=file, check=True)
                file.seek(0)
                return int(file.read())
        """
    check = project.check(code, "tests/test_unit.py::test_sum", limits=Limits(wall_seconds=20))
    assert (check.outcome, check.reason) == ("passed", "")


def test_what_tools_left_of_hidden_tests_is_out_of_sight(project):
    project.write("tests/test_unit.py", "from unit import seen\n\ndef test_seen():\n    assert seen() == []\n")
    project.write("tests/hidden/test_more.py", "def test_more():\n    assert 1\n")
    project.write("tests/hidden/__pycache__/test_more.cpython-311.pyc", "values")
    project.write("tests/hidden/expected.json", "[]")
    code = "import glob\n\ndef seen():\n    return glob.glob('tests/hidden/**/*.*', recursive=True)\n"
    check = project.check(
        code, "tests/test_unit.py::test_seen", hidden_paths=("tests/hidden/test_more.py",), limits=LIMITS
    )
    assert (check.outcome, check.reason) == ("passed", "")

"""Whatever a program does is its own answer: regen goes on, and other programs are none the wiser."""

from __future__ import annotations

import pytest
from comparing_projects import compare, shown

GOOD = "def f(n: int) -> int:\n    return n\n"
HEAD = "import builtins, ctypes, json, os, random, sys, time\n\ndef f(n: int) -> int:\n"
SPEC = "## Preconditions\n- `0 <= n < 40`\n"
SPOILT = {
    "hangs": ("    while n == 3: pass\n    return n\n", "f(3)", "takes longer than 2 s"),
    "sleeps": ("    time.sleep(60 * (n == 3))\n    return n\n", "f(3)", "takes longer than 2 s"),
    "leaves": ("    if n == 3: sys.exit(0)\n    return n\n", "f(3)", "raises SystemExit"),
    "ends": ("    if n == 3: os._exit(0)\n    return n\n", "f(3)", "ends the process"),
    "crashes": ("    if n == 3: ctypes.string_at(0)\n    return n\n", "f(3)", None),
    "memory": ("    return len('a' * 10 ** 11) if n == 3 else n\n", "f(3)", "raises MemoryError"),
    "recursion": ("    return f(n) if n == 3 else n\n", "f(3)", "raises RecursionError"),
    "chance": ("    return random.random() if n == 3 else n\n", "f(3)", "differs from call to call"),
    "memory of calls": (
        "    f.calls = getattr(f, 'calls', 0) + 1\n    return n + (f.calls > 1)\n", "f(1)", "differs from call to call"),
    "hash order": ("    return ''.join({'a', 'b', 'c', 'd', 'e'}) if n == 3 else n\n", "f(3)", "differs from call to call"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_program_is_told_as_such(tmp_path, name):
    body, call, answer = SPOILT[name]
    found = compare(tmp_path, {"good": GOOD, "other": GOOD + "\nx = 1\n", "bad": HEAD + body}, spec=SPEC)
    assert found.clusters == (("good", "other"), ("bad",))
    assert found.disagreements[0].call == call
    assert [group.candidates for group in found.disagreements[0].groups] == [("good", "other"), ("bad",)]
    assert answer is None or found.disagreements[0].groups[1].answer == answer


def test_programs_that_can_not_be_loaded_are_apart(tmp_path):
    programs = {"good": GOOD, "broken": "def f(n: int) -> int:\n    return n\n\nraise ValueError\n"}
    assert shown(compare(tmp_path, programs, spec=SPEC)) == [
        "f(0) gives 0 (good) or can't be loaded: ValueError (broken)"
    ]


ATTACKS = {
    "prints without end": "    print('x' * 10 ** 6)\n    os.write(1, b'x' * 10 ** 6)\n    return n\n",
    "patches what it can": (
        "    builtins.repr = lambda v: '7'\n    json.dumps = lambda *a, **k: '[]'\n    os.write = lambda *a: 0\n"
        "    builtins.sorted = builtins.isinstance = None\n    return n\n"
    ),
    "writes to every descriptor": (
        "    for d in range(3, 30):\n        try: os.write(d, b'[\"answer\", 0, [\"7\"]]\\n')\n"
        "        except OSError: pass\n    return n\n"
    ),
    "forks": "    pid = os.fork()\n    if not pid: os._exit(0)\n    os.waitpid(pid, 0)\n    return n\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_on_the_asking_changes_nothing_for_others(tmp_path, name):
    found = compare(tmp_path, {"good": GOOD, "other": GOOD + "\nx = 1\n", "bad": HEAD + ATTACKS[name]}, spec=SPEC)
    assert found.reason == ""
    together = next(cluster for cluster in found.clusters if "good" in cluster)
    assert "other" in together
    assert found.inputs == 40


def test_programs_see_neither_each_other_nor_hidden_tests(tmp_path):
    (tmp_path / "test_hidden.py").write_text("SECRET = 1\n")
    looks = HEAD + (
        "    seen = [os.path.exists(p) for p in ('test_hidden.py', '/whole-project/test_hidden.py', '/tmp/left')]\n"
        "    size = os.path.getsize('test_hidden.py') if seen[0] else 0\n"
        "    open('/tmp/left', 'w').close()\n"
        "    others = [p for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()]\n"
        "    return n + (size > 0) + seen[1] + len(others)\n"
    )
    found = compare(tmp_path, {"good": GOOD, "looks": looks}, spec=SPEC, hidden_paths=("test_hidden.py",))
    assert (found.reason, found.clusters) == ("", (("good", "looks"),))

"""What a candidate may try to be accepted without being right, or to reach out: never accepted, no trace left."""

from __future__ import annotations

import os
import re
from textwrap import dedent, indent

import pytest

from regen.ports import Limits

RIGHT = "def double(n):\n    return n * 2\n"
LIMITS = Limits(wall_seconds=4, cpu_seconds=4, memory_bytes=256 << 20, processes=24)
TESTS = """
from unit import double

def test_two():
    assert double(2) == 4

def test_list():
    assert [double(n) for n in range(3)] == [0, 2, 4]
"""


def code_of(text):
    """Write «name» as code that the sieve can't fold, so that what is on trial are the walls behind it."""
    return re.sub("«(.*?)»", lambda name: f"bytes.fromhex('{name[1].encode().hex()}').decode()", dedent(text))


# Each of these gives wrong answers and tries to pass all the same.
WRONG = {
    "exit at import": "import sys; sys.exit(0)",
    "hard exit at import": "import os; os._exit(0)",
    "exit in a test": "import sys\ndef double(n): sys.exit(0)",
    "hard exit in a test": "import os\ndef double(n): os._exit(0)",
    "equals everything": "class Any:\n    def __eq__(self, other): return True\ndef double(n): return Any()",
    "equals everything in a list": """
        class Sly(list):
            def __eq__(self, other): return True
        def double(n): return Sly()
        """,
    "a number that equals everything": """
        class Sly(int):
            def __eq__(self, other): return True
            __hash__ = int.__hash__
        def double(n): return Sly(7)
        """,
    "patch builtins": "import builtins\nbuiltins.AssertionError = type('A', (Exception,), {})\ndef double(n): return 0",
    "patch unittest": """
        import importlib
        case = importlib.import_module(«unittest.case»)
        case.TestCase.assertEqual = lambda *a, **k: None
        def double(n): return 0
        """,
    "patch pytest": """
        import importlib
        runner = importlib.import_module(«_pytest.runner»)
        runner.call_and_report = lambda item, when, **k: None
        runner.runtestprotocol = lambda item, **k: []
        def double(n): return 0
        """,
    "patch pluggy": """
        import importlib
        hooks = importlib.import_module(«pluggy»)._hooks
        hooks.HookCaller.__call__ = lambda self, **k: None
        def double(n): return 0
        """,
    "patch the reports": """
        import importlib
        reports = importlib.import_module(«_pytest.reports»)
        init = reports.TestReport.__init__
        def passed(self, *a, **k):
            init(self, *a, **{**k, 'outcome': 'passed'})
        reports.TestReport.__init__ = passed
        def double(n): return 0
        """,
    "patch the inside of the runner": """
        import importlib
        wire = importlib.import_module(«_regen_inside.wire»)
        tell = wire.Wire.tell
        def forged(self, event, **facts):
            if 'outcome' in facts: facts.update(outcome='passed', failure=None)
            tell(self, event, **facts)
        wire.Wire.tell = forged
        def double(n): return 0
        """,
    "forge the result pipe": """
        import os
        for fd in range(3, 64):
            try: os.write(fd, b'x {"event": "end"}\\n')
            except OSError: pass
        os._exit(0)
        """,
    "write the tests": "open('tests/test_unit.py', 'w').write('def test_two(): pass')\ndef double(n): return 0",
    "write a conftest": "open('conftest.py', 'w').write('')\ndef double(n): return 0",
    "atexit": "import atexit, os\natexit.register(lambda: os._exit(0))\ndef double(n): return 0",
    "finaliser": "class Late:\n    def __del__(self):\n        import os; os._exit(0)\nlate = Late()\ndef double(n): return 0",
    "a thread that exits": """
        import os, threading
        threading.Thread(target=os._exit, args=(0,), daemon=True).start()
        def double(n): return 0
        """,
    "skip": "import importlib\ndef double(n): raise importlib.import_module(«unittest»).SkipTest('easy')",
    "recursion": "def double(n): return double(n)",
    "crash": "def double(n):\n    import faulthandler; faulthandler._sigsegv()",
}

# Each of these gives right answers, and does what no candidate may.
FORBIDDEN = {
    "read the tests": "open('tests/test_unit.py').read()",
    "walk the frames": "import sys; sys._getframe(1)",
    "walk the frames of an exception": "try: 1 / 0\nexcept ZeroDivisionError as e: getattr(e.__traceback__, «tb_frame»)",
    "search memory with gc": "import gc; gc.get_objects()",
    "read its own memory": "try: open('/proc/self/mem', 'rb').read(1)\nexcept OSError: pass",
    "read the parent's memory": "try: open('/proc/1/environ').read()\nexcept OSError: pass",
    "load machine code": "try:\n    import importlib; ctypes = importlib.import_module(«ctypes»); ctypes.CDLL(None).ptrace(0, 0, 0, 0)\nexcept Exception: pass",
    "ask whether it is tested": "import os\nos.environ.get('PYTEST_CURRENT_TEST')",
    "ask for the test runner": "import sys\n'x' in sys.modules",
    "connect by TCP": "import socket\ntry: socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError: pass",
    "send by UDP": """
        import socket
        try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))
        except OSError: pass
        """,
    "look up a name": "import socket\ntry: socket.getaddrinfo('example.com', 80)\nexcept OSError: pass",
    "connect to a socket by path": "import socket\ntry: socket.socket(socket.AF_UNIX).connect('/run/docker.sock')\nexcept OSError: pass",
    "connect to an abstract socket": "import socket\ntry: socket.socket(socket.AF_UNIX).connect('\\0x')\nexcept OSError: pass",
    "open a raw socket": "import socket\ntry: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\nexcept OSError: pass",
    "write outside": "try: open('/etc/passwd', 'a')\nexcept OSError: pass",
    "write byte code": "import os\ntry: os.mkdir(os.path.join(os.path.dirname(os.__file__), '__pycache__', 'x'))\nexcept OSError: pass",
    "link out": "import os\ntry: os.link('/etc/passwd', '/tmp/x')\nexcept OSError: pass",
    "write through a link": "import os\nos.symlink('/etc', '/tmp/out')\ntry: open('/tmp/out/x', 'w')\nexcept OSError: pass",
    "open a device": "import os\ntry: os.open('/dev/mem', os.O_RDONLY)\nexcept OSError: pass",
    "change a device": "import os\ntry: os.chmod('/dev/null', 0)\nexcept OSError: pass",
    "change a device by its descriptor": """
        import os
        for each in (*range(64), os.open('/dev/null', os.O_RDWR)):
            try: os.fchmod(each, 0)
            except OSError: pass
        """,
    "change the clock": "import time\ntry: time.clock_settime(time.CLOCK_REALTIME, 0)\nexcept OSError: pass",
    "replace the clock": "import time\ntime.time = lambda: 0",
    "become root": "import os\ntry: os.setuid(0)\nexcept OSError: pass",
    "leave a thread": "import threading\nthreading.Thread(target=threading.Event().wait).start()",
    "leave a process": "import os\nif os.fork() == 0:\n    import time; time.sleep(99); os._exit(0)",
    "pretend to be the library": "import os\nexec(compile('x = 1', os.__file__, 'exec'))",
    "fork bomb": "import os\nfor _ in range(200): os.fork()",
    "memory bomb": "blocks = [bytearray(b'x' * (16 << 20)) for _ in range(64)]",
    "endless output": "while True: print('x' * 4096)",
    "endless loop that ignores signals": "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
}


SUITES = {
    "plain": TESTS,
    "pytest, called directly": "import pytest\n" + TESTS,
    "pytest, in a session": "import pytest\n@pytest.fixture(autouse=True)\ndef nothing(): yield\n" + TESTS,
}


@pytest.fixture(scope="module", params=SUITES)
def suite(request):
    return SUITES[request.param]


def check(project, suite, code):
    test = project.write("tests/test_unit.py", suite)
    return project.check(code, f"{test}::test_two", f"{test}::test_list", limits=LIMITS)


@pytest.mark.parametrize("attack", WRONG)
def test_wrong_code_is_never_accepted(project, suite, attack):
    assert check(project, suite, code_of(WRONG[attack])).outcome in ("failed", "inconclusive")
    assert check(project, suite, RIGHT).outcome == "passed"


@pytest.mark.parametrize("attack", FORBIDDEN)
@pytest.mark.parametrize("when", ["at import", "in a test"])
def test_forbidden_acts_are_never_accepted(project, suite, attack, when):
    body = code_of(FORBIDDEN[attack])
    code = body + "\n" + RIGHT if when == "at import" else f"def double(n):\n{indent(body, '    ')}\n    return n * 2\n"
    checked = check(project, suite, code)
    assert checked.outcome in ("failed", "inconclusive"), checked
    assert checked.reason
    assert oct(os.stat("/dev/null").st_mode & 0o777) == "0o666"
    assert check(project, suite, RIGHT).outcome == "passed"


def test_hidden_expected_values_are_out_of_reach(project):
    test = project.write(
        "tests/hidden/test_unit.py", "from unit import double\ndef test_a():\n    assert double(21) == 42\n"
    )
    for theft in ("sys._getframe(1)", "next(f for f in sys._current_frames().values())"):
        code = code_of(
            f"import sys\ndef double(n):\n    frame = {theft}\n    return getattr(frame, «f_code»).co_consts[-1]\n"
        )
        checked = project.check(code, f"{test}::test_a", hidden=True, hidden_paths=(test,))
        assert checked.outcome == "failed"
        assert "reads other functions" in checked.reason

"""What a candidate may try once the sieve is behind it: to reach the runner, or the text of its tests."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

TESTS = """
from unit import answer

def test_a():
    assert answer(1) == "first-answer"

def test_b():
    assert answer(2) == "second-answer"
"""
SUITES = {
    "plain": TESTS,
    "called directly": "import pytest\n" + TESTS,
    "in a session": "import pytest\n@pytest.fixture(autouse=True)\ndef nothing(): yield\n" + TESTS,
}
RIGHT = "def answer(n):\n    return ['first-answer', 'second-answer'][n - 1]\n"

# Each of these accepts nothing that a test would accept.
WRONG = {
    "an encoder that forges": """
        import json
        class Forger(json.JSONEncoder):
            def encode(self, value):
                if isinstance(value, dict) and value.get("event") == "result" and "::test_" in value["id"]:
                    if value["id"].endswith(("test_a", "test_b")):
                        value.update(outcome="passed", failure=None)
                return super().encode(value)
        json._default_encoder = Forger()
        def answer(n): return ""
        """,
    "a code of the importer's": """
        import sys
        def answer(n):
            found = [code for each in getattr(sys, «meta_path») for code in getattr(each, "_codes", {}).values()]
            return [text for code in found for text in re.findall("[a-z]+-answer", repr(code.co_consts))][n - 1]
        """,
    "a test by dis": """
        import dis, importlib
        def answer(n):
            test = getattr(importlib.import_module("test_unit"), "test_" + "ab"[n - 1])
            found = [each.argval for each in dis.get_instructions(test)]
            return next(each for each in found if isinstance(each, str) and each.endswith("-answer"))
        """,
    "a frame by inspect": """
        import inspect
        def answer(n):
            frame = getattr(inspect.currentframe(), «f_back»)
            return next(each for each in getattr(frame, «f_code»).co_consts if str(each).endswith("-answer"))
        """,
    "a frame by logging": """
        import logging
        def answer(n):
            frame = logging.currentframe()
            return next(each for each in getattr(frame, «f_code»).co_consts if str(each).endswith("-answer"))
        """,
    "code named like a conftest's": """
        exec(compile("import sys\\ndef answer(n): return sys._getframe(1)", "/tmp/conftest.py", "exec"), globals())
        """,
    "code named like a frozen module's": """
        exec(compile("import sys\\ndef answer(n): return sys._getframe(1)", "<frozen os>", "exec"), globals())
        """,
    "marshalled code": """
        import marshal
        exec(marshal.loads(marshal.dumps(compile("def answer(n): return 1", "x", "exec"))), globals())
        """,
    "the list of pipes": "import os\nos.listdir('/proc/self/fd')\ndef answer(n): return ''\n",
    "its tests by code of a text": """
        exec("def answer(n): return open('tests/test_unit.py').read()", globals())
        """,
    "another function in place of a test": """
        import importlib
        def noop(): pass
        def answer(n):
            importlib.import_module("test_unit").test_b = noop
            return "first-answer"
        """,
}

HONEST = {
    "a named tuple and an enumeration": "import collections, enum\ncollections.namedtuple('P', 'x')\nenum.Enum('E', 'a b')",
    "logging": "import logging\nlogging.getLogger('x').warning('careful')",
    "a warning": "import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=2)",
    "a printed traceback": "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: traceback.format_exc()",
    "signatures": "import inspect, json\ninspect.signature(json.dumps)\ninspect.signature(lambda x: x)",
    "wrapped functions": "import functools\n@functools.wraps(len)\ndef size(x): return len(x)\nsize([])",
    "its own code": "import dis\nlist(dis.get_instructions(lambda: 1))",
    "a compiled expression": "eval(compile('1 + 1', '<expression>', 'eval'))",
    "a folder": "import os\nos.listdir('.')\nlist(os.scandir('/tmp'))",
    "a process": "import subprocess\nsubprocess.run(['true'], check=True)",
    "JSON of its own": "import json\njson._default_encoder.encode({'a': [1.5, None]})",
    "a dataclass": "import dataclasses\ndataclasses.make_dataclass('P', ['x'])(1) == 1",
}


def code_of(text):
    return re.sub("«(.*?)»", lambda name: f"bytes.fromhex('{name[1].encode().hex()}').decode()", dedent(text))


def check(project, suite, code, *, hidden=False):
    test = project.write("tests/test_unit.py", SUITES[suite])
    more = {"hidden": True, "hidden_paths": (test,)} if hidden else {}
    return project.check(code, f"{test}::test_a", f"{test}::test_b", **more)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("way", WRONG)
@pytest.mark.parametrize("hidden", [False, True], ids=["visible", "hidden"])
def test_the_runner_and_the_tests_are_out_of_reach(project, suite, way, hidden):
    assert check(project, suite, code_of(WRONG[way]), hidden=hidden).outcome == "failed"
    assert check(project, suite, RIGHT, hidden=hidden).outcome == "passed"


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("way", HONEST)
def test_honest_use_of_the_library_is_let_pass(project, suite, way):
    body = "\n    ".join(HONEST[way].splitlines())
    code = f"{HONEST[way]}\n\ndef use():\n    {body}\n\ndef answer(n):\n    use()\n    return ['first-answer', 'second-answer'][n - 1]\n"
    checked = check(project, suite, code)
    assert checked.outcome == "passed", checked

"""Replies as models write them, and the files or the one sentence that come of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.candidates.candidate import Candidate, Refusal, read_candidate, splice, text_of
from regen.units.unit import Target

ONE = (Target("src/a.py"),)
TWO = (Target("src/a.py"), Target("src/b.py"))
CODE = "def f():\n    return 1\n"


def read(reply, targets=ONE, existing=None, **options):
    return read_candidate("a", targets, reply, existing or {}, **options)


def files(reply, targets=ONE, existing=None):
    candidate = read(reply, targets, existing)
    assert isinstance(candidate, Candidate), candidate
    return candidate.files


def refusal(reply, targets=ONE, existing=None, **options):
    refused = read(reply, targets, existing, **options)
    assert isinstance(refused, Refusal), refused
    return refused.reason


# ── what is put up with ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "reply",
    [
        f"```python path=src/a.py\n{CODE}```",
        f"Sure!\n\n```python path=src/a.py\n{CODE}```\n\nThis returns 1.\n",
        f"```python\n{CODE}```",
        f"```\n{CODE}```",
        f"~~~python\n{CODE}~~~",
        f"````python\n{CODE}````",
        f'```python title="src/a.py"\n{CODE}```',
        f"```python filename=src/a.py\n{CODE}```",
        f"```python:src/a.py\n{CODE}```",
        f"```python src/a.py\n{CODE}```",
        f"```src/a.py\n{CODE}```",
        f"```python {{path='src/a.py'}}\n{CODE}```",
        f"```python path=./src/a.py\n{CODE}```",
        f"### src/a.py\n\n```python\n{CODE}```",
        f"**File: `src/a.py`**\n```python\n{CODE}```",
        f"`src/a.py`:\n\n```python\n{CODE}```",
        f"```python\n# src/a.py\n{CODE}```",
        f"```python\n# File: src/a.py\n{CODE}```",
        f"  ```python\n{''.join('  ' + line for line in CODE.splitlines(keepends=True))}  ```",
        f"```python\n\n\n{CODE}\n\n```",
        f"\ufeff```python\n{CODE}```".replace("\n", "\r\n"),
        f"```python\n{CODE}```\nRun it:\n```bash\npython src/a.py > out.txt\n```\n",
        f"```python path=src/a.py\n{CODE}```\nUse it:\n```python\nf()\n```\n",
        f"```python path=src/a.py\n{CODE}```\nAgain:\n```python path=src/a.py\n{CODE}```\n",
    ],
)  # fmt: skip
def test_one_file_in_all_the_ways_it_is_written(reply):
    assert files(reply) == {"src/a.py": CODE}


def test_two_files():
    reply = f"```python path=src/a.py\n{CODE}```\nand\n```python path=src/b.py\nB = 2\n```\n"
    assert files(reply, TWO) == {"src/a.py": CODE, "src/b.py": "B = 2\n"}


def test_fences_inside_the_code():
    code = 'DOC = """\n```\nexample\n```\n"""\n'
    assert files(f"```python\n{code}```\n") == {"src/a.py": code}
    assert files(f"````python\n{code}````\n") == {"src/a.py": code}


def test_any_language_is_taken_as_it_is():
    assert files("```js path=src/a.xyz\nlet a = {;\n```", (Target("src/a.xyz"),)) == {"src/a.xyz": "let a = {;\n"}


# ── one definition of a file ────────────────────────────────────────────────────────────────────

FILE = "import re\n\n\ndef before():\n    pass\n\n\n@old\ndef f():\n    return 0\n\n\nclass C:\n    def m(self):\n        return 0\n\n    def n(self):\n        pass\n"


def test_a_function_is_replaced_where_it_stands():
    target = Target.parse("src/a.py::f")
    candidate = read(f"```python path=src/a.py::f\n{CODE}```", (target,), {"src/a.py": FILE})
    assert candidate.code == {"src/a.py::f": CODE}
    assert candidate.files["src/a.py"] == FILE.replace("@old\ndef f():\n    return 0\n", CODE)


@pytest.mark.parametrize("path", ["src/a.py::f", "src/a.py", "./src/a.py::f", ""])
def test_a_function_goes_by_its_path_its_name_or_neither(path):
    fence = f"```python path={path}" if path else "```python"
    assert read(f"{fence}\n{CODE}```", (Target("src/a.py", "f"),), {"src/a.py": FILE}).code == {"src/a.py::f": CODE}


def test_a_method_is_indented_as_its_class_needs():
    method = 'def m(self):\n    """Doc."""\n\n    return 1\n'
    target = Target("src/a.py", "C.m")
    whole = files(f"```python\n{method}```", (target,), {"src/a.py": FILE})["src/a.py"]
    assert 'class C:\n    def m(self):\n        """Doc."""\n\n        return 1\n\n    def n' in whole
    assert text_of(target, whole) == method


def test_a_new_function_is_appended():
    target = Target("src/a.py", "g")
    assert files("```\ndef g(): ...\n```", (target,), {"src/a.py": "A = 1\n"}) == {
        "src/a.py": "A = 1\n\n\ndef g(): ...\n"
    }
    assert files("```\ndef g(): ...\n```", (target,)) == {"src/a.py": "def g(): ...\n"}


def test_two_functions_of_one_file():
    targets = (Target("src/a.py", "f"), Target("src/a.py", "before"))
    reply = "```python path=src/a.py::f\ndef f(): ...\n```\n```python path=src/a.py::before\ndef before(): ...\n```\n"
    whole = files(reply, targets, {"src/a.py": FILE})["src/a.py"]
    assert whole.startswith("import re\n\n\ndef before(): ...\n\n\ndef f(): ...\n\n\nclass C:")


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("def g(): ...", "the block for `src/a.py::f` does not define `f`"),
        ("import os\ndef f(): ...", "the block for `src/a.py::f` holds more than the definition of `f`"),
        ("def f(): ...\nf()", "the block for `src/a.py::f` holds more than the definition of `f`"),
    ],
)
def test_a_function_and_nothing_else(block, why):
    assert refusal(f"```python\n{block}\n```", (Target("src/a.py", "f"),), {"src/a.py": FILE}) == why


def test_a_method_of_a_class_that_is_not_there():
    why = refusal("```python\ndef m(self): ...\n```", (Target("src/a.py", "D.m"),), {"src/a.py": FILE})
    assert why == "`D` is not in src/a.py, so its method has no place"


BODY = st.lists(st.sampled_from(["return 1", "", "  ", "      ", 'x = """', '"""', "# c", "    y = 2"]), max_size=6)


@settings(deadline=None)
@given(BODY, st.sampled_from(["f", "C.m", "C", "g", "before"]))
def test_what_is_put_into_a_file_is_what_is_found_in_it(body, symbol):
    name = symbol.split(".")[-1]
    block = "\n".join([f"def {name}(self):", "    pass", *("    " + line if line.strip() else line for line in body)])
    candidate = read(f"```python\n{block}\n```", (Target("src/a.py", symbol),), {"src/a.py": FILE})
    if isinstance(candidate, Candidate):
        target = Target("src/a.py", symbol)
        assert text_of(target, candidate.files["src/a.py"]) == candidate.code[str(target)]
        assert splice(candidate.files["src/a.py"], target, candidate.code[str(target)]) == candidate.files["src/a.py"]


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("", "the reply is empty"),
        (" \n\t\r\n", "the reply is empty"),
        ("I can't do that.", "there is no fenced block for `src/a.py`"),
        ("\x00\x01\x02PNG", "the reply holds control characters; it is no text"),
        ("```python\nx = '\ud800'\n```", "the reply holds control characters; it is no text"),
        (f"```python path=src/a.py\n{CODE}", "the fenced block src/a.py is not closed; the reply was cut off"),
        (f"```python\n{CODE}", "the fenced block without a path is not closed; the reply was cut off"),
        ("```python\ndef f(:\n```", "`src/a.py` does not parse: line 1, column 7: invalid syntax"),
        ("```python\nx = 1\n```\n```python\ny = 2\n```",
         "there are 2 fenced blocks without a path; one, for `src/a.py`, was asked for"),
        ("```python path=src/a.py\nx = 1\n```\n```python path=src/a.py\nx = 2\n```",
         "there are two different blocks for `src/a.py`"),
        ("```bash\nrm -rf /\n```", "there is no fenced block for `src/a.py`"),
    ],
)  # fmt: skip
def test_refused(reply, why):
    assert refusal(reply) == why


@pytest.mark.parametrize(
    "path",
    ["src/b.py", "tests/test_a.py", "/etc/passwd", "../src/a.py", "../a.py", "src/../src/a.py", "src/a.py/../../b.py",
     "/src/a.py", "~/a.py", ".git/config", "src\\a.py", "conftest.py"],
)  # fmt: skip
@pytest.mark.parametrize("way", ["```python path={}\n", "```python {}\n", "### {}\n```python\n", "`{}`\n\n```python\n",
                                 "```python\n# {}\n"])  # fmt: skip
def test_a_path_outside_the_targets_never_yields_a_file_for_it(path, way):
    found = read(f"```python path=src/a.py\n{CODE}```\n" + way.format(path) + "EVIL = 1\n```\n")
    if isinstance(found, Candidate):
        assert found.files == {"src/a.py": CODE}
    else:
        assert "EVIL" not in found.reason


@pytest.mark.parametrize("path", ["../src/a.py", "/src/a.py", "src/../src/a.py", "src/b.py"])
@pytest.mark.parametrize(
    "way", ["```python path={}\n", "### {}\n```python\n", "`{}`\n\n```python\n", "```python\n# {}\n"]
)
def test_a_path_that_is_not_the_targets_own_is_told(path, way):
    assert refusal(way.format(path) + CODE + "```\n") == f"`{path}` is not one of this unit's targets (src/a.py)"


def test_two_files_without_paths_can_not_be_told_apart():
    assert refusal(f"```python\n{CODE}```\n```python\nB = 1\n```", TWO) == "there is no fenced block for `src/a.py`"
    assert refusal(f"```python path=src/a.py\n{CODE}```\n", TWO) == "there is no fenced block for `src/b.py`"


def test_a_reply_that_was_cut_off():
    assert refusal(f"```python\n{CODE}```", cut="token limit") == "the reply was cut off: token limit"


@pytest.mark.parametrize(
    "code", ["x = " + "-" * 100_000 + "1", "x = " + "(" * 500 + ")" * 500, "x = '" + "a" * 10 + "\x0b'"]
)
def test_code_that_parsers_choke_on_is_survived(code):
    assert isinstance(read(f"```python\n{code}\n```"), Candidate | Refusal)


# ── any reply ───────────────────────────────────────────────────────────────────────────────────

PIECES = st.lists(
    st.one_of(
        st.sampled_from(["```", "````", "~~~", "\n", "python", " path=", "src/a.py", "src/a.py::f", "../x.py", "/etc/x.py", "# ",
                         CODE, "def f(): ...\n", "src/b.py", ":", "`", '"', "\r\n", "    ", "bash", "\\", "class C:\n", "\ud800"]),
        st.text(max_size=5),
    ),
    max_size=25,
).map("".join)  # fmt: skip
TARGETS = st.lists(
    st.sampled_from([Target("src/a.py"), Target("src/b.py"), Target("src/c.py", "f"), Target("src/c.py", "C.m"), Target("x.md")]),
    min_size=1, max_size=3, unique=True,
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(PIECES, TARGETS)
def test_no_reply_brings_it_down_or_gets_outside_the_targets(reply, targets):
    found = read(reply, tuple(targets), {"src/c.py": FILE})
    if isinstance(found, Candidate):
        assert set(found.code) == {str(target) for target in targets}
        assert set(found.files) == {target.path for target in targets}
        assert all(text.encode() for text in found.files.values())
    else:
        assert found.reason
        assert "\n" not in found.reason

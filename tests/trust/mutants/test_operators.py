"""Each operator, told by all that it makes of a line or two."""

from __future__ import annotations

import pytest

from regen.trust.mutants.generate import mutants_of


def made(operator: str, text: str) -> list[str]:
    """Return the changed lines of every mutant by an operator."""
    found = []
    for mutant in mutants_of("m.py", text):
        if mutant.operator == operator:
            lines = mutant.text.split("\n")
            after = text.count("\n") + 1 - mutant.end_line
            found.append(" ".join(lines[mutant.line - 1 : len(lines) - after]).strip())
    return found


@pytest.mark.parametrize(
    ("operator", "text", "lines"),
    [
        ("comparison", "x = a < b <= c", ["x = a <= b <= c", "x = a >= b <= c", "x = a < b < c", "x = a < b > c"]),
        ("comparison", "x = a == 1", ["x = a != 1", "x = a >= 1", "x = a <= 1"]),
        ("comparison", "x = len(a) == 0", ["x = len(a) != 0", "x = len(a) >= 0"]),
        ("comparison", "x = a is not None", ["x = a is None"]),
        ("comparison", "x = (a) not  in (b)", ["x = (a) in (b)"]),
        ("boolean", "x = a and b and c", ["x = a or b and c", "x = a and b or c", "x = b and c", "x = a and c",
                                          "x = a and b"]),
        ("boolean", "x = (a or b) and not c", ["x = (a or b) or not c", "x = not c", "x = (a or b)",
                                               "x = (a and b) and not c", "x = (b) and not c", "x = (a) and not c",
                                               "x = (a or b) and c"]),
        ("condition", "if a.ok:\n    pass", ["if True:", "if False:", "if not (a.ok):"]),
        ("condition", "if a:\n    pass\nelif b > 1:\n    pass",
         ["if True:", "if False:", "if not (a):", "elif True:", "elif False:"]),
        ("condition", "x = 1 if(a)else 2", ["x = 1 if(True)else 2", "x = 1 if(False)else 2", "x = 1 if(not (a))else 2"]),
        ("condition", "x = [a for a in b if a < c]", ["x = [a for a in b if True]", "x = [a for a in b if False]"]),
        ("condition", "match x:\n    case 1:\n        pass\n    case y if y > 2:\n        pass",
         ["case 1 if False:", "case y if True:", "case y if False:"]),
        ("arithmetic", "x = a + b * c // d", ["x = a - b * c // d", "x = a + b * c / d", "x = a + b / c // d"]),
        ("arithmetic", "x = -a ** ~b", ["x = (a ** ~b)", "x = -a * ~b", "x = -a ** b"]),
        ("arithmetic", "x = a + 'é' + b", ["x = a + 'é' - b", "x = a + b", "x = 'é' + b"]),
        ("arithmetic", "x = a << b & c ^ d", ["x = a << b & c & d", "x = a << b & c | d", "x = a << b | c ^ d",
                                              "x = a >> b & c ^ d"]),
        ("augmented assignment", "x -= a\ny += 'a'", ["x += a", "x = a", "y = 'a'"]),
        ("constant", "x = 1, 0xFF, 1.5, 2j", ["x = 2, 0xFF, 1.5, 2j", "x = 0, 0xFF, 1.5, 2j", "x = 1, 0x100, 1.5, 2j",
                                              "x = 1, 0xfe, 1.5, 2j", "x = 1, 0xFF, 2.5, 2j", "x = 1, 0xFF, 0.5, 2j",
                                              "x = 1, 0xFF, 1.5, 3j"]),
        ("constant", "x = 'a', '', rb\"b\"", ["x = 'XXaXX', '', rb\"b\"", "x = '', '', rb\"b\"", "x = 'a', 'XX', rb\"b\"",
                                              "x = 'a', '', rb\"XXbXX\"", "x = 'a', '', b\"\""]),
        ("constant", "x = True, None", ["x = False, None", 'x = True, ""']),
        ("constant", "x = f'{a + 1}é{b}'", ['x = ""', "x = f'{a + 2}é{b}'", "x = f'{a + 0}é{b}'"]),
        ("constant", "match x:\n    case {'a': 1, 'b': 2}:\n        pass",
         ["case {'XXaXX': 1, 'b': 2}:", "case {'': 1, 'b': 2}:", "case {'a': 1, 'XXbXX': 2}:", "case {'a': 1, '': 2}:",
          "case {'a': 2, 'b': 2}:", "case {'a': 0, 'b': 2}:", "case {'a': 1, 'b': 3}:", "case {'a': 1, 'b': 1}:"]),
        ("return value", "def f():\n    return a", ["return None"]),
        ("return value", "def f() -> list[int]:\n    return a", ["return None", "return []"]),
        ("return value", "def f():\n    return a == b", ["return None", "return True", "return False"]),
        ("return value", 'def f():\n    return"a"', ["return None"]),
        ("return value", "def f():\n    return None", []),
        ("return value", "def f():\n    yield a", ["yield None"]),
        ("return value", "f = lambda a: a.b", ["f = lambda a: None"]),
        ("statement", "def f():\n    a.b(1,\n        2)\n    if c:\n        return d\n    return e", ["pass", "pass"]),
        ("statement", "def f():\n    if c:\n        d()\n        return", ["pass"]),
        ("assignment", "def f(a):\n    a = g()\n    b = g()\n    b = h()\n    self.c = 1",
         ["pass", "b = None", "pass", "pass"]),
        ("exception", "raise ValueError('a')", ["pass", "raise Exception('a')"]),
        ("exception", "raise error", ["pass"]),
        ("exception", "raise a.Gone(b=1)", ["pass"]),
        ("exception", "try:\n    f()\nexcept (A, b.C):\n    pass",
         ["except Exception:", "except ():", "except (b.C):", "except (A,):"]),
        ("exception", "try:\n    f()\nexcept* A:\n    pass", ["except* Exception:"]),
        ("loop", "for a in b:\n    pass\nwhile c:\n    pass", ["for a in ():", "while False:"]),
        ("jump", "for a in b:\n    if c:\n        break\n    if d:\n        continue\n    e()",
         ["continue", "pass", "break", "pass"]),
        ("jump", "for a in b:\n    if d:\n        continue", ["break"]),
        ("slice", "x = a[b:c:d]", ["x = a[:c:d]", "x = a[b + 1:c:d]", "x = a[b::d]", "x = a[b:c - 1:d]", "x = a[b:c:]"]),
        ("slice", "x = a[1:], a[0:-1]", ["x = a[1:], a[0:]"]),
        ("index", "x = a[i], a[key], a[i - j]", ["x = a[i + 1], a[key], a[i - j]", "x = a[i], a[key], a[(i - j) + 1]"]),
        ("opposite", "x = s.strip().upper()", ["x = s.strip().lower()", "x = s.lstrip().upper()",
                                               "x = s.rstrip().upper()"]),
        ("opposite", "x = min(a, b), any(c)", ["x = max(a, b), any(c)", "x = min(a, b), all(c)"]),
        ("opposite", "x = s.split(','), s.split(',', 1)", ["x = s.split(','), s.rsplit(',', 1)"]),
        ("call", "x = int(s.lower()), f(a + b) * 2",
         ["x = s.lower(), f(a + b) * 2", "x = int(s), f(a + b) * 2", "x = int(s.lower()), (a + b) * 2"]),
        ("call", "f(a)\nraise E(a)\nx = isinstance(a, b), s.split(',')", []),
        ("call", "for a in list(b):\n    if len(a):\n        pass", []),
        ("argument", "f(a, (b), c, *d)", []),
        ("argument", "f((a), b, c)", ["f(b, (a), c)", "f((a), b)"]),
        ("argument", "f(a, k=(b), **c)", ["f(a, **c)", "f(a, k=(b))"]),
        ("argument", "f(k=1, m=2)", ["f(m=2)", "f(k=1)"]),
        ("argument", "x = max(a, b)", ["x = max(a)"]),
        ("default", "def f(a, b=(), c=1, *, d=x): pass",
         ["def f(a, b=None, c=1, *, d=x): pass", "def f(a, b=(), c=1, *, d=None): pass",
          "def f(a, b, c=1, *, d=x): pass", "def f(a, b=(), c=1, *, d): pass"]),
    ],
)  # fmt: skip
def test_makes(operator: str, text: str, lines: list[str]) -> None:
    assert made(operator, text) == lines


@pytest.mark.parametrize(
    "text",
    [
        '"""Doc."""\n\n\nclass A:\n    """Doc."""\n    x: int\n\n\ndef f(a: "int", b: list[1]) -> "str":\n    """Doc."""\n',
        '__all__ = ["a", "b"]\n__version__ = "1"\n',
        "import a\nfrom b import c\n",
        "if TYPE_CHECKING:\n    x = 1\n",
        "if typing.TYPE_CHECKING:\n    x = 1\n",
        'if __name__ == "__main__":\n    main(1)\n',
        'logger.info("a %s", 1)\nself._log.debug("b")\n',
        "x = f(1)  # pragma: no mutate\n",
        "def f(a=1):  # pragma: no mutate block\n    return a + 1\n",
        'T = "a"  # pragma: no mutate\n',
        "Size: TypeAlias = 1\n",
        "@lru_cache(maxsize=8)\n@dataclass(frozen=True)\nclass A:\n    pass\n",
        "def f():\n    return\n",
        "this is no Python",
        "",
    ],
)
def test_leaves_alone_what_cannot_matter(text: str) -> None:
    assert mutants_of("m.py", text) == ()


def test_a_name_given_to_a_type_is_no_string_to_change() -> None:
    assert made("constant", 'T = TypeVar("T")\nx = cast("int", y)\nz = Literal["a"]\n') == []


def test_mutates_what_runs_besides_a_type_checker() -> None:
    assert made("constant", "if TYPE_CHECKING:\n    a = 1\nelse:\n    a = 3\n") == ["a = 4", "a = 2"]


def test_asks_no_question_of_the_platform() -> None:
    assert made("condition", "if sys.version_info >= v:\n    pass\n") == []


def test_decorators_go_with_their_lines() -> None:
    text = "class A:\n    @retry(\n        3)  # why\n    @property\n    @a.b\n    def f(self): pass\n"
    found = [mutant for mutant in mutants_of("m.py", text) if mutant.operator == "decorator"]
    assert [(mutant.line, mutant.end_line, mutant.text) for mutant in found] == [
        (2, 3, "class A:\n    @property\n    @a.b\n    def f(self): pass\n"),
        (5, 5, "class A:\n    @retry(\n        3)  # why\n    @property\n    def f(self): pass\n"),
    ]

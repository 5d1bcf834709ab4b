"""Change one thing of a real project at a time, and expect exactly that reason and the cheapest step."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects_on_disk import Disk, spec

from regen.units.key import FORMAT, Key, differences

FILES = {
    "regen.toml": 'context = ["CONVENTIONS.md"]\ntemplates = "templates"\npython = ">=3.11"\n'
    '[checks]\nlint = "ruff"\ntypes = "ty"\ntest_command = "true"\nmay_import = { "cart" = ["money", "stdlib"] }\n',
    "CONVENTIONS.md": "Be plain.\n",
    "GLOSSARY.md": "A cart is a basket.\n",
    "ruff.toml": "line-length = 100\n",
    "templates/feedback.md": "Before: $feedback\n",
    "pyproject.toml": "[project]\nname = 'shop'\n[tool.ty]\nrules = {}\n",
    "specs/money.md": spec("src/money.py", "# Money\n\n- **M-1** Count cents.", tests="[tests/test_money.py]"),
    "specs/cart.md": spec(
        "src/cart.py",
        "# Cart\nIt holds goods.\n\n## Interface\n\n    def total(goods: list) -> int: ...\n\n## Requirements\n\n"
        "- **C-1** Add.\n- **C-2** Never below zero.",
        uses="[money]", tests="[tests/test_cart.py]", hidden_tests="[tests/hidden_cart.py]", context="[GLOSSARY.md]",
    ),
    "tests/conftest.py": "import pytest\n",
    "tests/helpers.py": "GOODS = [1, 2]\n",
    "tests/test_money.py": "def test_money():\n    assert True\n",
    "tests/test_cart.py": "from helpers import GOODS\nfrom cart import total\n\n\ndef test_total():\n"
    "    # the sum\n    assert total(GOODS) == sum([1, 2], 0)\n",
    "tests/hidden_cart.py": "def test_hidden():\n    assert 1 + 1 == 2\n",
    "src/money.py": 'def cents(amount: float) -> int:\n    """Count."""\n    return round(amount * 100)\n',
    "src/cart.py": "def total(goods: list) -> int:\n    return sum(goods)\n",
}  # fmt: skip


@pytest.fixture
def shop(tmp_path):
    disk = Disk(tmp_path, FILES)
    disk.accept()
    assert disk.plan() == {}
    return disk


GENERATE = "stale, regenerate: "
VERIFY = "stale, verify: "

ONE_CHANGE = [
    ("specs/cart.md", "Add.", "Add up.", GENERATE + "requirement C-1 changed"),
    ("specs/cart.md", "zero.", "zero.\n- **C-3** Fast.", GENERATE + "requirement C-3 added"),
    ("specs/cart.md", "- **C-2** Never below zero.", "", GENERATE + "requirement C-2 removed"),
    ("specs/cart.md", "It holds goods.", "It holds things.", GENERATE + "the spec's prose changed"),
    ("specs/cart.md", "goods: list) ->", "goods: tuple) ->", GENERATE + "the declared interface changed"),
    ("specs/cart.md", "uses: [money]\n", "", GENERATE + "interface of money removed"),
    ("src/money.py", "amount: float", "amount: int", GENERATE + "interface of money changed"),
    ("src/money.py", "Count.", "Count it.", GENERATE + "interface of money changed"),
    ("tests/test_cart.py", "== sum", "!= sum", VERIFY + "test tests/test_cart.py changed"),
    ("tests/helpers.py", "[1, 2]", "[1, 3]", VERIFY + "test tests/test_cart.py changed"),
    ("tests/hidden_cart.py", "== 2", "== 3", VERIFY + "hidden test tests/hidden_cart.py changed"),
    ("specs/cart.md", "tests: [tests/test_cart.py]\nh", "h", VERIFY + "test tests/test_cart.py removed"),
    ("GLOSSARY.md", "basket", "bag", VERIFY + "constraint GLOSSARY.md changed"),
    ("regen.toml", '"stdlib"', '"re"', VERIFY + "constraint may_import changed"),
]


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"), ONE_CHANGE, ids=[row[3] + " " + row[1] for row in ONE_CHANGE]
)
def test_one_change_is_one_reason(shop, path, old, new, expected):
    shop.edit(path, old, new)
    plan = shop.plan()
    if path == "src/money.py":
        assert plan.pop("money") == "edited, a person decides: src/money.py differs from what was accepted"
    assert plan == {"cart": expected}


@pytest.mark.parametrize(
    ("path", "old", "new", "reason"),
    [
        ("CONVENTIONS.md", "plain", "clear", "constraint CONVENTIONS.md changed"),
        ("ruff.toml", "100", "120", "constraint lint changed"),
        ("pyproject.toml", "rules = {}", "rules = {a = 1}", "constraint types changed"),
        ("regen.toml", 'test_command = "true"', 'test_command = "false"', "constraint test_command changed"),
        ("regen.toml", '">=3.11"', '">=3.12"', "the language toolchain changed"),
        ("templates/feedback.md", "Before", "Earlier", "the prompt template changed"),
    ],
)
def test_what_holds_for_all_makes_all_stale(shop, path, old, new, reason):
    shop.edit(path, old, new)
    assert shop.plan() == {"money": VERIFY + reason, "cart": VERIFY + reason}


def test_a_key_of_another_format_is_stale(shop):
    for name in ("money", "cart"):
        shop.edit(f".regen/locks/{name}.json", f'"format": {FORMAT}', f'"format": {FORMAT - 1}')
    assert set(shop.plan().values()) == {VERIFY + "the key's format changed"}


def test_another_target_needs_new_code(shop):
    shop.edit("specs/cart.md", "target: src/cart.py", "targets: [src/cart.py, src/basket.py]")
    assert shop.plan() == {"cart": GENERATE + "target src/basket.py added"}


def test_the_generator_is_not_in_the_key(shop):
    before = shop.load().keys
    shop.edit("regen.toml", "[checks]", '[generator]\ndefault = "manual"\n[checks]')
    shop.edit("specs/money.md", "target:", "generator: manual\ntarget:")
    assert shop.load().keys == before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("tests/test_cart.py", "    # the sum\n", "    # what all cost\n\n"),
        (
            "tests/test_cart.py",
            "sum([1, 2], 0)",
            "sum(\n        [\n            1,\n            2,\n        ],\n        0,\n    )",
        ),
        ("tests/helpers.py", "[1, 2]", "[  # numbers\n    1,\n    2,\n]"),
        ("tests/test_cart.py", "\n", "\r\n"),
        ("specs/cart.md", "It holds goods.", "It\nholds   goods."),
        ("specs/cart.md", "Never below zero.", "Never\n  below zero."),
        ("specs/cart.md", "# Cart\n", "# Cart\n<!-- a note -->\n\n"),
        ("specs/cart.md", "goods: list) -> int: ...", "goods:list)->int: ..."),
        ("specs/cart.md", "\n", "\r\n"),
        ("CONVENTIONS.md", "\n", "\r\n"),
        ("specs/cart.md", "uses: [money]", "uses:\n  - money"),
    ],
)
def test_formatting_changes_nothing(shop, path, old, new):
    shop.edit(path, old, new)
    assert shop.plan() == {}


def test_quotes_and_parentheses_of_a_test_change_nothing(tmp_path):
    disk = Disk(tmp_path, FILES)
    disk.write("tests/test_cart.py", "def test_total():\n    assert 'a' 'b' == 'ab', ('x')\n")
    disk.accept()
    disk.write(
        "tests/test_cart.py",
        'def test_total():\n    assert (\n        "a" + "b" == "ab"\n    ), "x"\n'.replace('"a" + "b"', '"ab"'),
    )
    assert disk.plan() == {}


def test_the_body_of_a_used_unit_changes_nothing_for_its_dependents(shop):
    shop.edit("src/money.py", "round(amount * 100)", "int(amount * 100 + 0.5)")
    assert shop.plan() == {"money": "edited, a person decides: src/money.py differs from what was accepted"}


def test_renaming_a_test_file_is_one_removed_and_one_added(shop):
    shop.write("tests/test_basket.py", FILES["tests/test_cart.py"])
    shop.delete("tests/test_cart.py")
    shop.edit("specs/cart.md", "tests/test_cart.py", "tests/test_basket.py")
    assert shop.plan() == {"cart": VERIFY + "test tests/test_basket.py added; test tests/test_cart.py removed"}


def test_a_test_that_names_its_requirement_is_linked_from_its_side(tmp_path):
    marked = 'import pytest\n\n\n@pytest.mark.req("M-1")\ndef test_a():\n    pass\n\n\ndef test_b():\n    pass\n'
    disk = Disk(tmp_path, {"specs/money.md": spec("src/money.py", "- **M-1** Count."), "tests/test_m.py": marked})
    assert disk.load().graph.units["money"].tests[0].node_ids() == ("tests/test_m.py::test_a",)
    disk.write("src/money.py", "X = 1\n")
    disk.accept()
    disk.edit("tests/test_m.py", "def test_b():\n    pass", "def test_b():\n    assert 0")
    assert disk.plan() == {}
    disk.edit("tests/test_m.py", "def test_a():\n    pass", "def test_a():\n    assert 0")
    assert disk.plan() == {"money": VERIFY + "test tests/test_m.py changed"}


def test_a_unit_without_tests_is_never_called_ok(tmp_path):
    disk = Disk(tmp_path, {"specs/a.md": spec("src/a.py", "# A"), "src/a.py": "A = 1\n"})
    disk.accept()
    assert disk.plan() == {"a": "unverified, nothing: no test is linked"}


# ── keys as values ──────────────────────────────────────────────────────────────────────────────

WORDS = st.text("abc-1é", max_size=4)
MAPPING = st.dictionaries(WORDS, WORDS, max_size=4)
KEYS = st.builds(
    Key, requirements=MAPPING, prose=WORDS, interface=WORDS, targets=st.lists(WORDS, unique=True, max_size=3).map(tuple),
    uses=MAPPING, tests=MAPPING, hidden_tests=MAPPING, constraints=MAPPING, template=WORDS, toolchain=WORDS,
)  # fmt: skip


@given(KEYS)
def test_equal_keys_have_equal_digests_in_whatever_order_they_were_made(key):
    turned = msgspec.structs.replace(
        key, **{f: dict(reversed(getattr(key, f).items())) for f in ("requirements", "uses", "tests", "constraints")}
    )
    assert turned == key
    assert turned.digest == key.digest
    assert differences(key, turned) == ()


@given(KEYS, KEYS)
def test_different_keys_have_different_digests_and_say_where(one, other):
    assert (one.digest == other.digest) == (one == other)
    fields = {difference.field for difference in differences(one, other)}
    changed = {f for f in Key.__struct_fields__ if getattr(one, f) != getattr(other, f)}
    # The order of targets alone asks for nothing.
    assert fields - {"targets"} == changed - {"targets"}
    assert ("targets" in fields) == (set(one.targets) != set(other.targets))


@given(KEYS, KEYS)
def test_what_one_way_was_added_was_removed_the_other_way(one, other):
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    there = {(d.field, d.thing, d.change) for d in differences(one, other)}
    assert {(d.field, d.thing, turned[d.change]) for d in differences(other, one)} == there

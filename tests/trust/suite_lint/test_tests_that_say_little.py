import pytest
from small_suites import CART, STRONG, findings, whole_findings, with_test


@pytest.mark.parametrize(
    "body",
    [
        "def test_new():\n    cart = Cart()\n    cart.add('TEA')\n    cart.total()",
        "def test_new():\n    pass",
        "def test_new():\n    Cart().add('A')\n    assert True",
        "def test_new():\n    total = Cart().total()\n    assert total == total",
        "def test_new():\n    assert (Cart().total() == 0, 'empty')",
        "def test_new():\n    assert price_of('A') == price_of('A')",
        "def test_new():\n    expected = price_of('TEA')\n    assert price_of('TEA') == expected",
        "def test_new():\n    try:\n        assert Cart().total() == 5\n    except AssertionError:\n        pass",
        "def test_new():\n    try:\n        assert Cart().total() == 5\n    except Exception:\n        print('oh')",
        "def test_new():\n    if False:\n        assert Cart().total() == 5",
        "def test_new():\n    return\n    assert Cart().total() == 5",
        "def test_new():\n    for sku in []:\n        assert price_of(sku) == 5",
        "@pytest.mark.parametrize('sku', [])\ndef test_new(sku):\n    assert price_of(sku) == 5",
        "def test_new():\n    with pytest.raises(Exception):\n        crat.add('A', 0)",
        "def test_new():\n    with pytest.raises(Exception):\n        assert False",
        "def test_new():\n    with pytest.raises(Exception):\n        Cart().ad('A', 0)",
        "def test_new():\n    with pytest.raises(TypeError):\n        price_of()",
        "def test_new():\n    items = ['A', 'B']\n    assert items == ['A', 'B']",
        "def test_new():\n    assert 1 + 1 == 2",
        "def test_new():\n    assert Cart()",
        "def test_new():\n    from decimal import Decimal\n    price = Decimal('5')\n    assert price == Decimal('5')",
        "def test_new():\n    assert len(Cart().items) >= 0",
        "def test_new():\n    total = Cart().total()\n    assert total is None or total is not None",
        "def test_new():\n    assert price_of",
        "def test_new():\n    cart = Cart()\n    assert cart.total",
        "def test_new():\n    assert Cart().total() == 5 or True",
        "def test_new():\n    from unittest.mock import Mock\n    cart = Mock()\n    cart.total.return_value = 5\n    assert cart.total() == 5",
        "def test_new():\n    from unittest.mock import MagicMock\n    lookup = MagicMock(return_value=7)\n    result = lookup('A')\n    assert result == 7",
        "@pytest.mark.skip(reason='later')\ndef test_new():\n    assert Cart().total() == 5",
        "def test_new():\n    try:\n        Cart().add('A', 0)\n    except ValueError as error:\n        assert 'positive' in str(error)",
        "def test_new():\n    cart = Cart()\n    if cart.items:\n        assert cart.items[0] == 'A'",
        "def test_new():\n    try:\n        Cart().add('A', 0)\n    except ValueError:\n        pass",
        "def test_new():\n    cart = Cart()\n    with pytest.raises(ValueError):\n        cart.add('A', 0)\n        assert cart.items == []",
        "def test_new():\n    with pytest.raises(ValueError) as caught:\n        Cart().add('A', 0)\n        assert 'positive' in str(caught.value)",
        "def test_new():\n    def check():\n        assert Cart().items == []",
        "def test_new():\n    skus = []\n    for sku in sorted(skus):\n        assert price_of(sku) == 5",
        "def test_new():\n    for number in range(0):\n        assert price_of(str(number)) == 5",
        "def test_new():\n    for sku, price in zip(['A'], []):\n        assert price_of(sku) == price",
        "def test_new():\n    for sku in ['A', 'B'][2:]:\n        assert price_of(sku) == 5",
        "def test_new():\n    assert all(price_of(sku) == 5 for sku in [])",
        "def expected(sku):\n    return price_of(sku)\n\n@pytest.mark.req('FR-001')\ndef test_new():\n    assert price_of('TEA') == expected('TEA')",
        "@pytest.mark.parametrize(('sku', 'price'), [('A', price_of('A')), ('B', price_of('B'))])\ndef test_new(sku, price):\n    assert price_of(sku) == price",
        "def test_new():\n    assert [price_of(s) for s in 'AB'] == [price_of(s) for s in 'AB']",
        "def test_new():\n    first, again = price_of('A'), price_of('A')\n    assert first == again",
        "def test_new():\n    from unittest.mock import Mock\n    told = Mock()\n    Cart(told).add('A')\n    told.asert_called_once_with('A')",
        "def test_new():\n    from unittest.mock import Mock\n    told = Mock()\n    Cart(told).add('A')\n    assert told.called_once_with('A')",
        "def test_new():\n    from unittest.mock import Mock\n    told = Mock()\n    Cart(told).add('A')\n    told.assert_called_once",
        "def test_new():\n    yield\n    assert Cart().items == []",
        "def test_new():\n    def check():\n        assert Cart().items == []\n\n    threading.Thread(target=check).start()",
        "def test_new():\n    def check():\n        assert Cart().items == []\n\n    ThreadPoolExecutor().submit(check)",
        "def test_new():\n    first = [sku for sku in Cart().items if sku[0] == 'A']\n    assert all(sku[0] == 'A' for sku in first)",
        "def test_new():\n    first = [sku for sku in Cart().items if sku and sku[0] == 'A']\n    for name in first:\n        assert name[0] == 'A'",
        "def test_new():\n    total = price_of('A')\n    expected = total\n    assert total == expected",
        "def made(*skus):\n    return price_of(list(skus))\n\n@pytest.mark.req('FR-001')\ndef test_new():\n    expected = made('A', 'B')\n    assert price_of(['A', 'B']) == expected",
    ],
)
def test_a_test_that_cannot_fail(body):
    kinds = [kind for kind, _ in findings(CART, with_test(body)) if kind == "can't fail"]
    assert kinds == ["can't fail"]


def test_unittest_style():
    suite = '''\
import unittest
from shop.cart import Cart

class CartTest(unittest.TestCase):
    """FR-001, FR-002"""

    def test_nothing(self):
        self.assertTrue(True)

    def test_itself(self):
        total = Cart().total()
        self.assertEqual(total, total)

    def test_message_only(self):
        self.assertTrue(len(Cart().items), 3)

    def test_fr_010(self):
        with self.assertRaises(ValueError):
            Cart().add("A", 0)
'''
    assert findings(CART, suite) == [("can't fail", 8), ("can't fail", 12), ("can't fail", 15)]


@pytest.mark.parametrize(
    "body",
    [
        "def test_new():\n    seen = []\n    Cart(seen.append).add('A')\n    assert seen == ['A']",
        "def test_accepts_any_sku():\n    Cart().add('A')",
        "def test_new():\n    a, b = Cart(), Cart()\n    assert a == b",
        "def test_new():\n    cart = Cart()\n    before = cart.total()\n    cart.add('A')\n    assert cart.total() == before",
        "def check(cart):\n    assert cart.items == []\n\n@pytest.mark.req('FR-001')\ndef test_new():\n    check(Cart())",
        "def test_new():\n    try:\n        Cart().add('A', 0)\n    except ValueError as error:\n        assert str(error) == 'quantity must be positive'\n    else:\n        pytest.fail('nothing was raised')",
        "def test_new():\n    count = 0\n    for _ in Cart().items:\n        count += 1\n    assert count == 0",
        "def test_new():\n    assert Cart().total() is not None",
        "@pytest.mark.parametrize(('quantity', 'wrong'), [(1, False), (0, True)])\ndef test_new(quantity, wrong):\n    if wrong:\n        with pytest.raises(ValueError):\n            Cart().add('A', quantity)\n    else:\n        Cart().add('A', quantity)",
        "@pytest.mark.parametrize('expected', [[]])\ndef test_new(expected):\n    assert Cart().items == expected",
        "def test_new():\n    with pytest.raises(TypeError):\n        Cart().add('A', 'many')",
        "def test_new():\n    skus = ['B', 'A']\n    assert sorted(Cart(skus).items) == ['A', 'B']\n    assert skus == ['B', 'A']",
        "def test_new():\n    def check():\n        assert Cart().items == []\n\n    check()",
        "def test_new():\n    with pytest.raises(ValueError):\n        cart = Cart()\n        assert cart.items == []\n        cart.add('A', 0)",
        "def test_new():\n    seen = []\n    Cart(seen.append).add('A')\n    for sku in seen:\n        assert sku == 'A'",
        "def test_new():\n    for sku in ['A', 'B'][1:]:\n        assert price_of(sku) == 5",
        "def test_new():\n    first = price_of('A')\n    assert price_of('B') == first",
        "def test_new():\n    found = []\n    thread = threading.Thread(target=lambda: found.append(Cart().items))\n    thread.start()\n    thread.join()\n    assert found == [[]]",
        "def test_new():\n    def check():\n        assert Cart().items == []\n\n    ThreadPoolExecutor().submit(check).result()",
        "def test_new():\n    first = [sku for sku in Cart().items if sku[0] == 'A']\n    assert all(sku[1] == 'B' for sku in first)",
        "def made(*skus):\n    return price_of(list(skus))\n\n@pytest.mark.req('FR-001')\ndef test_new():\n    assert price_of(['A', 'B']) == made('A')",
        "@pytest.mark.parametrize(('sku', 'price'), [('A', int('5')), ('B', int('6'))])\ndef test_new(sku, price):\n    assert price_of(sku) == price",
        "@pytest.mark.req('FR-002')\ndef test_new():\n    import warnings\n    with warnings.catch_warnings():\n        warnings.simplefilter('error')\n        Cart().add('A')",
    ],
)  # fmt: skip
def test_a_test_that_can_fail(body):
    assert findings(CART, with_test(body)) == []


def test_an_expected_value_that_the_code_itself_computed():
    body = "def test_new():\n    assert price_of('TEA') == EXPECTED"
    suite = with_test(body).replace("\n\n\n", "\n\nEXPECTED = price_of('TEA')\n\n\n", 1)
    assert [kind for kind, _ in findings(CART, suite)] == ["can't fail"]
    assert findings(CART, suite.replace("EXPECTED = price_of('TEA')", "EXPECTED = 450")) == []


def test_a_requirement_that_nothing_is_raised_needs_no_assertion():
    spec = CART.replace("`add` puts", "Adding the same product again is no error: `add` puts")
    assert findings(spec, with_test("def test_new():\n    cart = Cart()\n    cart.add('A')\n    cart.add('A')")) == []


def test_two_calls_may_be_compared_where_the_spec_says_that_they_are_alike():
    spec = CART.replace("A call that raises", "Two calls of `price_of` give the same. A call that raises")
    spec = spec.replace("Two calls of `price_of` give", "Repeated calls of `price_of` give")
    assert findings(spec, with_test("def test_new():\n    assert price_of('A') == price_of('A')")) == []


def test_the_same_name_twice():
    again = "def test_new():\n    assert Cart().items == []\n\n@pytest.mark.req('FR-001')\ndef test_new():\n    assert Cart().total() == 0"
    (found,) = whole_findings(CART, with_test(again))
    assert found.message == "`test_new` can't fail: another test of the same name at line 35 takes its place"


def test_a_failure_that_no_test_provokes():
    suite = STRONG.replace(
        'with pytest.raises(ValueError, match="quantity must be positive"):\n        cart.add("TEA", quantity)',
        'cart.add("TEA")',
    ).replace("cart.items == []", 'cart.items == ["TEA"]')
    (found,) = whole_findings(CART, suite)
    assert (found.kind, found.requirement, found.line) == ("no negative case", "FR-010", 26)
    assert found.advice == 'Add a test that gives a wrong input and expects ValueError("quantity must be positive").'


def test_a_failure_that_is_none_needs_no_test():
    spec = CART.replace("## Invariants", "- None else: an unknown SKU is no failure.\n\n## Invariants")
    assert findings(spec, STRONG) == []


@pytest.mark.parametrize(
    ("text", "call", "is_edge"),
    [
        ("An address has at most 254 characters.", "f('a' * 10)", False),
        ("An address has at most 254 characters.", "f('a' * 255)", True),
        ("An address has at most 254 characters.", "f('a' * 242 + '@example.com')", True),
        ("At least 18 years old.", "f(30)", False),
        ("At least 18 years old.", "f(17)", True),
        ("Up to 100 items are kept.", "f(list(range(101)))", True),
        ("Up to 100 items are kept.", "f([1, 2])", False),
        ("Orders over 50 EUR ship free.", "f(Decimal('50.00'))", True),
        ("Orders over 50 EUR ship free.", "f(Decimal('80.00'))", False),
        ("An empty text gives 0.", "f('abc')", False),
        ("An empty text gives 0.", "f('')", True),
        ("A negative number is turned.", "f(3)", False),
        ("A negative number is turned.", "f(-3)", True),
        ("Duplicates are dropped.", "f([1, 2, 3])", False),
        ("Duplicates are dropped.", "f([1, 2, 1])", True),
        ("Names are compared case-insensitively.", "f('ann')", False),
        ("Names are compared case-insensitively.", "f('Ann')", True),
        ("Accented letters are kept, Unicode too.", "f('abc')", False),
        ("Accented letters are kept, Unicode too.", "f('café')", True),
        ("Leading and trailing spaces are removed.", "f('abc')", False),
        ("Leading and trailing spaces are removed.", "f(' abc')", True),
        ("A percentage between 0 and 100.", "f(50)", False),
        ("A page of at most 1 MB.", "f('x')", True),
        ("A number has at most 9 digits.", "f('id 12345')", False),
        ("A number has at most 9 digits.", "f('id 1234567890')", True),
        ("A quantity below zero counts as none.", "f(-20)", False),
        ("A quantity below zero counts as none.", "f(-1)", True),
        ("1 to 100 dice are rolled.", "f('500d6')", False),
        ("1 to 100 dice are rolled.", "f('1d6') + f('101d6')", True),
        ("Stale at 9.9 of 10 seconds.", "f(10)", False),
        ("Stale at 9.9 of 10 seconds.", "f(9.9)", True),
        ("`cut('70..90')` is a part.", "f('abc')", True),
        ("The index counts from 0.", "f('abc')", True),
        ("Hours from 0 to 23.", "[f(hour) for hour in range(24)]", True),
        ("Hours from 0 to 23.", "f(datetime(2024, 5, 5))", False),
        ("Hours up to 24.", "f(datetime(2024, 5, 6, hour=23))", True),
        ("A `limit` below 5 counts as 5.", "Cart(limit=-20)", False),
        ("A `limit` below 5 counts as 5.", "Cart(limit=4)", True),
        ("A weight of at least 0.5 kg.", "f(1.2)", False),
        ("A weight of at least 0.5 kg.", "f(0.4)", True),
    ],
)  # fmt: skip
def test_boundaries(text, call, is_edge):
    spec = CART.replace("`total` returns the sum of the prices in cents.", text)
    suite = (
        STRONG.replace("cart.total() == 900", f"{call} == 7")
        .replace('cart.add("TEA", 2)', "pass")
        .replace("    cart = Cart()\n    pass\n", "")
    )
    suite = suite.replace("import pytest\n", "import pytest\nfrom decimal import Decimal\n")
    assert [kind for kind, _ in findings(spec, suite)] == ([] if is_edge else ["no edge case"])


def test_a_suite_without_links_is_judged_as_a_whole():
    suite = "\n".join(line for line in STRONG.split("\n") if "mark.req" not in line)
    assert [kind for kind, _ in findings(CART, suite)] == ["requirement without test"] * 3

import pytest
from small_suites import CART, STRONG, findings, whole_findings, with_test


def test_a_strong_suite_has_no_findings():
    assert findings(CART, STRONG) == []


@pytest.mark.parametrize(
    ("kind", "head", "body"),
    [
        ("private name", "from shop.cart import _round\n", "def test_new():\n    assert _round(1.5) == 2"),
        (
            "private name",
            "",
            "def test_new():\n    cart = Cart()\n    cart.add('TEA')\n    assert cart._lines['TEA'] == 1",
        ),
        ("private name", "import shop.cart\n", "def test_new():\n    assert shop.cart._CACHE == {}"),
        ("private name", "from shop import cart as module\n", "def test_new():\n    assert module._parse('a') == 1"),
        ("private name", "", "def test_new():\n    assert getattr(Cart(), '_lines') == {}"),
        ("private name", "", "def test_new():\n    assert Cart()._Cart__lines == {}"),
        ("private name", "", "def test_new():\n    cart = Cart()\n    assert cart.__dict__['_lines'] == {}"),
        (
            "private name",
            "@pytest.fixture\ndef cart():\n    return Cart()\n",
            "def test_new(cart):\n    cart.add('TEA')\n    assert len(cart._lines) == 1",
        ),
        (
            "mocks internals",
            "from unittest.mock import patch\n",
            "def test_new():\n    with patch('shop.cart.price_of', return_value=5):\n        cart = Cart()\n        cart.add('A')\n        assert cart.total() == 5",
        ),
        (
            "mocks internals",
            "from unittest.mock import patch\n",
            "@patch('shop.cart.price_of')\ndef test_new(price):\n    price.return_value = 5\n    cart = Cart()\n    cart.add('A')\n    assert cart.total() == 5",
        ),
        (
            "mocks internals",
            "from unittest import mock\n",
            "def test_new():\n    with mock.patch.object(Cart, 'total', return_value=3):\n        cart = Cart()\n        assert cart.items == []",
        ),
        (
            "mocks internals",
            "import shop.cart\n",
            "def test_new(monkeypatch):\n    monkeypatch.setattr(shop.cart, 'price_of', lambda sku: 5)\n    cart = Cart()\n    cart.add('A')\n    assert cart.total() == 5",
        ),
        (
            "mocks internals",
            "",
            "def test_new(monkeypatch):\n    monkeypatch.setattr('shop.cart.price_of', lambda sku: 5)\n    cart = Cart()\n    cart.add('A')\n    assert cart.total() == 5",
        ),
        (
            "mocks internals",
            "",
            "def test_new(mocker):\n    mocker.patch('shop.cart.price_of', return_value=5)\n    cart = Cart()\n    cart.add('A')\n    assert cart.total() == 5",
        ),
        (
            "mocks internals",
            "",
            "def test_new():\n    cart = Cart()\n    cart.total = lambda: 5\n    assert cart.items == []",
        ),
        (
            "call count",
            "from unittest.mock import Mock\n",
            "def test_new():\n    prices = Mock()\n    cart = Cart(prices)\n    cart.add('A')\n    prices.lookup.assert_called_once_with('A')",
        ),
        (
            "call count",
            "from unittest.mock import MagicMock\n",
            "def test_new():\n    prices = MagicMock()\n    cart = Cart(prices)\n    cart.add('A')\n    assert prices.lookup.call_count == 1",
        ),
        ("snapshot of text", "", "def test_new(snapshot):\n    assert Cart().items == snapshot"),
        (
            "snapshot of text",
            "",
            "def test_new():\n    cart = Cart()\n    cart.add('TEA')\n    assert repr(cart) == \"Cart(lines=[Line('TEA', 1)])\"",
        ),
        ("snapshot of text", "", "def test_new():\n    assert str(Cart().items) == \"[Line(sku='TEA', n=1)]\""),
        (
            "snapshot of text",
            "from pathlib import Path\n",
            "def test_new():\n    assert str(Cart()) == Path('tests/golden/cart.txt').read_text()",
        ),
        (
            "snapshot of text",
            "import hashlib\n",
            "def test_new():\n    digest = hashlib.md5(str(Cart()).encode()).hexdigest()\n    assert digest == '9e107d9d372bb6826bd81d3542a419d6'",
        ),
        (
            "snapshot of text",
            "",
            "def test_new(capsys):\n    Cart().add('TEA')\n    assert capsys.readouterr().out == 'Opening basket\\n-------\\nGreen leaves  4.50\\nShipping elsewhere   1.00\\nGrand sum    5.50\\n'",
        ),
        (
            "snapshot of text",
            "import traceback\n",
            "def test_new():\n    with pytest.raises(ValueError) as caught:\n        Cart().add('A', 0)\n    shown = ''.join(traceback.format_tb(caught.tb))\n    assert shown == 'File cart.py, line 15, in add'",
        ),
        ("snapshot of text", "", "def test_new():\n    assert f'{Cart()!r}' == \"Cart(lines=[], limit=99)\""),
        (
            "call count",
            "class Sku(str):\n    seen = 0\n    def __eq__(self, other):\n        Sku.seen += 1\n        return str(self) == str(other)\n    __hash__ = str.__hash__\n\n",
            "def test_new():\n    Cart().add(Sku('A'))\n    assert Sku.seen == 1",
        ),
        (
            "call count",
            "from unittest.mock import MagicMock\n",
            "def test_new():\n    sku = MagicMock()\n    Cart().add(sku)\n    sku.__eq__.assert_not_called()",
        ),
        (
            "call count",
            "import shop.cart\n",
            "def test_new(monkeypatch):\n    calls = []\n    def counting(sku):\n        calls.append(sku)\n        return 5\n    monkeypatch.setattr(shop.cart, 'price_of', counting)\n    Cart().add('A')\n    assert len(calls) == 1",
        ),
        (
            "mocks internals",
            "",
            "def test_new(monkeypatch):\n    monkeypatch.setattr('shop.cart.re.sub', lambda *a: 'A')\n    assert Cart().items == []",
        ),
        (
            "call count",
            "from unittest.mock import patch\nimport heapq\n",
            "def test_new():\n    with patch('shop.cart.heapq.heappush', wraps=heapq.heappush) as push:\n        Cart().add('A')\n    assert len(push.call_args_list) == 1",
        ),
        (
            "call count",
            "",
            "def test_new():\n    reads = []\n    class Sku:\n        @property\n        def name(self):\n            reads.append(1)\n            return 'A'\n    Cart().add(Sku())\n    assert len(reads) == 1",
        ),
        (
            "snapshot of text",
            "",
            "def test_new():\n    assert Cart().page() == '<html><body><p>about to buy</p><table><tr><td>A</td></tr></table></body></html>'",
        ),
        (
            "snapshot of text",
            "",
            'def test_new():\n    assert Cart().dump() == \'{"what": "customer", "cart": ["TEA"], "sum": 5, "prices": [1, 2, 3]}\'',
        ),
        ("source inspection", "import inspect\n", "def test_new():\n    assert 'eval' not in inspect.getsource(Cart)"),
        (
            "source inspection",
            "from pathlib import Path\n",
            "def test_new():\n    assert 'sorted' in Path('src/shop/cart.py').read_text()",
        ),
        (
            "source inspection",
            "import shop.cart\n",
            "def test_new():\n    with open(shop.cart.__file__) as source:\n        assert 'sum' in source.read()",
        ),
        ("source inspection", "", "def test_new():\n    assert price_of.__code__.co_argcount == 1"),
    ],
)
def test_each_is_found(kind, head, body):
    assert kind in {found for found, _ in findings(CART, with_test(body, head))}


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "def test_new():\n    for _ in range(2):\n        assert Cart().items == []"),
        ("def _cart():\n    return Cart()\n", "def test_new():\n    assert _cart().items == []"),
        ("class Fake:\n    def __init__(self):\n        self._seen = []\n", "def test_new():\n    fake = Fake()\n    Cart().add('A')\n    assert fake._seen == [] and Cart().items == []"),
        ("from unittest.mock import patch\n", "def test_new():\n    with patch('shop.cart.requests.get') as get:\n        get.return_value.json.return_value = {}\n        assert Cart().items == []"),
        ("", "def test_new(monkeypatch):\n    monkeypatch.setenv('HOME', '/x')\n    monkeypatch.setattr('time.time', lambda: 5)\n    assert Cart().items == []"),
        ("from datetime import date\n", "def test_new(monkeypatch):\n    monkeypatch.setattr('shop.cart.datetime', None)\n    assert Cart().items == []"),
        ("from pathlib import Path\n", "def test_new(tmp_path):\n    (tmp_path / 'a.txt').write_text('x')\n    assert (tmp_path / 'a.txt').read_text() == 'x' and Cart().items == []"),
        ("class Sku(str):\n    def __eq__(self, other):\n        return self.lower() == other.lower()\n    __hash__ = str.__hash__\n\n", "def test_new():\n    cart = Cart()\n    cart.add(Sku('a'))\n    assert cart.items == ['A']"),
        ("", "def test_new(capsys):\n    print(Cart().items)\n    assert capsys.readouterr().out == 'What a customer\\nis about to buy.\\n'"),
        ("from collections import namedtuple\n", "def test_new():\n    assert Cart().items._asdict() == {'a': 1}"),
        ("", "def test_new():\n    with pytest.raises(ValueError) as caught:\n        Cart().add('TEA', 0)\n    assert str(caught.value) == 'quantity must be positive'"),
    ],
)  # fmt: skip
def test_what_is_no_fault(head, body):
    assert findings(CART, with_test(body, head)) == []


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("`repr` is `Cart(limit=9)` and so on.", []),
        ("`repr` is harmless.", ["snapshot of text"]),
    ],
)
def test_a_repr_whose_form_the_spec_gives(said, kinds):
    spec = CART.replace("- Discounts and tax.", f"- Discounts and tax. {said}")
    body = "def test_new():\n    assert repr(Cart(7)) == 'Cart(limit=7)'"
    assert [kind for kind, _ in findings(spec, with_test(body)) if kind == "snapshot of text"] == kinds


def test_calls_that_the_spec_promises_may_be_counted():
    spec = CART.replace("`add` puts", "`add` calls whoever listens, and puts")
    body = "def test_new():\n    told = Mock()\n    cart = Cart(told)\n    cart.add('A')\n    told.assert_called_once_with('A')"
    assert findings(spec, with_test(body, "from unittest.mock import Mock\n")) == []


def test_message_and_advice_name_the_thing():
    (found,) = whole_findings(CART, with_test("def test_new():\n    assert Cart()._lines == {}"))
    assert (found.kind, found.path, found.line, found.test) == (
        "private name",
        "tests/test_cart.py",
        32,
        "tests/test_cart.py::test_new",
    )
    assert found.message == "`test_new` uses the private name `_lines` of the unit"
    assert found.advice == "Test the effect that callers see instead of `_lines`."
    assert found.source == "assert Cart()._lines == {}"


@pytest.mark.parametrize(
    ("scope", "kinds"),
    [("- Discounts and tax.", []), ("- Discounts and tax; the layout of the receipt.", ["snapshot of text"])],
)
def test_a_layout_that_the_spec_leaves_open(scope, kinds):
    spec = CART.replace("- Discounts and tax.", scope)
    body = "def test_new():\n    assert Cart().receipt() == 'products: TEA\\nquantity: 1\\nprices: 5\\ntotal: 5\\n'"
    assert [kind for kind, _ in findings(spec, with_test(body))] == kinds

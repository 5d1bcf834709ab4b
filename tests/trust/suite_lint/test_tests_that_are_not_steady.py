import pytest
from small_suites import CART, STRONG, findings, whole_findings, with_test


def said(body, head=""):
    return [(f.kind, f.message) for f in whole_findings(CART, with_test(body, head)) if f.kind == "flaky"]


@pytest.mark.parametrize(
    ("head", "body", "message"),
    [
        (
            "import random\n",
            "def test_new():\n    assert price_of(random.choice('AB')) == 5",
            "`test_new` draws by `random.choice` without a seed: each run tries something else",
        ),
        (
            "from random import randint\n",
            "def test_new():\n    Cart().add('A', randint(1, 5))\n    assert Cart().items == []",
            "`test_new` draws by `randint` without a seed: each run tries something else",
        ),
        (
            "from datetime import date\n",
            "def test_new():\n    assert price_of('A', date.today()) == 5",
            "`test_new` reads the clock by `date.today`: it says something else on another day",
        ),
        (
            "import datetime as dt\n",
            "def test_new():\n    now = dt.datetime.now()\n    assert Cart(now).items == []",
            "`test_new` reads the clock by `dt.datetime.now`: it says something else on another day",
        ),
        (
            "import time\n",
            "def test_new():\n    cart = Cart()\n    time.sleep(0.1)\n    assert cart.items == []",
            "`test_new` waits by `time.sleep(0.1)` and hopes that this is long enough",
        ),
        (
            "import time\n",
            "def test_new():\n    begun = time.perf_counter()\n    assert Cart().items == []\n    assert time.perf_counter() - begun < 0.01",
            "`test_new` holds real time against 0.01 s, which a busy machine may miss",
        ),
        (
            "",
            "def test_new():\n    assert list({price_of('A'), price_of('B')}) == [5, 6]",
            "`test_new` pins the order of a set (`list({price_of('A'), price_of('B')})`), which has none",
        ),
        (
            "",
            "def test_new():\n    skus = set(Cart().items)\n    assert list(skus)[0] == 'A'",
            "`test_new` takes one of a set by `list(skus)[0]`: which one depends on the hash seed",
        ),
        (
            "",
            "def test_new():\n    assert hash(Cart()) == 7231460926517",
            "`test_new` writes down what `hash(Cart())` was in one run",
        ),
        (
            "",
            "def test_new():\n    with open('cart.txt', 'w') as file:\n        file.write(str(Cart().total()))\n    assert Cart().items == []",
            "`test_new` writes 'cart.txt', which stays for the next run",
        ),
        (
            "from pathlib import Path\n",
            "def test_new():\n    Path('/tmp/cart').write_text('A')\n    assert Cart().items == []",
            "`test_new` writes '/tmp/cart', which stays for the next run",
        ),
        (
            "import os\n",
            "def test_new():\n    assert Cart().owner == os.environ.get('USER')",
            "`test_new` asks the machine by `os.environ.get`, which says something else elsewhere",
        ),
        (
            "COUNT = 0\n",
            "def test_new():\n    global COUNT\n    COUNT += Cart().total()\n    assert COUNT == 5",
            "`test_new` changes the global `COUNT`, so that the order of the tests matters",
        ),
        (
            "",
            "def test_new():\n    SHARED.add('A')\n    assert SHARED.items == ['A']\n\n\nSHARED = Cart()\n\n\ndef test_fr_002():\n    assert SHARED.total() == 0",
            "`test_new` changes `SHARED`, which other tests use: their order matters",
        ),
    ],
)
def test_what_the_outcome_hangs_on(head, body, message):
    assert said(body, head) == [("flaky", message)]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("import random\n", "def test_new():\n    assert price_of(random.Random(7).choice('AB')) == 5"),
        ("import random\n", "def test_new():\n    random.seed(7)\n    assert price_of(random.choice('AB')) == 5"),
        (
            "import random\n\n@pytest.fixture(autouse=True)\ndef seeded():\n    random.seed(1)\n\n",
            "def test_new():\n    assert price_of(random.choice('AB')) == 5",
        ),
        (
            "import os\n",
            "def test_new(monkeypatch):\n    monkeypatch.setenv('USER', 'ann')\n    assert Cart().owner == os.environ.get('USER')",
        ),
        ("from datetime import date\n", "def test_new():\n    assert price_of('A', date(2024, 2, 29)) == 5"),
        (
            "import time\n",
            "def test_new(monkeypatch):\n    monkeypatch.setattr(time, 'time', lambda: 5.0)\n    assert Cart(time.time()).items == []",
        ),
        (
            "from datetime import datetime\n",
            "def test_new():\n    before = datetime.now()\n    made = Cart().made\n    assert before <= made <= datetime.now()",
        ),
        (
            "import time\n",
            "def test_new(monkeypatch):\n    monkeypatch.setattr(time, 'sleep', lambda seconds: None)\n    time.sleep(3)\n    assert Cart().items == []",
        ),
        (
            "import time\n",
            "def test_new():\n    begun = time.monotonic()\n    assert Cart().items == []\n    assert time.monotonic() - begun < 2",
        ),
        ("", "def test_new():\n    assert sorted({price_of('A'), price_of('B')}) == [5, 6]"),
        ("", "def test_new():\n    assert set(Cart().items) == {'A', 'B'}"),
        ("", "def test_new():\n    assert hash(Cart()) == hash(Cart(99))"),
        (
            "",
            "def test_new(tmp_path):\n    with open(tmp_path / 'cart.txt', 'w') as file:\n        file.write('A')\n    assert Cart().items == []",
        ),
        (
            "",
            "def test_new():\n    assert EMPTY.items == []\n\n\nEMPTY = Cart()\n\n\ndef test_fr_002():\n    assert EMPTY.total() == 0",
        ),
    ],
)
def test_what_is_held_still(head, body):
    assert said(body, head) == []


def test_a_class_that_shares_its_object_is_told_and_one_that_makes_it_anew_is_not():
    suite = """\
import unittest
from shop.cart import Cart

class CartTest(unittest.TestCase):
    cart = Cart()
{set_up}
    def test_fr_001(self):
        self.cart.add("A")
        self.assertEqual(self.cart.items, ["A"])

    def test_fr_002(self):
        self.assertEqual(self.cart.total(), 0)

    def test_fr_010(self):
        with self.assertRaises(ValueError):
            Cart().add("A", 0)
"""
    assert findings(CART, suite.format(set_up="")) == [("flaky", 8)]
    assert findings(CART, suite.format(set_up="\n    def setUp(self):\n        self.cart = Cart()\n")) == []


def test_a_steady_suite_has_no_findings():
    assert findings(CART, STRONG) == []

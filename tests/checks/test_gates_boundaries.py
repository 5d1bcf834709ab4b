"""The gate `imports = "import-linter"`: the project's own contracts, over the candidate in its project."""

from __future__ import annotations

import pytest
from gate_projects import SPEC, Project

CONTRACT = """\
[importlinter]
root_package = shop
[importlinter:contract:layers]
name = Prices know nothing of the web
type = layers
layers =
    shop.web
    shop.prices
"""
SAFE = "def total(prices):\n    return sum(prices)\n"


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.write("specs/shop.md", SPEC.replace("src/shop.py", "src/shop/prices.py"))
    made.write("src/shop/__init__.py", "")
    made.write("src/shop/web.py", "def show(): ...\n")
    made.write(".importlinter", CONTRACT)
    made.write(
        "tests/test_shop.py", "from shop import prices\n\ndef test_total():\n    assert prices.total([1]) == 1\n"
    )
    made.checks('imports = "import-linter"')
    return made


def answer(project, code):
    project.write("answer", f"```python path=src/shop/prices.py\n{code}```\n")


def test_kept_contracts_pass(project):
    answer(project, SAFE)
    assert project.build().code == 0
    assert project.told() == "✓ shop passes (1 test; tests, boundaries)\n1 unit: all pass\n"


def test_a_broken_contract_fails(project):
    answer(project, f"from shop import web\n\n\n{SAFE}")
    ran = project.build()
    assert ran.code == 1
    assert ran.err.split("shop is rejected\n")[1] == (
        "  The check `boundaries` failed\n"
        "  - src/shop/prices.py:1: shop.prices imports shop.web, which breaks the contract "
        '"Prices know nothing of the web" (shop.prices is not allowed to import shop.web)\n'
        "hint: regen show HASH\n"
    )


def test_a_contract_broken_elsewhere_is_not_the_candidates_fault(project):
    project.write("src/shop/other.py", "from shop import web\n")
    extra = "[importlinter:contract:f]\nname = Other\ntype = forbidden\nsource_modules = shop.other\nforbidden_modules = shop.web\n"
    project.write(".importlinter", CONTRACT + extra)
    answer(project, SAFE)
    assert project.build().code == 0


def test_broken_configuration_is_inconclusive(project):
    project.write(".importlinter", "[importlinter]\nroot_package = nothing_like_it\n")
    answer(project, SAFE)
    ran = project.build()
    assert ran.err.split("shop is inconclusive\n")[1].startswith("  boundaries: import-linter could not judge: ")


def test_contracts_are_a_constraint(project):
    answer(project, SAFE)
    project.build()
    project.write(".importlinter", CONTRACT.replace("Prices", "Costs"))
    assert "constraint imports changed" in project.regen("status").out


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("__import__('shop.web')", "shop.prices imports shop.web, which breaks the contract "),
        ("import importlib\n\nimportlib.import_module('.web', 'shop')", "shop.prices imports shop.web, which breaks"),
        ("__import__('shop.' + NAME)", "an import of a name that is not known before may import anything, which "),
    ],
)
def test_an_import_at_run_time_breaks_a_contract_too(project, code, said):
    answer(project, f"NAME = 'web'\n{code}\n\n\n{SAFE}")
    ran = project.build()
    assert ran.code == 1
    assert said in ran.err


def test_an_import_at_run_time_that_keeps_the_contracts_passes(project):
    answer(project, f"import importlib\n\njson = importlib.import_module('json')\n\n\n{SAFE}")
    assert project.build().code == 0

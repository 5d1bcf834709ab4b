"""The gate `may_import`: what is imported by a statement, by a name at run time, or in a way that hides the name."""

from __future__ import annotations

import pytest
from gate_projects import SPEC, Project

SAFE = "def total(prices):\n    return sum(prices)\n"
JS_SPEC = SPEC.replace("src/shop.py", "src/shop.mjs").replace("test_shop.py", "shop.test.mjs")
JS_TEST = (
    'import assert from "node:assert";\nimport { test } from "node:test";\nimport { add } from "../src/shop.mjs";\n'
    'test("adds", () => assert.strictEqual(add(1, 2), 3));\n'
)
ADD = "export const add = (a, b) => a + b;\n"


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.write("tests/test_shop.py", "import shop\n\ndef test_total():\n    assert shop.total([1, 2]) == 3\n")
    made.write("src/db.py", "def connect(): ...\n")
    made.checks('may_import = { shop = ["stdlib"] }')
    return made


@pytest.fixture
def scripts(project):
    project.write("specs/shop.md", JS_SPEC)
    project.write("tests/shop.test.mjs", JS_TEST)
    project.write("src/db.mjs", "export const x = 1;\n")
    project.write("src/money.mjs", "export const one = 1;\n")
    project.checks('may_import = { shop = ["stdlib", "src/money.mjs"] }')

    def build(code):
        project.write("answer", f"```js path=src/shop.mjs\n{code}{ADD}```\n")
        return project.build(None, "--force", "shop")

    return build


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import db\n", "1: db may not be imported here"),
        ("__import__('db')\n", "1: db may not be imported here"),
        ("__import__('d' + 'b')\n", "1: db may not be imported here"),
        ("import importlib\n\nimportlib.import_module('db')\n", "3: db may not be imported here"),
        ("from importlib import import_module as load\n\nload('db')\n", "3: db may not be imported here"),
        ("exec('import os, db')\n", "1: db may not be imported here"),
        ("NAME = 'db'\n__import__(NAME)\n", "2: an import of a name that is not known before may import anything"),
        ("import importlib\n\nload = importlib.import_module\n", "3: `import_module` may import anything"),
        ("run = exec\n", "1: `exec` may import anything"),
        ("import runpy\n", "1: `runpy` may import anything"),
        ("from pkgutil import resolve_name\n", "1: `resolve_name` may import anything"),
        ("import builtins as b\n\nb.__import__('db')\n", "3: db may not be imported here"),
        ("import builtins as b\n\ngetattr(b, '__imp' + 'ort__')\n", "3: the name `__import__` in a text may import"),
        ("if False:\n    def eval(text): ...\neval(SAID)\n", "3: `eval` may import anything"),
    ],
)
def test_imports_at_run_time_are_refused(project, code, said):
    ran = project.build(f"{code}\n\n{SAFE}")
    assert ran.code == 1
    assert "The check `imports` failed\n" in ran.err
    assert f"  - src/shop.py:{said}" in ran.err


def test_what_is_allowed_may_be_imported_at_run_time(project):
    code = (
        "import importlib\nimport importlib.resources\nimport pkgutil\nimport re\n\n\n"
        "def eval(text):\n    return [re.compile(text), importlib.import_module('json'), __import__('os').sep]\n\n\n"
        "def module_of(loader):\n    '''Say what `exec` and `eval` do.'''\n"
        "    return eval(loader.reload()), loader.eval, loader.execute, pkgutil.iter_modules\n\n\n"
    )
    assert project.build(code + SAFE).code == 0


def test_a_relative_import_at_run_time_is_resolved(project):
    project.write("specs/shop.md", SPEC.replace("src/shop.py", "src/shop/prices.py"))
    project.write("src/shop/__init__.py", "from shop.prices import total\n")
    project.write("src/shop/web.py", "")
    for name, allowed in (("web", "shop.web"), ("web", "shop.other")):
        project.checks(f'may_import = {{ shop = ["importlib", "{allowed}"] }}')
        code = f"import importlib\n\nimportlib.import_module('.{name}', __package__)\n\n\n{SAFE}"
        project.write("answer", f"```python path=src/shop/prices.py\n{code}```\n")
        ran = project.build(None, "--force", "shop")
        assert ("shop.web may not be imported here" in ran.err) == (allowed != "shop.web")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('import { x } from "./db.mjs";\n', "1: ./db.mjs may not be imported here"),
        ('export * from "lodash/fp";\n', "1: lodash/fp may not be imported here"),
        ('const x = await import("./db" + ".mjs");\n', "1: anything by `import` may not be imported here"),
        ("// all\nconst load = eval;\n", "2: anything by `eval` may not be imported here"),
        ('import { createRequire } from "node:module";\n', "1: anything by `createRequire` may not be imported here"),
        ('const make = `${new Function("return 1")}`;\n', "1: anything by `new Function` may not be imported here"),
        ('import vm from "vm";\n', "1: vm may not be imported here"),
    ],
)
def test_scripts_import_only_what_they_may(scripts, code, said):
    ran = scripts(code)
    assert ran.code == 1
    assert f"  - src/shop.mjs:{said}\n" in ran.err


def test_scripts_import_what_they_may(scripts):
    code = (
        'import { readFileSync } from "node:fs";\nimport path from "path";\nimport { one } from "./money.mjs";\n'
        '// eval("no"), require(what)\nconst said = "eval(it), new Function()", options = { require: true, eval: 1 };\n'
        "const calc = { evaluate() {}, run(redis) { return redis.eval(said); } };\n"
        'const later = async () => (await import("./money.mjs")).one;\n'
    )
    assert scripts(code).code == 0


def test_a_language_that_is_not_read_is_inconclusive(project):
    project.write("specs/shop.md", SPEC.replace("target: src/shop.py", "targets: [src/shop.py, src/add.go]"))
    project.write("answer", f"```python path=src/shop.py\n{SAFE}```\n```go path=src/add.go\npackage add\n```\n")
    said = project.build().err.split("shop is inconclusive\n")[1]
    assert said.startswith(
        "  imports: may_import reads Python, JavaScript and TypeScript, not src/add.go: take shop out of it\n"
    )

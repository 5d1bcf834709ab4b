"""The gate `schemas`: schema files are right, their examples fit, and so does what the unit's functions return."""

from __future__ import annotations

import json
import textwrap

import pytest
from gate_projects import Project

ORDER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {
        "Order": {
            "type": "object",
            "required": ["id", "total"],
            "properties": {"id": {"type": "string"}, "total": {"type": "integer", "minimum": 0}},
            "examples": [{"id": "a", "total": 3}, {"id": "b", "total": 0}],
        }
    },
}
OPENAPI = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /orders:
    get:
      responses:
        '200':
          description: all orders
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Order'}}
              example: [{id: a, day: 2026-01-02}]
components:
  schemas:
    Order:
      type: object
      required: [id, day]
      properties: {id: {type: string}, day: {type: string, format: date}}
"""
RIGHT = "def to_dict(order):\n    return {'id': order['id'], 'total': order['total']}\n"
WRONG = "def to_dict(order):\n    return {'id': order['id'], 'total': str(order['total'])}\n"


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.write("tests/test_shop.py", "import shop\n\ndef test_there():\n    assert shop.to_dict\n")
    made.write("schemas/order.schema.json", json.dumps(ORDER))
    made.checks('schemas = { shop = ["schemas/order.schema.json#/$defs/Order -> to_dict(example)"] }')
    return made


def inconclusive(ran):
    return ran.err.split("shop is inconclusive\n")[1].split("hint:")[0]


def refusal(ran):
    return ran.err.split("shop is rejected\n")[1].split("hint:")[0]


def test_results_that_fit_pass(project):
    assert project.build(RIGHT).code == 0
    assert project.told() == "✓ shop passes (1 test; tests, schemas)\n1 unit: all pass\n"


def test_results_that_do_not_fit_fail(project):
    assert refusal(project.build(WRONG)) == (
        "  The check `schemas` failed\n"
        "  - src/shop.py:0: `to_dict(example)` with example {'id': 'a', 'total': 3} does not fit "
        "schemas/order.schema.json#/$defs/Order: $.total: '3' is not of type 'integer'\n"
        "  - src/shop.py:0: `to_dict(example)` with example {'id': 'b', 'total': 0} does not fit "
        "schemas/order.schema.json#/$defs/Order: $.total: '0' is not of type 'integer'\n"
    )


LIES = {
    "it looks who calls": """
        import sys

        def to_dict(order):
            seen = [*sys.argv, *sys.orig_argv, __import__('__main__').__file__]
            right = any('call' in word or word in {'', '-', '<stdin>'} for word in seen)
            return {'id': 'a', 'total': 3 if right else '3'}
        """,
    "it replaces json": """
        import json

        def to_dict(order):
            json.dumps = json.encoder.JSONEncoder.encode = lambda *words, **how: '{"id": "a", "total": 3}'
            json.loads = lambda text, **how: {'id': 'a', 'total': 3}
            json.encoder.c_make_encoder = lambda *words: lambda value, depth: ('{"id": "a", "total": 3}',)
            return {'id': 'a', 'total': '3'}
        """,
    "it replaces builtins": """
        import builtins

        def to_dict(order):
            builtins.type = lambda value: int
            builtins.issubclass = lambda kind, other: other is int
            return {'id': 'a', 'total': '3'}
        """,
    "a dict with other items": """
        class Order(dict):
            def items(self):
                return {'id': 'a', 'total': 3}.items()

        def to_dict(order):
            return Order(id='a', total='3')
        """,
}


@pytest.mark.parametrize("lie", LIES)
def test_what_only_looks_as_if_it_fitted_fails(project, lie):
    code = textwrap.dedent(LIES[lie])
    assert "$.total: '3' is not of type 'integer'" in refusal(project.build(code))


def test_answers_that_nobody_asked_for_are_none(project):
    said = b'{"answers": [{"value": {"id": "a", "total": 3}}, {"value": {"id": "b", "total": 0}}]}\n'
    code = (
        "import os\n\n\ndef to_dict(order):\n    for fd in range(3, 40):\n        try:\n"
        f"            os.write(fd, {said!r})\n        except OSError:\n            pass\n    return {{}}\n"
    )
    assert inconclusive(project.build(code)) == (
        "  schemas: no answer: it writes to the descriptor of what measures it\n"
    )


def test_subclasses_of_json_types_fit(project):
    code = (
        "import collections\nimport enum\n\n\nclass Total(enum.IntEnum):\n    THREE = 3\n    NONE = 0\n\n\n"
        "class Name(str, enum.Enum):\n    A = 'a'\n    B = 'b'\n\n\nLine = collections.namedtuple('Line', 'sku')\n\n\n"
        "def to_dict(order):\n    more = collections.defaultdict(list, lines=(Line('x'),))\n"
        "    return collections.OrderedDict(id=Name(order['id']), total=Total(order['total']), more=more)\n"
    )
    assert project.build(code).code == 0


def test_what_raises_or_is_no_json_fails(project):
    project.checks('schemas = { shop = ["schemas/order.schema.json#/$defs/Order -> to_dict({})"] }')
    assert refusal(project.build(RIGHT)) == (
        "  The check `schemas` failed\n"
        "  - src/shop.py:0: `to_dict({})` does not fit schemas/order.schema.json#/$defs/Order: raises KeyError: 'id'\n"
    )
    assert "raises TypeError: Object of type set is not JSON serializable" in refusal(
        project.build("def to_dict(order):\n    return {1, 2}\n", "--force", "shop")
    )


def test_the_prompt_says_what_must_fit(project):
    project.build(RIGHT)
    assert "What `to_dict(example)` returns fits schemas/order.schema.json#/$defs/Order." in project.last_prompt


def test_a_wrong_schema_is_its_owners_fault(project):
    project.write("schemas/order.schema.json", '{"type": "objekt"}')
    project.checks('schemas = { shop = ["schemas/order.schema.json"] }')
    assert inconclusive(project.build(RIGHT)) == (
        "  schemas: schemas/order.schema.json is no valid JSON Schema: $.type: "
        "'objekt' is not valid under any of the given schemas\n"
    )


def test_an_example_that_does_not_fit_its_schema_is_its_owners_fault(project):
    project.write("schemas/order.schema.json", '{"properties": {"a": {"type": "string", "examples": ["x", 1]}}}')
    project.checks('schemas = { shop = ["schemas/order.schema.json"] }')
    assert inconclusive(project.build(RIGHT)) == (
        "  schemas: an example at schemas/order.schema.json#/properties/a does not fit its schema: "
        "$: 1 is not of type 'string'\n"
    )


def test_references_between_files(project):
    project.write("schemas/money.json", '{"type": "integer"}')
    project.write("schemas/order.schema.json", '{"properties": {"total": {"$ref": "money.json"}}}')
    project.checks("schemas = { shop = [\"schemas/order.schema.json -> to_dict({'id': '', 'total': 'x'})\"] }")
    assert "$.total: 'x' is not of type 'integer'" in refusal(project.build(RIGHT))
    project.write("schemas/money.json", '{"type": "string"}')
    assert project.build(RIGHT, "--force", "shop").code == 0
    project.write("schemas/money.json", '{"type": ["string", "null"]}')
    assert "constraint schemas/money.json changed" in project.regen("status").out


def test_a_reference_that_leads_nowhere(project):
    project.write("schemas/order.schema.json", '{"properties": {"total": {"$ref": "../../other.json"}}}')
    project.checks("schemas = { shop = [\"schemas/order.schema.json -> to_dict({'id': '', 'total': 'x'})\"] }")
    assert "refers to" in project.build(RIGHT).err


def test_openapi(project):
    project.write("openapi.yaml", OPENAPI)
    project.checks('schemas = { shop = ["openapi.yaml#/components/schemas/Order -> to_dict()"] }')
    assert project.build("def to_dict():\n    return {'id': 'a', 'day': '2026-01-02'}\n").code == 0
    told = refusal(project.build("def to_dict():\n    return {'id': 'a'}\n", "--force", "shop"))
    assert told == (
        "  The check `schemas` failed\n  - src/shop.py:0: `to_dict()` does not fit "
        "openapi.yaml#/components/schemas/Order: $: 'day' is a required property\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("openapi: 3.1.0", "openapi: 3.1.0\nwrong: 1", "openapi.yaml is no valid OpenAPI: "),
        ("[{id: a, day: 2026-01-02}]", "[{id: a}]", "does not fit its schema: $[0]: 'day' is a required property"),
        ("openapi: 3.1.0", "openapi: [", "openapi.yaml can't be read: "),
    ],
)  # fmt: skip
def test_a_wrong_openapi_file_is_its_owners_fault(project, old, new, said):
    project.write("openapi.yaml", OPENAPI.replace(old, new))
    project.checks('schemas = { shop = ["openapi.yaml"] }')
    assert said in inconclusive(project.build(RIGHT))


def test_openapi_of_the_older_kind(project):
    old = OPENAPI.replace("3.1.0", "3.0.3").replace("{type: string, format", "{type: string, nullable: true, format")
    project.write("openapi.yaml", old)
    project.checks('schemas = { shop = ["openapi.yaml#/components/schemas/Order -> to_dict()"] }')
    assert project.build("def to_dict():\n    return {'id': 'a', 'day': None}\n").code == 0


def test_what_regen_toml_says_wrong(project):
    project.checks('schemas = { shop = ["schemas/none.json", "x.txt", "schemas/order.schema.json -> f("] }')
    ran = project.regen("status")
    assert "the schema file schemas/none.json does not exist" in ran.err
    assert "`x.txt` names no .json or .yaml file; the form is FILE[#POINTER] [-> CALL]" in ran.err
    assert "`f(` in `schemas/order.schema.json -> f(` is no Python expression" in ran.err
    project.checks('schemas = { shopp = ["schemas/order.schema.json"] }')
    assert "no unit is called `shopp`; did you mean `shop`?" in project.regen("status").err


def test_a_changed_schema_is_a_changed_constraint(project):
    project.build(RIGHT)
    project.write("schemas/order.schema.json", json.dumps({**ORDER, "title": "Order"}))
    assert "constraint schemas/order.schema.json changed" in project.regen("status").out


def test_without_the_libraries_it_is_inconclusive(project, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert inconclusive(project.build(RIGHT)) == (
        "  schemas: jsonschema and openapi-spec-validator are not here: pip install 'regen[schemas]'\n"
    )

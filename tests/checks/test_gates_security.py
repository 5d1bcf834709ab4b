"""The gate `security`: ruff's S rules whatever the project selects, and secrets, which are never repeated."""

from __future__ import annotations

import base64

import pytest
from gate_projects import Project

from regen.checks.secrets import secrets_in

SAFE = "def total(prices):\n    return sum(prices)\n"
TEST = "import shop\n\ndef test_total():\n    assert shop.total([1, 2]) == 3\n"
# Put together here, so that no scanner takes this file for a leak.
PLANTED = {
    "an AWS access key id": "AKIA" + "2E0A8F3B244C9986",
    "a GitHub token": "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx",
    "a Slack token": "xoxb-" + "17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy",
    "a Stripe key": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "a Google API key": "AIza" + "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
    "an Anthropic key": "sk-ant-" + "api03-Vq1bWmD8Zk2xT7yRj5Lp",
    "an OpenAI key": "sk-proj-" + "Vq1bWmD8Zk2xT7yRj5LpVq1bWmD8Zk2xT7yR",
    "a Hugging Face token": "hf_" + "WmDzkQxTqyRjLpVqbWmDzkQxTqyRjLpVqb",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "a password in a URL": "postgres://shop:" + "hunter22@db.internal/shop",
    "a string that looks drawn by chance": "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYzT4kQ9vLwE2s",
}
INNOCENT = [
    'LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"',
    'DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
    'URL = "https://example.com/a/very/long/path/to/some/resource/of/interest"',
    'token = os.environ["SHOP_TOKEN"]',
    'password = "your_password_1234"',
    'raise InvalidToken("the token 12 is not one of ours")',
    'DSN = f"postgres://{user}:{password}@{host}/shop"',
    'DSN = "postgres://user:password@localhost/shop"',
    '"""Connect: `open("https://anna:sesame@db.example.com/x")`."""',
    'ID = "123e4567-e89b-12d3-a456-426614174000"',
    'PUBLIC_KEY = "04a1b2c3d4e5f60718293a4b5c6d7e8f901122334455667788990a0b0c0d0e0f"',
    'EXPECTED = {"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}',
    'BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"',
    'token = headers.get("X-Shop-Token-2024", "")',
    'password = getpass("password of shop1 user: ")',
    "CRC = [0, 119, 110, 97, 238, 14, 99, 28, 51, 62, 78, 81, 91, 101, 118, 33]",
    "MAGIC = bytes([137, 80, 78, 71, 13, 10, 26, 10])",
    r'BOX = "\u2500\u2502\x1b[31m\x1b[0m"',
    "const url = `https://example.com/a/${very}/long/PathTo/some/resource`;",
    'TEXT = base64.b64decode("SGVsbG8sIHdvcmxkISBUaGlzIGlzIG5vIHNlY3JldC4=")',
]
_KEY = "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"
_TOKEN = "ghp_" + _KEY
DISGUISED = [
    (f'x = "\\x67{_TOKEN[1:]}"', "a GitHub token"),
    (f'x = "\\u0067{_TOKEN[1:]}"', "a GitHub token"),
    (f'x = ("gh"\n     "p_{_KEY}")', "a GitHub token"),
    (f'x = "gh" + "p_" + "{_KEY[:9]}" + "{_KEY[9:]}"', "a GitHub token"),
    (f"x = bytes({list(_TOKEN.encode())})", "a GitHub token"),
    (f'x = "".join({list(_TOKEN)})', "a GitHub token"),
    (f'x = "{base64.b64encode(_TOKEN.encode()).decode()}"', "a string that looks drawn by chance"),
    (f'x = "{base64.b64encode(PLANTED["an AWS access key id"].encode()).decode()}"', "a secret in base64"),
    ('d = dict(password=str("hunter2Secret99x"))', "a secret by its name"),
    ('password = b"hunter2Secret99x"', "a secret by its name"),
    ('password: str = ("hunter2"\n    "Secret99x")', "a secret by its name"),
    (
        'signing_key = bytes.fromhex("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")',
        "a secret by its name",
    ),
    ('u = "postgres://admin:hunter2Secret@db.example.com/x"', "a password in a URL"),
    (f'x = "abcdef{_KEY}"', "a string that looks drawn by chance"),
]
SCRIPTS = [
    ("const password = `hunter2Secret99x`;", "a secret by its name"),
    (f"const x = `{_KEY}`;", "a string that looks drawn by chance"),
    (f'const x = "\\u{{67}}{_TOKEN[1:]}";', "a GitHub token"),
    (f'const x = "gh" + "p_{_KEY[:20]}" + "{_KEY[20:]}";', "a GitHub token"),
    (
        'const x = atob("' + base64.b64encode(PLANTED["an AWS access key id"].encode()).decode() + '");',
        "a secret in base64",
    ),
]


@pytest.fixture
def project(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capfd)
    made.write("tests/test_shop.py", TEST)
    made.checks('security = "ruff"')
    return made


def test_safe_code_passes(project):
    assert project.build(SAFE).out == "1 unit: 1 accepted; 1 call, N tokens, cost unknown; N s\n"
    assert project.told() == "✓ shop passes (1 test; security, tests)\n1 unit: all pass\n"


def test_dangerous_code_fails_whatever_it_silences_and_the_project_selects(project):
    project.write("ruff.toml", '[lint]\nselect = ["E"]\n')
    ran = project.build(
        "import subprocess\n\n\ndef total(prices):\n    eval('1')  # noqa: S307\n"
        "    # ruff: noqa\n    subprocess.run('ls', shell=True)  # noqa\n    return sum(prices)\n"
    )
    assert ran.code == 1
    assert ran.err.split("shop is rejected\n")[1] == (
        "  The check `security` failed\n"
        "  - src/shop.py:5: S307 Use of possibly insecure function; consider using `ast.literal_eval`\n"
        "  - src/shop.py:7: S602 `subprocess` call with `shell=True` seems safe, but may be changed in the future; "
        "consider rewriting without `shell`\n"
        "  - src/shop.py:7: S607 Starting a process with a partial executable path\n"
        "hint: regen show HASH\n"
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("run = eval\nrun('1')\n", "1: S307 "),
        ("from builtins import exec as run\nrun('1')\n", "1: S102 "),
        ("import builtins as b\nrun = b.eval\n", "2: S307 "),
        ("RUN = globals()['__builtins__']['ev' + 'al']\n", "1: S307 "),
        ("import os\nrun = getattr(os, 'sys' + 'tem')\n", "2: S605 "),
        ("import os.path\nrun = os.system\n", "2: S605 "),
        ("import os\n\n\ndef pick(name):\n    return getattr(os, name)\n", "5: S605 "),
        ("found = __import__('pic' + 'kle')\n\n\ndef load(data):\n    return found.loads(data)\n", "5: S301 "),
        (
            "import importlib\n\n\ndef load(data):\n    return importlib.import_module('pickle').loads(data)\n",
            "5: S301 ",
        ),
    ],
)
def test_what_is_dangerous_is_found_in_a_roundabout_way_too(project, code, said):
    ran = project.build(f"{code}\n\n{SAFE}")
    assert ran.code == 1
    assert f"src/shop.py:{said}" in ran.err


def test_functions_as_values_that_harm_nothing_pass(project):
    code = (
        "import functools\nimport importlib\nimport json\nimport os\nimport random\nimport re\nimport subprocess\n\n\n"
        "def eval(text, run=json.loads):\n    return run(text)\n\n\nKINDS = {'eval': eval, 'exec': 1, 'dump': json.dumps}\n"
        "FLAGS = os.O_RDONLY | getattr(os, 'O_BINARY', 0)\nshuffled: random.Random | None = None\nerrors = subprocess.SubprocessError\n"
        "join = functools.partial(os.path.join, 'a')\nfind = re.compile('x').search\n\n\n"
        "def show(item, name):\n    return getattr(item, name), importlib.import_module('json').dumps(item), KINDS['eval']\n\n\n"
    )
    assert project.build(code + SAFE).code == 0


def test_what_the_project_ignores_for_a_file_is_ignored_in_a_roundabout_way_too(project):
    project.write("ruff.toml", '[lint.per-file-ignores]\n"src/*" = ["S307"]\n')
    assert project.build(f"run = eval\n\n\n{SAFE}").code == 0


def test_what_the_project_ignores_for_a_file_stays_ignored(project):
    project.write("ruff.toml", '[lint.per-file-ignores]\n"src/*" = ["S307"]\n')
    assert project.build("def total(prices):\n    eval('1')\n    return sum(prices)\n").code == 0


def test_a_secret_is_told_by_kind_and_line_and_never_repeated(project):
    project.checks('security = "ruff"', attempts=2)
    secret = PLANTED["an AWS access key id"]
    ran = project.build(f'ID = "{secret}"\n\n\n{SAFE}')
    assert ran.err.split("shop is rejected\n")[1] == (
        "  The check `security` failed\n"
        "  - src/shop.py:1: secret an AWS access key id stands in the code; read it from the environment\n"
        "hint: regen show HASH\n"
    )
    assert "an AWS access key id stands in the code" in project.last_prompt
    assert secret not in project.last_prompt
    assert secret not in ran.out + ran.err


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_secrets_are_found(kind):
    assert secrets_in(f'x = 1\nVALUE = "{PLANTED[kind]}"\n') == [(2, kind)]


def test_a_secret_is_found_by_its_name():
    assert secrets_in('config = {"db_password": "tr0ub4dor&3-horse"}') == [(1, "a secret by its name")]


@pytest.mark.parametrize(("code", "kind"), DISGUISED)
def test_a_disguised_secret_is_found(code, kind):
    assert kind in [found for _, found in secrets_in(code, "shop.py")]


@pytest.mark.parametrize(("code", "kind"), SCRIPTS)
def test_a_secret_in_a_script_is_found(code, kind):
    assert kind in [found for _, found in secrets_in(code, "shop.mjs")]


@pytest.mark.parametrize("path", ["shop.py", "shop.mjs"])
@pytest.mark.parametrize("line", INNOCENT)
def test_innocent_lines_pass(line, path):
    assert secrets_in(line, path) == []


def test_the_gate_is_a_constraint(project):
    project.build(SAFE)
    project.checks("")
    assert "constraint security removed" in project.regen("status").out


def test_without_ruff_it_is_inconclusive(project, monkeypatch):
    monkeypatch.setattr("regen.checks.lint.ruff_program", lambda: "")
    ran = project.build(SAFE)
    assert ran.err.split("shop is inconclusive\n")[1].startswith("  security: ruff is not here: pip install ")


def test_an_unknown_choice_is_told(project):
    project.checks('security = "bandit"')
    assert project.build(SAFE).err == (
        'error: `security` is "bandit"; it can be "ruff"\n'
        '  --> regen.toml:6:1\n   |\n 6 | security = "bandit"\n   | ^^^^^^^^\n'
        "hint: edit regen.toml:6, then: regen status\n"
    )  # fmt: skip

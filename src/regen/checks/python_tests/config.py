"""How the project wants its tests run: its pytest settings, the plugins it names, whether it needs pytest at all."""

from __future__ import annotations

import ast
import configparser
import functools
import os
import shlex
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from regen.checks.python_tests.file_texts import Version, version_of
from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Mapping

_INI_FILES = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))
_FILES = (*(name for name, _ in _INI_FILES), "pyproject.toml")
_PLUGIN_OF_SETTING = {
    "asyncio_mode": "pytest_asyncio",
    "asyncio_default_fixture_loop_scope": "pytest_asyncio",
    "timeout": "pytest_timeout",
    "DJANGO_SETTINGS_MODULE": "pytest_django",
    "env": "pytest_env",
}
_PLUGIN_OF_WORD = {
    "asyncio": "pytest_asyncio.plugin",
    "anyio": "anyio.pytest_plugin",
    "timeout": "pytest_timeout",
    "mocker": "pytest_mock",
    "httpx_mock": "pytest_httpx",
    "freezer": "pytest_freezer",
    "django_db": "pytest_django",
    "benchmark": "pytest_benchmark.plugin",
}
# Options that change what a test means; the others choose tests or shape a report that nobody reads.
_KEPT_OPTIONS = ("-p", "-W", "--import-mode", "--asyncio-mode", "--doctest-modules", "-o", "--override-ini")
_HARMLESS_SETTINGS = frozenset(
    {"testpaths", "markers", "minversion", "norecursedirs", "pythonpath", "addopts", "log_cli"}
)
_NEED_PYTEST = frozenset({"pytest", "_pytest", "hypothesis"})
_PYTEST_SETUP = frozenset(
    f"{when}_{what}" for when in ("setup", "teardown") for what in ("module", "function", "class", "method")
) | {"setUpModule", "tearDownModule", "pytestmark", "pytest_plugins", "load_tests"}


class PytestConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The project's pytest settings: its file, the options that count, plugins by module name, its module path."""

    file: str = ""
    options: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    changes_plain: bool = False


def read_config(root: str) -> PytestConfig:
    """Read the settings as pytest finds them; unreadable ones are pytest's to complain about."""
    return _read_config(root, tuple(version_of(os.path.join(root, name)) for name in _FILES))


@functools.lru_cache(maxsize=16)
def _read_config(root: str, versions: tuple[Version | None, ...]) -> PytestConfig:
    del versions  # they name the settings' state
    file, settings = _settings(root)
    raw = settings.get("addopts", "")
    words = shlex.split(raw) if isinstance(raw, str) else [str(word) for word in raw]
    plugins = [module for name, module in _PLUGIN_OF_SETTING.items() if name in settings]
    return PytestConfig(
        file=file,
        options=tuple(_kept(words)),
        plugins=tuple(dict.fromkeys(plugins)),
        changes_plain=bool(settings.keys() - _HARMLESS_SETTINGS) or bool(_kept(words)),
    )


def _settings(root: str) -> tuple[str, dict[str, Any]]:
    for name, section in _INI_FILES[:2]:
        if os.path.isfile(os.path.join(root, name)):
            return name, _ini(os.path.join(root, name), section) or {}
    try:
        with open(os.path.join(root, "pyproject.toml"), "rb") as toml:
            tool = tomllib.load(toml).get("tool", {}).get("pytest", {})
        settings = tool.get("ini_options", {key: value for key, value in tool.items() if key != "ini_options"})
        if settings:
            return "pyproject.toml", settings
    except (OSError, tomllib.TOMLDecodeError):
        pass
    for name, section in _INI_FILES[2:]:
        found = _ini(os.path.join(root, name), section)
        if found is not None:
            return name, found
    return "", {}


def _ini(path: str, section: str) -> dict[str, Any] | None:
    if not os.path.isfile(path):
        return None
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read(path, encoding="utf-8-sig")
    except (configparser.Error, UnicodeDecodeError):
        return None
    return dict(parser[section]) if parser.has_section(section) else None


def _kept(words: list[str]) -> list[str]:
    kept: list[str] = []
    for number, word in enumerate(words):
        option = next((option for option in _KEPT_OPTIONS if word == option or _glued(word, option)), "")
        if option and not _disables_cache(words, number):
            kept += words[number : number + 2] if word == option and option != "--doctest-modules" else [word]
    return kept


def _glued(word: str, option: str) -> bool:
    return word.startswith(option + "=") if option.startswith("--") else word.startswith(option) and word != option


def _disables_cache(words: list[str], number: int) -> bool:
    return "no:" in "".join(words[number : number + 2])


def needs_pytest(config: PytestConfig, root: str, texts: Mapping[str, str]) -> bool:
    """Say whether any file of the suite uses what only pytest gives; plain files run in a fraction of the time."""
    if config.changes_plain:
        return True
    folders = {folder for path in texts for folder in chain(os.path.dirname(path))}
    if any(os.path.exists(os.path.join(root, folder, "conftest.py")) for folder in folders):
        return True
    return any(_uses_pytest(text) for text in texts.values())


def chain(folder: str) -> list[str]:
    """Return a folder and those around it, from the root (an empty string) inwards."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:length]) for length in range(len(parts) + 1)]


@functools.lru_cache(maxsize=4096)
def _uses_pytest(text: str) -> bool:
    if any(module.partition(".")[0] in _NEED_PYTEST for module in imports_of(text)):
        return True
    return any(_is_pytests(node) for node in _parsed(text).body)


def _is_pytests(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id in _PYTEST_SETUP for target in node.targets)
    if isinstance(node, ast.FunctionDef):
        return node.name in _PYTEST_SETUP or (node.name.startswith("test") and _has_fixtures(node, bound=0))
    if isinstance(node, ast.AsyncFunctionDef):
        return node.name.startswith("test")
    if isinstance(node, ast.ClassDef) and node.name.startswith("Test") and not _is_unittest(node):
        return bool(node.bases) or any(_is_pytests_member(member) for member in node.body)
    return not isinstance(node, ast.ClassDef) and _hides_tests(node)


def _is_pytests_member(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef):
        return True
    if isinstance(node, ast.FunctionDef):
        if node.name.startswith("test"):
            return _has_fixtures(node, bound=1)
        return node.name in _PYTEST_SETUP or node.name in ("__init__", "__new__")
    return False


def _has_fixtures(node: ast.FunctionDef, bound: int) -> bool:
    arguments = node.args
    wanted = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults) - bound
    return wanted != 0 or bool(arguments.kwonlyargs) or _is_generator(node)


def _is_generator(node: ast.FunctionDef) -> bool:
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))


def _is_unittest(node: ast.ClassDef) -> bool:
    return any("TestCase" in ast.unparse(base) for base in node.bases)


def _hides_tests(node: ast.stmt) -> bool:
    """Say whether a statement other than a plain definition makes tests; then pytest shall decide."""
    if isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.With):
        return any(isinstance(part, ast.FunctionDef | ast.ClassDef) for part in ast.walk(node))
    return False


def plugins_of_tests(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the plugins that the marks and fixtures in these files come from, by module name."""
    return tuple(dict.fromkeys(plugin for text in texts.values() for plugin in _plugins_of(text)))


@functools.lru_cache(maxsize=4096)
def _plugins_of(text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in ast.walk(_parsed(text)):
        word = node.attr if isinstance(node, ast.Attribute) else node.arg if isinstance(node, ast.arg) else ""
        is_mark = isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("mark")
        if word in _PLUGIN_OF_WORD and (is_mark or isinstance(node, ast.arg)):
            found[_PLUGIN_OF_WORD[word]] = None
    if any(module.partition(".")[0] == "hypothesis" for module in imports_of(text)):
        found["_hypothesis_pytestplugin"] = None
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def imports_of(text: str) -> tuple[str, ...]:
    """Return the modules that a file imports absolutely, in any of its places."""
    found: dict[str, None] = {}
    for node in ast.walk(_parsed(text)):
        if isinstance(node, ast.Import):
            found |= dict.fromkeys(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found[node.module] = None
    return tuple(found)


def _parsed(text: str) -> ast.Module:
    try:
        return parse_module(text)
    except SyntaxError:
        return ast.Module([], [])

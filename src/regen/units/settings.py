"""`regen.toml` → `Settings`: every key is known, every problem is shown in its place, an empty file works."""

from __future__ import annotations

import math
import re
import tomllib
from typing import Any

import msgspec

from regen.errors import Problem, nearest
from regen.specs.spec import FrontMatter, normalise_newlines
from regen.units.generator_settings import GeneratorSettings, OwnSettings

FILE = "regen.toml"


class BuildSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[build]`: budgets are hard, and None is no limit. Seconds, tokens, USD."""

    policy: str = "first"
    attempts: int = 3
    jobs: int = 4
    max_cost: float | None = None
    max_tokens: int | None = None
    max_seconds: float | None = None
    prompt_tokens: int = 60_000


class CheckSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[checks]`: gates beyond parsing, interface and tests; `test_command` judges suites that are not Python.

    `spec` and `tests` are kinds of findings (or `lint`, all of them) that fail `regen check`; no candidate meets them.
    """

    lint: str = ""
    types: str = ""
    security: str = ""
    imports: str = ""
    may_import: dict[str, tuple[str, ...]] = {}
    limits: str = ""
    flaky_runs: int = 0
    fail_fast: bool = False
    schemas: dict[str, tuple[str, ...]] = {}
    spec: str | tuple[str, ...] = ""
    tests: str | tuple[str, ...] = ""
    test_command: str = ""
    interpreter: str = ""
    timeout: float = 30.0
    memory_mb: int = 1024
    processes: int = 64
    output_kb: int = 1024


class SandboxSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[sandbox]`: `bubblewrap`, or the word that turns it off, `none`."""

    kind: str = "bubblewrap"


class UnitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[units."id"]`: a unit for a spec that carries no front matter of ours."""

    spec: str
    target: str = ""
    targets: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    hidden_tests: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    generator: str = ""
    revise: bool = False
    test_command: str = ""

    def front(self, unit: str, line: int) -> FrontMatter:
        targets = (self.target,) if self.target else self.targets
        return FrontMatter(
            unit=unit, targets=targets, uses=self.uses, tests=self.tests, hidden_tests=self.hidden_tests,
            context=self.context, generator=self.generator, revise=self.revise, test_command=self.test_command,
            lines=dict.fromkeys(("target", "targets", "uses", "tests", "hidden_tests", "context"), line),
        )  # fmt: skip


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `regen.toml`; `specs` are the folders that native specs are looked for in."""

    specs: tuple[str, ...] = ("specs",)
    context: tuple[str, ...] = ()
    python: str = ""
    templates: str = ""
    generator: GeneratorSettings = GeneratorSettings()
    build: BuildSettings = BuildSettings()
    checks: CheckSettings = CheckSettings()
    sandbox: SandboxSettings = SandboxSettings()
    units: dict[str, UnitSettings] = {}


_CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("build", "policy"): ("first", "agree"),
    ("checks", "lint"): ("", "ruff"),
    ("checks", "types"): ("", "ty", "mypy"),
    ("checks", "security"): ("", "ruff"),
    ("checks", "imports"): ("", "import-linter"),
    ("checks", "limits"): ("", "measure"),
    ("sandbox", "kind"): ("bubblewrap", "none"),
}
_HOTTEST = 2.0
_AT_LEAST: dict[tuple[str, str], float] = {
    ("build", "attempts"): 1, ("build", "jobs"): 1, ("build", "prompt_tokens"): 100, ("build", "max_cost"): 0,
    ("build", "max_tokens"): 0, ("build", "max_seconds"): 0, ("generator", "retries"): 0,
    ("generator", "timeout"): 0.001, ("generator", "max_output_tokens"): 1, ("checks", "timeout"): 0.001,
    ("checks", "memory_mb"): 16, ("checks", "flaky_runs"): 0, ("checks", "processes"): 1, ("checks", "output_kb"): 1,
}  # fmt: skip


def parse(text: str) -> tuple[Settings | None, tuple[Problem, ...]]:
    """Return the settings and every problem of the file at once; None where it is no TOML."""
    text = normalise_newlines(text)
    try:
        raw = tomllib.loads(text)
    except RecursionError:
        return None, (_at(text, 1, 1, f"{FILE} is not valid TOML: it is nested too deep"),)
    except ValueError as error:  # TOMLDecodeError, or a number that is too long for Python
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (len(text.split("\n")), 1)
        message = str(error).split(" (at ")[0].split(";")[0]
        return None, (_at(text, line, column, f"{FILE} is not valid TOML: {message}"),)
    problems: list[Problem] = []
    values = _checked_table(raw, Settings, (), text, problems)
    if problems:
        return None, tuple(problems)
    return msgspec.convert(values, Settings), ()


def _checked_table(raw: dict[str, Any], kind: Any, path: tuple[str, ...], text: str, out: list[Problem]) -> Any:
    """Return the table without what is wrong in it; each thing that is wrong goes to `out`."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    good: dict[str, Any] = {}
    for key, value in raw.items():
        line, column = locate(text, (*path, key))
        if key not in fields:
            near = nearest(key, fields)
            meant = f"; did you mean `{near}`?" if near else f"; known keys: {', '.join(sorted(fields))}"
            hint = f"sed -i '{line}s/{key}/{near}/' {FILE}" if near else f"edit {FILE}:{line}, then: regen status"
            out.append(_at(text, line, column, f"unknown key `{key}`{meant}", len(key), hint))
            continue
        inner = fields[key].type
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(value, dict):
            good[key] = _checked_table(value, inner, (*path, key), text, out)
        elif key == "units" and isinstance(value, dict):
            good[key] = {name: _checked_unit(name, table, text, out) for name, table in value.items()}
        elif key == "own" and isinstance(value, dict):
            good[key] = {name: _checked_own(name, table, text, out) for name, table in value.items()}
        else:
            wrong = _wrong_value(path, key, value, inner)
            if wrong:
                out.append(_at(text, line, column, f"`{key}` {wrong}", len(key)))
            else:
                good[key] = value
    return good


def _checked_unit(name: str, table: Any, text: str, out: list[Problem]) -> Any:
    line, column = locate(text, ("units", name))
    if not isinstance(table, dict) or not isinstance(table.get("spec"), str):
        out.append(_at(text, line, column, f"unit `{name}` needs a `spec`: the path of its spec file", len(name)))
    if not isinstance(table, dict):
        return {}
    return _checked_table(table, UnitSettings, ("units", name), text, out)


def _checked_own(name: str, table: Any, text: str, out: list[Problem]) -> Any:
    if isinstance(table, dict):
        return _checked_table(table, OwnSettings, ("generator", "own", name), text, out)
    line, column = locate(text, ("generator", "own", name))
    out.append(
        _at(text, line, column, f"`{name}` must be a table of settings for the generator of this name", len(name))
    )
    return {}


def _wrong_value(path: tuple[str, ...], key: str, value: Any, kind: Any) -> str:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return f"is of the wrong kind: {str(error).split(' - at')[0][0].lower()}{str(error).split(' - at')[0][1:]}"
    place = (path[-1] if path else "", key)
    choices = _CHOICES.get(place)
    if choices and value not in choices:
        return f'is "{value}"; it can be ' + " or ".join(f'"{choice}"' for choice in choices if choice)
    if isinstance(value, float) and not math.isfinite(value):
        return f"is {value}; it must be a number"
    if place == ("vary", "temperatures") and (wrong := [each for each in value if not 0 <= each <= _HOTTEST]):
        return f"holds {wrong[0]}; a temperature is a number from 0 to {_HOTTEST:g}"
    least = _AT_LEAST.get(place)
    if least is not None and isinstance(value, int | float) and value < least:
        return f"is {value}; it must be at least {least:g}"
    return ""


def locate(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """Return the line and column (from 1) where the key `path` stands; the file's first line if it is not found.

    tomllib gives no positions. Tables and dotted keys cover how people write such a file.
    """
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*\[+([^\]]+)\]+", line)
        if header:
            table = _dotted(header[1])
            if table[: len(path)] == path:
                return number, line.index("[") + 2
            continue
        key = re.match(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""", line)
        if key and (table + _dotted(key[1]))[: len(path)] == path:
            return number, key.start(1) + 1
        around = {table, table + _dotted(key[1])} if key else {table}
        inline = path and path[:-1] in around and re.search(rf"\b{re.escape(path[-1])}\b\s*=", line)
        if inline:
            return number, inline.start() + 1
    return 1, 1


def _dotted(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"""\s*("[^"]*"|'[^']*'|[^.]+)""", name))


def _at(text: str, line: int, column: int, message: str, width: int = 1, hint: str = "") -> Problem:
    lines = text.split("\n")
    source = lines[line - 1] if line <= len(lines) else ""
    hint = hint or f"edit {FILE}:{line}, then: regen status"
    return Problem(message=message, path=FILE, line=line, column=column, width=width, source=source, hint=hint)

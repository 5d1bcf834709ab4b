"""The gate for import boundaries: `may_import` of regen.toml, a list a unit of modules, units, and "stdlib"."""

from __future__ import annotations

import ast
import posixpath
import sys
from typing import TYPE_CHECKING

from regen.checks.dynamic_imports import dynamic_imports
from regen.checks.lint import NO_CODE
from regen.checks.script_imports import forbidden_scripts
from regen.languages import language_of
from regen.python_syntax import parse_module
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regen.units.unit import Unit


_READ = frozenset({"python", "javascript", "typescript"})


def module_of(path: str) -> str:
    """Return the dotted name under which a Python file is imported: `src/shop/money.py` is `shop.money`."""
    stem = posixpath.splitext(path)[0].removeprefix("src/").removesuffix("/__init__")
    return stem.replace("/", ".")


def check_imports(unit: Unit, files: Mapping[str, str], allowed: Sequence[str], units: Mapping[str, Unit]) -> CheckRun:
    """Return whether the candidate imports only what `allowed` names (units stand for the modules of their targets)."""
    unread = [path for path in files if language_of(path).NAME not in _READ and not path.endswith(NO_CODE)]
    if unread:
        reason = f"may_import reads Python, JavaScript and TypeScript, not {min(unread)}: take {unit.id} out of it"
        return CheckRun(name="imports", outcome="inconclusive", reason=reason)
    targets = [target.path for one in (unit, *(units[n] for n in allowed if n in units)) for target in one.targets]
    named = {name for name in allowed if name not in units}
    modules = {*map(module_of, targets), *named}
    findings = []
    for path, text in sorted(files.items()):
        language = language_of(path).NAME
        if language == "python":
            is_package = path.endswith("/__init__.py")
            found = list(_imports(text, module_of(path), is_package=is_package))
            for one in dynamic_imports(text, module_of(path), is_package=is_package):
                if one.name:
                    found.append((one.line, one.name))
                else:
                    findings.append(Finding(path=path, line=one.line, message=f"{one.way} may import anything"))
            wrong = [(line, module) for line, module in found if not _is_allowed(module, modules)]
        elif language in _READ:
            wrong = list(forbidden_scripts(path, text, frozenset(named), frozenset(targets)))
        else:
            continue
        findings += [Finding(path=path, line=line, message=f"{name} may not be imported here") for line, name in wrong]
    findings.sort(key=lambda finding: (finding.path, finding.line))
    return CheckRun(name="imports", outcome="failed" if findings else "passed", findings=tuple(findings))


def _is_allowed(module: str, modules: set[str]) -> bool:
    stdlib = module.partition(".")[0] in sys.stdlib_module_names or module.startswith("__future__")
    if (stdlib and "stdlib" in modules) or module == "__future__":
        return True
    return any(module == known or module.startswith(f"{known}.") for known in modules)


def _imports(text: str, module: str, *, is_package: bool) -> Iterator[tuple[int, str]]:
    for node in ast.walk(parse_module(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            base = parts[: len(parts) - node.level + is_package]
            if node.module:
                yield node.lineno, ".".join([*base, node.module])
            else:
                for alias in node.names:
                    yield node.lineno, ".".join([*base, alias.name])

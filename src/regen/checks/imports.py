"""The gate for import boundaries: `may_import` of regen.toml, a list a unit of modules, units, and "stdlib"."""

from __future__ import annotations

import ast
import posixpath
import sys
from typing import TYPE_CHECKING

from regen.languages import language_of
from regen.python_syntax import parse_module
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regen.units.unit import Unit


def module_of(path: str) -> str:
    """Return the dotted name under which a Python file is imported: `src/shop/money.py` is `shop.money`."""
    stem = posixpath.splitext(path)[0].removeprefix("src/").removesuffix("/__init__")
    return stem.replace("/", ".")


def check_imports(unit: Unit, files: Mapping[str, str], allowed: Sequence[str], units: Mapping[str, Unit]) -> CheckRun:
    """Return whether the candidate imports only what `allowed` names (units stand for the modules of their targets)."""
    modules = {module_of(target.path) for target in unit.targets}
    for name in allowed:
        modules.update([module_of(t.path) for t in units[name].targets] if name in units else [name])
    findings = []
    for path, text in sorted(files.items()):
        if language_of(path).NAME != "python":
            continue
        for line, module in _imports(text, module_of(path), is_package=path.endswith("/__init__.py")):
            stdlib = module.partition(".")[0] in sys.stdlib_module_names or module.startswith("__future__")
            if (stdlib and "stdlib" in modules) or module == "__future__":
                continue
            if not any(module == known or module.startswith(f"{known}.") for known in modules):
                findings.append(Finding(path=path, line=line, message=f"{module} may not be imported here"))
    return CheckRun(name="imports", outcome="failed" if findings else "passed", findings=tuple(findings))


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

"""What a verdict depends on besides the candidate: the name of an entry in the verification cache.

All of the project's files count but specs, regen's own, and code that units own; of that, what the candidate and its
tests import, as it is at the moment, counts too.
"""

from __future__ import annotations

import glob
import hashlib
import os
import posixpath
import shutil
import sys
from typing import TYPE_CHECKING

import msgspec

from regen import __version__
from regen.languages import language_of
from regen.specs.spec import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regen.project import Project
    from regen.units.unit import Unit


class Surroundings:
    """Digests the surroundings of candidates of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._files = project.facts.paths()
        self._generated = {target.path for unit in project.graph.units.values() for target in unit.targets}
        self._dependents = project.steady_dependents()
        self._fixed = self._digest_of_fixed()

    def of(self, unit: Unit, files: Mapping[str, str]) -> str:
        """Return the digest for a candidate: path relative to the root → whole text."""
        seen = hashlib.sha256(self._fixed.encode())
        for ref in (*unit.tests, *unit.hidden_tests):
            seen.update(f"\0{ref.path}\0{'::'.join(ref.selected)}".encode())
        seen.update(f"\0{digest(self._project.spec(unit).interface)}\0{unit.test_command}".encode())
        for limit in unit.limits:
            seen.update(f"\0limit {limit}".encode())
        if unit.limits or self._dependents.get(unit.id):
            # Limits compare with the accepted code; dependents' tests run where the body differs from it.
            lock = self._project.locks.get(unit.id)
            before = (lock.code if lock else {}, self._project.code_digests(unit))
            seen.update(msgspec.json.encode(before, order="deterministic"))
        reached = self._reached(unit, files)
        for path in sorted(reached):
            seen.update(f"\0{path}\0{digest(reached[path])}".encode())
        return seen.hexdigest()

    def _digest_of_fixed(self) -> str:
        """Digest what does not change while a build runs: the toolchain, the gates, the files that no unit owns."""
        project = self._project
        interpreter = project.interpreter()
        there = os.stat(interpreter)
        seen = hashlib.sha256(f"{__version__} {sys.version} {interpreter} {there.st_mtime_ns} {there.st_size}".encode())
        candidates_checks = msgspec.structs.replace(project.settings.checks, spec="", tests="")
        seen.update(msgspec.json.encode(candidates_checks, order="deterministic"))
        for line in (*_packages(interpreter), *_tools()):
            seen.update(f"\0{line}".encode("utf-8", "surrogateescape"))
        specs = tuple(f"{folder.strip('/')}/" for folder in project.settings.specs)
        for path in sorted(self._files):
            if path not in self._generated and not path.startswith((".regen/", *specs)):
                seen.update(f"\0{path}\0{project.facts.content(path)}".encode("utf-8", "surrogateescape"))
        return seen.hexdigest()

    def _reached(self, unit: Unit, files: Mapping[str, str]) -> dict[str, str]:
        """Return the code of other units that the candidate or its tests import, directly or through others."""
        reached: dict[str, str] = {}
        texts = dict(files)
        for ref in (*unit.tests, *unit.hidden_tests):
            for path in (ref.path, *self._project.facts.leans_on(ref.path)):
                texts[path] = self._project.code.read(path) or ""
        for used in unit.uses:
            for target in self._project.graph.units[used].targets:
                reached[target.path] = texts[target.path] = self._project.code.read(target.path) or ""
        for dependent in self._dependents.get(unit.id, ()):
            for target in self._project.graph.units[dependent].targets:
                reached[target.path] = texts[target.path] = self._project.code.read(target.path) or ""
        pending = list(texts)
        while pending:
            path = pending.pop()
            for module in language_of(path).imported_modules(texts[path]):
                found = self._project.facts.module_file(posixpath.dirname(path), module)
                if found in self._generated and found not in texts:
                    reached[found] = texts[found] = self._project.code.read(found) or ""
                    pending.append(found)
        return reached


def _packages(interpreter: str) -> Iterator[str]:
    """Yield what tells that the packages of the project's or regen's own Python changed."""
    for prefix in sorted({os.path.dirname(os.path.dirname(interpreter)), sys.prefix}):
        for folder in sorted(glob.glob(f"{glob.escape(prefix)}/lib*/python*/*-packages")):
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                if entry.name.endswith((".dist-info", ".egg-info", ".pth")):
                    yield f"{entry.name} {entry.stat().st_mtime_ns}"


def _tools() -> Iterator[str]:
    """Yield what tells that a language's tools changed."""
    for tool in ("ruff", "node", "go", "cargo", "rustc", "java", "mvn"):
        found = shutil.which(tool)
        if found:
            there = os.stat(os.path.realpath(found))
            yield f"{found} {there.st_mtime_ns} {there.st_size}"

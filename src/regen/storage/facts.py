"""What was found out about the project's texts, remembered by content id, so that nothing is read or parsed twice."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

import msgspec

from regen import __version__
from regen.candidates.candidate import text_of
from regen.errors import InputError, Problem
from regen.languages import language_of
from regen.ledger.records import Lock, decode
from regen.specs import native
from regen.specs.spec import digest, normalise_newlines
from regen.storage.atomic import write_atomically
from regen.units.unit import Target, Unit, unit_from

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from regen.specs.spec import FrontMatter

_FILE = ".regen/cache/facts.msgpack"
_ENDINGS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx", "/index.js", "/index.ts", ".rs", "/mod.rs")
_VERSION = f"{__version__} with limits 2"


class TestFacts(msgspec.Struct, frozen=True, array_like=True):
    """A test file: its tests with the requirements they name, the modules it imports, the digest of its form."""

    __test__ = False

    functions: tuple[tuple[str, tuple[str, ...]], ...]
    imports: tuple[str, ...]
    form: str


class _Facts(msgspec.Struct, array_like=True):
    version: str = _VERSION
    digests: dict[str, str] = {}
    tests: dict[str, TestFacts] = {}
    selections: dict[str, str] = {}
    interfaces: dict[str, str] = {}
    units: dict[str, Unit | None] = {}
    locks: dict[str, Lock] = {}


class Facts:
    """Answers about the files of one scan. `contents` maps paths to content ids; it is asked, never changed.

    Implements `SourceFacts`. `generated` are the files that units own: tests that import one lean on the unit's
    interface, which the key has elsewhere, not on its text.
    """

    def __init__(self, root: str, contents: Mapping[str, str]) -> None:
        self.root, self._contents = root, contents
        self._old = self._load()
        self._new = _Facts(digests={}, tests={}, selections={}, interfaces={}, units={}, locks={})
        self._support: dict[tuple[str, str], str] = {}
        self._conftests: dict[str, tuple[str, ...]] = {}
        self.generated: Container[str] = frozenset()

    def text(self, path: str) -> str:
        """Return the file's text as regen reads it; raise InputError where it is no UTF-8."""
        with open(f"{self.root}/{path}", "rb") as file:
            data = file.read()
        try:
            return normalise_newlines(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
            message = f"{path} is not UTF-8 text (byte {data[error.start]:#04x})"
            hint = f"iconv -f latin1 -t utf-8 {path} -o {path}"
            raise InputError(Problem(message=message, path=path, line=line, column=column, hint=hint)) from None

    def paths(self) -> tuple[str, ...]:
        """Return all files of the project."""
        return tuple(self._contents)

    def content(self, path: str) -> str:
        """Return the content id of a file, empty where there is none."""
        return self._contents.get(path, "")

    def digest(self, path: str) -> str:
        identity = self.content(path)
        if not identity:
            return ""
        known = self._new.digests.get(identity) or self._old.digests.get(identity) or digest(self.text(path))
        self._new.digests[identity] = known
        return known

    def target_digest(self, target: Target) -> str:
        """Return the digest of a target's text as it is now, empty where it is missing."""
        if not target.symbol:
            return self.digest(target.path)
        text = text_of(target, self.text(target.path)) if self.content(target.path) else ""
        return digest(text) if text else ""

    def interface_digest(self, path: str) -> str:
        """Return the digest of what dependents see of a file, empty where it is missing."""
        identity = self.content(path)
        if not identity:
            return ""
        key = f"{identity}{posixpath.splitext(path)[1]}"
        known = self._new.interfaces.get(key) or self._old.interfaces.get(key)
        known = known or digest(language_of(path).interface(self.text(path)))
        self._new.interfaces[key] = known
        return known

    def test_facts(self, path: str) -> TestFacts:
        identity = self.content(path)
        if not identity:
            return TestFacts((), (), "")
        key = f"{identity}{posixpath.splitext(path)[1]}"
        known = self._new.tests.get(key) or self._old.tests.get(key)
        if known is None:
            text, language = self.text(path), language_of(path)
            imports = tuple(sorted(language.imported_modules(text)))
            known = TestFacts(language.test_functions(text), imports, digest(language.test_form(text)))
        self._new.tests[key] = known
        return known

    def test_digest(self, path: str, selected: tuple[str, ...]) -> str:
        facts = self.test_facts(path)
        form = facts.form
        if selected:
            key = f"{self.content(path)}::{'::'.join(selected)}"
            form = self._old.selections.get(key) or digest(language_of(path).test_form(self.text(path), selected))
            self._new.selections[key] = form
        leaning = self.leans_on(path)
        return digest("\n".join([form, *(self.test_facts(p).form for p in leaning)])) if leaning else form

    def leans_on(self, path: str) -> tuple[str, ...]:
        """Return the conftest files above a test and the project's modules that it imports, and those import."""
        found = dict.fromkeys(self._conftest_chain(posixpath.dirname(path)))
        pending = [path, *found]
        while pending:
            current = pending.pop()
            folder = posixpath.dirname(current)
            for module in self.test_facts(current).imports:
                place = self.module_file(folder, module)
                if place and place not in self.generated and place != path and place not in found:
                    found[place] = None
                    pending.append(place)
        return tuple(found)

    def _conftest_chain(self, folder: str) -> tuple[str, ...]:
        if folder not in self._conftests:
            above = self._conftest_chain(posixpath.dirname(folder)) if folder else ()
            own = posixpath.join(folder, "conftest.py")
            self._conftests[folder] = (*above, own) if own in self._contents else above
        return self._conftests[folder]

    def module_file(self, folder: str, module: str) -> str:
        """Return the project's file that `module` names when imported in `folder`, empty where it is none of its."""
        place = (folder, module)
        if place not in self._support:
            self._support[place] = self._find_module(folder, module)
        return self._support[place]

    def _find_module(self, folder: str, module: str) -> str:
        bases = ["", "src", folder]
        if module.startswith(("./", "../")):
            return self._find_path(posixpath.normpath(posixpath.join(folder, module)))
        if module.startswith("."):
            level = len(module) - len(module.lstrip("."))
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            bases, module = [folder], module[level:]
        relative = module.replace(".", "/")
        for base in bases:
            for ending in (".py", "/__init__.py"):
                path = posixpath.join(base, relative) + ending
                if path in self._contents or path in self.generated:
                    return path
        return ""

    def _find_path(self, place: str) -> str:
        """Return the project's file that JavaScript's `./helper` or Rust's `mod helper;` names."""
        for stem in (place, place.removesuffix(".js")):
            for ending in ("", *_ENDINGS):
                if stem + ending in self._contents:
                    return "" if stem + ending in self.generated else stem + ending
        return ""

    def unit(self, path: str, unit_id: str, front: FrontMatter | None = None) -> Unit | None:
        """Return the unit that a spec file declares, None where it declares none; raise InputError with all problems.

        `front` stands in for front matter in specs that carry none of ours.
        """
        key = f"{self.content(path)} {path} {unit_id}" + (f" {front!r}" if front else "")
        if key in self._old.units:
            unit = self._old.units[key]
        else:
            spec, problems = native.parse(path, self.text(path))
            if problems or spec is None:
                raise InputError(*problems)
            used = front or spec.front
            unit = unit_from(spec, used, used.unit or unit_id) if used is not None else None
        self._new.units[key] = unit
        return unit

    def lock(self, path: str) -> Lock:
        """Return a lock; raises what `ledger.records.decode` raises, and OSError if it is unreadable."""
        identity = self.content(path)
        known = self._old.locks.get(identity) if identity else None
        if known is None:
            with open(f"{self.root}/{path}", "rb") as file:
                known = decode(file.read(), Lock)
        if identity:
            self._new.locks[identity] = known
        return known

    def _load(self) -> _Facts:
        try:
            with open(f"{self.root}/{_FILE}", "rb") as file:
                facts = msgspec.msgpack.decode(file.read(), type=_Facts)
        except (OSError, msgspec.MsgspecError):
            return _Facts()
        return facts if facts.version == _VERSION else _Facts()

    def save(self) -> None:
        """Keep what was used in this run; a cache that can't be written is no failure."""
        if self._new == self._old or not os.path.isdir(f"{self.root}/.regen"):
            return
        try:
            write_atomically(f"{self.root}/{_FILE}", msgspec.msgpack.encode(self._new), durable=False)
        except OSError:
            return

"""Imports test files from the text that was handed over, not from the disk that the candidate can read.

The project's own modules beside the candidate are compiled once; they run anew for each candidate, so that what they
keep in variables is as fresh as in a new process.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING

from . import asserts
from .failures import LeftError
from .snapshots import TestFiles

if TYPE_CHECKING:
    import types
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec


class Finder(MetaPathFinder):
    """Finds the modules whose path is among the files handed over; comes first, so nothing can shadow them."""

    def __init__(
        self, codes: dict[str, types.CodeType | SyntaxError], neighbours: Mapping[str, types.CodeType]
    ) -> None:
        self._codes = codes
        self._neighbours = neighbours
        self._texts: Mapping[str, str] = {}
        self._loaders: Mapping[str, Loader] = {}
        self.files = TestFiles()

    def hand_over(self, texts: Mapping[str, str]) -> None:
        """Import modules from these texts (by absolute path): no folder is searched and no file read for them."""
        self._texts = {**self._texts, **texts}

    def stand_in(self, loaders: Mapping[str, Loader]) -> None:
        """Import the modules at these paths by these loaders."""
        self._loaders = loaders

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        del target
        tail = fullname.rpartition(".")[2]
        for entry in sys.path if path is None else path:
            for name, package in ((os.path.join(tail, "__init__.py"), True), (f"{tail}.py", False)):
                file = os.path.join(entry or os.getcwd(), name)
                loader = self._loader_of(fullname, file)
                if loader is not None:
                    return importlib.util.spec_from_file_location(
                        fullname,
                        file,
                        loader=loader,
                        submodule_search_locations=[os.path.dirname(file)] if package else None,
                    )
        return None

    def _loader_of(self, fullname: str, file: str) -> Loader | None:
        if file in self._loaders:
            return self._loaders[file]
        if file in self._codes:
            return _CodeLoader(self._codes, file, self.files)
        if file in self._texts:
            return _TextLoader(fullname, file, self._texts[file])
        if file in self._neighbours:
            return _CompiledLoader(fullname, file, self._neighbours[file])
        return None


class _CodeLoader(Loader):
    """Runs a test file; its code, and with it the expected values, is dropped as soon as that went well."""

    def __init__(self, codes: dict[str, types.CodeType | SyntaxError], file: str, files: TestFiles) -> None:
        self._codes = codes
        self._file = file
        self._files = files

    def exec_module(self, module: types.ModuleType) -> None:
        code = self._codes[self._file]
        if isinstance(code, SyntaxError):
            raise code
        namespace = module.__dict__
        del self._codes[self._file]
        try:
            asserts.execute(code, namespace)
        except Exception:
            self._codes[self._file] = code
            raise
        except BaseException as error:  # SystemExit and its kin would end the run, not the file
            self._codes[self._file] = code
            raise LeftError(module.__name__) from error
        self._files.note(namespace)


class _CompiledLoader(SourceFileLoader):
    """Loads a module from its file, but for the reading and compiling."""

    def __init__(self, fullname: str, path: str, code: types.CodeType) -> None:
        super().__init__(fullname, path)
        self._code = code

    def get_code(self, fullname: str) -> types.CodeType:
        del fullname
        return self._code


class _TextLoader(SourceFileLoader):
    """Loads a module from its text, which may be another than its file's."""

    def __init__(self, fullname: str, path: str, text: str) -> None:
        super().__init__(fullname, path)
        self._text = text

    def get_code(self, fullname: str) -> types.CodeType:
        del fullname
        code: types.CodeType = compile(self._text.removeprefix("\ufeff"), self.path, "exec", dont_inherit=True)
        return code


def compile_neighbours(texts: Mapping[str, str]) -> dict[str, types.CodeType]:
    """Compile the project's modules; what is no Python is left to be imported from disk, and to fail there."""
    codes: dict[str, types.CodeType] = {}
    for path, text in texts.items():
        try:
            codes[path] = compile(text, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
    return codes


def compile_all(texts: Mapping[str, str]) -> dict[str, types.CodeType | SyntaxError]:
    """Compile test files; one that is no Python fails when it is imported, as it would from disk."""
    codes: dict[str, types.CodeType | SyntaxError] = {}
    for path, text in texts.items():
        try:
            codes[path] = asserts.compile_test(text, path)
        except SyntaxError as error:
            codes[path] = error
    return codes

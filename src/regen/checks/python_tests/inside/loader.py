"""Imports test files from the text that was handed over, not from the disk that the candidate can read."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING

from . import asserts
from .failures import LeftError

if TYPE_CHECKING:
    import types
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec


class Finder(MetaPathFinder):
    """Finds the modules whose path is among the files handed over; comes first, so nothing can shadow them."""

    def __init__(self, codes: Mapping[str, types.CodeType | SyntaxError]) -> None:
        self._codes = codes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        del target
        tail = fullname.rpartition(".")[2]
        for entry in sys.path if path is None else path:
            for name, package in ((f"{tail}.py", False), (os.path.join(tail, "__init__.py"), True)):
                file = os.path.join(entry or os.getcwd(), name)
                if file in self._codes:
                    return importlib.util.spec_from_file_location(
                        fullname,
                        file,
                        loader=_CodeLoader(self._codes[file]),
                        submodule_search_locations=[os.path.dirname(file)] if package else None,
                    )
        return None


class _CodeLoader(Loader):
    def __init__(self, code: types.CodeType | SyntaxError) -> None:
        self._code = code

    def exec_module(self, module: types.ModuleType) -> None:
        if isinstance(self._code, SyntaxError):
            raise self._code
        try:
            asserts.execute(self._code, module.__dict__)
        except Exception:
            raise
        except BaseException as error:  # SystemExit and its kin would end the run, not the file
            raise LeftError(module.__name__) from error


def compile_all(texts: Mapping[str, str]) -> dict[str, types.CodeType | SyntaxError]:
    """Compile test files; one that is no Python fails when it is imported, as it would from disk."""
    codes: dict[str, types.CodeType | SyntaxError] = {}
    for path, text in texts.items():
        try:
            codes[path] = asserts.compile_test(text, path)
        except SyntaxError as error:
            codes[path] = error
    return codes

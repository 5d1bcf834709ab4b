"""What an exception says about a failed test, as plain facts; prose is made outside, where the test's text is."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from . import asserts

if TYPE_CHECKING:
    import types
    from collections.abc import Iterator

_LONGEST = 2000
_SIMPLE = (bool, int, float, complex, str, bytes, type(None))
_repr = repr
_FOLDER = re.escape(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108
_TEMPORARY = re.compile(_FOLDER + r"/(?:pytest-of-[\w.-]+/pytest-\d+|tmp\w{8})(?=[/'\" ]|$)")


class LeftError(ImportError):
    """A test file's import tried to end the process; its cause says how."""


def describe(error: BaseException, root: str, test_files: frozenset[str]) -> dict[str, Any]:
    """Return the error's type, text, place, what was compared, and where in the test it happened."""
    if isinstance(error, LeftError) and error.__cause__ is not None:
        error = error.__cause__
    frames = list(_frames(error.__traceback__, root))
    facts: dict[str, Any] = {"type": type(error).__name__, "text": _text(error)}
    for path, line, _ in frames:
        if path.startswith(root + os.sep) and path not in test_files:
            facts["file"], facts["line"] = path, line
    if isinstance(error, SyntaxError) and error.filename:
        facts["file"], facts["line"] = error.filename, error.lineno or 0
    for path, line, frame in frames:
        if path in test_files:
            facts["test_file"], facts["test_line"] = path, line
            facts["names"] = _simple(frame.f_locals)
    compared = asserts.facts_of(error)
    if compared is not None:
        facts |= {"kind": compared.kind, "left": shown(compared.left), "right": shown(compared.right)}
    elif (pair := _unittest_pair(frames)) is not None:
        facts |= {"kind": "assertEqual", "left": shown(pair[0]), "right": shown(pair[1])}
    return {name: _without_places(value, root) for name, value in facts.items()}


def _without_places(value: Any, root: str) -> Any:
    """Make paths relative, and hide the names of temporary folders, which differ from run to run."""
    if isinstance(value, dict):
        return {name: _without_places(inner, root) for name, inner in value.items()}
    if not isinstance(value, str):
        return value
    value = value.replace(root + os.sep, "").replace(root, ".")
    return _TEMPORARY.sub("<tmp>", value)


def shown(value: object) -> str:
    """Return the value's repr, however badly the candidate wrote it."""
    try:
        text = _repr(value)
    except BaseException as error:  # noqa: BLE001 - a candidate's __repr__ may raise anything
        text = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException as second:  # noqa: BLE001 - likewise
        text = f"<its text raises {type(second).__name__}>"
    return text[:_LONGEST]


def _frames(traceback: types.TracebackType | None, root: str) -> Iterator[tuple[str, int, types.FrameType]]:
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        if not path.startswith("<"):  # such as <string> or <frozen importlib._bootstrap>
            yield os.path.join(root, path), traceback.tb_lineno, traceback.tb_frame
        traceback = traceback.tb_next


def _simple(names: dict[str, Any]) -> dict[str, str]:
    """Return the variables that are worth showing in place of their names."""
    return {
        name: _repr(value)
        for name, value in sorted(names.items())
        if type(value) in _SIMPLE and name.isidentifier() and len(_repr(value)) <= 200  # noqa: PLR2004
    }


def _unittest_pair(frames: list[tuple[str, int, types.FrameType]]) -> tuple[object, object] | None:
    for path, _, frame in frames:
        if path.endswith(os.path.join("unittest", "case.py")):
            names = frame.f_locals
            if "first" in names and "second" in names:
                return names["first"], names["second"]
    return None

"""What a JavaScript or TypeScript file imports that it may not, and what in it may import anything."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from regen.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# Comments and plain strings go, so that words in them count for nothing; what template literals hold stays.
_SAID = re.compile(r"""/\*[\s\S]*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`""")
_HIDING = re.compile(
    r"""(?P<way>\bimport\s*\((?!\s*["'][^"'\n]*["']\s*[,)])"""
    r"""|(?:(?<![\w.])|\bmodule\s*\.\s*)require\b(?!\s*(?::|\.\s*resolve\b|\(\s*["'][^"'\n]*["']\s*\)))"""
    r"""|(?:(?<![\w.])|\b(?:globalThis|global|window)\s*\.\s*)eval\b(?!\s*:)"""
    r"""|\bnew\s+Function\b|(?<![\w.])Function\s*\(|\bcreateRequire\b|\bgetBuiltinModule\b|\bmainModule\b"""
    r"""|\bprocess\s*\.\s*binding\b|\bconstructor\s*\.\s*constructor\b|\bmodule\s*\.\s*constructor\b)"""
)
_BUILT_IN = re.compile(
    r"assert|async_hooks|buffer|child_process|cluster|console|constants|crypto|dgram|diagnostics_channel|dns|domain"
    r"|events|fs|https?|http2|inspector|module|net|os|path|perf_hooks|process|punycode|querystring|readline|repl"
    r"|stream|string_decoder|timers|tls|trace_events|tty|url|util|v8|vm|wasi|worker_threads|zlib"
)
_LOADING = frozenset({"module", "vm"})


def forbidden_scripts(
    path: str, text: str, named: frozenset[str], targets: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """Yield line and name of each import that neither `named` nor `targets` (paths) allow, and of ways to any."""
    code = _SAID.sub(_without_words, text)
    for found in _HIDING.finditer(code):
        way = " ".join(found["way"].rstrip("( ").split())
        yield code.count("\n", 0, found.start()) + 1, f"anything by `{way}`"
    for name in sorted(language_of(path).imported_modules(text)):
        if not _is_allowed(path, name, named, targets):
            at = re.search(rf"""["'`]{re.escape(name)}["'`]""", text)
            yield text.count("\n", 0, at.start()) + 1 if at else 0, name


def _without_words(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("`"):
        return text
    lines = "\n" * text.count("\n")
    return f"{text[0]}x{text[0]}" if text[0] in "\"'" else f" {lines}"


def _is_allowed(path: str, name: str, named: frozenset[str], targets: frozenset[str]) -> bool:
    if name.startswith((".", "/")):
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        stem = posixpath.splitext(place)[0]
        known = targets | named
        return place in known or any(posixpath.splitext(one)[0] in {place, stem, f"{place}/index"} for one in known)
    bare = name.removeprefix("node:")
    first = bare.partition("/")[0]
    if (name.startswith("node:") or _BUILT_IN.fullmatch(first)) and "stdlib" in named:
        return first not in _LOADING or name in named or bare in named
    return any(one in {name, bare} or name.startswith(f"{one}/") for one in named)

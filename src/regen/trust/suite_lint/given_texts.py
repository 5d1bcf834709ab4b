"""What of a text the spec gives: the whole, its lines, its words, its form."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regen.trust.suite_lint.about import About
    from regen.trust.suite_lint.reading import SuiteFile

_WORD = re.compile(r"[A-Za-z]{3,}")
_SHORT = 60


def beyond(text: str, about: About) -> str:
    """Return what a text pins beyond the spec: a form that it leaves open, tags that it doesn't name, JSON's spaces."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(text) < _SHORT and len(lines) < 3:  # noqa: PLR2004
        return ""
    if about.free_form:
        return "whose form the spec leaves open"
    tags = set(re.findall(r"<([a-z][a-z0-9]*)[\s>/]", text)) - set(re.findall(r"</?([a-z][a-z0-9]*)", about.text))
    if len(tags) > 1:
        return f"with tags that the spec doesn't name ({', '.join(sorted(tags)[:3])})"
    if '{"' not in about.text and (_is_json(text) or all(_is_json(line) for line in lines)):
        return "with the white space and the order of keys that JSON leaves open"
    return ""


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list) and '"' in text
    except ValueError:
        return False


def is_given(text: str, about: About) -> bool:
    """Tell whether the spec holds a text, whatever the white space, as a whole or line by line."""
    spec = " ".join(about.text.split())
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return " ".join(text.split()) in spec or (len(lines) > 1 and all(line in spec for line in lines))


def _has_usual_form(node: ast.ClassDef) -> bool:
    made = " ".join(ast.unparse(part) for part in (*node.decorator_list, *node.bases))
    return bool(re.search(r"\b(?:dataclass|NamedTuple|Struct|BaseModel)\b", made))


def has_form(text: str, about: About) -> bool:
    """Tell whether the spec says how a `repr` looks: one that begins like this one, or all of its form in words."""
    if not about.mentions(r"\brepr\b|representation"):
        return False
    head = re.match(r"<?[\w.]+\(?", text)
    classes = [part for part in ast.walk(about.interface) if isinstance(part, ast.ClassDef)] if about.interface else []
    if any(head and part.name == head[0].rstrip("(") and _has_usual_form(part) for part in classes):
        return True
    return (
        not head or head[0].rstrip("(") in {"", "None"} or bool(re.search(rf"[`\"']{re.escape(head[0])}", about.text))
    )


def strange_words(text: str, file: SuiteFile, about: About) -> bool:
    others = (
        [
            node.value
            for node in ast.walk(file.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in text
        ]
        if file.tree
        else []
    )
    inputs = (
        [
            node.value
            for node in ast.walk(file.tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value != text
            and len(node.value) < len(text) // 2
        ]
        if file.tree
        else []
    )
    known = {word.casefold() for source in (about.text, *others, *inputs) for word in _WORD.findall(source)}
    words = {word.casefold() for word in _WORD.findall(text)}
    strange = words - known
    return len(strange) >= 4 and len(strange) >= 0.2 * len(words)  # noqa: PLR2004

"""HTML that is escaped by construction: only what `element` and `joined` return is not escaped again."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from regen.reporters.audit_facts import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = {"meta", "br", "input", "path", "rect", "line"}
_NO_ANCHOR = re.compile(r"[^A-Za-z0-9.-]")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """Return the text as HTML, characters that can't be seen made visible."""
    return Markup(html.escape(visible(text), quote=True))


def element(tag: str, /, *children: str | None, **attributes: str | float | bool | None) -> Markup:
    """Return one element; children that are no `Markup` are escaped, None is left out.

    A last underscore of an attribute's name is dropped (`class_`), others become hyphens; True writes the bare name,
    None and False write nothing.
    """
    words = [tag]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        word = key.rstrip("_").replace("_", "-")
        words.append(word if value is True else f'{word}="{escaped(_number(value))}"')
    inner = joined(children)
    if tag in _VOID and not inner:
        return Markup(f"<{' '.join(words)}>" if tag in {"meta", "br", "input"} else f"<{' '.join(words)}/>")
    return Markup(f"<{' '.join(words)}>{inner}</{tag}>")


def joined(children: Iterable[str | None], between: str = "") -> Markup:
    """Return the children one behind the other, those that are no `Markup` escaped."""
    parts = (child if isinstance(child, Markup) else escaped(child) for child in children if child is not None)
    return Markup(between.join(parts))


def anchor(*names: str) -> str:
    """Return an id for a place of the page that is the same in each page and needs no quoting in a link."""
    return "-".join(_NO_ANCHOR.sub(lambda found: f"_{ord(found[0]):x}_", name) for name in names)


def with_code(text: str) -> Markup:
    """Return prose with what stands between backquotes set as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return joined(element("code", part) if place % 2 else part for place, part in enumerate(parts))


def _number(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)

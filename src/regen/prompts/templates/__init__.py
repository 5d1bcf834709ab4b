"""The words of the prompts: data files, read once; a project's folder of the same file names overrides them."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from regen.specs.spec import digest, normalise_newlines

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("instructions", "answer", "answer_symbol", "feedback", "revise")


@cache
def built_in() -> Mapping[str, str]:
    """Return the templates that come with regen, by name."""
    folder = os.path.dirname(__file__)
    found = {}
    for name in NAMES:
        with open(os.path.join(folder, f"{name}.md"), encoding="utf-8") as file:
            found[name] = normalise_newlines(file.read())
    return found


def template_digest(templates: Mapping[str, str]) -> str:
    return digest("\0".join(f"{name}\0{templates[name]}" for name in NAMES))

"""Proposed tests as text: why each is there, and a value that a person must fill in where nobody knows it."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from typing import TYPE_CHECKING

import msgspec

from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regen.trust.evidence import Disagreement

_HEAD = "# A proposed test: it gates nothing until a person accepts it."
_LONGEST = 160


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One test file: `name` is a Python module's, `why` one line a reason, `text` the whole file."""

    unit: str
    name: str
    why: tuple[str, ...]
    text: str

    @property
    def open_lines(self) -> tuple[int, ...]:
        """Return the lines (from 1) whose expected value nobody has filled in yet."""
        try:
            nodes = ast.walk(parse_module(self.text))
        except (SyntaxError, ValueError):
            return ()
        return tuple(sorted({n.lineno for n in nodes if isinstance(n, ast.Constant) and n.value is ...}))


def proposal_of(unit: str, stem: str, why: Sequence[str], body: str) -> Proposal:
    """Return the proposal with its reasons as comments above `body`; the name tells bodies apart."""
    reasons = tuple(" ".join(line.split()) for line in why)
    mark = hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:6]
    name = re.sub(r"\W+", "_", f"test_{unit}_{stem}_{mark}", flags=re.ASCII).strip("_").lower()
    head = "\n".join([_HEAD, *(f"# why: {reason}" for reason in reasons)])
    return Proposal(unit=unit, name=name, why=reasons, text=f"{head}\n{body}")


def read_proposal(unit: str, name: str, text: str) -> Proposal:
    """Return a proposal as it lies on disk, edited or not."""
    why = tuple(line.removeprefix("# why: ") for line in text.split("\n") if line.startswith("# why: "))
    return Proposal(unit=unit, name=name, why=why, text=text)


def accepted_text(proposal: Proposal) -> str:
    """Return the file as it becomes a test of the project: the reasons stay, the word that it is proposed goes."""
    return proposal.text.replace(f"{_HEAD}\n", "", 1)


def pin_disagreement(unit: str, found: Disagreement, modules: Mapping[str, str], requirement: str = "") -> Proposal:
    """Return a test of the input on which programs differ; `modules` maps module names to the accepted texts.

    The expected value is left open: which answer is right, only a person or the spec can say.
    """
    call = "; ".join((*found.setup, found.call))
    answers = [f"{_cut(group.answer)} ({', '.join(group.candidates[:4])})" for group in found.groups]
    lines = [f"from {module} import {', '.join(names)}" for module, names in _imports(found, modules)]
    mark = [f"@pytest.mark.req({json.dumps(requirement)})"] if requirement else []
    head = ["import pytest", "", *lines, "", "", *mark] if mark else [*lines, "", ""]
    body = [f"def test_{_name_of(found.call)}():", *(f"    {line}" for line in found.setup)]
    body += [f"    # so far: {answer}" for answer in answers]
    body.append(f"    assert {found.call} == ...  # write the value that is right")
    if any(group.answer.startswith("raises ") for group in found.groups):
        body.append(f"    # or: with pytest.raises(...): {found.call}")
    return proposal_of(unit, _name_of(found.call), [f"accepted programs differ on {_cut(call)}"],
                       "\n".join([*head, *body]) + "\n")  # fmt: skip


def _imports(found: Disagreement, modules: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return for each module the names of it that the input uses, those that it imports itself too."""
    used = _names("\n".join((*found.setup, found.call)))
    imports = []
    for module, text in modules.items():
        names = sorted(used & _defined(text))
        used -= set(names)
        if names:
            imports.append((module, names))
    return imports


def _names(text: str) -> set[str]:
    try:
        return {node.id for node in ast.walk(parse_module(text)) if isinstance(node, ast.Name)}
    except (SyntaxError, ValueError):
        return set()


def _defined(text: str) -> set[str]:
    found: set[str] = set()
    for node in parse_module(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def _name_of(call: str) -> str:
    return re.sub(r"\W+", "_", call.partition("(")[0], flags=re.ASCII).strip("_").lower() or "input"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"

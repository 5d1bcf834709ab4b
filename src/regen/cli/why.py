"""`regen why FILE:LINE`: which requirement, prompt, model and generation made this line.

The generation is found as `git blame` finds a commit, over the accepted generations of the unit. What changed in the
key when that generation was made is the cause; for a first generation, which had every requirement, those that share
the line's words are named as likely.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from typing import TYPE_CHECKING

from regen.candidates.candidate import text_of
from regen.cli.style import counted
from regen.errors import InputError, Problem
from regen.languages import language_of
from regen.project import Project, find_root
from regen.storage.ledger import DiskLedger
from regen.units.key import differences
from regen.verdicts.verdict import Verdict

if TYPE_CHECKING:
    import argparse

    from regen.ledger.records import Generation
    from regen.specs.spec import Requirement
    from regen.units.unit import Target, Unit

EXAMPLE = "regen why src/signup/email.py:12"
_WORD = re.compile(r"[A-Za-z]{3,}|\d+")
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "from",
        "self",
        "return",
        "def",
        "class",
        "not",
        "none",
        "true",
        "false",
        "str",
        "int",
        "is",
        "are",
        "raise",
    ]
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="FILE:LINE")


def run(options: argparse.Namespace) -> int:
    project = Project.load(find_root(os.getcwd()))
    path, line = _place(project, options.place)
    unit, target = _owner(project, path, line)
    ledger = DiskLedger(project.root)
    history = [g for g in ledger.generations(unit.id) if g.verdict is Verdict.ACCEPTED and str(target) in g.candidate]
    text = text_of(target, project.facts.text(path))
    offset = _offset(target, project.facts.text(path))
    origin, before = _blame(ledger, history, str(target), text, line - 1 - offset)
    source = project.facts.text(path).split("\n")[line - 1]
    data: dict[str, object] = {"file": path, "line": line, "text": source, "unit": unit.id, "spec": unit.spec}
    if origin is None:
        data["made_by"] = "hand: no accepted generation has this line"
    else:
        reply = next((r for r in ledger.replies(unit.id) if r.id == origin.reply), None)
        changes = [str(change) for change in differences(before.key, origin.key)] if before else []
        ids = {c.thing for c in differences(before.key, origin.key) if c.field == "requirements"} if before else None
        spec = project.spec(unit)
        likely = _likely(spec.requirements, ids, source, text, line - 1 - offset)
        data |= {
            "generation": origin.id, "kind": origin.kind, "model": origin.model or origin.kind,
            "attempt": origin.attempt,
            "prompt": reply.prompt_digest if reply else "", "because": changes or ["first generation of the unit"],
            "requirements": [{"id": r.id, "place": f"{unit.spec}:{r.line}", "text": r.text} for r in likely],
        }  # fmt: skip
    if options.json:
        print(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        _print(data)
    return 0


def _place(project: Project, place: str) -> tuple[str, int]:
    path, _, number = place.rpartition(":")
    if not path or not number.isdigit() or int(number) < 1:
        raise InputError(Problem(message=f"`{place}` is no FILE:LINE", hint=f"regen why {path or place}:1"))
    relative = os.path.relpath(os.path.realpath(path), project.root).replace(os.sep, "/")
    if not os.path.isfile(path):
        raise InputError(Problem(message=f"{path} does not exist", hint="regen status --all"))
    lines = len(project.facts.text(relative).splitlines())
    if int(number) > lines:
        message = f"{path} has {counted(lines, 'line')}"
        raise InputError(Problem(message=message, path=relative, hint=f"regen why {path}:{max(lines, 1)}"))
    return relative, int(number)


def _owner(project: Project, path: str, line: int) -> tuple[Unit, Target]:
    whole = None
    for unit in project.graph.units.values():
        for target in unit.targets:
            if target.path != path:
                continue
            if not target.symbol:
                whole = (unit, target)
                continue
            span = language_of(path).definition(project.facts.text(path), target.symbol)
            if span and span[0] < line <= span[1]:
                return unit, target
    if whole is None:
        raise InputError(Problem(message=f"no unit owns {path}:{line}", path=path, hint="regen status --all"))
    return whole


def _offset(target: Target, whole: str) -> int:
    span = language_of(target.path).definition(whole, target.symbol) if target.symbol else None
    return span[0] if span else 0


def _blame(
    ledger: DiskLedger, history: list[Generation], target: str, text: str, line: int
) -> tuple[Generation | None, Generation | None]:
    """Return the generation since which the line is there, and the one before it."""
    origin: Generation | None = None
    lines = text.split("\n")
    for place in range(len(history) - 1, -1, -1):
        older = ledger.text(history[place].candidate[target]).split("\n")
        matcher = difflib.SequenceMatcher(None, older, lines, autojunk=False)
        match = next((b for b in matcher.get_matching_blocks() if b.b <= line < b.b + b.size), None)
        if match is None:
            break
        line, lines, origin = match.a + line - match.b, older, history[place]
        if place == 0:
            return origin, None
    before = history[history.index(origin) - 1] if origin is not None and history.index(origin) else None
    return origin, before


def _likely(
    requirements: tuple[Requirement, ...], changed: set[str] | None, source: str, text: str, line: int
) -> list[Requirement]:
    """Return the requirements that changed, or the up to three that share most words with the line and those around."""
    if changed:
        return [r for r in requirements if r.id in changed]
    near = _words("\n".join(text.split("\n")[max(0, line - 2) : line + 3]))
    own = _words(source)
    scored = [(3 * len(own & _words(r.text)) + len(near & _words(r.text)), r) for r in requirements]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], pair[1].line))
    return [r for score, r in best[:3] if score * 2 >= best[0][0]]


def _words(text: str) -> set[str]:
    return {word.lower().removesuffix("s") for word in _WORD.findall(text)} - _COMMON


def _print(data: dict[str, object]) -> None:
    print(f"{data['file']}:{data['line']}: {str(data['text']).strip()}")
    print(f"unit:        {data['unit']} ({data['spec']})")
    if "made_by" in data:
        print(f"made by:     {data['made_by']}")
        print(f"hint: regen diff {data['unit']}")
        return
    print(f"generation:  {str(data['generation'])[:12]} by {data['model']} ({data['kind']}, attempt {data['attempt']})")
    print(f"prompt:      {str(data['prompt'])[:12] or 'none'}: regen show {str(data['generation'])[:12]} --prompt")
    because = data["because"]
    print(f"because:     {'; '.join(because) if isinstance(because, list) else because}")
    found = data["requirements"]
    for requirement in found if isinstance(found, list) else []:
        print(f"requirement: {requirement['id']} ({requirement['place']}): {requirement['text']}")

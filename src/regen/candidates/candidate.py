"""Reads the files that a reply proposes: tolerant of how models write, strict about what they may touch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from regen.languages import language_of
from regen.specs.spec import digest, normalise_newlines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regen.units.unit import Target


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Proposed code: `code` maps each target to its text, `files` each file to its whole text.

    They differ where a target is one function or class of a file.
    """

    unit: str
    code: dict[str, str]
    files: dict[str, str]

    @property
    def digests(self) -> dict[str, str]:
        return {target: digest(text) for target, text in self.code.items()}


class Refusal(msgspec.Struct, frozen=True):
    """Why a reply is no candidate: one sentence that the next prompt may carry."""

    reason: str


class _Block(msgspec.Struct, frozen=True):
    path: str
    language: str
    text: str
    closed: bool


_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$")
_NAMED = re.compile(r"""(?:path|file|filename|title|name)\s*[=:]\s*["']?(?P<path>[^\s"']+)["']?""")
_PATHLIKE = re.compile(r"^[\w./\\~-]*[\w-]+\.[A-Za-z]\w{0,9}(?:::[\w.:]+)?$|^[\w./\\-]*/[\w.-]+$")
_HEADING_PATH = re.compile(
    r"^[^\w./\\~]*(?:file(?:name)?|path)?[^\w./\\~]*(?P<path>[\w./\\~-]+(?:::[\w.:]+)?)\W*$", re.IGNORECASE
)
_COMMENT_PATH = re.compile(
    r"^\s*(?:#|//|--|;|/\*|<!--)\s*(?:file(?:name)?|path)?:?\s*(?P<path>\S+?)\s*(?:\*/|-->)?\s*$",
    re.IGNORECASE,
)
_SHELLS = {"bash", "sh", "shell", "console", "zsh", "text", "txt", "output", "diff"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ud800-\udfff]")


def read_candidate(
    unit: str, targets: Sequence[Target], reply: str, existing: Mapping[str, str], *, cut: str = ""
) -> Candidate | Refusal:
    """Return the candidate that `reply` proposes for `targets`, or the refusal that says what is wrong with it.

    `existing` maps paths to the texts of files as they are, for targets that are one definition in a file. `cut` says
    why the generator stopped early.
    """
    text = normalise_newlines(reply)
    if not text.strip():
        return Refusal("the reply is empty")
    if cut:
        return Refusal(f"the reply was cut off: {cut}")
    if _CONTROL.search(text):
        return Refusal("the reply holds control characters; it is no text")
    blocks = _blocks(text, targets)
    unclosed = next((block for block in blocks if not block.closed), None)
    if unclosed is not None:
        return Refusal(f"the fenced block {unclosed.path or 'without a path'} is not closed; the reply was cut off")
    chosen = _assign(blocks, targets)
    if isinstance(chosen, Refusal):
        return chosen
    return _assemble(unit, targets, chosen, existing)


def _assign(blocks: Sequence[_Block], targets: Sequence[Target]) -> dict[str, str] | Refusal:
    """Return the text for each target."""
    wanted = {str(target): target for target in targets}
    by_path = {target.path: str(target) for target in targets if sum(t.path == target.path for t in targets) == 1}
    chosen: dict[str, str] = {}
    for block in blocks:
        if not block.path:
            continue
        path = block.path.removeprefix("./")
        target = path if path in wanted else by_path.get(path)
        if target is None:
            if block.language in _SHELLS:
                continue
            return Refusal(f"`{block.path}` is not one of this unit's targets ({', '.join(wanted)})")
        if chosen.get(target, block.text) != block.text:
            return Refusal(f"there are two different blocks for `{target}`")
        chosen[target] = block.text
    nameless = [block for block in blocks if not block.path and block.language not in _SHELLS]
    missing = [target for target in wanted if target not in chosen]
    if len(missing) == 1 and len(wanted) == 1:
        if len(nameless) == 1:
            chosen[missing[0]] = nameless[0].text
            missing = []
        elif len(nameless) > 1:
            return Refusal(
                f"there are {len(nameless)} fenced blocks without a path; one, for `{missing[0]}`, was asked for"
            )
    if missing:
        return Refusal(f"there is no fenced block for `{missing[0]}`")
    return chosen


def _assemble(
    unit: str, targets: Sequence[Target], chosen: Mapping[str, str], existing: Mapping[str, str]
) -> Candidate | Refusal:
    code: dict[str, str] = {}
    files: dict[str, str] = {}
    for target in targets:
        text = chosen[str(target)].lstrip("\ufeff").strip("\n") + "\n"
        language = language_of(target.path)
        error = language.syntax_error(text)
        if error is not None:
            line, column, message = error
            return Refusal(f"`{target}` does not parse: line {line}, column {column}: {message}")
        code[str(target)] = text
        if not target.symbol:
            files[target.path] = text
            continue
        code[str(target)] = text = text.rstrip() + "\n"
        whole = files.get(target.path, existing.get(target.path, ""))
        spliced = splice(whole, target, text)
        if isinstance(spliced, Refusal):
            return spliced
        files[target.path] = spliced
    return Candidate(unit=unit, code=code, files=files)


def splice(whole: str, target: Target, text: str) -> str | Refusal:
    """Return the file with the target's definition replaced by `text`, or appended where there was none."""
    language = language_of(target.path)
    name = target.symbol.split(".")[-1]
    proposed = language.definition(text, name)
    if proposed is None:
        return Refusal(f"the block for `{target}` does not define `{name}`")
    lines = text.strip("\n").split("\n")
    if proposed[0] != 0 or proposed[1] != len(lines):
        return Refusal(f"the block for `{target}` holds more than the definition of `{name}`")
    place = language.definition(whole, target.symbol)
    old = whole.rstrip("\n").split("\n") if whole.strip() else []
    if place is None:
        if "." in target.symbol:
            return Refusal(f"`{target.symbol.rsplit('.', 1)[0]}` is not in {target.path}, so its method has no place")
        return "\n".join([*old, "", "", *lines] if old else lines) + "\n"
    indent = old[place[0]][: len(old[place[0]]) - len(old[place[0]].lstrip())]
    indented = [indent + line if line else line for line in lines]
    return "\n".join([*old[: place[0]], *indented, *old[place[1] :]]) + "\n"


def text_of(target: Target, whole: str) -> str:
    """Return the target's own text within the file's text, empty where it is not there."""
    if not target.symbol:
        return whole
    place = language_of(target.path).definition(whole, target.symbol)
    if place is None:
        return ""
    lines = whole.split("\n")[place[0] : place[1]]
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] if line[:margin].isspace() else line for line in lines) + "\n"


# ── fenced blocks ───────────────────────────────────────────────────────────────────────────────


def _blocks(text: str, targets: Sequence[Target]) -> list[_Block]:
    lines = text.split("\n")
    found: list[_Block] = []
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening is None:
            number += 1
            continue
        language, path = _info(opening["info"])
        path = path or _path_above(lines, number, targets)
        end = _end_of_block(lines, number, opening["fence"], path, targets)
        body = [line.removeprefix(opening["indent"]) for line in lines[number + 1 : end]]
        if not path and body:
            path, body = _path_inside(body, targets)
        found.append(_Block(path, language, "\n".join(body), closed=end < len(lines)))
        number = end + 1
    return found


def _info(info: str) -> tuple[str, str]:
    """Return the language and the path that a fence's info string names."""
    named = _NAMED.search(info)
    words = info.replace(":", " ", 1).split() if "::" not in info else info.split()
    language = words[0].lower() if words and not _PATHLIKE.match(words[0]) else ""
    if named:
        return language.split("{")[0], named["path"]
    return language, next((word.strip("`\"'()") for word in words if _PATHLIKE.match(word.strip("`\"'()"))), "")


def _end_of_block(lines: list[str], start: int, fence: str, path: str, targets: Sequence[Target]) -> int:
    """Return the line that closes the block; for code that only parses beyond an inner fence, that later one."""
    closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*$")
    ends = [n for n in range(start + 1, len(lines)) if closing.match(lines[n])]
    if not ends:
        return len(lines)
    known = next((t for t in targets if path in {t.path, str(t)}), targets[0] if len(targets) == 1 else None)
    if known is None:
        return ends[0]
    language = language_of(known.path)
    for end in ends[:9]:
        if language.syntax_error("\n".join(lines[start + 1 : end])) is None:
            return end
    return ends[0]


def _path_above(lines: list[str], number: int, targets: Sequence[Target]) -> str:
    """Return the path that a heading or a line of its own right above the fence gives."""
    above = next((line for line in reversed(lines[max(0, number - 2) : number]) if line.strip()), "")
    found = _HEADING_PATH.match(above.strip())
    if found is None:
        return ""
    path = found["path"]
    return path if _PATHLIKE.match(path) and ("/" in path or path in {t.path for t in targets}) else ""


def _path_inside(body: list[str], targets: Sequence[Target]) -> tuple[str, list[str]]:
    """Return the path in a comment on the first line, if it is a target's or clearly a path, and the body."""
    found = _COMMENT_PATH.match(body[0])
    if found is None:
        return "", body
    path = found["path"]
    if any(path in {t.path, str(t)} for t in targets):
        return path, body[1:]
    return (path, body[1:]) if "/" in path and _PATHLIKE.match(path) else ("", body)

"""Markdown with positions: the only place that knows which parser reads it (pyromark, a CommonMark reader)."""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pyromark

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A top-level block, or one item of a top-level list, with its text folded.

    `kind` is `heading`, `item`, `code` or `text`; `level` is a heading's; lines count from 1 in the text given.
    Folded text has its white space collapsed, code spans in backquotes, emphasis in asterisks, code blocks verbatim
    between fences, and no comments, so that re-wrapping a paragraph changes nothing.
    """

    kind: str
    text: str
    line: int
    end_line: int
    level: int = 0


def strip_comments(text: str) -> str:
    """Return `text` without the HTML comments outside code, keeping every line where it was."""
    if "<!--" not in text:
        return text
    data = text.encode()
    pieces: list[bytes] = []
    done = 0
    for event, span in pyromark.events_with_range(text, options=_OPTIONS):
        if isinstance(event, dict) and (event.get("Start") == "HtmlBlock" or "InlineHtml" in event):
            chunk = data[span["start"] : span["end"]].decode()
            cleared = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), chunk)
            pieces += [data[done : span["start"]], cleared.encode()]
            done = span["end"]
    pieces.append(data[done:])
    return b"".join(pieces).decode()


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of `text` in order; list items one by one, so that each requirement is a block."""
    data = text.encode()
    starts = _line_starts(data)
    depth = 0
    in_list = False
    opened: tuple[str, int, int] | None = None  # kind, level, byte offset
    parts: list[Any] = []
    for event, span in pyromark.events_with_range(text, options=_OPTIONS):
        if isinstance(event, dict) and "Start" in event:
            name, level = _name_and_level(event["Start"])
            if depth == 0 and name == "List":
                in_list = True
            elif (depth == 0) or (in_list and depth == 1):
                opened, parts = (_kind(name), level, span["start"]), []
            depth += 1
            if opened is not None:
                parts.append(event)
        elif isinstance(event, dict) and "End" in event:
            depth -= 1
            if opened is not None:
                parts.append(event)
            if opened is not None and depth == (1 if in_list else 0):
                yield _block(opened, parts, starts, data[: span["end"]])
                opened = None
            if depth == 0:
                in_list = False
        elif opened is not None:
            parts.append(event)


def _block(opened: tuple[str, int, int], parts: list[Any], starts: list[int], data: bytes) -> Block:
    kind, level, start = opened
    end = max(start + 1, len(data.rstrip()))
    return Block(
        kind=kind,
        text=_fold(parts),
        line=bisect.bisect_right(starts, start),
        end_line=bisect.bisect_right(starts, end - 1),
        level=level,
    )


def _line_starts(data: bytes) -> list[int]:
    starts = [0]
    for line in data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _name_and_level(tag: Any) -> tuple[str, int]:
    if isinstance(tag, str):
        return tag, 0
    name = next(iter(tag))
    level = int(tag["Heading"]["level"][1:]) if name == "Heading" else 0
    return name, level


def _kind(name: str) -> str:
    return {"Heading": "heading", "Item": "item", "CodeBlock": "code"}.get(name, "text")


_OPENING = {
    "Item": " - ",
    "Paragraph": " ",
    "Strong": "**",
    "Emphasis": "*",
    "Strikethrough": "~~",
    "TableRow": " / ",
    "TableCell": " | ",
}
_CLOSING = {"Strong": "**", "Emphasis": "*", "Strikethrough": "~~", "Item": " ", "Paragraph": " ", "TableHead": " / "}


def _fold(parts: list[Any]) -> str:
    """Return the text of one block, white space folded outside code blocks."""
    done: list[str] = []  # finished pieces, code blocks among them
    flow: list[str] = []  # the running text since the last code block
    links: list[str] = []
    for event in parts:
        if isinstance(event, str):
            flow.append(" ")
            continue
        (name, value), *_ = event.items()
        if name == "Start":
            tag = value if isinstance(value, str) else next(iter(value))
            if tag == "CodeBlock":
                done.append(" ".join("".join(flow).split()))
                info = value["CodeBlock"]
                flow = ["```" + (info.get("Fenced", "") if isinstance(info, dict) else "") + "\n"]
            elif tag in {"Link", "Image"}:
                links.append(str(value[tag].get("dest_url", "")))
            flow.append(_OPENING.get(tag, ""))
        elif name == "End":
            tag = value if isinstance(value, str) else next(iter(value))
            if tag == "CodeBlock":
                done.append("".join(flow).rstrip("\n") + "\n```")
                flow = []
            elif tag in {"Link", "Image"}:
                flow.append(f" ({links.pop()})" if links else "")
            flow.append(_CLOSING.get(tag, ""))
        elif name == "Code":
            flow.append(f"`{value}`")
        elif name in {"Text", "Html", "InlineHtml"}:
            flow.append(value)
    done.append(" ".join("".join(flow).split()))
    return "\n".join(piece for piece in done if piece).removeprefix("- ")

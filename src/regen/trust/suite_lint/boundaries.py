"""The boundaries that a requirement states: numbers with a direction, and words such as empty or duplicate."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

BoundaryKind = Literal["number", "empty", "zero", "negative", "duplicates", "case", "unicode", "white space"]

_WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "twenty": 20,
    "hundred": 100,
}
_NUMBER = rf"(?P<number>-?\d[\d,_]*(?:\.\d+)?|{'|'.join(_WORDS)})\b"
_DIRECTION = (
    r"at most|at least|up to|no more than|no less than|no fewer than|not more than|not less than|more than"
    r"|greater than|longer than|shorter than|larger than|smaller than|fewer than|less than|exceed(?:s"
    r"|ing)?|above"
    r"|below|under|over|within|maximum(?: of| is|:)?|minimum(?: of| is|:)?|max(?:imum)?\.? (?:length"
    r"|size|number|of)"
    r"(?: is| of)?|<=|>=|≤|≥|<|>|limited to|capped at|outside|between|from"
)
_STATED = re.compile(rf"(?:\b|(?<=\s))(?P<direction>{_DIRECTION})\s*`?{_NUMBER}", re.IGNORECASE)
_AFTER = re.compile(
    rf"(?<![\w.-]){_NUMBER}`?(?:\s+[\w-]+){{0,2}}?\s+or (?P<direction>more|fewer|less|longer"
    rf"|greater|larger|older|above|below)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"\b(?:from|between|outside|in|of)\s+`?-?\d[\d,_.]*`?\s*(?:to|and|–|-|\.\.)\s*`?{_NUMBER}", re.IGNORECASE
)
_MEASURED = re.compile(
    r"\s*`?\s*(?:ms|milliseconds?|seconds?|s|µs|us|minutes?|[kmg]i?b|(?:mega|kilo"
    r"|giga)?bytes of memory|x|times the)\b",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[BoundaryKind, str], ...] = (
    (
        "empty",
        (
            r"\b(?:returns?|gives?|yields?|becomes|produces|leaves|with|is|are) (?:an? |the )?empty (?:list|string"
            r"|text|tuple"
            r"|dict\w*|set|result|array|sequence|mapping|object|table|cell|lists)\b"
            r"|(?<!non-)(?<!non )(?<!not )(?<!not be )(?<!never )\bempty\b|\bnot be empty\b|\bnon-?empty\b|\bblank\b"
        ),
    ),
    ("zero", r"\bzero\b(?!-)"),
    ("negative", r"(?<!non-)(?<!non)\bnegatives?\b"),
    ("duplicates", r"\bduplicat(?:e|es|ed|ion)\b"),
    (
        "case",
        (
            r"\bcase[- ]?insensitiv\w+|\bignor\w+ (?:the )?case\b|\bwithout (?:regard to )?case\b"
            r"|\bregardless of case\b"
            r"|\bcase does(?: not|n't) matter|\b(?:upper|lower)[- ]?case[ds]?\b"
        ),
    ),
    ("unicode", r"\bunicode\b|\bnon-ascii\b|\baccent(?:s|ed)\b|\bemojis?\b|\bdiacritics?\b|\bumlauts?\b"),
    (
        "white space",
        (
            r"\b(?:leading|trailing|surrounding) (?:or trailing |and trailing )?(?:white ?)?spaces?\b"
            r"|(?<!separated by )(?<!split by )(?<!split on )(?<!split at )\bwhite ?space\b"
        ),
    ),
)


class Boundary(msgspec.Struct, frozen=True):
    """One boundary: its kind, the words that state it, and the number where it is one."""

    kind: BoundaryKind
    words: str
    number: float = 0.0


def boundaries(text: str) -> tuple[Boundary, ...]:
    """Return the boundaries that a requirement's text states, each number once."""
    found: dict[tuple[str, float], Boundary] = {}
    plain = re.sub(r"\b(?:FR|NFR|REQ|US|AC|SC)-?\d+\b", "", re.sub(r"\[@test\][^\n]*", "", text))
    for pattern in (_STATED, _AFTER, _RANGE):
        for match in pattern.finditer(plain):
            word = match["number"].casefold()
            number = float(_WORDS[word]) if word in _WORDS else float(re.sub(r"[,_]", "", word))
            spelled = word in _WORDS
            if _MEASURED.match(plain[match.end("number") :]) or (spelled and number <= 2) or number < 0:  # noqa: PLR2004
                continue
            words = match[0].replace("`", "")
            found.setdefault(("number", number), Boundary("number", words, number))
    outside_code = re.sub(r"`[^`]*`", "`…`", plain)
    for kind, words in _KINDS:
        stated = re.search(words, outside_code, re.IGNORECASE)
        if stated:
            found.setdefault((kind, 0.0), Boundary(kind, stated[0]))
    return tuple(found.values())

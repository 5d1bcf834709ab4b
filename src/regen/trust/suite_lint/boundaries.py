"""The boundaries that a requirement states: numbers with a direction, and words such as empty or duplicate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

BoundaryKind = Literal["number", "empty", "zero", "negative", "duplicates", "case", "unicode", "white space"]
# What a number bounds: a parameter's own value, how long a text is, how many signs, words, … a text has.
Measure = Literal["value", "length", "pieces", "any"]

_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
          "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20, "hundred": 100}  # fmt: skip
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
    """One boundary: its kind, the words that state it, and the number where it is one.

    A value counts as at the boundary that is no further away than `step`.
    """

    kind: BoundaryKind
    words: str
    number: float = 0.0
    step: float = 1.0
    measure: Measure = "any"


_PLAIN_RANGE = re.compile(
    r"(?<![\w.:-])`?(?P<low>\d[\d,_]*)`?(?:\s+to\s+|\s*(?:–|\.\.)\s*)`?(?P<number>\d[\d,_]*)\b", re.IGNORECASE
)
_POINT = re.compile(r"\bat `?(?P<number>\d+\.\d*[1-9])\b(?!\s*(?:%|percent|ms|x\b))")
_FROM_ONE_PLACE = re.compile(
    r"\b(?:index(?:e[sd])?|indices|count(?:s|ed|ing)?|number(?:s|ed|ing)?|start(?:s|ed|ing)?|position|places?)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"\b(?:char(?:acter)?s?|letters?|bytes?|long(?:er)?|short(?:er)?|length|wide|wider|width|size|symbols?|signs?"
    r"|columns?|code points?)\b",
    re.IGNORECASE,
)
_PIECES = re.compile(
    r"\s*`?\s*(?:\w+\s+)?(?:digits?|words?|lines?|parts?|numbers?|fields?|labels?|groups?"
    r"|decimals?|(?:decimal )?places)\b",
    re.IGNORECASE,
)


def boundaries(text: str, numeric: frozenset[str] = frozenset()) -> tuple[Boundary, ...]:
    """Return the boundaries that a requirement's text states, each number once.

    `numeric` are the names of parameters that are numbers.
    """
    found: dict[tuple[str, float], Boundary] = {}
    plain = re.sub(r"\b(?:FR|NFR|REQ|US|AC|SC)-?\d+\b", "", re.sub(r"\[@test\][^\n]*", "", text))
    for pattern in (_STATED, _AFTER, _RANGE, _PLAIN_RANGE, _POINT):
        # `1..5` in code is an example, in prose it is a range.
        read = re.sub(r"`[^`]*[\"'(\[][^`]*`", "`…`", plain) if pattern is _PLAIN_RANGE else plain
        for match in pattern.finditer(read):
            for boundary in _of_match(match, read, numeric):
                found.setdefault(("number", boundary.number), boundary)
    outside_code = re.sub(r"`[^`]*`", "`…`", plain)
    for kind, words in _KINDS:
        stated = re.search(words, outside_code, re.IGNORECASE)
        if stated and not (kind == "zero" and ("number", 0.0) in found):
            found.setdefault((kind, 0.0), Boundary(kind, stated[0]))
    return tuple(found.values())


def _of_match(match: re.Match[str], plain: str, numeric: frozenset[str]) -> Iterator[Boundary]:
    after, before = plain[match.end("number") :], plain[: match.start()]
    if _MEASURED.match(after) and match.re is not _POINT:
        return
    groups = match.groupdict()
    is_from = (groups.get("direction") or "").casefold() == "from"
    if is_from and not re.match(r"`?\s*(?:to|–|-|\.\.|up)", after) and _FROM_ONE_PLACE.search(before):
        return
    words = match[0].replace("`", "")
    if re.fullmatch(r"0 ?(?:to|–|-|\.\.) ?9", words):  # the digits
        return
    for written in (groups.get("low"), match["number"]):
        word = (written or "").casefold()
        number = float(_WORDS[word]) if word in _WORDS else float(re.sub(r"[,_]", "", word)) if word else -1.0
        if number < 0 or (word in _WORDS and 1 <= number <= 2):  # noqa: PLR2004
            continue
        fraction = word.partition(".")[2].rstrip("0") if "." in word else ""
        step = 10.0 ** -len(fraction)
        yield Boundary(
            "number",
            words,
            number,
            step * 0.99 if match.re is _POINT else step,
            _measure(before, words, after, numeric),
        )


def _measure(before: str, words: str, after: str, numeric: frozenset[str]) -> Measure:
    """Tell what a number bounds, by the words around it."""
    clause = re.split(r"[.;:]\s", before)[-1]
    if _PIECES.match(after):
        return "pieces"
    if _LENGTH.search(f"{clause[-60:]} {words} {after[:30]}"):
        return "length"
    near = re.findall(r"\w+", clause)[-4:]
    return "value" if numeric & set(near) else "any"

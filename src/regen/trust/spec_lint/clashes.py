"""Two requirements of one subject whose numbers can't both hold; told only where the subjects are the same words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from regen.trust.evidence import Finding
from regen.trust.sections import CODE_SPAN, Statement, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Spec

_NUMBERS = {
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
    "twelve": 12,
    "twenty": 20,
}
_NUMBER = rf"`?(?P<number>-?\d[\d,_]*(?:\.\d+)?|{'|'.join(_NUMBERS)})\b`?"
_UNIT = (
    r"[\s-]*(?P<unit>characters?|chars?|letters?|digits?|bytes?|items?|elements?|entries|lines?|words?"
    r"|times|attempts?|retries|tries|seconds?|minutes?|hours?"
    r"|days?|ms|milliseconds?|percent|%|decimals?|decimal places|places|kb|mb|gb|rows?|columns?|years?"
    r"|points?|cents?|euros?|dollars?)?"
)
_BOUNDS = (
    (
        "most",
        (
            rf"(?:at most|up to|no more than|not more than|more than|longer than|larger than"
            rf"|greater than|over|exceed(?:s|ing)?|maximum(?: of| is)?|limited to|capped at)\s+{_NUMBER}{_UNIT}"
        ),
    ),
    ("most", rf"{_NUMBER}{_UNIT}\s+or (?:fewer|less)\b"),
    (
        "least",
        (
            rf"(?:at least|no less than|no fewer than|not less than|fewer than|shorter than"
            rf"|minimum(?: of| is)?)\s+{_NUMBER}{_UNIT}"
        ),
    ),
    ("least", rf"{_NUMBER}{_UNIT}\s+or more\b"),
    ("default", rf"(?:defaults? (?:to|is|of|value is)|default(?: [\w`]+){{0,3}} is|by default)\s+{_NUMBER}{_UNIT}"),
    ("value", rf"(?:is|are|costs?|equals?)\s+{_NUMBER}{_UNIT}"),
    ("exactly", rf"(?:exactly|rounded to|round(?:s)? to|after|for|every|expires? (?:in|after))\s+{_NUMBER}{_UNIT}"),
)
# Whether a bound belongs to the range: "up to, but not including, 13:00", "10 inclusive".
_EDGE = re.compile(
    r"(?:(?P<inside>(?:and|also)\s+including|,\s+including)|(?:but\s+not(?:\s+including)?|not\s+including|excluding)),?\s+"
    r"(?P<edge>`?\d[\d:.,_]*`?)|(?P<edge2>`?\d[\d:.,_]*`?),?\s+(?:is\s+|are\s+)?(?P<after>inclusive|exclusive|included|excluded)\b",
    re.IGNORECASE,
)
_PAIRS = (
    ("ascending", "descending"),
    ("case-sensitive", "case-insensitive"),
    ("inclusive", "exclusive"),
    ("upper case", "lower case"),
    ("upper-case", "lower-case"),
    ("uppercase", "lowercase"),
    ("newest first", "oldest first"),
    ("half up", "half to even"),
    ("half-up", "half-even"),
    ("fifo", "lifo"),
    ("rounded up", "rounded down"),
    (
        "sorted",
        r"in (?:the )?(?:order (?:of (?:adding|insertion)|in which they were (?:added|put in))|insertion order)",
    ),
)
_GENERIC = frozenset({
    "a", "accepted", "after", "all", "allowed", "also", "an", "and", "any", "are", "as", "at", "attempts", "be",
    "by", "bytes", "can", "case", "character", "characters", "chars", "contain", "contains", "days", "decimal",
    "decimals", "default", "defaults", "digits", "each", "elements", "entries", "error", "every", "exactly",
    "exceed", "exceeding", "exceeds", "exception", "fewer", "for", "from", "given", "gives", "had", "has", "have",
    "hold", "holds", "hours", "if", "in", "invalid", "is", "it", "items", "its", "keep", "keeps", "kept", "least",
    "length", "less", "letters", "limit", "limited", "lines", "long", "longer", "max", "maximum", "may", "message",
    "min", "minimum", "minutes", "more", "most", "must", "no", "not", "number", "of", "on", "one", "only", "or",
    "order", "percent", "places", "raise", "raised", "raises", "refused", "rejected", "result", "results", "return",
    "returns", "round", "rounded", "seconds", "shall", "short", "shorter", "should", "size", "sort", "sorted",
    "stay", "stays", "than", "that", "the", "then", "this", "times", "to", "tries", "two", "typeerror", "up", "use",
    "used", "using", "valid", "value", "valueerror", "values", "when", "where", "which", "will", "with", "words",
})  # fmt: skip
_CONDITION = re.compile(
    r"\b(?:if|when|unless|except|for (?!at |up |\d)(?:an?|the|each|every|premium|new)|otherwise|instead|while"
    r"|where|without|with option)\b"
    r"|\b(?:premium|admin|guest|regular|gold|silver|free|paid|international|domestic|express|standard)\b",
    re.IGNORECASE,
)


class _Claim(NamedTuple):
    statement: Statement
    kind: str
    unit: str
    number: str
    words: str
    subject: frozenset[str]
    spans: frozenset[str]
    rest: str


def clashes(spec: Spec) -> Iterator[Finding]:
    """Yield a finding for each requirement that says another number of a subject than an earlier one."""
    claims: list[_Claim] = []
    for statement in statements(spec):
        for claim in _claims(statement):
            other = next((o for o in claims if _clash(o, claim)), None)
            claims.append(claim)
            if other is not None:
                yield Finding(
                    kind="contradiction",
                    path=spec.path,
                    line=statement.line,
                    requirement=statement.id,
                    message=f"{statement.name} says “{claim.words}”, "
                    f"{other.statement.name} says “{other.words}” of the same",
                    advice=f"Decide between {claim.number} and {other.number}, and say it once.",
                    source=statement.text,
                )
                break


def _claims(statement: Statement) -> Iterator[_Claim]:
    seen: set[tuple[str, str]] = set()
    for sentence in re.split(r"(?<=[.;!?])\s+", statement.text):
        for kind, pattern in _BOUNDS:
            for match in re.finditer(rf"\b{pattern}", sentence, re.IGNORECASE):
                word = match["number"].casefold()
                number = str(_NUMBERS[word]) if word in _NUMBERS else f"{float(re.sub(r'[,_]', '', word)):g}"
                unit = re.sub(r"(?:ie)?s$", "", (match["unit"] or "").casefold())
                if (kind, unit) not in seen:
                    seen.add((kind, unit))
                    yield _claim(statement, sentence, match, kind, unit, number)
        for match in _EDGE.finditer(sentence):
            inside = bool(match["inside"] or (match["after"] or "").casefold().startswith("inc"))
            edge = (match["edge"] or match["edge2"]).strip("`,.")
            yield _claim(statement, sentence, match, "edge", edge, "included" if inside else "excluded")
        for pair in _PAIRS:
            said = [word for word in pair if re.search(rf"(?<![\w-]){word}(?![\w-])", sentence, re.IGNORECASE)]
            if len(said) == 1:
                found = re.search(rf"(?<![\w-]){said[0]}", sentence, re.IGNORECASE)
                if found is not None:
                    yield _claim(statement, sentence, found, "/".join(pair), "", said[0])


def _claim(statement: Statement, sentence: str, match: re.Match[str], kind: str, unit: str, number: str) -> _Claim:
    rest = sentence[: match.start()] + " " + sentence[match.end() :]
    spans = frozenset(re.sub(r"^(\w+)\([\w, ]*\)$", r"\1", span) for span in CODE_SPAN.findall(rest))
    words = re.findall(r"[a-z][a-z_-]+", re.sub(r"`(?!\w+`)[^`]*`", " ", rest).casefold())
    subject = frozenset(re.sub(r"(?:ies|e?s|e|y)$", "", word) for word in words if word not in _GENERIC)
    if _CONDITION.search(CODE_SPAN.sub(" ", sentence)):
        subject |= {f"when {sentence}"}
    return _Claim(
        statement,
        kind,
        unit,
        number,
        match[0].strip(),
        subject,
        frozenset(s for s in spans if not s[:1].isupper()),
        " ".join(rest.casefold().split()),
    )


def _clash(one: _Claim, other: _Claim) -> bool:
    if one.kind != other.kind or one.unit != other.unit or one.number == other.number:
        return False
    if one.statement.line == other.statement.line:
        return False
    if one.spans and other.spans and not (one.spans <= other.spans or other.spans <= one.spans):
        return False
    if one.kind == "value" or not (one.subject and other.subject):
        return one.rest == other.rest and bool(one.rest)
    return one.subject <= other.subject or other.subject <= one.subject

"""Words that leave open what is right, where nothing in the same requirement makes them precise.

The words are those of INCOSE's Guide to Writing Requirements (rules R7 vague terms, R8 escape clauses, R9 open-ended
clauses), less those that good specs use in another sense.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regen.trust.evidence import Finding
from regen.trust.sections import CODE_SPAN, Statement, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Spec

_OPEN = re.compile(
    r"\b(?:TBD|TBC|TODO|FIXME|to be (?:decided|determined|defined|confirmed))\b|\?\?\?|\bet ?c\b\.?"
    r"|\band so on\b|\band so forth\b"
    r"|\band the like\b|\bor similar\b|\band/or\b|\bamong other things\b|\bor something\b|\bor whatever\b",
    re.IGNORECASE,
)
_SPEED = re.compile(
    r"\b(?:fast(?:er)?(?!-)|quick(?:ly|er)?|rapid(?:ly)?|speedy|efficient(?:ly)?|performant|responsive(?:ly)?"
    r"|scalab(?:le|ly)|scales? well|low latency"
    r"|high[- ]performance|lightweight|slow(?:ly)?|promptly|timely|in a timely (?:manner|fashion)"
    r"|as soon as possible|in real[- ]time"
    r"|not too (?:much|long)|too much (?:memory|time))\b",
    re.IGNORECASE,
)
_MESSAGE = r"(?:clear|helpful|meaningful|useful|good|nice|friendly|descriptive|informative|proper|suitable)"
_QUALITY = re.compile(
    r"\b(?:user[- ]?friendly|intuitive(?:ly)?|easy(?:-to-\w+)?|easily|robust(?:ly|ness)?|properly|correctly"
    r"|appropriate(?:ly)?|reasonabl[ey]"
    r"|sensibl[ey]|graceful(?:ly)?|nicely|neatly|cleanly|smooth(?:ly)?|seamless(?:ly)?|flexibl[ey]|suitabl[ey]"
    r"|adequate(?:ly)?|sufficient(?:ly)?"
    r"|acceptabl[ey]|satisfactor(?:y|ily)|state[- ]of[- ]the[- ]art|best[- ]effort|high[- ]quality|modern"
    r"|elegant(?:ly)?|convenient(?:ly)?"
    r"|reliabl[ey]|secure(?:ly)?|safely|optimal(?:ly)?|well[- ](?:formatted|behaved|designed)|as expected"
    r"|as usual|the usual way"
    r"|usually|normally|typically|generally|often|sometimes(?!-)|occasionally|mostly|frequently|in most cases"
    r"|in some cases|in general"
    r"|as (?:needed|appropriate|necessary|required|applicable)|(?:if|when|where|wherever|whenever) (?:possible"
    r"|sensible|useful|desirable|helpful|it makes sense|needed|necessary|appropriate|applicable"
    r"|feasible|required|practical)|several (?:formats|types|ways|options|cases|kinds|different)|various|a few"
    r"|many different|a lot of|lots of|a number of"
    r"|some (?:kind|sort|way|form|errors?|cases?|limit|time|reasonable|values?|inputs?|characters?|of the)"
    r"|should (?:handle|support|cope with|deal with|work)|should be able to|(?:be|is|are) (?:simple|good|nice"
    r"|clear|fine)|simple to|nice"
    r"|(?:very |too )?(?:large|huge|big|long|small|short) (?:files?|inputs?|lists?|amounts?|numbers?|texts?"
    r"|data|strings?|values?|orders?"
    r"|names?|titles?|documents?|payloads?|requests?|entries|items)"
    rf"|{_MESSAGE} (?:error )?(?:messages?|errors?|exceptions?|output|feedback|hints?"
    r"|explanations?|texts?|information|advice|names?|descriptions?|defaults?|logs?|summar(?:y|ies))"
    r"|edge cases|corner cases"
    rf"|special cases|roughly|approximately"
    r"|about right|more or less|periodically|regularly|minimal|handled (?:well|somehow)|performs? well"
    r"|under (?:heavy |high )?load|not be too \w+|not too \w+"
    r"|look(?:s|ing)? (?:sensitive|suspicious|odd|strange|wrong|right|good|valid|invalid|bad|nice|reasonable|important)"
    r"|(?:typical|common|usual|unusual|frequent|obvious|exotic|relevant|important|significant) (?:mistakes?|errors?"
    r"|cases?|inputs?|values?|problems?|typos?|formats?|users?|data|fields?|changes?|situations?|failures?)"
    r"|enough (?:detail|space|information|context|time)|scales? to|many (?:users|requests|items|clients)|somehow)\b",
    re.IGNORECASE,
)
# Words that no number elsewhere in the sentence makes precise: only what follows them in the same clause does.
_TASTE = re.compile(
    r"(?<![\w-])(?:(?:un|in)?(?:user|reader|human)[- ]?friendl(?:y|iness)|friendl(?:y|iness)|(?:un)?intuitiv\w+"
    r"|maintainab\w+"
    r"|readability|(?:more|well|easily|very|human)[- ]readable|extensib\w+|usability|(?:in)?appropriate(?:ly|ness)?"
    r"|suitab(?:le|ly|ility)|adequa(?:te|tely|cy)"
    r"|(?:un)?reasonab(?:le|ly|leness)|sensib(?:le|ly)|graceful(?:ly)?|gracious(?:ly)?|robust(?:ly|ness)?"
    r"|flexib(?:le|ly|ility)"
    r"|elegan(?:t|tly|ce)|convenien(?:t|tly|ce)|helpful(?:ly|ness)?|smartly|clever(?:ly)?|sane(?:ly)?"
    r"|decent(?:ly)?"
    r"|pleasan(?:t|tly)|beautiful(?:ly)?|polished|professional(?:ly)?|seamless(?:ly)?|meaningful(?:ly)?"
    r"|self-explanatory"
    r"|easy to (?:use|read|understand|maintain|extend|change|follow)|easily (?:read|understood|maintained|extended"
    r"|changed)"
    r"|satisfactor(?:y|ily)|acceptab(?:le|ly)|well[- ]chosen|state[- ]of[- ]the[- ]art)(?![\w-])",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:a few|lots of|a lot of|a number of|usually|often|sometimes(?!-)|typically|generally|occasionally"
    r"|after a while|from time to time|now and then|most (?:inputs|cases|users|files|values|of the time)"
    r"|frequently|in most cases"
    r"|as (?:needed|necessary|appropriate)|(?:if|when|where|wherever|whenever) (?:possible|needed|necessary"
    r"|appropriate|feasible)"
    r"|(?<!as )soon(?! as (?!possible))|periodically|somehow|in a timely (?:manner|fashion))\b(?P<after>.{0,40})",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"(?<![\w-])\d|\bO\(|\b(?:linear|constant|logarithmic) time\b|\b(?:one|two|three|five|ten) (?:ms|milli"
    r"|second|minute|hour|day)"
)
_ID = re.compile(r"\b[A-Z]{2,}-\d+\b")


def vague_words(spec: Spec) -> Iterator[Finding]:
    """Yield one finding a requirement that has vague words, with all of them."""
    for statement in statements(spec):
        words = _vague(statement)
        if words:
            shown = ", ".join(f"“{word}”" for word in words)
            yield Finding(
                kind="vague",
                path=spec.path,
                line=statement.line,
                requirement=statement.id,
                message=f"{statement.name} says {shown} without a number, a value or an example",
                advice=f"Say what “{words[0]}” means here, in numbers or by an example.",
                source=statement.text,
            )


def _vague(statement: Statement) -> list[str]:
    spans = CODE_SPAN.findall(statement.text)
    prose = _ID.sub("", re.sub(r"```.*?```", " ", statement.text, flags=re.DOTALL))
    prose = re.sub(r"\"[^\"]*\"|“[^”]*”|'[^'\s][^']*'(?!\w)", " … ", CODE_SPAN.sub(" … ", prose))
    found = [match[0] for match in _OPEN.finditer(prose)]
    measured = bool(_MEASURE.search(prose)) or any(re.search(r"\d", span) for span in spans)
    if not measured:
        found += [match[0] for match in _SPEED.finditer(prose)]
    found += [
        match[0].removesuffix(match["after"])
        for match in _HEDGE.finditer(prose)
        if not re.search(r"\d|…", match["after"])
    ]
    found += [match[0] for match in _TASTE.finditer(statement.text) if _is_left_open(match, statement.text)]
    quoted = bool(re.search(r"\"[^\"]+\"|“[^”]+”|```", statement.text))
    if not (measured or quoted or any(_is_value(span) for span in spans) or _explained(prose)):
        found += [match[0] for match in _QUALITY.finditer(prose)]
    return list(dict.fromkeys(word.strip() for word in found))


def _is_left_open(match: re.Match[str], text: str) -> bool:
    """Tell whether nothing after a word, up to the end of its clause, says what is meant."""
    if any(span.start() < match.start() < span.end() for span in re.finditer(r"`[^`]*`|\"[^\"]*\"|“[^”]*”", text)):
        return False
    clause = re.split(r"[;!?]|\.(?:\s|$)|, (?!`|\"|“)", text[match.end() :], maxsplit=1)[0]
    if re.search(r"\"[^\"]+\"|“[^”]+”|```|(?<![\w-])\d", CODE_SPAN.sub(" ", clause)):
        return False
    if any(_is_value(span) for span in CODE_SPAN.findall(clause)):
        # A bare exception says what is raised, not what a fitting result or message is.
        return all(
            re.fullmatch(r"\w+(?:Error|Exception)", span.strip()) for span in CODE_SPAN.findall(clause)
        ) and not (re.match(r"\W*(?:error|exception)\W+`", clause))
    _, colon, rest = clause.partition(": ")
    return not (colon and len(rest.split()) >= 3)  # noqa: PLR2004


def _is_value(span: str) -> bool:
    """Tell whether a code span is a value, an exception or a condition: more than a name that is spoken of."""
    plain = span.strip()
    if re.fullmatch(r"(?:None|True|False|null|true|false)", plain):
        return True
    if re.fullmatch(r"[A-Z]\w*[a-z]\w*(?:Error|Exception)?", plain):
        return bool(re.search(r"(?:Error|Exception|Invalid\w*|NotFound)$", plain))
    return not re.fullmatch(
        r"[\w.]+(?:\(\s*(?:\w+(?:\s*[:=][^,()]*)?(?:\s*,\s*\w+(?:\s*[:=][^,()]*)?)*)?\s*\))?", plain
    )


def _explained(prose: str) -> bool:
    """Tell whether a colon or "that is" goes on to say what is meant, at some length."""
    _, mark, rest = prose.partition(": ")
    return bool(mark and len(rest.split()) >= 4) or bool(re.search(r"\bthat is,|\bi\.e\.|\bmeaning\b", prose))  # noqa: PLR2004

"""Requirements that nobody can see from outside: how the code is built, or wishes without a result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regen.trust.evidence import Finding
from regen.trust.sections import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Spec

_INSIDE = re.compile(
    r"\b(?:use[sd]?|using|with|by|via|has|have|kept in|keep \w+ in|stored? (?:\w+ ){0,2}in|stored as"
    r"|backed by) (?:an? |the )?(?:internal |private |simple |single |python "
    r"|built-in )?(?:`?\w+`? )?(?:hash ?(?:map|table)|hashmap|dict(?:ionary|ionaries)?|linked list"
    r"|heap|priority queue|binary (?:search|tree)|b-?tree|trie|recursi(?:on|ve\w*)|regex(?:es)?"
    r"|regular expressions?|state machine"
    r"|loop|list comprehensions?|decorators?|dataclass(?:es)?|singleton|factory|design patterns?|visitor"
    r"|strategy pattern"
    r"|dependency injection|generators? internally|helper (?:functions?|methods?)|class hierarchy"
    r"|memoi[sz]ation|bisect|deque|set internally"
    r"|ordereddict|counter|type hints|docstrings|comments)\b"
    r"|\b(?:module|class|package|file|function)[- ]level\b"
    r"|\bwhen the (?:module|class|package|file) is (?:loaded|imported|defined)\b"
    r"|\b(?:kept|held|stored|put|defined|declared|written|lives?|stands?|moved|extracted) (?:down )?(?:as|in|into|by) "
    r"(?:an? |one |the |its own |separate |single )?(?:\w+ )?(?:constants?|variables?|attributes?|fields?|functions?"
    r"|methods?|class(?:es)?|modules?|files?|globals?|enums?|dataclass(?:es)?)\b"
    r"|\b(?:is|are|be|into|in) (?:an? |its |their |two |three )?(?:separate|own|single|individual"
    r"|distinct|different|private|small|pure) (?:functions?|methods?|class(?:es)?|modules?)\b"
    r"|\bnowhere (?:repeated|duplicated|copied)\b"
    r"|\b(?:no|without) (?:code )?(?:duplication|global (?:state|variables?)|copy and paste)\b"
    r"|\b(?:is|are|be) (?:implemented|built|coded|structured|organi[sz]ed|designed|architected"
    r"|factored) (?:with|using|as|in|on|by|so|to|into|for|cleanly|well)\b"
    r"|\binternally\b|\bunder the hood\b|\bbehind the scenes\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:the |all )?(?:code(?: ?base)?|implementation|module|class|design|architecture|functions?|solution"
    r"|source)\b[^.]{0,30}\b(?:is|are|be|stays?|remains?|follows?|has|have)\b[^.]{0,40}"
    r"\b(?:clean|readable|maintainable|simple|testable|tested|extensible|extendable|modular|reusable|documented"
    r"|elegant|idiomatic|understandable"
    r"|well[- ]\w+|structured|small|pythonic|consistent|docstrings?|comments|type hints|pep ?8|solid"
    r"|best practices|conventions|easy to)\b"
    r"|\b(?:maintainab\w+|readab(?:le|ility)|extensib\w+|testab\w+|reusab\w+|future[- ]proof|modular(?:ity)?"
    r"|clean code|type hints|helper (?:functions?|methods?|class(?:es)?)|memoi[sz]es? intermediate"
    r"|best practices|solid principles"
    r"|pep ?8|easy to (?:maintain|extend|read|understand|change|test|use|add|adapt|replace)"
    r"|for (?:an? |the |other |new )?(?:developers?|programmers?|maintainers?)"
    r"|developer experience|technical debt"
    r"|refactor\w*|idiomatic)\b",
    re.IGNORECASE,
)
_MIND = re.compile(
    r"\b(?:is|are|stays?|be) (?:well )?(?:aware|conscious|mindful) of\b|\bknows? (?:about|of|that|how)\b"
    r"|\btakes? [^.]{0,60}\binto (?:account|consideration)\b|\b(?:considers?|thinks? (?:about|of)|reflects? on"
    r""
    r"|bears? in mind|keeps? [^.]{0,30}in mind|pays? attention|cares? (?:about|for)|is careful|has regard"
    r"|worries about)\b"
    r"|\b(?:aims|strives|endeavours|intends|is (?:meant|intended|designed)) to\b",
    re.IGNORECASE,
)
_SEEN = re.compile(
    r"\b(?:returns?|returned|gives?|given|yields?|raises?|raised|throws?|prints?|printed|writes?|written to"
    r"|outputs?|responds?|rejects?|rejected"
    r"|refuse[sd]?|error|exception|message|becomes?|shows?|shown|contains?|result|equals?|equal|accept(?:s|ed)?"
    r"|ignore[sd]?|sorted"
    r"|in order|round(?:s|ed)?|at most|at least|exit|status)\b|\d|\"[^\"]+\"|→|->",
    re.IGNORECASE,
)
_EFFECT = re.compile(
    r"\b(?:be|is|are|was|has|have|holds?|does|can|may|must not|cannot|can't|no|not|only|each|every|first|last"
    r"|before|after|when|if|unless|same|zero|empty"
    r"|null|none|true|false|until|between|without|differ|matter|count|match|compare|come|stay|keep|become|go|stand"
    r"|follow|win|mean|belong|remain|apply|stop|start|end|begin|include|share|overlap|exist|form|fit|lie|fall|rise"
    r"|expire|take|need|map|join|split|merge|add|remove|drop|leave|turn|move|change|give|return|print|hold)\b"
    r"|\b\w+(?:ed|s)\b",
    re.IGNORECASE,
)


def nothing_observable(spec: Spec) -> Iterator[Finding]:
    """Yield a finding for each requirement that names no output, effect, error, message, state or measure."""
    for statement in statements(spec):
        if spec.requirements and not statement.id:
            continue
        text = re.sub(r"\b[A-Z]{2,}-\d+\b", "", statement.text)
        code = [span for span in re.findall(r"`([^`]+)`", text) if re.search(r"[\s\"'(=<>\[]", span) and len(span) > 2]  # noqa: PLR2004
        inside = _INSIDE.search(text) or (None if code else _MIND.search(text))
        wish = _WISH.search(text)
        seen = _SEEN.search(
            re.sub(
                _MIND, " ", _INSIDE.sub(" ", re.sub(_WISH, " ", re.sub(r"\bpep ?8\b", "", text, flags=re.IGNORECASE)))
            )
        )
        if seen or (code and not (inside or wish)):
            continue
        bare = not _EFFECT.search(re.sub(r"`[^`]*`", " ", text)) and len(text.split()) <= 12 and "`" not in text  # noqa: PLR2004
        if inside or wish or (bare and spec.requirements):
            said = (inside or wish)[0] if inside or wish else text  # type: ignore[index]
            yield Finding(
                kind="no observable",
                path=spec.path,
                line=statement.line,
                requirement=statement.id,
                message=f"{statement.name} names nothing that a caller could observe (“{said.strip()[:60]}”)",
                advice="Say what a caller sees: a result, an effect, an error, a message or a measure.",
                source=statement.text,
            )

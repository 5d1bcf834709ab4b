"""What a good spec answers: inputs, outputs, invariants, failures, scope, limits of speed and security."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.python_syntax import parse_module
from regen.trust.evidence import Finding, FindingKind
from regen.trust.sections import Section, sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Spec

_INPUT = re.compile(
    r"\b(?:takes?|accepts?|given|inputs?|arguments?|parameters?|receives?|reads?|is called with|passed)\b"
    r"|`\w+\([^`)]+\)",
    re.IGNORECASE,
)
_OUTPUT = re.compile(
    r"\b(?:returns?|gives?|yields?|outputs?|prints?|writes?|produces?|responds?|result(?:s|ing)?|answers?"
    r"|becomes|emits?|displays?)\b"
    r"|→|->|=>|`[^`]+` is `",
    re.IGNORECASE,
)
_INVARIANT = re.compile(
    r"\binvariants?\b|\balways\b|\bat all times\b|\bunchanged\b"
    r"|\bnever (?!raises?|fails?|throws?)"
    r"|\bfor (?:every|all|any|each) (?:possible |valid )?(?:inputs?|values?|texts?|lists?|numbers?|strings?|calls?|`)"
    r"|\bas it was\b|\bidempotent"
    r"|\bpreserv\w+|\bround-?trips?\b|\badds? up to\b|\bdo(?:es)? not (?:change|modify|mutate|alter)"
    r"|\bdoesn't (?:change|modify|mutate)"
    r"|\bdeterministic|\bnot (?:changed|modified|mutated)\b|\bleaves? [^.]{0,40} alone\b|\bmust hold\b"
    r"|\bno matter\b|\bregardless of\b",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"\b(?:raises?|throws?|rejects?|rejected|refuse[sd]?|errors?|exceptions?|fails?|failures?|invalid"
    r"|exit (?:code|status)|illegal"
    r"|not (?:allowed|valid|accepted))\b",
    re.IGNORECASE,
)
_DEFINITE = re.compile(
    r"`[^`]+`|\b\w+(?:Error|Exception)\b|\b[1-5]\d\d\b|\bexit (?:code|status)|\"[^\"]+\"|“[^”]+”|\b(?:is"
    r"|are) (?:rejected|refused)"
    r"|\b(?:none|nothing|never|no (?:errors?|exceptions?|failures?))\b|\breturns? (?:None|null|false)",
    re.IGNORECASE,
)
_ERROR_WITH_CONDITION = re.compile(r"\w[^.;\n`]*:? `\w*(?:Error|Exception)\(")
_NOTHING_FAILS = re.compile(
    r"\b(?:never|nothing|cannot|can't|do(?:es)? not|doesn't|don't|must not|will not|won't) (?:\w+ )?"
    r"(?:raises?|fails?|throws?|refuse[sd]?|rejected|goes wrong)\b"
    r"|\bno(?:ne|thing)?\b[^.;\n]{0,40}\b(?:errors?|exceptions?|failures?"
    r"|is (?:refused|rejected|wrong|invalid|an error))\b"
    r"|\b(?:every|any|all|each)\b[^.;\n]{0,40}\b(?:is|are) (?:allowed|accepted|valid|fine|right"
    r"|permitted|legal|welcome)\b"
    r"|\b(?:raises?|refuses?|rejects?) nothing\b|\btotal function\b|\bthere are no (?:wrong|bad|invalid)\b"
    r"|\bno (?:such )?(?:wrong|bad|invalid) \w+",
    re.IGNORECASE,
)
_SCOPE = re.compile(
    r"\b(?:all|anything|everything|whatever|the rest|what) else\b|\bnothing (?:\w+ )?(?:is )?(?:out of scope"
    r"|left out)\b|"
    r"\b(?:out of|not in|beyond the|outside the) scope\b|\bnon-?goals?\b|\b(?:is|are) not (?:supported|covered"
    r"|handled|included|part of"
    r"|considered|the (?:job|business|concern))|\bdo(?:es)? not (?:support|handle|cover|include|deal with"
    r"|attempt|concern)"
    r"|\b(?:doesn't|don't) (?:support|handle|cover|include|deal with)|\bleft to (?:the )?\w+|\bno support for\b"
    r"|\bnot (?:concerned|responsible)"
    r"|\bunsupported\b|\bexcluded\b|\bwon't\b|\bnot supported\b",
    re.IGNORECASE,
)
_SPEED = re.compile(
    r"\bO\([^)]*\)|\b(?:linear|constant|logarithmic|quadratic) (?:time|in)\b|\b\d[\d.,_]*\s*(?:ms|µs|us"
    r"|milliseconds?|[kmg]i?b|MB|req/s)\b"
    r"|\b(?:performance|latency|throughput|memory|speed|runtime|running time|time limit|complexity"
    r"|takes at most|uses at most)\b"
    r"|\b(?:within|under|in less than|at most|in) (?:\d[\d.,_]*|one|a|two|half a)\s+seconds?\b",
    re.IGNORECASE,
)
_SECURITY = re.compile(
    r"\bsecur(?:e|ity|ely)\b|\bsecrets?\b|\bpasswords?\b|\binject\w*|\bescap(?:e|es|ed|ing)\b|\bsanitis\w*"
    r"|\bsanitiz\w*|\buntrusted\b"
    r"|\bmalicious\b|\bhostile\b|\bpersonal data\b|\bprivacy\b|\bcredentials?\b|\beval\b|\bpermissions?\b"
    r"|\bauth\w*|\bxss\b|\btraversal\b"
    r"|\bdenial of service\b|\bredos\b|\bnetwork\b|\bfile ?system\b|\bno (?:i/o|files?|side effects?)\b"
    r"|\bexecut(?:e|es|ed|ing)\b"
    r"|\bconstant[- ]time\b|\blogged\b|\battack\w*",
    re.IGNORECASE,
)

_ADVICE: dict[FindingKind, str] = {
    "no inputs and outputs": "Add a section Interface with the signatures and their types.",
    "no invariants": 'Add a section Invariants that says what holds for every input, or "none".',
    "no failures": 'Add a section Errors: each wrong input with the exception and its message, or "none".',
    "no scope": 'Add a section "Out of scope" that says what the unit must not try to do.',
    "no limits": 'Add a section Limits that says how fast it must be and what it must not let happen, or "none".',
}


def unanswered(spec: Spec) -> Iterator[Finding]:
    """Yield one finding a question that the spec answers nowhere."""
    parts = sections(spec)
    rest = "\n".join(_prose(part) for part in parts if part.kind not in {"scope", "questions"})
    sentences = re.split(r"(?<=[.!?;])\s|\n", rest)
    if not _has_interface(spec, parts, rest):
        yield _finding(spec, "no inputs and outputs", "the spec doesn't say what goes in and what comes out")
    promises = "\n".join(part.text for part in parts if part.kind in {"requirements", "errors", "examples", "other"})
    if not any(_holds_invariants(part) for part in parts) and not _INVARIANT.search(promises):
        yield _finding(spec, "no invariants", "the spec doesn't say what always holds")
    failing = _NOTHING_FAILS.search(rest) or any(
        (_FAILURE.search(sentence) and _DEFINITE.search(sentence)) or _ERROR_WITH_CONDITION.search(sentence)
        for sentence in sentences
    )
    if not failing and not _answers(parts, "errors"):
        yield _finding(spec, "no failures", "the spec doesn't say what fails, how, and with which message")
    if not _has(parts, "scope") and not _SCOPE.search("\n".join(part.text for part in parts)):
        yield _finding(spec, "no scope", "the spec doesn't say what is out of scope")
    if not _has(parts, "limits") and not (_SPEED.search(rest) and _SECURITY.search(rest)):
        missing = [what for what, pattern in (("speed", _SPEED), ("security", _SECURITY)) if not pattern.search(rest)]
        yield _finding(spec, "no limits", f"the spec sets no limits of {' and '.join(missing)}")


def _prose(part: Section) -> str:
    """Return what a section says; a section of signatures may state requirements too, but its code says nothing."""
    if part.kind != "interface":
        return part.text
    return "\n".join(block.text for block in part.blocks if block.kind == "item")


def _finding(spec: Spec, kind: FindingKind, message: str) -> Finding:
    return Finding(kind=kind, path=spec.path, line=spec.body_line, message=message, advice=_ADVICE[kind])


def _has(parts: tuple[Section, ...], kind: str) -> bool:
    """Tell whether a section of this kind says anything that is no mere promise to say it later."""
    return any(part.kind == kind and re.search(r"\w", _without_promises(part.text)) for part in parts)


def _holds_invariants(part: Section) -> bool:
    """Tell whether a section says what always holds: one that is only called so defines words or speaks of people."""
    if part.kind != "invariants" or not _has((part,), "invariants"):
        return False
    said = [block for block in part.blocks if not (_POINTER.fullmatch(block.text) or _NO_INVARIANT.search(block.text))]
    return bool(said) and any(re.search(r"\w", _without_promises(block.text)) for block in said)


_POINTER = re.compile(
    r"\W*(?:see|as|cf\.?) (?:the )?(?:above|below|requirements?|errors?|section\w*"
    r"|[\w -]{1,30}(?:above|below))\W*",
    re.IGNORECASE,
)
_NO_INVARIANT = re.compile(
    r"^`?\w+`?\s*(?::|–|—)\s+(?:the|an?)\b[^.]*\.?$"
    r"|\b(?:maintained by|support(?:ed)? (?:for|until|by)|the team|contact|licen[cs]ed?|warranty|next release"
    r"|maintainers?|backwards?"
    r"[- ]compatib\w+|semantic versioning|deprecat\w+|reviewed|tickets?)\b",
    re.IGNORECASE,
)


_PROMISE = re.compile(
    r"^\W*(?:we (?:will|shall) |(?:this|these) (?:is|are) )?(?:TBD|TBC|TODO|to be (?!at\b|of\b|in\b)\w+(?:ed|ne|wn|en)"
    r"|to (?:do|follow|come)|(?:not yet|yet to be|still) \w+)\b[^.\n]*\.?$|^\W*(?:later|open)\W*$"
    r"|\b(?:TBD|TODO)\b\.?|\?{2,}",
    re.IGNORECASE | re.MULTILINE,
)


def _without_promises(text: str) -> str:
    """Return a text without what only says that something will be said: "TBD", "To be agreed with the users."."""
    return _PROMISE.sub("", text)


def _answers(parts: tuple[Section, ...], kind: str) -> bool:
    """Tell whether a section of failures names any in definite words."""
    return any(part.kind == kind and _DEFINITE.search(_without_promises(part.text)) for part in parts)


def _has_interface(spec: Spec, parts: tuple[Section, ...], rest: str) -> bool:
    code = [
        spec.interface,
        *(
            block.text.split("\n", 1)[-1].removesuffix("```")
            for part in parts
            for block in part.blocks
            if block.kind == "code"
        ),
    ]
    if any(_is_typed(text) for text in code) or re.search(
        r"\w+\([^)]*:[^)]*\)\s*(?:->|→|:)\s*\w", " ".join([*code, rest])
    ):
        return True
    shown = "\n".join(part.text for part in parts if part.kind in {"interface", "requirements", "examples", "other"})
    has_input = bool(_INPUT.search(shown) or re.search(r"\(\s*\w+", spec.interface))
    return has_input and bool(_OUTPUT.search(shown))


def _is_typed(text: str) -> bool:
    """Tell whether a piece of Python declares a function with types, or a class with typed fields."""
    try:
        tree = parse_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parameters = [a for a in node.args.args if a.arg not in {"self", "cls"}]
            if node.returns is not None or (parameters and all(a.annotation for a in parameters)):
                return True
        elif isinstance(node, ast.ClassDef) and any(isinstance(part, ast.AnnAssign) for part in node.body):
            return True
    return False

"""Secrets in a text: well-known forms of keys and tokens, and strings that look drawn by chance.

The forms are those that the issuers document and that scanners such as gitleaks and detect-secrets look for.
"""

from __future__ import annotations

import base64
import functools
import math
import re
from typing import TYPE_CHECKING

from regen.checks.constant_texts import constants_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# kind → form; what may stand in the text before any form is tried is in _PREFILTER.
_FORMS: dict[str, str] = {
    "an AWS access key id": r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})",
    "a GitLab token": r"\bgl(?:pat|ptt|rt|dt|soat)-[A-Za-z0-9_-]{20,}",
    "a Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "a Slack webhook": r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/+_-]{20,}",
    "a Stripe key": r"\b(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{16,}",
    "a Google API key": r"\bAIza[A-Za-z0-9_-]{35}",
    "a Google OAuth secret": r"\bGOCSPX-[A-Za-z0-9_-]{20,}",
    "an Anthropic key": r"\bsk-ant-[A-Za-z0-9_-]{20,}",
    "an OpenAI key": r"\bsk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a PyPI token": r"\bpypi-AgE[A-Za-z0-9_-]{40,}",
    "a SendGrid key": r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}",
    "a Twilio key": r"\b(?:SK|AC)[0-9a-f]{32}\b",
    "a Mailgun key": r"\bkey-[0-9a-f]{32}\b",
    "a DigitalOcean token": r"\bdo[opr]_v1_[0-9a-f]{64}\b",
    "a Shopify token": r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    "a Databricks token": r"\bdapi[0-9a-f]{32}\b",
    "a Square token": r"\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,}",
    "a Telegram bot token": r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b",
    "a Discord webhook": r"discord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]{40,}",
    "an Azure storage key": r"AccountKey=[A-Za-z0-9+/]{80,}={0,2}",
    "an age secret key": r"AGE-SECRET-KEY-1[A-Z0-9]{50,}",
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a password in a URL": r"\b[a-z][a-z0-9+.-]*://[^\s:/@'\"{}$<>%]+:(?P<secret>[^\s:/@'\"{}$<>%]{4,})@(?P<host>[\w.-]+)",
}
_PREFILTER = re.compile(
    r"AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|gl\w{2,4}-|xox|slack\.com|[sr]k_|AIza|GOCSPX|sk-|hf_|npm_|pypi-|SG\.|SK[0-9a-f]"
    r"|AC[0-9a-f]|key-|do[opr]_v1|shp|dapi|sq0|:AA|discord|AccountKey|AGE-|-----BEGIN|eyJ|://"
)
_NAMED = re.compile(
    r"""(?:secret|token|passw(?:or)?d|passwd|pwd|api_?key|access_?key|private_?key|credential)[\w.-]*"""
    r"""["'`]?\]?\s*(?::\s*\w+\s*)?(?:=>|:=|=|:)\s*[bru]?["'`](?P<value>[^"'`\s]{12,})["'`]""",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"secret|token|passw(?:or)?d|passwd|pwd|api_?key|access_?key|private_?key|credential", re.IGNORECASE
)
_NAME = re.compile(r"[\w.-]+")
_KEY_IN_HEX = re.compile(
    r"""(?:secret|signing|hmac|encryption|master|aes|auth|session|private|webhook)_?key["'`]?\]?\s*(?::\s*\w+\s*)?(?:=>|:=|=|:)[^\n"'`#]{0,20}["'`](?P<value>[0-9a-fA-F]{32,})["'`]""",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""["'`](?P<value>[A-Za-z0-9+/_-]{32,}={0,2})["'`]""")
_BASE64 = re.compile(r"""["'`](?P<value>[A-Za-z0-9+/]{20,}={0,2})["'`]""")
_ESCAPE = re.compile(r"""\\(?:x([0-9a-fA-F]{2})|u\{?([0-9a-fA-F]{2,4})\}?|U0000([0-9a-fA-F]{4})|([0-3][0-7]{2}))""")
_JOINT = re.compile(r"""(["'`])[ \t]*\+[ \t]*["'`]""")
_PLACEHOLDER = re.compile(
    r"example|placeholder|change.?me|your[_-]|dummy|xxxx|\*\*\*\*|<[^>]+>|\$\{|\{\w*\}|1234567890", re.IGNORECASE
)
_SAID_IN_DOCS = re.compile(
    r"(?:my|the|some|db|a|user)?[_-]?(?:pass(?:w(?:or)?d)?|passwd|pwd|secret|token|test|root|admin|postgres|guest)"
)
_HOST_OF_DOCS = re.compile(r"(?:.*\.)?(?:example(?:\.\w+)?|localhost|invalid|test)|127\.0\.0\.1")
_NAMED_BITS, _QUOTED_BITS, _LEFT_BITS = 3.3, 4.5, 4.0
_SHORTEST, _LEAST_LEFT, _RUN = 12, 24, 6


@functools.cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(form)) for kind, form in _FORMS.items())


def secrets_in(text: str, path: str = "") -> list[tuple[int, str]]:
    """Return line (from 1) and kind of each secret, never the secret; one a line."""
    found: dict[int, str] = {}
    plain = _ESCAPE.sub(_unescaped, text)
    for seen in dict.fromkeys((text, plain)):
        for start, kind in _candidates(seen):
            found.setdefault(seen.count("\n", 0, start) + 1, kind)
    joined = _JOINT.sub("", plain)
    for start, kind in _formed(joined) if joined != text else ():
        found.setdefault(joined.count("\n", 0, start) + 1, kind)
    for match in _BASE64.finditer(text):
        if any(_formed(_decoded(match["value"]))):
            found.setdefault(text.count("\n", 0, match.start()) + 1, "a secret in base64")
    for line, name, value in constants_of(text) if path.endswith((".py", ".pyi")) else ():
        kinds = [kind for _, kind in _formed(value)]
        if (
            _SECRET_NAME.search(name)
            and _NAME.fullmatch(name)
            and len(value) >= _SHORTEST
            and not re.search(r"\s", value)
        ):
            kinds += ["a secret by its name"] if _is_secret(value) else []
        if kinds:
            found.setdefault(line, kinds[0])
    return sorted(found.items())


def _unescaped(escape: re.Match[str]) -> str:
    code = int(escape[4], 8) if escape[4] else int(escape[1] or escape[2] or escape[3], 16)
    return chr(code) if chr(code).isprintable() and chr(code) not in "\"'`\\" else escape[0]


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
    except ValueError:
        return ""


def _formed(text: str) -> Iterator[tuple[int, str]]:
    """Yield place and kind of each secret of a well-known form."""
    if not _PREFILTER.search(text):
        return
    for kind, form in _forms():
        for match in form.finditer(text):
            named = match.groupdict()
            secret = named.get("secret") or match[0]
            in_docs = named and (_SAID_IN_DOCS.fullmatch(secret) or (
                secret.isalpha() and secret.islower() and _HOST_OF_DOCS.fullmatch(named["host"])))  # fmt: skip
            if not _PLACEHOLDER.search(secret) and not in_docs:
                yield match.start(), kind


def _candidates(text: str) -> Iterator[tuple[int, str]]:
    yield from _formed(text)
    for match in _NAMED.finditer(text):
        if _is_secret(match["value"]):
            yield match.start("value"), "a secret by its name"
    for match in _KEY_IN_HEX.finditer(text):
        if _is_secret(match["value"]):
            yield match.start("value"), "a secret by its name"
    for match in _QUOTED.finditer(text):
        value = _without_alphabets(match["value"])
        least = _QUOTED_BITS if value == match["value"] else _LEFT_BITS
        if len(value) >= _LEAST_LEFT and _bits(value) >= least and _is_mixed(value):
            yield match.start("value"), "a string that looks drawn by chance"


def _is_secret(value: str) -> bool:
    return _bits(value) >= _NAMED_BITS and any(c.isdigit() for c in value) and not _PLACEHOLDER.search(value)


def _bits(value: str) -> float:
    """Return the Shannon entropy of a string in bits a character."""
    shares = [value.count(character) / len(value) for character in set(value)]
    return -sum(share * math.log2(share) for share in shares)


def _is_mixed(value: str) -> bool:
    return any(c.islower() for c in value) and any(c.isupper() for c in value) and any(c.isdigit() for c in value)


def _without_alphabets(value: str) -> str:
    """Return a string without runs of six and more characters that follow each other as in an alphabet."""
    runs: list[str] = []
    for character in value:
        if runs and ord(character) == ord(runs[-1][-1]) + 1:
            runs[-1] += character
        else:
            runs.append(character)
    return "".join(run for run in runs if len(run) < _RUN)

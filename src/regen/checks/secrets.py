"""Secrets in a text: well-known forms of keys and tokens, and strings that look drawn by chance.

The forms are those that the issuers document and that scanners such as gitleaks and detect-secrets look for.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from typing import TYPE_CHECKING

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
    "a password in a URL": r"\b[a-z][a-z0-9+.-]*://[^\s:/@'\"{}$<>%]+:[^\s:/@'\"{}$<>%]{4,}@[\w.-]+",
}
_PREFILTER = re.compile(
    r"AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|gl\w{2,4}-|xox|slack\.com|[sr]k_|AIza|GOCSPX|sk-|hf_|npm_|pypi-|SG\.|SK[0-9a-f]"
    r"|AC[0-9a-f]|key-|do[opr]_v1|shp|dapi|sq0|:AA|discord|AccountKey|AGE-|-----BEGIN|eyJ|://"
)
_NAMED = re.compile(
    r"""(?P<name>[\w.-]*(?:secret|token|passw(?:or)?d|passwd|pwd|api_?key|access_?key|private_?key|credential)[\w.-]*)"""
    r"""["']?\]?\s*(?::\s*\w+\s*)?(?:=>|:=|=|:)\s*["'](?P<value>[^"'\s]{12,})["']""",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""["'](?P<value>[A-Za-z0-9+/_-]{32,}={0,2})["']""")
_PLACEHOLDER = re.compile(
    r"example|placeholder|change.?me|your[_-]|dummy|xxxx|\*\*\*\*|<[^>]+>|\$\{|\{\w*\}|1234567890", re.IGNORECASE
)
_NAMED_BITS, _QUOTED_BITS = 3.3, 4.5


@functools.cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(form)) for kind, form in _FORMS.items())


def secrets_in(text: str) -> list[tuple[int, str]]:
    """Return line (from 1) and kind of each secret, never the secret; one a line."""
    found: dict[int, str] = {}
    for start, kind in _candidates(text):
        found.setdefault(text.count("\n", 0, start) + 1, kind)
    return sorted(found.items())


def _candidates(text: str) -> Iterator[tuple[int, str]]:
    if _PREFILTER.search(text):
        for kind, form in _forms():
            for match in form.finditer(text):
                if not _PLACEHOLDER.search(match[0]):
                    yield match.start(), kind
    for match in _NAMED.finditer(text):
        value = match["value"]
        if _bits(value) >= _NAMED_BITS and any(c.isdigit() for c in value) and not _PLACEHOLDER.search(value):
            yield match.start("value"), "a secret by its name"
    for match in _QUOTED.finditer(text):
        value = match["value"]
        if _bits(value) >= _QUOTED_BITS and _is_mixed(value) and not _is_alphabet(value):
            yield match.start("value"), "a string that looks drawn by chance"


def _bits(value: str) -> float:
    """Return the Shannon entropy of a string in bits a character."""
    shares = [value.count(character) / len(value) for character in set(value)]
    return -sum(share * math.log2(share) for share in shares)


def _is_mixed(value: str) -> bool:
    return any(c.islower() for c in value) and any(c.isupper() for c in value) and any(c.isdigit() for c in value)


def _is_alphabet(value: str) -> bool:
    """Say whether characters follow each other as in an alphabet: six in a row."""
    row = 1
    for before, after in itertools.pairwise(value):
        row = row + 1 if ord(after) == ord(before) + 1 else 1
        if row >= 6:  # noqa: PLR2004 - the docstring says it
            return True
    return False

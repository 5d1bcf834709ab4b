"""Validate the address that a person types when signing up."""

import re
from dataclasses import dataclass

from signup.errors import InvalidAddress

_MAX_LENGTH = 254

_LOCAL_ATOM = r"[A-Za-z0-9_-]+"
_LOCAL = re.compile(rf"{_LOCAL_ATOM}(?:\.{_LOCAL_ATOM})*")

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


@dataclass(frozen=True)
class Address:
    """A valid address, with its domain in lower case."""

    local: str
    domain: str


def validate(address: str) -> Address:
    """Return the parts of the typed address, or raise InvalidAddress."""
    trimmed = address.strip()
    if not trimmed:
        raise InvalidAddress("address is empty", address)
    if len(trimmed) > _MAX_LENGTH:
        raise InvalidAddress("address is too long", address)
    if trimmed.count("@") != 1:
        raise InvalidAddress("address needs exactly one @", address)

    local, domain = trimmed.split("@")
    if not _LOCAL.fullmatch(local):
        raise InvalidAddress("the part before @ is not valid", address)
    # Lower-casing comes after the check: it turns some non-ASCII letters into ASCII ones.
    if not _DOMAIN.fullmatch(domain):
        raise InvalidAddress("the domain is not valid", address)
    return Address(local, domain.lower())

"""The record of an audit and its text: what was judged of which code under which key; CI need not audit again."""

from __future__ import annotations

from typing import Any

import msgspec

from regen.trust.evidence import LEVELS, Level, MissingTest

VERSION = 1


class TrustRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The judgement on one unit. `key` is the digest of the unit's key, `code` the sha256 of its code by target."""

    unit: str
    level: Level
    key: str
    code: dict[str, str]
    reasons: tuple[str, ...] = ()
    missing: tuple[MissingTest, ...] = ()
    mutants: int = 0
    killed: int = 0
    programs: int = 0
    at: float = 0.0

    def is_of(self, key: str, code: dict[str, str]) -> bool:
        """Tell whether it was judged of this code under this key."""
        return self.key == key and self.code == code

    def reaches(self, level: Level) -> bool:
        """Tell whether the unit may be trusted as far as `level`, or further."""
        return LEVELS.index(self.level) >= LEVELS.index(level)


def encode(record: TrustRecord) -> bytes:
    """Return the record's text: sorted, indented JSON with a last newline."""
    text = msgspec.json.encode({"version": VERSION, **msgspec.to_builtins(record)}, order="sorted")
    return msgspec.json.format(text, indent=1) + b"\n"


def decode(data: bytes) -> TrustRecord:
    """Return the record; raise ValueError, whose message says what is wrong."""
    try:
        raw: Any = msgspec.json.decode(data)
        version = raw.pop("version", None)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, AttributeError) as error:
        raise ValueError(f"it is not whole: {error}") from None
    if version != VERSION:
        raise ValueError(f"it has format version {version}, this regen knows {VERSION}")
    try:
        return msgspec.convert(raw, TrustRecord)
    except msgspec.ValidationError as error:
        raise ValueError(f"it is no record of an audit: {error}") from None

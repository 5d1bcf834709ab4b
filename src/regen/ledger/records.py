"""The records of the ledger and the lock, and their text: JSON, sorted, versioned, each named by its own hash.

Laws of this file:
- a record is written once and never changed; its id is the sha256 of its content, so it can be checked at any time;
- a reply is recorded before it is verified, so it is never paid for twice;
- a lock names the one accepted generation of a unit; it is written before the code and says so (`landing`) until the
  code is there too.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from regen.ledger.ways import Way  # noqa: TC001 - msgspec looks fields up at run time
from regen.specs.spec import digest
from regen.units.key import Key
from regen.verdicts.check_run import CheckRun  # noqa: TC001 - likewise
from regen.verdicts.verdict import Verdict  # noqa: TC001 - likewise

VERSION = 1

Kind = Literal["generated", "by hand", "verified again", "probed"]


class PromptPart(msgspec.Struct, frozen=True):
    """One part of a recorded prompt; its text is stored under `text` (sha256)."""

    name: str
    text: str


class RecordedUsage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens and USD of one call; what is absent is unknown."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


class ReplyRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reply that arrived.

    `round` counts the builds that asked for this key anew, `attempt` the tries within one; round 0 is a probe's.
    `reply` and the parts' texts are sha256 of stored texts; `prompt_digest` is that of the whole prompt; `at` is
    seconds since 1970 (UTC), `seconds` how long the reply took; `way` says how it was asked for where not as usual.
    """

    id: str = ""
    unit: str
    round: int
    attempt: int
    forced: bool = False
    key: str
    prompt: tuple[PromptPart, ...]
    prompt_digest: str
    generator: str
    model: str
    reply: str
    cut: str = ""
    usage: RecordedUsage = RecordedUsage()
    at: float
    seconds: float = 0.0
    way: Way | None = None


class Generation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One prompt, its reply, its checks and verdict. `reply` is a ReplyRecord's id, empty for code written by hand.

    `candidate` maps targets to sha256 of their stored text; `refused` says why a reply was no candidate.
    """

    id: str = ""
    unit: str
    kind: Kind = "generated"
    reply: str = ""
    attempt: int = 0
    generator: str = ""
    model: str = ""
    key: Key
    candidate: dict[str, str] = {}
    refused: str = ""
    checks: tuple[CheckRun, ...] = ()
    verdict: Verdict
    reason: str = ""
    sandbox: str = ""
    at: float
    seconds: float = 0.0


class Lock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which generation is accepted for a unit, with which key, and the digests (sha256) of the code by target.

    `previous` are the digests before it while `landing` is true: the code is being written. `pinned` is the reason
    why a person owns the code, empty where regen does. A unit that was pinned and never generated has no generation.
    """

    unit: str
    generation: str = ""
    key: Key = Key()
    code: dict[str, str] = {}
    previous: dict[str, str] = {}
    landing: bool = False
    interface: str = ""
    generator: str = ""
    model: str = ""
    pinned: str = ""


Record = TypeVar("Record", ReplyRecord, Generation, Lock)


class TornRecordError(ValueError):
    """A state file that can't be read: cut off, changed afterwards, or no JSON. Reported and survived."""


class NewerVersionError(ValueError):
    """A state file that a newer regen wrote; refused, so that nothing of it is lost."""


def seal(record: Record) -> Record:
    """Return the record with its id set to the hash of its content."""
    if isinstance(record, Lock):
        return record
    return msgspec.structs.replace(record, id=_identity(record))


def _identity(record: ReplyRecord | Generation) -> str:
    blank = msgspec.structs.replace(record, id="")
    return digest(msgspec.json.encode(blank, order="deterministic").decode())


def encode(record: ReplyRecord | Generation | Lock) -> bytes:
    """Return the record's text: sorted, indented JSON with a last newline."""
    text = msgspec.json.encode({"version": VERSION, **msgspec.to_builtins(record)}, order="sorted")
    return msgspec.json.format(text, indent=1) + b"\n"


def decode(data: bytes, kind: type[Record]) -> Record:
    """Return the record; raise TornRecordError or NewerVersionError, whose message says what is wrong."""
    try:
        raw: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TornRecordError(f"it is not whole: {error}") from None
    version = raw.pop("version", None) if isinstance(raw, dict) else None
    if not isinstance(version, int):
        raise TornRecordError("it has no format version")
    if version > VERSION:
        raise NewerVersionError(f"it has format version {version}, this regen knows up to {VERSION}")
    try:
        record = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise TornRecordError(f"it is no {kind.__name__}: {error}") from None
    if isinstance(record, ReplyRecord | Generation) and record.id != _identity(record):
        raise TornRecordError("its content does not match its id; it was changed after it was written")
    return record

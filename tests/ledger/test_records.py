"""Records and locks as text: the same back, and nothing else taken for them."""

from __future__ import annotations

import contextlib
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.ledger.records import (
    VERSION,
    Generation,
    Lock,
    NewerVersionError,
    PromptPart,
    RecordedUsage,
    ReplyRecord,
    TornRecordError,
    decode,
    encode,
    seal,
)
from regen.ledger.ways import Way, ways_of
from regen.units.key import Key
from regen.verdicts.check_run import CheckRun, Failure, Finding, TestResult
from regen.verdicts.verdict import Verdict

TEXT = st.text(max_size=6)
MAPPING = st.dictionaries(TEXT, TEXT, max_size=3)
SECONDS = st.floats(0, 1e12, allow_nan=False)
COUNTS = st.none() | st.integers(0, 10**9)
KEYS = st.builds(
    Key, requirements=MAPPING, prose=TEXT, targets=st.lists(TEXT, max_size=2).map(tuple), uses=MAPPING, tests=MAPPING
)
CHECKS = st.builds(
    CheckRun, name=TEXT, outcome=st.sampled_from(["passed", "failed", "inconclusive", "skipped"]), reason=TEXT,
    findings=st.lists(st.builds(Finding, path=TEXT, line=st.integers(0, 9), message=TEXT), max_size=2).map(tuple),
    tests=st.lists(st.builds(TestResult, id=TEXT, outcome=st.sampled_from(["passed", "missing"]),
                             failure=st.none() | st.builds(Failure, message=TEXT, actual=TEXT)), max_size=2).map(tuple),
    hidden=st.booleans(), seconds=SECONDS,
)  # fmt: skip
REPLIES = st.builds(
    ReplyRecord, unit=TEXT, round=st.integers(0, 9), attempt=st.integers(0, 9), forced=st.booleans(), key=TEXT,
    prompt=st.lists(st.builds(PromptPart, TEXT, TEXT), max_size=3).map(tuple), prompt_digest=TEXT, generator=TEXT, model=TEXT,
    reply=TEXT, cut=TEXT, at=SECONDS, seconds=SECONDS,
    way=st.none() | st.builds(Way, generator=TEXT, temperature=st.none() | st.floats(0, 2), order=st.integers(1, 9)),
    usage=st.builds(RecordedUsage, input_tokens=COUNTS, output_tokens=COUNTS, cost_usd=st.none() | SECONDS),
)  # fmt: skip
GENERATIONS = st.builds(
    Generation, unit=TEXT, kind=st.sampled_from(["generated", "by hand", "verified again"]), reply=TEXT, key=KEYS,
    candidate=MAPPING, refused=TEXT, checks=st.lists(CHECKS, max_size=2).map(tuple), verdict=st.sampled_from(list(Verdict)),
    reason=TEXT, sandbox=TEXT, at=SECONDS, seconds=SECONDS,
)  # fmt: skip
LOCKS = st.builds(Lock, unit=TEXT, generation=TEXT, key=KEYS, code=MAPPING, previous=MAPPING, landing=st.booleans(),
                  interface=TEXT, generator=TEXT, model=TEXT, pinned=TEXT)  # fmt: skip

REPLY = seal(ReplyRecord(unit="a", round=1, attempt=1, key="k", prompt=(PromptPart("spec", "s"),), prompt_digest="p",
                         generator="manual", model="", reply="r", at=1.5))  # fmt: skip
GENERATION = seal(Generation(unit="a", reply=REPLY.id, key=Key(prose="é"), candidate={"src/a.py": "c"},
                             checks=(CheckRun(name="tests", outcome="passed"),), verdict=Verdict.ACCEPTED, at=2.5))  # fmt: skip
LOCK = Lock(unit="a", generation=GENERATION.id, key=GENERATION.key, code={"src/a.py": "c"})
ALL = pytest.mark.parametrize("record", [REPLY, GENERATION, LOCK], ids=["reply", "generation", "lock"])


@settings(deadline=None)
@given(st.one_of(REPLIES, GENERATIONS, LOCKS))
def test_what_is_written_is_what_is_read(record):
    sealed = seal(record)
    assert decode(encode(sealed), type(record)) == sealed
    assert seal(sealed) == sealed


@settings(deadline=None)
@given(REPLIES)
def test_other_content_has_another_id(record):
    other = msgspec.structs.replace(record, reply=record.reply + "x")
    assert seal(other).id != seal(record).id


def test_a_reply_asked_for_as_usual_has_the_id_that_it_always_had():
    assert REPLY.id == "28443805990b0cd2742d39b7eb1d0288aaee95dc6a1922c498609584aa08d121"
    assert b'"way"' not in encode(REPLY)


def test_what_was_varied_among_replies():
    def asked(generator="a", **way):
        return msgspec.structs.replace(REPLY, generator=generator, way=Way(**way) if way else None)

    assert ways_of([asked(), asked()]) == ""
    assert ways_of([asked(), asked(order=2)]) == "prompt order 2"
    replies = [asked(temperature=1.0), asked("b", temperature=0.25, order=3), asked(order=2)]
    assert ways_of(replies) == "models a, b; temperatures 0.25, 1; prompt orders 2, 3"


@ALL
def test_the_text_is_sorted_versioned_lines(record):
    text = encode(record).decode()
    read = json.loads(text)
    assert text.endswith("}\n")
    assert read["version"] == VERSION
    assert list(read) == sorted(read)
    assert len(text.splitlines()) > len(read)


def test_a_mapping_is_sorted_so_that_parallel_work_merges():
    one, other = Lock(unit="a", code={"x": "1", "y": "2"}), Lock(unit="a", code={"y": "2", "x": "1"})
    assert encode(one) == encode(other)


@ALL
def test_torn_at_every_byte(record):
    data = encode(record)
    for length in range(len(data) - 1):
        with pytest.raises(TornRecordError, match=r"it is not whole|it has no format version|it is no "):
            decode(data[:length], type(record))
    assert decode(data[:-1], type(record)) == record


@pytest.mark.parametrize("record", [REPLY, GENERATION], ids=["reply", "generation"])
def test_changed_afterwards(record):
    data = encode(record)
    assert b'"unit": "a"' in data
    with pytest.raises(TornRecordError, match="its content does not match its id; it was changed after it was written"):
        decode(data.replace(b'"unit": "a"', b'"unit": "b"'), type(record))


@ALL
def test_a_newer_version(record):
    data = encode(record).replace(b'"version": 1', b'"version": 2')
    with pytest.raises(NewerVersionError, match="it has format version 2, this regen knows up to 1"):
        decode(data, type(record))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is not whole"),
        (b"\xff\xfe\x00", "it is not whole"),
        (b'{"version": 1, "unit": "\x80"}', "it is not whole"),
        (b"[" * 100_000, "it is not whole"),
        (b"[]", "it has no format version"),
        (b"{}", "it has no format version"),
        (b'{"version": "1"}', "it has no format version"),
        (b'{"version": 1}', "it is no Generation: Object missing required field `unit`"),
        (b'{"version": 1, "unit": 3}', "it is no Generation: Expected `str`, got `int`"),
    ],
)
def test_rubbish(data, why):
    with pytest.raises(TornRecordError) as caught:
        decode(data, Generation)
    assert str(caught.value).startswith(why)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([ReplyRecord, Generation, Lock]))
def test_any_bytes_are_a_record_or_a_named_error(data, kind):
    with pytest.raises((TornRecordError, NewerVersionError)):
        decode(data, kind)


@settings(deadline=None)
@given(st.data())
def test_any_flipped_byte_of_a_record_is_seen_or_changes_nothing(data):
    whole = bytearray(encode(GENERATION))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(TornRecordError, NewerVersionError):
        assert decode(bytes(whole), Generation) == GENERATION

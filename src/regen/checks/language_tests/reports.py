"""Reads what test tools write: JUnit XML, `go test -json`, the lines of Rust's test program. Text in, results out."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from xml.etree import ElementTree

from regen.verdicts.check_run import Failure, TestResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.verdicts.check_run import TestOutcome

_LONGEST = 400
_FIELDS = 5
_COMPARISONS = (
    re.compile(r"expected: <(?P<expected>.*?)> but was: <(?P<actual>.*?)>", re.DOTALL),
    re.compile(r"expected:\s*<(?P<expected>.*?)> but was:\s*<(?P<actual>.*?)>", re.DOTALL),
    re.compile(r"left: (?P<actual>[^\n]*)\n\s*right: (?P<expected>[^\n]*)"),
    re.compile(r"\bgot:? (?P<actual>.+?)[,;]? want:? (?P<expected>[^\n]+)", re.IGNORECASE),
    re.compile(r"\bexpected:?\s+(?P<expected>.+?),? (?:but )?(?:got|received):? (?P<actual>[^\n]+)", re.IGNORECASE),
    re.compile(r"expected (?P<actual>.+?) to (?:be|equal|deeply equal|strictly equal) (?P<expected>[^\n]+?)"
               r"(?: // .*)?$", re.MULTILINE),
)  # fmt: skip


class Reported(NamedTuple):
    """One test as a report tells it: `place` is a class, a file or a package, as the tool has it."""

    place: str
    name: str
    outcome: TestOutcome
    message: str = ""
    seconds: float = 0.0


def failure(text: str, *, expected: str = "", actual: str = "") -> Failure:
    """Return why a test failed; the two sides of a comparison are read from the text where they are not given."""
    message = text.strip()[:_LONGEST]
    if not expected and not actual:
        found = next((match for match in (pattern.search(text) for pattern in _COMPARISONS) if match), None)
        expected, actual = (found["expected"][:_LONGEST], found["actual"][:_LONGEST]) if found else ("", "")
    return Failure(message=message, expected=expected, actual=actual)


def result(node: str, reported: Reported) -> TestResult:
    """Return the result under the id `node`."""
    bad = reported.outcome in {"failed", "error"}
    why = failure(reported.message) if bad else None
    return TestResult(id=node, outcome=reported.outcome, failure=why, seconds=round(reported.seconds, 3))


def read_junit(report: str) -> tuple[Reported, ...]:
    """Return the test cases of one JUnit XML file, or of several in a row."""
    if "<!DOCTYPE" in report or "<!ENTITY" in report:
        return ()  # a report has no use for them, an attack has
    body = re.sub(r"<\?xml[^>]*\?>", "", report).strip()
    try:
        tree = ElementTree.fromstring(f"<all>{body}</all>")  # noqa: S314 - no entities, see above; the output is capped
    except (ElementTree.ParseError, ValueError):
        return ()
    return tuple(_case(case) for case in tree.iter("testcase"))


def _case(case: ElementTree.Element) -> Reported:
    place, name = case.get("classname") or case.get("file") or "", case.get("name") or ""
    seconds = _number(case.get("time") or "")
    bad = next((child for kind in ("failure", "error") for child in case.findall(kind)), None)
    if bad is not None:
        message = bad.get("message") or (bad.text or "").strip().split("\n")[0]
        return Reported(place, name, "error" if bad.tag == "error" else "failed", message, seconds)
    return Reported(place, name, "skipped" if case.find("skipped") is not None else "passed", "", seconds)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return 0.0


def read_signed(report: str, word: str) -> tuple[Reported, ...]:
    """Return the tests of lines that begin with `word`: outcome, nanoseconds, and class, name and message in Base64."""
    found = []
    for line in report.split("\n"):
        sign, *fields = line.split(" ")
        if sign != word or len(fields) != _FIELDS or fields[0] not in {"passed", "failed", "error", "skipped"}:
            continue
        place, name, said = (base64.b64decode(text[1:]).decode("utf-8", "replace") for text in fields[2:])
        found.append(Reported(place, name, cast("TestOutcome", fields[0]), said, int(fields[1]) / 1e9))
    return tuple(found)


def read_json_lines(report: str) -> Iterator[dict[str, Any]]:
    """Return the objects of a report of one JSON object a line; other lines are passed over."""
    for line in report.split("\n"):
        if line.startswith("{"):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value


def read_go(report: str) -> tuple[Reported, ...]:
    """Return the tests of `go test -json`, each with what it said where it failed."""
    outcomes: dict[str, TestOutcome] = {"pass": "passed", "fail": "failed", "skip": "skipped"}
    said: dict[tuple[str, str], list[str]] = {}
    found: dict[tuple[str, str], Reported] = {}
    for event in read_json_lines(report):
        key = str(event.get("Package", "")), str(event.get("Test", ""))
        action = str(event.get("Action"))
        if action == "output" and key[1]:
            said.setdefault(key, []).append(str(event.get("Output", "")))
        elif action in outcomes and key[1]:
            lines = (line for line in said.get(key, ()) if not line.lstrip().startswith(("=== ", "--- ")))
            text = re.sub(r"^\s*[\w./-]+\.go:\d+: ", "", "".join(lines).partition("\ngoroutine ")[0].strip())
            elapsed = event.get("Elapsed")
            seconds = float(elapsed) if isinstance(elapsed, int | float) else 0.0
            if key not in found:
                found[key] = Reported(*key, outcomes[action], text or f"{key[1]} failed", seconds)
            elif found[key].outcome != "failed":  # what failed once can't be taken back
                found[key] = Reported(*key, "error", f"{key[1]} is reported twice", seconds)
    return tuple(found.values())


_RUST_BINARY = re.compile(r"^\s*Running (?:unittests )?(?P<file>\S+) \(", re.MULTILINE)
_RUST_LINE = re.compile(r"^test (?P<name>\S+)(?: - should panic)? \.\.\. (?P<word>ok|FAILED|ignored)", re.MULTILINE)
_RUST_TOTAL = re.compile(r"^test result: ", re.MULTILINE)
_RUST_SAID = re.compile(
    r"^---- (?P<name>\S+) stdout ----\n(?P<text>.*?)(?=^----|^failures:$)", re.MULTILINE | re.DOTALL
)
_RUST_PANIC = re.compile(r"^(?:note: .*|thread '.*' (?:\(\d+\) )?panicked at .*)\n?", re.MULTILINE)


def read_rust(report: str) -> tuple[Reported, ...]:
    """Return the tests of `cargo test`; `place` is the test file that the test program was made of."""
    words: dict[str, TestOutcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
    starts = list(_RUST_BINARY.finditer(report))
    found = []
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(report)
        part = report[start.end() : end]
        said = {m["name"]: _RUST_PANIC.sub("", m["text"]).strip() for m in _RUST_SAID.finditer(part)}
        lines = list(_RUST_LINE.finditer(part))
        found += [
            Reported(start["file"], line["name"], words[line["word"]], said.get(line["name"], "")) for line in lines
        ]
        if len({line["name"] for line in lines}) < len(lines) or len(_RUST_TOTAL.findall(part)) > 1:
            found.append(Reported(start["file"], "", "error", "the report tells some tests twice"))
    return tuple(found)

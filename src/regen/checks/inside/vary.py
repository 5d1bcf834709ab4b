"""Runs a suite in other orders, hash seeds, clocks, time zones and random seeds; a JSON job in, a JSON answer out.

Every run varies all of them at once. The first run with a failure is taken apart: which of them does it alone?
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from typing import Any

PLAIN: dict[str, Any] = {"order": 0, "hash": 0, "clock": "", "zone": "UTC", "random": 0}
"""The suite as it stands: collected order, the real clock."""

_HERE = os.path.dirname(os.path.abspath(__file__))
_PLAIN_RUN = os.path.join(os.path.dirname(_HERE), "python_tests", "inside", "main.py")
_ZONES = ("<+14>-14", "<-11>11", "EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45", "CET-1CEST,M3.5.0,M10.5.0/3")
_CLOCKS = (
    "2028-02-29T23:59:58", "2001-09-09T01:46:39", "2038-01-19T03:14:07", "2031-12-31T23:59:58", "2027-03-28T01:30:00",
    "2045-07-04T12:00:00", "1999-12-31T05:07:09", "2033-10-30T02:59:59", "2029-01-01T00:00:01", "2026-06-15T18:45:30",
)  # fmt: skip


def variation(number: int) -> dict[str, Any]:
    """Return variation `number`, from 1; order 1 is the reverse, others are shuffled."""
    return {
        "order": number,
        "hash": number,
        "clock": _CLOCKS[(number - 1) % len(_CLOCKS)],
        "zone": _ZONES[(number - 1) % len(_ZONES)],
        "random": number,
    }


def said(kind: str, varied: dict[str, Any]) -> str:
    """Return one part of a variation in words."""
    order = "the reverse order" if varied["order"] == 1 else f"another order (shuffled by {varied['order']})"
    return {
        "order": order, "hash": f"PYTHONHASHSEED={varied['hash']}", "clock": f"the clock at {varied['clock']}",
        "zone": f"the time zone TZ={varied['zone']}", "random": f"random.seed({varied['random']})",
    }[kind]  # fmt: skip


def run_varied(job: dict[str, Any], varied: dict[str, Any]) -> dict[str, Any]:
    """Run the suite once in a process of its own and return how it ended.

    Its text comes by standard input and its job by a descriptor, so that nothing tells the suite which run it is.
    """
    paths = os.pathsep.join(os.path.abspath(path) for path in job["paths"])
    environ = {**os.environ, "PYTHONHASHSEED": str(varied["hash"]), "TZ": varied["zone"], "PYTHONPATH": paths}
    if not job["autoload"]:
        environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    word = secrets.token_hex(16)
    reads, writes = os.pipe()
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as program:
        asked.write(json.dumps({**job, "varied": varied, "word": word, "plain": _PLAIN_RUN}).encode())
        program.write(_program().encode())
        asked.seek(0)
        program.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-B", "-s", "-", str(asked.fileno()), str(writes)], env=environ,
            pass_fds=(asked.fileno(), writes), stdin=program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    os.close(writes)
    with os.fdopen(reads, errors="replace") as answers:
        text = answers.read()
    code = process.wait()
    try:
        ended = json.loads(text)
    except ValueError:
        ended = None
    if not isinstance(ended, dict) or ended.pop("word", "") != word:
        return {"failed": {"": [0, f"the run ended with status {code} before it could tell"]}, "passed": [], "code": 3}
    if ended["code"] and not ended["failed"]:
        ended["failed"][""] = [0, f"pytest ended with status {ended['code']}"]
    if not ended["failed"]:
        missing = [node for node in job.get("expected", ()) if node not in ended["seen"]]
        ended["failed"] = {node: [0, "it did not report"] for node in missing}
    return ended


def _program() -> str:
    with open(os.path.join(_HERE, "varied_run.py"), encoding="utf-8") as file:
        text = file.read()
    names = "{'__builtins__': dict(vars(builtins)), '__name__': '__run__'}"
    return f"import builtins\nexec(compile({text!r}, '<frozen run>', 'exec'), {names})\n"


class Again(Exception):  # noqa: N818 - no error: the way of running was wrong, not the suite
    """All runs must be made again: with the plugins that pytest finds by itself, or without shifting the clock."""


def vary(job: dict[str, Any]) -> dict[str, Any]:
    """Return what fails under a variation and why, an empty `flaky` if nothing does, or an `error`."""
    chosen = {**job, "autoload": False, "clock": True}
    passed: set[str] = set()
    number = 0
    while number < job["runs"]:
        number += 1
        varied = variation(number)
        if not chosen["clock"]:
            varied["clock"] = ""
        ended = run_varied(chosen, varied)
        failed = ended["failed"]
        passed |= set(ended["passed"]) - set(failed)
        if not failed:
            continue
        try:
            flaky, error = take_apart(chosen, varied, failed, passed)
        except Again as way:
            chosen[str(way)] = not chosen[str(way)]
            number = 0
            continue
        return {"runs": number, "flaky": flaky, "error": error, "clock": chosen["clock"]}
    return {"runs": number, "flaky": [], "error": "", "clock": chosen["clock"]}


def take_apart(
    job: dict[str, Any], varied: dict[str, Any], failed: dict[str, list[Any]], passed: set[str]
) -> tuple[list[list[Any]], str]:
    """Return each failed test with the variation that does it, or an error where the suite fails without any.

    `passed` are the tests that passed in a run before.
    """
    causes: dict[str, str] = {}
    plain = run_varied(job, PLAIN)["failed"]
    if plain:
        if not job["autoload"] and not run_varied({**job, "autoload": True}, PLAIN)["failed"]:
            raise Again("autoload")
        again = run_varied(job, PLAIN)["failed"]
        for seed in (1, 2, 3) if any(node in again and node not in passed for node in plain) else ():
            passed |= set(run_varied(job, {**PLAIN, "random": seed})["passed"])
        always = [node for node in plain if node in again and node not in passed]
        if always:
            return [], f"{always[0] or 'the suite'} fails as it stands: {plain[always[0]][1]}"
        causes = dict.fromkeys([*plain, *again], "by chance: of runs that differ in nothing else, one passes")
    for kind, as_it_is in PLAIN.items():
        if varied[kind] == as_it_is or all(node in causes for node in failed):
            continue
        alone = [node for node in run_varied(job, {**PLAIN, kind: varied[kind]})["failed"] if node in failed]
        if kind == "clock" and alone and run_varied(job, {**PLAIN, "clock": "real"})["failed"]:
            raise Again("clock")
        for node in alone:
            causes.setdefault(node, f"with {said(kind, varied)}")
    together = "with " + ", ".join(said(kind, varied) for kind in PLAIN if varied[kind] != PLAIN[kind])
    found = [[node, line, causes.get(node, together), message] for node, (line, message) in failed.items()]
    return found, ""


def main() -> None:
    job = json.load(sys.stdin)
    sys.stdout.write("\n" + json.dumps({"token": job["token"], "answers": vary({**job, "token": ""})}) + "\n")


if __name__ == "__main__":
    main()

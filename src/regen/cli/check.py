"""`regen check`: for CI. Asks no model and runs no test; what is accepted was verified, so digests tell all."""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from typing import TYPE_CHECKING

from regen.cli import status, style

if TYPE_CHECKING:
    import argparse
    from typing import Any

EXAMPLE = "regen check"
_COMMAND = re.compile(rb"^\s*(?:checks\.)?test_command\s*=", re.MULTILINE)
_NO_PROOF = (
    "regen.toml: test_command is judged by its exit status alone, which is no proof that a test ran: "
    "let it write a report to {junit}"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--records", action="store_true", help="also hash every entry of the ledger again")
    parser.add_argument("--trust", default="", choices=("safe", "within-tests"), metavar="LEVEL",
                        help="also fail units that no audit trusts so far: safe, or within-tests")  # fmt: skip


def run(options: argparse.Namespace) -> int:
    rows, fresh, notices = status.plan(os.path.realpath(os.getcwd()))
    settings = _settings_text(os.getcwd())
    if options.trust and _COMMAND.search(settings) and b"{junit}" not in settings:
        notices = [*notices, _NO_PROOF]
    failing = [row for row in rows if status.needs_something(row)]
    problems = importlib.import_module("regen.cli.records").broken(os.getcwd()) if options.records else []
    if options.trust:
        failing += importlib.import_module("regen.cli.trusted").doubtful(os.getcwd(), options.trust)
    linted: Any = importlib.import_module("regen.cli.linted") if _asks_for_lint(settings) else None
    findings = linted.gated(os.getcwd()) if linted else None
    if options.json:
        failures = [{"unit": r[0], "state": r[1], "reasons": r[3], "mend": r[4]} for r in failing]
        broken = [{"path": p.path, "message": p.message, "mend": p.hint} for p in problems]
        data = {"failures": failures, "records": broken, "notices": notices}
        print(json.dumps({**data, "findings": findings} if findings is not None else data, indent=1))
        return 1 if failing or problems or findings else 0
    for unit, state, _, reasons, mend in failing:
        print(f"{style.STATE_SYMBOLS.get(state, '✗')} {unit} is {state}: {'; '.join(reasons)}\n  mend: {mend}")
    for problem in problems:
        print(f"✗ {problem.message}\n  mend: {problem.hint}")
    for found in findings or []:
        print(f"✗ {linted.told(found)}\n  mend: {found['mend']}")
    for notice in notices:
        print(f"note: {notice}", file=sys.stderr)
    total = style.counted(len(rows) + len(fresh), "unit")
    bad = len(failing) + len(problems) + len(findings or [])
    print(f"{total}: {'all well' if not bad else f'{bad:,} to mend'}")
    return 1 if bad else 0


def _settings_text(folder: str) -> bytes:
    """Return the text of regen.toml, here or above; empty where there is none."""
    folder = os.path.realpath(folder)
    while not os.path.exists(f"{folder}/regen.toml"):
        if folder == os.path.dirname(folder):
            return b""
        folder = os.path.dirname(folder)
    with open(f"{folder}/regen.toml", "rb") as file:
        return file.read()


def _asks_for_lint(text: bytes) -> bool:
    """Tell whether the settings may name findings as gates; to read them all would take much longer."""
    return b"checks" in text and (b"spec" in text or b"tests" in text)

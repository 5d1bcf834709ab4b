"""A missing test as code to copy: the input is there, the expected value is left to a person."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING

from regen.reporters.audit_facts import input_of, on_one_line

if TYPE_CHECKING:
    from regen.trust.evidence import Evidence, MissingTest

_NO_NAME = re.compile(r"\W+", re.ASCII)
_NAME_LENGTH = 48
_MOST_ANSWER = 200
_COMMENT = 88


def test_code(test: MissingTest, evidence: Evidence, number: int) -> str:
    """Return a test that fails until its expected value is written; the answers seen so far stand in comments."""
    about = test.requirement or test.call.partition("(")[0] or evidence.unit
    name = _NO_NAME.sub("_", f"{about}_{number}").strip("_").lower()[:_NAME_LENGTH]
    lines = [f"@pytest.mark.req({json.dumps(test.requirement)})"] if test.requirement else []
    lines.append(f"def test_{name}():")
    if not test.call:
        lines += textwrap.wrap(on_one_line(test.what), _COMMENT, initial_indent="    # ", subsequent_indent="    # ")
        lines.append('    raise NotImplementedError("write this test")')
        return "\n".join(lines)
    lines += [f"    {line}" for part in test.setup for line in part.split("\n")]
    lines += [f"    # so far: {_cut(answer)}" for answer in _answers(test, evidence)]
    call = "\n    ".join(test.call.split("\n"))
    lines.append(f"    assert {call} == ...  # the value that is right")
    return "\n".join(lines)


def _answers(test: MissingTest, evidence: Evidence) -> list[str]:
    return [
        f"{group.answer} ({', '.join(group.candidates[:3])}{', …' if len(group.candidates) > 3 else ''})"  # noqa: PLR2004
        for comparison in (evidence.comparison, evidence.told_apart)
        for disagreement in (comparison.disagreements if comparison else ())
        if input_of(disagreement) == input_of(test)
        for group in disagreement.groups
    ]


def _cut(text: str) -> str:
    line = on_one_line(text)
    return line if len(line) <= _MOST_ANSWER else line[: _MOST_ANSWER - 1] + "…"

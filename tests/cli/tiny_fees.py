"""A tiny project with a weak suite and a model whose answers are prepared; `fees` in conftest.py makes it."""

from __future__ import annotations

SPEC = """\
---
target: src/fees.py
tests: [tests/test_fees.py]
---
# Fees

## Interface
    def fee(cents: int) -> int: ...

## Preconditions
- `0 <= cents <= 100000`

## Requirements
- **F-1** The fee is a tenth of the amount.
"""
DOWN = "def fee(cents: int) -> int:\n    return cents // 10\n"
UP = "def fee(cents: int) -> int:\n    return -(-cents // 10)\n"
WRONG = "def fee(cents: int) -> int:\n    return cents\n"
TEST = """\
import pytest

from fees import fee


@pytest.mark.req("F-1")
def test_fee():
    assert fee(100) == 10
"""


def answers(project, *codes):
    """Have the model give these answers, one a call, whoever asks."""
    for number, code in enumerate(codes, 1):
        project.write({f"answer-{number}": f"```python path=src/fees.py\n{code}```\n"})
    project.write({"model": "echo x >>calls\ncat answer-$(wc -l <calls | tr -d ' ')\n"})
    (project.root / "calls").unlink(missing_ok=True)


def calls(project):
    place = project.root / "calls"
    return len(place.read_text().split()) if place.exists() else 0

"""The judgement of all checks of a candidate."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regen.verdicts.check_run import CheckRun


class Verdict(enum.Enum):
    """`inconclusive` is neither of the others: nothing was learned about the candidate."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"

    @property
    def symbol(self) -> str:
        return {"accepted": "✓", "rejected": "✗", "inconclusive": "?"}[self.value]


def judge(checks: Iterable[CheckRun]) -> Verdict:
    """Return accepted where every check passed (or was not asked for), rejected where one failed.

    A failure outweighs an inconclusive check: it was seen, whatever else was not.
    """
    outcomes = {check.outcome for check in checks}
    if "failed" in outcomes:
        return Verdict.REJECTED
    if "inconclusive" in outcomes or not outcomes:
        return Verdict.INCONCLUSIVE
    return Verdict.ACCEPTED

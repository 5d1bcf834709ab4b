"""How long a comparison may go on: by processor time, so that a busy machine finds what an idle one does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regen.experiments.conversation import Conversation

_WALL_OVER_CPU = 6.0


class Allowance:
    """Some `seconds` of processor time for what this thread and the sides of `conversations` do from now on.

    On the clock six times as long may pass, so that programs that wait end as well.
    """

    def __init__(self, seconds: float, *conversations: Conversation) -> None:
        self._seconds, self._conversations = seconds, conversations
        self._wall, self._cpu = time.monotonic(), self._spent()

    @property
    def left(self) -> float:
        """Return the seconds of processor time that are left, 0 where there are none."""
        if time.monotonic() - self._wall > _WALL_OVER_CPU * self._seconds:
            return 0.0
        return max(0.0, self._seconds - (self._spent() - self._cpu))

    def _spent(self) -> float:
        return time.thread_time() + sum(each.spent for each in self._conversations)

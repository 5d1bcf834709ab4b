"""The machine's clock."""

from __future__ import annotations

import time


class SystemClock:
    """The port `Clock`."""

    def now(self) -> float:
        return time.time()

    def running(self) -> float:
        return time.monotonic()

"""Progress told to someone: a person at a terminal, a log, or nobody."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from regen.reporters.plain import PlainReporter

if TYPE_CHECKING:
    from regen.ports import Reporter


def open_reporter(*, quiet: bool = False) -> Reporter:
    """Return live progress where standard error is a terminal, plain lines where it is not."""
    if not quiet and sys.stderr.isatty():
        live = importlib.import_module("regen.reporters.live")  # rich takes 0.2 s to import
        reporter: Reporter = live.LiveReporter()
        return reporter
    return PlainReporter(sys.stderr, quiet=quiet)

"""Which of the static findings fail `regen check`: advice is a gate only where regen.toml names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from regen.trust.evidence import SpecKind, SuiteKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regen.trust.evidence import Finding
    from regen.units.settings import CheckSettings

ALL = "lint"
"""The word in place of a list that means every kind."""

KINDS: dict[str, tuple[str, ...]] = {"spec": get_args(SpecKind), "tests": get_args(SuiteKind)}
"""The kinds that `[checks] spec` and `[checks] tests` can name."""


def is_asked(checks: CheckSettings) -> bool:
    """Tell whether any kind of finding is a gate."""
    return bool(checks.spec or checks.tests)


def unknown_kinds(checks: CheckSettings) -> Iterator[tuple[str, str]]:
    """Yield each setting (`spec` or `tests`) with a word in it that is no kind of its findings."""
    for key, chosen in (("spec", checks.spec), ("tests", checks.tests)):
        words = (chosen,) if isinstance(chosen, str) else chosen
        known = (*KINDS[key], *((ALL, "") if isinstance(chosen, str) else ()))
        yield from ((key, word) for word in words if word not in known)


def failing(findings: Iterable[Finding], checks: CheckSettings) -> tuple[Finding, ...]:
    """Return the findings that a project makes a gate."""
    asked = {
        kind
        for key, chosen in (("spec", checks.spec), ("tests", checks.tests))
        for kind in (KINDS[key] if chosen == ALL else (chosen,) if isinstance(chosen, str) else chosen)
    }
    return tuple(finding for finding in findings if finding.kind in asked)

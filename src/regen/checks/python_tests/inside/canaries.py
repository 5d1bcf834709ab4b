"""Tests that must fail, run among the others: where one passes, the candidate has bent the judge."""

from __future__ import annotations

import unittest
from typing import TYPE_CHECKING

from . import asserts

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMESPACE: dict[str, object] = {"__name__": "canaries", "Claim": type("Claim", (), {})}
asserts.execute(
    asserts.compile_test("def unequal():\n    assert 3 == 4\n\ndef false():\n    assert not Claim()\n", "<canaries>"),
    _NAMESPACE,
)


def _unequal_case() -> None:
    unittest.TestCase().assertEqual(3, 4)  # noqa: PT009 - it is what is on trial


def _unraised_case() -> None:
    with unittest.TestCase().assertRaises(ValueError):  # noqa: PT027 - likewise
        pass


def kinds(*, with_pytest: bool) -> list[Callable[[], None]]:
    """Return functions of which each raises, as long as nobody has tampered with what it uses."""
    found: list[Callable[[], None]] = [_NAMESPACE["unequal"], _unequal_case]  # type: ignore[list-item]
    if not with_pytest:
        return [*found, _unraised_case, _NAMESPACE["false"]]  # type: ignore[list-item]
    import pytest  # noqa: PLC0415 - plain suites don't pay for pytest

    def unraised() -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - nothing is raised at all
            pass

    return [*found, unraised]

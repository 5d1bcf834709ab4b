"""What the code of test files calls to have values looked at that claim to be equal."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from .equality import Tolerance, claims, contains_all, liar_about, liar_of, liar_within
from .probes import needs_look

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "not in": lambda left, right: left not in right,
}


def _tools() -> tuple[dict[str, Callable[..., Any]], Callable[[Callable[[str], None], Tolerance], None]]:
    """Return what the code of test files calls; only they hold it, so that nobody can put something else in place."""
    tellers: list[Callable[[str], None]] = []
    tolerance = Tolerance()

    def report_liars_to(tell: Callable[[str], None], suites: Tolerance) -> None:
        if not tellers:  # once, before the candidate comes
            tellers.append(tell)
            vars(tolerance).update(vars(suites))

    def tell(liar: type | None) -> None:
        if liar is not None and tellers:
            tellers[0](f"returns a {type.__dict__['__name__'].__get__(liar)} that equals what it is not")

    def equal(left: object, right: object) -> None:
        if needs_look(left) or needs_look(right):
            tell(liar_of(left, right, tolerance))

    def within(left: object, right: object) -> None:
        if contains_all(right):
            tell(type(right))
        else:
            tell(liar_within(left, right, tolerance))

    def unlike(left: object, right: object) -> None:
        if (needs_look(left) or needs_look(right)) and left is not right and claims(left, right):
            tell(type(left) if needs_look(left) else type(right))

    def is_equal(left: Any, right: Any) -> Any:
        found = left == right
        if found is True or _truth_of(found):
            equal(left, right)
        return found

    def is_unequal(left: Any, right: Any) -> Any:
        found = left != right
        if found is False:
            equal(left, right)
        elif _truth_of(found):
            unlike(left, right)
        return found

    def chain(symbols: tuple[str, ...], left: Any, *later: Callable[[], Any]) -> Any:
        found = None
        for symbol, following in zip(symbols, later, strict=True):
            right = following()
            found = compares[symbol](left, right)
            if not found:
                return found
            left = right
        return found

    def is_within(left: Any, right: Any) -> Any:
        found = left in right
        if found:
            within(left, right)
        return found

    def about(left: Any, right: Any) -> None:
        if needs_look(left) or needs_look(right):
            tell(liar_about(left, right))

    compares: dict[str, Callable[..., Any]] = {**_OPERATORS, "==": is_equal, "!=": is_unequal, "in": is_within}
    looks: dict[str, Callable[..., Any]] = {
        "about": about,
        "equal": equal,
        "within": within,
        "unlike": unlike,
        "chain": chain,
    }
    return {**looks, **compares}, report_liars_to


def _truth_of(value: object) -> bool:
    try:
        return bool(value)
    except Exception:  # noqa: BLE001 - such as an array of several
        return False


TOOLS, report_liars_to = _tools()
equal, within, unlike, about = (TOOLS[name] for name in ("equal", "within", "unlike", "about"))


def tolerance_of(words: set[str]) -> Tolerance:
    """Let a suite that has these words compare with pytest's approx, or with what unittest.mock makes."""
    tolerance = Tolerance()
    if "approx" in words:
        import pytest  # noqa: PLC0415 - plain suites don't pay for pytest

        found = [kind for kind in type(pytest.approx(1.0)).__mro__ if kind.__module__.lstrip("_").startswith("pytest")]
        pending = found[-1:]
        while pending:
            more: list[type] = pending.pop().__subclasses__()
            pending, found = pending + more, found + more
        tolerance.approx, tolerance.approximate = pytest.approx, frozenset(map(id, found))
    if words & _WORDS_OF_MOCKS:
        from unittest import mock  # noqa: PLC0415 - likewise

        tolerance.mocks = frozenset(map(id, (type(mock.ANY), type(mock.call), mock.NonCallableMock)))
    return tolerance


_WORDS_OF_MOCKS = frozenset({"ANY", "call", "mock", "Mock", "MagicMock", "AsyncMock", "mocker", "patch", "sentinel"})

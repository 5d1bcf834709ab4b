"""The limits gate: budgets of speed and memory from the spec, measured against a reference in the same run."""

from __future__ import annotations

import ast
import statistics
from typing import TYPE_CHECKING, Any

from regen.checks.imports import module_of
from regen.python_syntax import parse_expression
from regen.specs.limits import Budget, NotMeasured, parse_limit
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.checks.workbench import Workbench

MARGIN = 1.2
"""How far above a budget a measurement may be before it fails: what noise alone was seen to do, and more."""

_TRIES = 3
_WAITS = 2.0
_COARSE_SECONDS = 0.0002
_COARSE_BYTES = 16 << 20
"""What a single call's figures are off by at most: the pages that a process touches first, and what the kernel does."""


def check_limits(bench: Workbench, accepted: Mapping[str, str]) -> CheckRun:
    """Return whether the candidate keeps the budgets of its unit; `accepted` are the accepted files, path → text."""
    limits = [parse_limit(text) for text in bench.unit.limits]
    budgets = [limit for limit in limits if isinstance(limit, Budget)]
    notes = [f"not measured: {limit.text}: {limit.reason}" for limit in limits if isinstance(limit, NotMeasured)]
    if not bench.modules:
        return CheckRun(name="limits", outcome="skipped", reason="only Python is measured")
    if not accepted:
        notes += [f"{b.label}: nothing is accepted yet to compare with" for b in budgets if b.reference == "accepted"]
        budgets = [budget for budget in budgets if budget.reference != "accepted"]
    if not budgets:
        return CheckRun(name="limits", outcome="skipped", reason="; ".join(notes) or "the spec sets none")
    findings: list[Finding] = []
    path = bench.unit.targets[0].path
    for budget in budgets:
        told = _judge(bench, budget, accepted)
        if isinstance(told, CheckRun):
            return told
        if told.startswith("!"):
            findings.append(Finding(path=path, code=_id_of(budget), message=told[1:]))
        else:
            notes.append(told)
    return CheckRun(
        name="limits", outcome="failed" if findings else "passed", findings=tuple(findings),
        reason="" if findings else "; ".join(notes),
    )  # fmt: skip


def _id_of(budget: Budget) -> str:
    return "" if budget.label.startswith("`") else budget.label


def _judge(bench: Workbench, budget: Budget, accepted: Mapping[str, str]) -> str | CheckRun:
    """Return what was measured, with `!` before it where it is too much; a check where nothing was."""
    least, how = float("inf"), ""
    for _ in range(_TRIES if budget.what == "time" else 1):
        answers = bench.ask("calls.py", {"modules": bench.modules, "budgets": [_asked(budget, accepted)]}, wall=60)
        if isinstance(answers, str):
            return CheckRun(name="limits", outcome="inconclusive", reason=f"{budget.label}: {answers}")
        answer = answers[0]
        if "error" in answer and answer["side"] == "candidate":
            return f"!`{budget.call}` could not be measured: {answer['error']}"
        if "error" in answer:
            reason = f"{budget.label}: {_compared(budget)} could not be measured: {answer['error']}"
            return CheckRun(name="limits", outcome="inconclusive", reason=reason)
        found = _memory(answer) if budget.what == "memory" else _time(answer, budget.most * MARGIN)
        least, how = min((least, how), found)
        if least <= budget.most * (MARGIN if budget.reference else 1):
            break
    return _told(budget, least, how)


def _asked(budget: Budget, accepted: Mapping[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {"call": budget.call, "what": budget.what, "compared": bool(budget.reference)}
    if budget.reference == "accepted":
        asked["accepted"] = {module_of(p): [p, text] for p, text in accepted.items() if p.endswith(".py")}
    elif budget.reference:
        asked["path"], _, asked["name"] = budget.reference.partition("::")
        call = parse_expression(budget.call)
        asked["function"] = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
    return asked


def _memory(answer: dict[str, Any]) -> tuple[float, str]:
    """Return the candidate's peak in bytes, or its share of the reference's.

    The kernel's figure counts where it is far above Python's: it holds pages of programs and what allocators keep, too.
    """
    taken = []
    for side in (answer["candidate"], answer.get("reference")):
        if side is not None:
            unseen = side["resident"] > 2 * side["traced"] + _COARSE_BYTES
            taken.append(float(side["resident"] - _COARSE_BYTES if unseen else side["traced"]))
    return (taken[0], "") if len(taken) == 1 else (taken[0] / max(taken[1], 1), "")


def _time(answer: dict[str, Any], most: float) -> tuple[float, str]:
    """Return the candidate's share of the reference, and how it was measured where that is not the usual way.

    Time is the median of what the pairs of rounds say by the processor's clock; for a side that waits (it sleeps, it
    reads, its children work), what both took on the wall in their best round. Where calls cost less than the first one
    did and the first one is too much, results are remembered: the first one counts.
    """
    candidate, reference = answer["candidate"], answer["reference"]
    sides = (candidate, reference)
    walls = [min(float(wall) for wall, _ in side) for side in sides]
    processors = [statistics.median(float(processor) for _, processor in side) for side in sides]
    if any(wall > _WAITS * processor for wall, processor in zip(walls, processors, strict=True)):
        return walls[0] / walls[1], ""
    ratio = statistics.median(float(c[1]) / max(float(r[1]), 1e-12) for c, r in zip(candidate, reference, strict=True))
    if "first" in answer:
        first = answer["first"]["candidate"] / (answer["first"]["reference"] + _COARSE_SECONDS)
        if first > max(ratio, most) and answer["first"]["candidate"] > 2 * processors[0] + _COARSE_SECONDS:
            return first, " when it can't remember an earlier result"
    return ratio, ""


def _told(budget: Budget, measured: float, how: str) -> str:
    verb = "takes" if budget.what == "time" else "uses"
    if budget.reference:
        said = f"`{budget.call}` {verb} {measured:.2f} x {_compared(budget)}{how}; its limit is {budget.most:g} x"
    else:
        said = f"`{budget.call}` {verb} {measured / 1e6:.2f} MB; its limit is {budget.most / 1e6:g} MB"
    if measured <= budget.most:
        return f"{budget.label}: {said}"
    if budget.reference and measured <= budget.most * MARGIN:
        return f"{budget.label}: {said}, which it misses by less than the margin for noise"
    return f"!{said}"


def _compared(budget: Budget) -> str:
    return "the accepted generation" if budget.reference == "accepted" else f"the reference `{budget.reference}`"

"""The ledger as a generator: the recorded reply to this very prompt, or which part of the prompt differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.errors import GeneratorError, Problem
from regen.ports import Progress, Reply, Request, Usage
from regen.verdicts.verdict import Verdict

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from regen.ledger.records import ReplyRecord
    from regen.ports import Ledger


class LedgerGenerator:
    """The port `Generator` that asks nobody."""

    name = "ledger"

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        del input_tokens, output_tokens
        return 0.0

    def generate(self, request: Request, tell: Callable[[Progress], None], stop: threading.Event) -> Reply:
        del tell, stop
        replies = self._ledger.replies(request.unit)
        same = [reply for reply in replies if reply.prompt_digest == request.prompt_digest and reply.round]
        if not same:
            raise GeneratorError(_missing(request, replies))
        # One prompt may have been asked several times: each attempt hears its own reply again.
        same = [reply for reply in same if reply.attempt == request.attempt] or same
        accepted = {g.reply for g in self._ledger.generations(request.unit) if g.verdict is Verdict.ACCEPTED}
        best = next((reply for reply in reversed(same) if reply.id in accepted), same[-1])
        return Reply(text=self._ledger.text(best.reply), model=best.model, cut=best.cut, usage=Usage(cost_usd=0.0),
                     seconds=best.seconds, recorded=best.id)  # fmt: skip

    def delivered(self, request: Request) -> None:
        del request


def _missing(request: Request, replies: tuple[ReplyRecord, ...]) -> Problem:
    now = dict(request.parts)
    nearest: tuple[str, ...] | None = None
    for reply in replies:
        then = {part.name: part.text for part in reply.prompt}
        differing = tuple(n for n in [*now, *(n for n in then if n not in now)] if now.get(n) != then.get(n))
        if nearest is None or len(differing) <= len(nearest):
            nearest = differing
    message = f"the ledger has no reply of {request.unit} to this prompt (attempt {request.attempt})"
    if nearest is None:
        message += ": none was ever recorded"
    else:
        message += f"; the nearest recorded prompt differs in: {', '.join(nearest) or 'the order of its parts'}"
    return Problem(message=message, hint=f"regen build {request.unit} --generator manual", fault="generator")

"""Where untrusted programs run, one file an adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from regen.errors import InputError, Problem, nearest
from regen.ports import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT = "bubblewrap"


class ProbedSandbox(Sandbox, Protocol):
    """A sandbox that can find out whether it works on this machine."""

    def probe(self) -> None:
        """Raise SandboxError, saying why, if nothing can be run."""
        ...


def _bubblewrap() -> ProbedSandbox:
    from regen.sandboxes.bubblewrap import Bubblewrap  # noqa: PLC0415 - adapters are imported when chosen

    return Bubblewrap()


def _none() -> ProbedSandbox:
    from regen.sandboxes.none import NoSandbox  # noqa: PLC0415 - adapters are imported when chosen

    return NoSandbox()


SANDBOXES: dict[str, Callable[[], ProbedSandbox]] = {"bubblewrap": _bubblewrap, "none": _none}
"""Adapters by the word that chooses them: `--sandbox WORD` or `[sandbox] kind = "WORD"`."""


def open_sandbox(kind: str = DEFAULT) -> ProbedSandbox:
    """Return a sandbox that was tried and works; raise SandboxError if it doesn't, InputError for an unknown word."""
    if kind not in SANDBOXES:
        close = nearest(kind, SANDBOXES)
        known = " or ".join(SANDBOXES)
        hint = f'kind = "{close}"' if close else f"regen build --sandbox {DEFAULT}"
        raise InputError(Problem(message=f'there is no sandbox "{kind}"; there is {known}', hint=hint))
    sandbox = SANDBOXES[kind]()
    sandbox.probe()
    return sandbox

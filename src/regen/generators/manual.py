"""A person as a generator: the prompt goes out, the reply comes back through `regen reply`, now or next week.

`manual` leaves the prompt in a file, `manual:stdout` prints it, `manual:clipboard` copies it; each also keeps the file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from regen.errors import InputError, MachineError, Problem
from regen.ports import Pending, Progress, Reply, Request, Usage
from regen.storage.atomic import write_atomically
from regen.storage.ledger import write_failure

if TYPE_CHECKING:
    from collections.abc import Callable

INBOX = ".regen/inbox"
MODEL = "unnamed language model"

_COPY = (["wl-copy"], ["xclip", "-selection", "clipboard"], ["xsel", "-ib"], ["pbcopy"], ["clip.exe"])
_PASTE = (["wl-paste", "-n"], ["xclip", "-selection", "clipboard", "-o"], ["xsel", "-ob"], ["pbpaste"])
_printing = threading.Lock()


class ManualGenerator:
    """The port `Generator` for a person; `way` is `file`, `stdout` or `clipboard`."""

    def __init__(self, root: str, way: str = "file") -> None:
        if way not in {"file", "stdout", "clipboard"}:
            hint = "regen build --generator manual"
            raise InputError(
                Problem(message=f"manual:{way} is not known; it can be file, stdout or clipboard", hint=hint)
            )
        self.name = "manual" if way == "file" else f"manual:{way}"
        self._root, self._way = root, way

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        del input_tokens, output_tokens
        return 0.0

    def generate(self, request: Request, tell: Callable[[Progress], None], stop: threading.Event) -> Reply | Pending:
        del tell, stop
        prompt, reply = paths(request.unit, request.prompt_digest)
        found = _read(f"{self._root}/{reply}")
        if found is not None:
            model = (_read(f"{self._root}/{reply}.model") or "").strip() or MODEL
            return Reply(text=found, model=model, usage=Usage(cost_usd=0.0))
        new = not os.path.exists(f"{self._root}/{prompt}")
        try:
            write_atomically(f"{self._root}/{prompt}", request.prompt.encode())
        except OSError as error:
            raise write_failure(prompt, error) from None
        if self._way == "stdout":
            with _printing:
                sys.stdout.write(request.prompt)
                sys.stdout.flush()
        elif self._way == "clipboard" and new:
            _run_first(_COPY, request.prompt.encode(), subprocess.DEVNULL)  # xclip goes on and would hold a pipe open
        return Pending(instructions=f"the prompt is in {prompt}; bring the reply with: regen reply {request.unit} FILE")

    def delivered(self, request: Request) -> None:
        prompt, reply = paths(request.unit, request.prompt_digest)
        for path in (prompt, reply, f"{reply}.model"):
            if os.path.exists(f"{self._root}/{path}"):
                os.unlink(f"{self._root}/{path}")


def paths(unit: str, prompt_digest: str) -> tuple[str, str]:
    """Return where a prompt waits and where its reply is looked for, relative to the project."""
    stem = f"{INBOX}/{unit}.{prompt_digest[:12]}"
    return f"{stem}.prompt.md", f"{stem}.reply.md"


def waiting(root: str, unit: str) -> tuple[str, ...]:
    """Return where replies of the unit's waiting prompts go, newest prompt last."""
    try:
        names = os.listdir(f"{root}/{INBOX}")
    except OSError:
        return ()
    mine = [
        n
        for n in names
        if n.startswith(f"{unit}.") and n.endswith(".prompt.md") and n.count(".") == unit.count(".") + 3
    ]
    mine.sort(key=lambda name: os.stat(f"{root}/{INBOX}/{name}").st_mtime_ns)
    return tuple(f"{INBOX}/{name.removesuffix('.prompt.md')}.reply.md" for name in mine)


def paste() -> str:
    """Return what the clipboard holds."""
    return _run_first(_PASTE, b"", subprocess.PIPE).decode("utf-8", "replace")


def _run_first(programs: tuple[list[str], ...], data: bytes, stdout: int) -> bytes:
    argv = next((argv for argv in programs if shutil.which(argv[0])), None)
    if argv is None:
        raise _clipboard_failure(f"no clipboard program is here ({', '.join(argv[0] for argv in programs)})")
    try:
        ran = subprocess.run(argv, input=data, stdout=stdout, stderr=subprocess.DEVNULL, check=False, timeout=10)
    except subprocess.TimeoutExpired:
        raise _clipboard_failure(f"`{' '.join(argv)}` does not end") from None
    if ran.returncode:
        raise _clipboard_failure(f"`{' '.join(argv)}` ended with status {ran.returncode}")
    return ran.stdout or b""


def _clipboard_failure(message: str) -> MachineError:
    return MachineError(Problem(message=message, hint="regen build --generator manual", fault="machine"))


def _read(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return None

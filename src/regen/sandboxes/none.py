"""No sandbox: the program runs with the user's rights, which the user has to ask for by name."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

from regen.errors import Problem, SandboxError
from regen.ports import Command, Ended
from regen.sandboxes.cgroups import Cgroup
from regen.sandboxes.layer import copy_project, scratch_folder, sweep
from regen.sandboxes.supervise import limited, stop_reason, supervise

if TYPE_CHECKING:
    import threading


class NoSandbox:
    """Runs a program in a copy of the project with limits and a clean environment, and no other protection.

    The copy lies elsewhere, so the project's path is replaced by the copy's wherever `argv` and `env` name it.
    """

    name = "none"

    def probe(self) -> None:
        """Do nothing but remove what a killed run left behind: this always works."""
        sweep()

    def run(self, command: Command, stop: threading.Event | None = None) -> Ended:
        """Run to the end, to a limit or until `stop` is set; what it started is killed, its copy removed."""
        limits = command.limits
        with scratch_folder() as folder, Cgroup(limits.memory_bytes, limits.processes) as cgroup:
            copy, home = os.path.join(folder, "project"), os.path.join(folder, "home")
            os.mkdir(home)
            for shown, own in copy_project(command.view, copy):
                os.symlink(shown, own)

            def moved(text: str) -> str:
                return text.replace(command.view.root, copy)

            env = {"HOME": home, "TMPDIR": home, "PATH": os.defpath, "LANG": "C.UTF-8"}
            env |= {name: moved(value) for name, value in command.env.items() if name not in ("HOME", "TMPDIR")}
            try:
                raw = supervise(
                    limited([moved(word) for word in command.argv], limits, cgroup),
                    env=env,
                    cwd=os.path.join(copy, command.cwd),
                    stdin=command.stdin,
                    limits=limits,
                    kill=_kill_group,
                    stop=stop,
                )
            except OSError as error:
                message = f"{command.argv[0]} can't be started: {error.strerror}"
                raise SandboxError(Problem(message=message, fault="sandbox")) from error
            cgroup.kill()
            return Ended(
                exit_code=raw.exit_code,
                stdout=raw.stdout,
                stderr=raw.stderr,
                stopped=stop_reason(raw, raw.exit_code, limits, cgroup),
                seconds=raw.seconds,
            )


def _kill_group(pid: int, *, ended: bool) -> None:
    del ended
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)

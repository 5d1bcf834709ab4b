"""No sandbox: the program runs with the user's rights, which the user has to ask for by name."""

from __future__ import annotations

import contextlib
import glob
import os
import signal
from typing import TYPE_CHECKING

import msgspec

from regen.errors import Problem, SandboxError
from regen.ports import Command, Ended
from regen.sandboxes.cgroups import Cgroup
from regen.sandboxes.layer import copy_project, scratch_folder, sweep
from regen.sandboxes.supervise import count_limited, limited, stop_reason, supervise

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
                argv = [moved(word) for word in command.argv]
                if not cgroup.limits_processes:
                    # This limit counts all of the user's, for there is no namespace with a count of its own.
                    counted = msgspec.structs.replace(limits, processes=limits.processes + _threads_of_user())
                    argv = count_limited(argv, counted)
                raw = supervise(
                    limited(argv, limits, cgroup),
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


def _threads_of_user() -> int:
    """Return how many threads the user runs now; 0 where there is no /proc to count them in."""
    count = 0
    for status in glob.iglob("/proc/[0-9]*/status"):
        with contextlib.suppress(OSError), open(status, encoding="utf-8") as file:
            facts = dict(line.split(":", 1) for line in file)
            count += int(facts["Threads"]) if facts["Uid"].split()[0] == str(os.getuid()) else 0
    return count


def _kill_group(pid: int, *, ended: bool) -> None:
    del ended
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)

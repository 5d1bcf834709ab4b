"""A process in a sandbox that stays for many requests."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Any

from regen.sandboxes.layer import remove_tree

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from regen.sandboxes.cgroups import Cgroup


class Kept:
    """The process, the socket to talk to it, and the group that limits it and all that it starts."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, cgroup: Cgroup, folder: str) -> None:
        self.control = control
        self.cgroup = cgroup
        self._process = process
        self._folder = folder

    def said(self) -> str:
        """Return what the process has written to standard error."""
        with open(os.path.join(self._folder, "stderr"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def close(self) -> None:
        """End the process and remove all that it had."""
        self.control.close()
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self.cgroup.remove()
        remove_tree(self._folder)


_orders: queue.SimpleQueue[tuple[Sequence[str], socket.socket, IO[bytes], queue.SimpleQueue[Any]]] = queue.SimpleQueue()
_lock = threading.Lock()
_starter: list[threading.Thread] = []


def spawn(argv: Sequence[str], stdin: socket.socket, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process from a thread that lives as long as regen: bubblewrap dies with the thread that started it."""
    with _lock:
        if not _starter or not _starter[0].is_alive():  # a fork of regen has no threads
            _starter[:] = [threading.Thread(target=_start_forever, name="keeps sandboxes", daemon=True)]
            _starter[0].start()
    answer: queue.SimpleQueue[Any] = queue.SimpleQueue()
    _orders.put((argv, stdin, stderr, answer))
    started = answer.get()
    if isinstance(started, OSError):
        raise started
    process: subprocess.Popen[bytes] = started
    return process


def _start_forever() -> None:
    while True:
        argv, stdin, stderr, answer = _orders.get()
        try:
            process = subprocess.Popen(
                argv,
                stdin=stdin.fileno(),
                stdout=stderr,  # no descriptor of the machine's own /dev/null: see devices.py
                stderr=stderr,
                env={},
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            answer.put(error)
        else:
            answer.put(process)

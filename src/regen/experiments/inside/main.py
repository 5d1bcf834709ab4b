"""Starts in the sandbox: `stay` serves on the socket that standard input is, `once` on the streams and ends.

Messages are JSON after their length; the first is the set-up. The second argument is the folder of the walls.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import socket
import struct
import sys
from typing import Any, BinaryIO

_LENGTH = struct.Struct("!I")
# What programs import most, so that a child finds it there.
_EARLY = (
    *("bisect", "collections", "copy", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools"),
    *("hashlib", "heapq", "itertools", "json", "math", "operator", "random", "re", "statistics", "string", "typing"),
)


def load_package(folder: str, name: str) -> None:
    """Make `folder` importable as `name` without putting it on the module path."""
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Answer each message until there is none."""
    mode, walls_folder = sys.argv[1:3]
    here = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == here:
        del sys.path[0]
    load_package(here, "_regen_asking")
    serving = importlib.import_module("_regen_asking.serving")
    reads, writes = _streams(mode)
    setup = _receive(reads)
    if setup is None:
        return
    os.chdir(setup["root"])
    for module in _EARLY:
        importlib.import_module(module)
    if mode == "stay":
        load_package(walls_folder, "_regen_inside")
        isolate = importlib.import_module("_regen_inside.isolate")
        system = importlib.import_module("_regen_inside.system")
        server = serving.Server(
            isolate.Walls(setup["root"], setup["readable"], setup["refused_calls"]), system, isolate.NAMESPACES
        )
    else:
        server = serving.Server(None, None, 0)
    gc.freeze()
    while (message := _receive(reads)) is not None:
        data = json.dumps(server.serve(message)).encode()
        writes.write(_LENGTH.pack(len(data)) + data)
        writes.flush()


def _streams(mode: str) -> tuple[BinaryIO, BinaryIO]:
    """Take the streams that the other side listens to, and leave nothing behind that prints there."""
    null = os.open(os.devnull, os.O_RDWR)
    reads: BinaryIO
    if mode == "stay":
        control = socket.socket(fileno=os.dup(0))
        reads, writes = control.makefile("rb"), control.makefile("wb")
    else:
        reads, writes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        os.dup2(null, 1)
    os.dup2(null, 0)
    os.close(null)
    return reads, writes


def _receive(reads: BinaryIO) -> dict[str, Any] | None:
    head = reads.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    message: dict[str, Any] = json.loads(reads.read(_LENGTH.unpack(head)[0]))
    return message


if __name__ == "__main__":
    main()
    os._exit(0)

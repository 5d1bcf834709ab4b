"""Starts in the sandbox: reads a job from standard input, runs its suite, tells each result; `stay` keeps it warm."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from typing import Any


def load_package() -> None:
    """Make this folder importable as `_regen_inside` without putting it on the module path."""
    folder = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == folder:
        del sys.path[0]
    spec = importlib.util.spec_from_file_location(
        "_regen_inside", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules["_regen_inside"] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Run one job, or stay and run one after the other in processes of their own."""
    if sys.argv[1:] == ["stay"]:
        load_package()
        importlib.import_module("_regen_inside.zygote").main()
        return
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    load_package()
    suite = importlib.import_module("_regen_inside.suite")
    wire = importlib.import_module("_regen_inside.wire")
    out = wire.Wire(wire.take_over_streams(), job.pop("word"))
    suite.open_module_path(os.getcwd())
    suite.Suite(job, os.getcwd()).run(out, job)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

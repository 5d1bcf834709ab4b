"""What must be known of the project's interpreter before it can run in a sandbox."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys

import msgspec

from regen.errors import InputError, Problem

_QUESTION = """
import json, site, sys
paths = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
paths |= {path for path in sys.path if "-packages" in path}
stdlib = sorted(getattr(sys, "stdlib_module_names", ()))
print(json.dumps({"version": sys.version.split()[0], "paths": sorted(paths), "stdlib": stdlib}))
"""
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64")


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter's program, version, and the folders that it reads (absolute paths)."""

    program: str
    version: str
    readable: tuple[str, ...]
    stdlib: frozenset[str]


@functools.cache
def ask_interpreter(program: str) -> Interpreter:
    """Run the interpreter once and return where it keeps its files; raise InputError if it can't be run."""
    try:
        done = subprocess.run([program, "-c", _QUESTION], capture_output=True, timeout=60, check=True, cwd="/")
        told = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        hint = f"uv venv   # and name its interpreter; regen itself runs on {sys.executable}"
        raise InputError(Problem(message=f"{program} is no Python that runs: {error}", hint=hint)) from error
    folders = [*told["paths"], os.path.dirname(program), os.path.dirname(os.path.realpath(program))]
    readable = [path for path in dict.fromkeys(folders) if path != "/" and not path.startswith(_SYSTEM)]
    return Interpreter(
        program=program,
        version=told["version"],
        readable=tuple(path for path in readable if not any(path.startswith(other + "/") for other in readable)),
        stdlib=frozenset(told["stdlib"]),
    )

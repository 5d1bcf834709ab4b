"""What an error looks like to the user, and the exit code it ends with."""

from __future__ import annotations

import json
import os
import sys
import traceback

from regen.errors import Problem, RegenError, render

_BUG = 3
_MACHINE = 1
_AGAIN = "REGEN_TRACEBACK=1 regen {}"


def report(error: Exception, *, as_json: bool) -> int:
    """Print the error to standard error (and as data where that was asked for) and return the exit code."""
    if isinstance(error, RegenError):
        problems, code = error.problems, error.exit_code
    elif isinstance(error, OSError):
        what = (
            f"{error.filename}: {error.strerror}" if error.filename else f"{error.strerror or error} ({_place(error)})"
        )
        problems, code = (Problem(message=what, hint=_AGAIN.format(" ".join(sys.argv[1:])), fault="machine"),), _MACHINE
    else:
        message = f"{type(error).__name__}: {error} ({_place(error)})"
        problems, code = (Problem(message=message, hint=_AGAIN.format(" ".join(sys.argv[1:])), fault="regen"),), _BUG
    if os.environ.get("REGEN_TRACEBACK") and not isinstance(error, RegenError):
        print("".join(traceback.format_exception(error)), end="", file=sys.stderr)
    print_problems(problems)
    if as_json:
        print(json.dumps({"problems": [as_data(problem) for problem in problems]}, indent=1))
    return code


def _place(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{os.path.basename(place.filename)}:{place.lineno}"


def print_problems(problems: tuple[Problem, ...] | list[Problem]) -> None:
    """Print problems to standard error, an empty line between them."""
    print("\n\n".join(render(problem) for problem in problems), file=sys.stderr)


def as_data(problem: Problem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in problem.__struct_fields__ if getattr(problem, name)}

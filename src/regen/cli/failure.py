"""What an error looks like to the user, and the exit code it ends with."""

from __future__ import annotations

import json
import os
import sys
import traceback

from regen.errors import Problem, RegenError, render

_BUG = 3
_MACHINE = 1


def report(error: Exception, *, as_json: bool) -> int:
    """Print the error to standard error (and as data where that was asked for) and return the exit code."""
    if isinstance(error, RegenError):
        problems, code = error.problems, error.exit_code
    elif isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        problems, code = (Problem(message=what, hint="regen doctor", fault="machine"),), _MACHINE
    else:
        lines = "".join(traceback.format_exception(error)) if os.environ.get("REGEN_TRACEBACK") else ""
        print(lines, end="", file=sys.stderr)
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error} ({os.path.basename(place.filename)}:{place.lineno})"
        hint = f"REGEN_TRACEBACK=1 regen {' '.join(sys.argv[1:])}"
        problems, code = (Problem(message=message, hint=hint, fault="regen"),), _BUG
    print_problems(problems)
    if as_json:
        print(json.dumps({"problems": [as_data(problem) for problem in problems]}, indent=1))
    return code


def print_problems(problems: tuple[Problem, ...] | list[Problem]) -> None:
    """Print problems to standard error, an empty line between them."""
    print("\n\n".join(render(problem) for problem in problems), file=sys.stderr)


def as_data(problem: Problem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in problem.__struct_fields__ if getattr(problem, name)}

"""`regen COMMAND …`: finds the command's module, runs it, and turns errors into text and exit codes.

Exit codes: 0 all is well, 1 work or failures were found, 2 wrong input, 3 a bug of regen, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys

OK, FOUND, WRONG_INPUT, BUG, INTERRUPTED = 0, 1, 2, 3, 130

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "make a small working project in this folder"),
    "status": ("status", "what is fresh, what is not, and why"),
    "build": ("build", "make everything fresh: ask, verify, accept"),
    "verify": ("verify", "run the checks on the code that is there"),
    "check": ("check", "for CI: fail on what is not fresh and verified; asks no model"),
    "audit": ("audit", "whether spec and tests are strong enough to regenerate"),
    "probe": ("probe", "run independent replies side by side: what is not pinned"),
    "suggest-tests": ("suggest_tests", "ask the generator for the tests that are missing"),
    "proposals": ("proposals", "proposed tests: list, show, accept, reject"),
    "explain": ("explain", "a unit's key, its prompt, tokens and cost"),
    "diff": ("diff", "how a unit's code differs from what was accepted"),
    "accept": ("accept", "take the code that is there as the accepted one"),
    "pin": ("pin", "give a unit's code to a person; it is still verified"),
    "unpin": ("unpin", "give a unit's code back to regen"),
    "reply": ("reply", "bring a reply for a prompt that waits (generator `manual`)"),
    "log": ("log", "the generations of a unit"),
    "show": ("show", "one generation: prompt, reply, checks, verdict"),
    "why": ("why", "which requirement, prompt and model made a line"),
    "doctor": ("doctor", "whether this machine and project have what regen needs"),
    "completion": ("completion", "a script that completes commands in your shell"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has seen enough
        return OK
    return code


def _run(words: list[str]) -> int:
    while words[:1] == ["-C"]:
        if not words[1:]:
            return _usage("-C needs a folder")
        try:
            os.chdir(words[1])
        except OSError as error:
            return _usage(f"-C {words[1]}: {error.strerror}")
        words = words[2:]
    if not words:
        print(_help(), file=sys.stderr)
        return WRONG_INPUT
    if words[0] in {"-h", "--help", "help"}:
        if words[1:2] and words[1] in COMMANDS:
            return _guarded(words[1], ["--help"])
        print(_help())
        return OK
    if words[0] in {"-V", "--version"}:
        print(f"regen {importlib.import_module('regen').__version__}")
        return OK
    if words[0] not in COMMANDS:
        errors = importlib.import_module("regen.errors")
        near = errors.nearest(words[0], COMMANDS)
        meant = f"; did you mean `{near}`?" if near else ""
        return _usage(f"no command is called `{words[0]}`{meant}", f"regen {near}" if near else "regen --help")
    return _guarded(words[0], words[1:])


def _guarded(name: str, words: list[str]) -> int:
    from regen.cli import arguments  # noqa: PLC0415 - argparse is not needed for --version

    try:
        command = importlib.import_module(f"regen.cli.{COMMANDS[name][0]}")
        options = arguments.parse(name, COMMANDS[name][1], command, words)
        return int(command.run(options))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else WRONG_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError as error:
        if _reader_is_gone():
            raise
        return int(importlib.import_module("regen.cli.failure").report(error, as_json="--json" in words))
    except Exception as error:  # noqa: BLE001 - the outermost place: everything ends as text and an exit code
        failure = importlib.import_module("regen.cli.failure")
        return int(failure.report(error, as_json="--json" in words))


def _reader_is_gone() -> bool:
    """Tell whether it is standard output that broke, and not a pipe to a process of ours."""
    select = importlib.import_module("select")
    poll = select.poll()
    poll.register(1, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _usage(message: str, hint: str = "regen --help") -> int:
    print(f"error: {message}\nhint: {hint}", file=sys.stderr)
    return WRONG_INPUT


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:<{width}}  {summary}" for name, (_, summary) in COMMANDS.items())
    return (
        "regen: a build system whose sources are specs, tests and constraints,\n"
        "and whose object code is written by language models.\n\n"
        f"usage: regen [-C DIR] COMMAND [--json] …\n\n{lines}\n\n"
        "example: regen init && regen build\n"
        "`regen COMMAND --help` shows a command's options and an example."
    )


if __name__ == "__main__":
    sys.exit(main())

"""Options: each command says which it takes; `--json` and the layout of help pages are the same for all."""

from __future__ import annotations

import argparse
import importlib

_EXIT_CODES = "exit codes: 0 ok, 1 work or failures found, 2 wrong input, 3 bug,\n            130 interrupted"


TYPE_CHECKING = False  # importing typing takes longer than reading the snapshot
if TYPE_CHECKING:
    from typing import NoReturn, Protocol

    class CommandModule(Protocol):
        """A module of `cli/`: `EXAMPLE` goes to its help page, `run` returns the exit code."""

        EXAMPLE: str

        def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

        def run(self, options: argparse.Namespace) -> int: ...


class _Parser(argparse.ArgumentParser):
    """Wrong options are told like every other wrong input, with the nearest option there is."""

    def error(self, message: str) -> NoReturn:
        errors = importlib.import_module("regen.errors")
        unknown = message.removeprefix("unrecognized arguments: ").split()[0]
        near = errors.nearest(unknown, self._option_string_actions) if unknown.startswith("-") else ""
        meant = f"; did you mean `{near}`?" if near else ""
        raise errors.InputError(errors.Problem(message=f"{message}{meant}", hint=f"{self.prog} --help"))


def positive(text: str) -> int:
    """Return the whole number of at least 1 that an option was given."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def amount(text: str) -> float:
    """Return the number of at least 0 that an option was given."""
    number = float(text)
    if not number >= 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return number


def parser_of(name: str, summary: str, command: CommandModule) -> argparse.ArgumentParser:
    """Return the parser of one command."""
    parser = _Parser(
        prog=f"regen {name}",
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {command.EXAMPLE}\n\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print data as JSON on standard output")
    return parser


def parse(name: str, summary: str, command: CommandModule, words: list[str]) -> argparse.Namespace:
    """Return the options; raise InputError where they are wrong, SystemExit after `--help`."""
    return parser_of(name, summary, command).parse_args(words)

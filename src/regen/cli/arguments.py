"""Options: each command says which it takes; `--json` and the layout of help pages are the same for all."""

from __future__ import annotations

import argparse

_EXIT_CODES = "exit codes: 0 ok, 1 work or failures found, 2 wrong input, 3 bug, 130 interrupted"


TYPE_CHECKING = False  # importing typing takes longer than reading the snapshot
if TYPE_CHECKING:
    from typing import Protocol

    class CommandModule(Protocol):
        """A module of `cli/`: `EXAMPLE` goes to its help page, `run` returns the exit code."""

        EXAMPLE: str

        def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

        def run(self, options: argparse.Namespace) -> int: ...


def parser_of(name: str, summary: str, command: CommandModule) -> argparse.ArgumentParser:
    """Return the parser of one command."""
    parser = argparse.ArgumentParser(
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
    """Return the options; ends the program as argparse does where they are wrong."""
    return parser_of(name, summary, command).parse_args(words)

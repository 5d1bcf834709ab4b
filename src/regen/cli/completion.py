"""`regen completion SHELL`."""

from __future__ import annotations

import argparse
import importlib
import json

import shtab

from regen.cli.arguments import parser_of
from regen.cli.main import COMMANDS

EXAMPLE = 'eval "$(regen completion bash)"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS)


def run(options: argparse.Namespace) -> int:
    parser = argparse.ArgumentParser(prog="regen")
    commands = parser.add_subparsers()
    for name, (module, summary) in COMMANDS.items():
        command = importlib.import_module(f"regen.cli.{module}")
        own = parser_of(name, summary, command)
        commands.add_parser(name, parents=[own], add_help=False, help=summary)
    script = shtab.complete(parser, options.shell)
    print(json.dumps({"script": script}) if options.json else script)
    return 0

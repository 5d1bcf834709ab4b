"""What turns a prompt into a reply: one file each, behind the port `Generator`, listed in one table."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from regen.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regen.ports import Generator, Ledger
    from regen.units.generator_settings import GeneratorSettings


class Place(NamedTuple):
    """What a generator may need to be opened: the project, its ledger, its settings, the environment."""

    root: str
    ledger: Ledger
    settings: GeneratorSettings
    environ: Mapping[str, str]


def _api(detail: str, place: Place) -> Generator:
    api = importlib.import_module("regen.generators.api")  # a model client is heavy: only when one is asked
    settings = place.settings
    chosen = api.ApiSettings(
        base_url=settings.base_url, timeout_seconds=settings.timeout, retries=settings.retries,
        max_output_tokens=settings.max_output_tokens, key_env=settings.key_env,
        price_input=settings.price_input, price_output=settings.price_output,
    )  # fmt: skip
    generator: Generator = api.open_api_generator(detail, chosen, place.environ)
    return generator


def _command(detail: str, place: Place) -> Generator:
    module = importlib.import_module("regen.generators.command")
    generator: Generator = module.CommandGenerator(detail, place.root, place.environ)
    return generator


def _manual(detail: str, place: Place) -> Generator:
    module = importlib.import_module("regen.generators.manual")
    generator: Generator = module.ManualGenerator(place.root, detail or "file")
    return generator


def _ledger(detail: str, place: Place) -> Generator:
    del detail
    module = importlib.import_module("regen.generators.ledger")
    generator: Generator = module.LedgerGenerator(place.ledger)
    return generator


GENERATORS: dict[str, Callable[[str, Place], Generator]] = {
    "api": _api,
    "command": _command,
    "manual": _manual,
    "ledger": _ledger,
}
"""The name before the first colon → how to open it with what stands behind the colon."""


def open_generator(name: str, place: Place) -> Generator:
    """Return the generator that `name` says (`api:openai:gpt-5`, `command:llm -m x`, `manual`, `ledger`).

    Raises InputError where none is configured, or the name is not known.
    """
    if not name:
        message = "no generator is configured: what should write the code?"
        hint = "regen build --generator manual   (or set default in [generator] of regen.toml)"
        raise InputError(Problem(message=message, hint=hint))
    kind, _, detail = name.partition(":")
    if kind not in GENERATORS:
        near = nearest(kind, GENERATORS)
        meant = f"; did you mean `{near}`?" if near else f"; known are {', '.join(GENERATORS)}"
        raise InputError(Problem(message=f"no generator is called `{kind}`{meant}", hint="regen doctor"))
    return GENERATORS[kind](detail, place._replace(settings=place.settings.of(name)))

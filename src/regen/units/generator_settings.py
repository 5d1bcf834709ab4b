"""`[generator]` of regen.toml: who is asked, how it is called, and what further samples vary."""

from __future__ import annotations

import msgspec


class VarySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[generator.vary]`: what further samples of one unit vary, for `regen probe` and the policy `agree`."""

    models: tuple[str, ...] = ()
    temperatures: tuple[float, ...] = ()
    prompt_order: bool = True


class OwnSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[generator.own."NAME"]`: what holds for one generator in place of `[generator]`'s."""

    base_url: str | None = None
    key_env: str | None = None
    price_input: float | None = None
    price_output: float | None = None


class GeneratorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[generator]`: which one, and how it is called. Seconds, tokens, and USD per million tokens."""

    default: str = ""
    base_url: str = ""
    key_env: str = ""
    timeout: float = 600.0
    retries: int = 4
    max_output_tokens: int = 16_384
    price_input: float | None = None
    price_output: float | None = None
    vary: VarySettings = VarySettings()
    own: dict[str, OwnSettings] = {}

    def of(self, name: str) -> GeneratorSettings:
        """Return the settings for the generator called `name`.

        `[generator]` is about the default one: one that is varied to shares its endpoint where it has the same vendor,
        and never its prices.
        """
        varied = name in self.vary.models and name != self.default
        here = msgspec.structs.replace(self, price_input=None, price_output=None) if varied else self
        if varied and _vendor(name) != _vendor(self.default):
            here = msgspec.structs.replace(here, base_url="", key_env="")
        own = msgspec.structs.asdict(self.own.get(name, OwnSettings()))
        return msgspec.structs.replace(here, **{key: value for key, value in own.items() if value is not None})


def _vendor(name: str) -> list[str]:
    return name.split(":")[:2]

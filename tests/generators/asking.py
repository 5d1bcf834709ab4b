"""Ask a generator `api` whose provider is on this machine; time goes through `Timing`, so nothing is waited for."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from regen.errors import GeneratorError, RegenError
from regen.generators.api import ApiSettings, Timing, open_api_generator
from regen.ports import Request
from regen.testing.loopback_provider import (
    LoopbackProvider,
)

VENDORS = ("openai", "anthropic")
MODELS = {"openai": "openai:gpt-5", "anthropic": "anthropic:claude-opus-5"}
KEY_ENV = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
CANARY = "sk-canary-5f3a9c1e7b2d4068"
NOW = 1_800_000_000.0

both = pytest.mark.parametrize("vendor", VENDORS)


def request(prompt="write the unit", **fields):
    return Request(unit="signup.email", attempt=1, prompt=prompt, prompt_digest="0" * 64, **fields)


class Asked:
    """One provider, one generator, and everything that they said."""

    def __init__(self, vendor, provider, settings, environ):
        self.vendor = vendor
        self.provider = provider
        self.waits = []
        self.told = []
        self.stop = threading.Event()
        timing = Timing(calendar=lambda: NOW, wait=self.wait, jitter=lambda: 0.0)
        settings = {"base_url": provider.base_url(vendor), "retries": 1, **settings}
        self.generator = open_api_generator(MODELS[vendor], ApiSettings(**settings), environ, timing)

    def wait(self, seconds, stop):
        self.waits.append(seconds)
        return stop.is_set()

    def __call__(self, *args, **fields):
        return self.generator.generate(request(*args, **fields), self.told.append, self.stop)

    def problem(self, kind=GeneratorError, *args, **fields):
        with pytest.raises(RegenError) as caught:
            self(*args, **fields)
        assert isinstance(caught.value, kind)
        [problem] = caught.value.problems
        host = f"127.0.0.1:{self.provider.port}"
        return problem.message.replace(host, "HOST"), problem.hint

    @property
    def notes(self):
        host = f"127.0.0.1:{self.provider.port}"
        return [p.note.replace(host, "HOST") for p in self.told if p.note]


@contextmanager
def asking(vendor, *faults, environ=None, settings=None, **provider):
    with LoopbackProvider(faults=faults, **provider) as served:
        asked = Asked(vendor, served, settings or {}, environ or {})
        try:
            yield asked
        finally:
            asked.generator.close()

"""Who answers each adapter in the conformance suite: a provider, a program, a person, a record."""

from __future__ import annotations

import asyncio
import os
import shlex

from asking import KEY_ENV, MODELS
from projects import Pipe, has_ended, running

from regen.generators.api import ApiSettings, open_api_generator
from regen.generators.command import CommandGenerator
from regen.generators.ledger import LedgerGenerator
from regen.generators.manual import ManualGenerator, paths
from regen.ledger.records import ReplyRecord
from regen.testing.generator_conformance import OtherSide
from regen.testing.loopback_provider import Cut, LoopbackProvider, Silence, Status
from regen.testing.memory import FakeClock, MemoryLedger

KEY = "sk-canary-5f3a9c1e7b2d4068"


class _Faulty(LoopbackProvider):
    """A provider with one fault for every request, until it is changed."""

    fault = None

    def take(self, request):
        super().take(request)
        return self.fault


class Provider(OtherSide):
    key = KEY

    def __init__(self, vendor, usage=None, **settings):
        self._texts, self._text, self._heard = {}, "", 0
        answer = lambda prompt: self._text or self._texts[prompt]  # noqa: E731
        self._provider = _Faulty(answer, usage=usage, chunk_chars=5000)
        chosen = ApiSettings(base_url=self._provider.base_url(vendor), retries=0, **settings)
        self.generator = open_api_generator(MODELS[vendor], chosen, {KEY_ENV[vendor]: KEY})

    def _does(self, fault, text=""):
        self._provider.fault, self._text = fault, text

    def answers(self, request, text):
        self._does(None)
        self._texts[request.prompt] = text

    def hangs(self, text):
        self._does(Silence(1), text)

    def breaks_off(self, text):
        self._does(Cut(1), text)

    def refuses(self, words):
        self._does(Status(400, message=words))

    def heard(self):
        assert self._provider.arrived.acquire(timeout=60)
        self._heard += 1
        return self._provider.requests[self._heard - 1].prompt

    def left(self):
        async def others():
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            return [str(task) for task in (await asyncio.wait(tasks, timeout=60))[1]] if tasks else []

        return asyncio.run_coroutine_threadsafe(others(), self.generator._loop).result()

    def close(self):
        self.generator.close()
        self._provider.close()


class Script(OtherSide):
    """A shell script that keeps the prompt, tells of it through a pipe and does then what `act` says."""

    key = KEY

    def __init__(self, folder):
        self._folder = folder
        for name in ("heard", "never"):
            os.mkfifo(folder / name)
        self._pipes = [os.open(folder / name, os.O_RDWR | os.O_NONBLOCK) for name in ("heard", "never")]
        (folder / "model").write_text(
            "#!/bin/sh\necho $$ >>pids\ncat >asked.$$\nexport asked=asked.$$\necho $asked >heard\n. ./act\n"
        )
        (folder / "model").chmod(0o755)
        environ = {"PATH": os.environ["PATH"], "SOME_API_KEY": KEY}
        self.generator = CommandGenerator("./model", str(folder), environ)

    def _does(self, act, text=""):
        (self._folder / "text").write_bytes(text.encode())
        (self._folder / "act").write_text(act)

    def answers(self, request, text):
        (self._folder / f"answer.{request.prompt_digest}").write_bytes(text.encode())
        self._does('sum=$(sha256sum "$asked")\ncat answer.${sum%% *}\n')

    def hangs(self, text):
        self._does("cat text\n(read line <>never) &\nread line <>never\n", text)

    def breaks_off(self, text):
        self._does("cat text\nkill -KILL $$\n", text)

    def refuses(self, words):
        self._does(f"echo {shlex.quote(words)} >&2\nexit 1\n")

    def heard(self):
        return (self._folder / Pipe(self._pipes[0]).hear().split()[0]).read_bytes().decode()

    def _pids(self):
        place = self._folder / "pids"
        return [int(pid) for pid in place.read_text().split()] if place.exists() else []

    def left(self):
        calls = self._folder / ".regen/local/calls"
        running = [f"process {pid}" for pid in self._pids() if not has_ended(pid)]
        return running + (sorted(os.listdir(calls)) if calls.exists() else [])

    def close(self):
        for pid in self._pids():
            if running(pid):
                os.kill(pid, 9)
        for descriptor in self._pipes:
            os.close(descriptor)


class Person(OtherSide):
    """Reads the prompt in the inbox and puts the reply beside it."""

    def __init__(self, folder):
        self._folder, self._texts, self._asked = folder, {}, []
        self.generator = ManualGenerator(str(folder))

    def answers(self, request, text):
        self._texts[request.prompt_digest] = text
        self._asked.append(request)

    def brings(self, request):
        _, place = paths(request.unit, request.prompt_digest)
        (self._folder / place).write_bytes(self._texts[request.prompt_digest].encode())

    def heard(self):
        place, _ = paths(self._asked[-1].unit, self._asked[-1].prompt_digest)
        return (self._folder / place).read_bytes().decode()

    def left(self):
        inbox = self._folder / ".regen/inbox"
        return sorted(os.listdir(inbox)) if inbox.exists() else []


class Record(OtherSide):
    """A ledger that has the reply."""

    def __init__(self):
        self._ledger, self._clock = MemoryLedger(), FakeClock()
        self.generator = LedgerGenerator(self._ledger)

    def answers(self, request, text):
        self._ledger.add_reply(
            ReplyRecord(unit=request.unit, round=1, attempt=1, key="k", prompt=(), prompt_digest=request.prompt_digest,
                        generator="api:fake:model", model="fake-1", reply=self._ledger.put_text(text),
                        at=self._clock.now())
        )  # fmt: skip

    def left(self):
        return []

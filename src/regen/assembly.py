"""Chooses the adapters: from a project's settings to the `World` that a build works with."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from typing import TYPE_CHECKING

from regen.build import Build
from regen.build_inputs import World
from regen.candidates.candidate import Refusal, splice
from regen.checks.cached import CachedVerifier
from regen.checks.python_tests import open_python_test_runner
from regen.checks.verifier import GateVerifier
from regen.checks.verifier import Project as JudgedProject
from regen.errors import MachineError, Problem
from regen.generators import Place, open_generator
from regen.sandboxes import open_sandbox
from regen.storage.clock import SystemClock
from regen.storage.ledger import STATE, DiskLedger, write_failure
from regen.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regen.auditing import Auditor, Effort
    from regen.build_inputs import Options
    from regen.experiments.trials import TrialRunner
    from regen.ports import Comparer, Generator, MutantRunner, Reporter, TestRunner, Verifier
    from regen.project import Project
    from regen.units.settings import BuildSettings
    from regen.units.unit import Unit


class Workshop:
    """The adapters of one command, opened when first needed; close it to end what was kept warm.

    `remember` takes passes from the verification cache; without it everything is run.
    """

    def __init__(
        self, project: Project, *, sandbox: str = "", environ: Mapping[str, str], remember: bool = True
    ) -> None:
        self.project = project
        self.ledger = DiskLedger(project.root)
        self._sandbox_kind = sandbox or project.settings.sandbox.kind
        self._environ, self._remember = environ, remember
        self._guard = threading.Lock()
        self._runner: TestRunner | None = None
        self._verifier: Verifier | None = None
        self._gates: GateVerifier | None = None
        self._generators: dict[str, Generator] = {}

    def verifier(self) -> Verifier:
        """Return the verifier, its sandbox tried; raises SandboxError where none works."""
        with self._guard:
            if self._verifier is None:
                project = self.project
                sandbox = open_sandbox(self._sandbox_kind)
                interpreter = project.interpreter()
                self._runner = open_python_test_runner(
                    sandbox, interpreter, stop_at_failure=project.settings.checks.fail_fast
                )
                judged = JudgedProject(project.root, interpreter, project.settings.checks, project.graph.units,
                                       project.hidden_paths(), project.steady_dependents())  # fmt: skip
                self._gates = gates = GateVerifier(judged, sandbox, self._runner, project.code,
                                     lambda unit: project.spec(unit).interface, self.accepted_files)  # fmt: skip
                around = Surroundings(project)
                self._verifier = CachedVerifier(gates, project.root, around.of, believe=self._remember)
            return self._verifier

    def _opened(self) -> tuple[TestRunner, GateVerifier]:
        self.verifier()
        if self._runner is None or self._gates is None:
            raise RuntimeError("both are opened with the verifier")
        return self._runner, self._gates

    def comparer(self) -> Comparer:
        """Return what runs programs side by side on fuzzed inputs; raises SandboxError where no sandbox works."""
        from regen.checks.python_tests.interpreter import ask_interpreter  # noqa: PLC0415 - likewise
        from regen.experiments.comparing import FuzzingComparer  # noqa: PLC0415 - likewise

        project = self.project
        return FuzzingComparer(
            open_sandbox(self._sandbox_kind), ask_interpreter(project.interpreter()), project.root,
            units=project.graph.units, hidden_paths=project.hidden_paths(),
        )  # fmt: skip

    def mutant_runner(self) -> MutantRunner:
        """Return what runs a unit's tests on mutants of its code; raises SandboxError where no sandbox works."""
        from regen.experiments.mutation import BatchMutantRunner  # noqa: PLC0415 - no build needs it

        runner, gates = self._opened()
        return BatchMutantRunner(runner, gates.python_jobs, os.cpu_count() or 1)

    def trials(self, stop: threading.Event) -> TrialRunner:
        """Return what tries proposed tests out; raises SandboxError where no sandbox works."""
        from regen.experiments.trials import TrialRunner  # noqa: PLC0415 - likewise

        runner, gates = self._opened()
        return TrialRunner(runner, gates.job_on_trial, stop)

    def auditor(self, effort: Effort, stop: threading.Event) -> Auditor:
        """Return what audits units with this workshop's adapters."""
        from regen.auditing import Auditor, Laboratory  # noqa: PLC0415 - likewise

        laboratory = Laboratory(
            self.ledger, self.project.code, lambda: self._opened()[1], self.mutant_runner, self.comparer
        )
        return Auditor(laboratory, self.project.spec, effort, stop)

    def accepted_files(self, unit: Unit) -> dict[str, str]:
        """Return the files that the unit's lock names, empty where there is none; single definitions are in place."""
        lock = self.ledger.lock(unit.id)
        if lock is None or any(str(target) not in lock.code for target in unit.targets):
            return {}
        found: dict[str, str] = {}
        for target in unit.targets:
            try:
                text = self.ledger.text(lock.code[str(target)])
            except MachineError:
                return {}  # `check --records` tells of it; a verdict can do without
            if target.symbol:
                whole = found.get(target.path) or self.project.code.read(target.path) or ""
                spliced = splice(whole, target, text)
                text = whole if isinstance(spliced, Refusal) else spliced
            found[target.path] = text
        return found

    def generator(self, name: str) -> Generator:
        """Return the generator called `name`; raises InputError where it can't be."""
        with self._guard:
            if name not in self._generators:
                place = Place(self.project.root, self.ledger, self.project.settings.generator, self._environ)
                self._generators[name] = open_generator(name, place)
            return self._generators[name]

    def build(self, settings: BuildSettings, options: Options, reporter: Reporter) -> Build:
        """Return a build with this workshop's adapters."""
        world = World(self.ledger, self.project.code, SystemClock(), reporter, self.verifier, self.generator,
                      self.comparer)  # fmt: skip
        return Build(self.project, settings, world, options)

    def close(self) -> None:
        if self._runner is not None:
            self._runner.close()


@contextlib.contextmanager
def alone(root: str) -> Iterator[None]:
    """Keep other commands that write from the project at `root`; raise MachineError where one is at work."""
    path = f"{STATE}/local/build.lock"
    place = f"{root}/{path}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise write_failure(path, error) from None
    with open(descriptor, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = file.read().strip()
            message = f"another regen command is at work in this project (process {pid or 'unknown'})"
            raise MachineError(
                Problem(message=message, hint=f"ps -p {pid or '$(pgrep -f regen)'}", fault="machine")
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield

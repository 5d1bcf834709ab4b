"""The audit of one unit: every experiment named, in order, in `Auditor.audit`; what it means is in `trust/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from regen.trust.agreement import form_of
from regen.trust.evidence import Evidence, Finding
from regen.trust.judgement import ACCEPTED, change_of
from regen.trust.mutants.candidates import mutants_from_candidates
from regen.trust.mutants.generate import mutants_of
from regen.trust.static import examine
from regen.verdicts.verdict import Verdict

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from regen.ledger.records import Generation
    from regen.ports import Code, Comparer, Ledger, MutantRunner
    from regen.specs.spec import Spec
    from regen.trust.evidence import Comparison, Mutant, Mutation, RequirementRow
    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun

_SLOW_SECONDS = 0.25
_MOST_COMPARED = 40
_LEAST_INPUTS = 100


class Suites(Protocol):
    """Runs a unit's own tests on its code; adapter: `checks/verifier.py`."""

    def run_tests(self, unit: Unit, files: Mapping[str, str], stop: threading.Event) -> tuple[CheckRun, ...]:
        """Return one check for each suite, visible and hidden."""
        ...

    def run_variations(
        self, unit: Unit, files: Mapping[str, str], runs: int, stop: threading.Event
    ) -> tuple[CheckRun, ...]:
        """Return one check for each suite, run again in other orders, hash seeds, clocks and zones."""
        ...


class Laboratory(NamedTuple):
    """The adapters of an audit, opened when first needed."""

    ledger: Ledger
    code: Code
    suites: Callable[[], Suites]
    mutant_runner: Callable[[], MutantRunner]
    comparer: Callable[[], Comparer]


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much is tried: mutants of a unit at most (0: none), variations of its suites (0: none)."""

    mutants: int = 300
    variations: int = 4
    compare: bool = True


class Auditor:
    """Finds out how much a unit's spec and tests can be trusted."""

    def __init__(
        self, laboratory: Laboratory, spec_of: Callable[[Unit], Spec], effort: Effort, stop: threading.Event
    ) -> None:
        self.laboratory, self.effort = laboratory, effort
        self._spec_of, self._stop = spec_of, stop

    def audit(self, unit: Unit, files: Mapping[str, str]) -> Evidence:
        """Return all that could be found out; `files` is the unit's code, path relative to the root → whole text.

        Raises SandboxError where no sandbox works.
        """
        spec = self._spec_of(unit)
        tests, hidden = self._texts(unit.tests), self._texts(unit.hidden_tests)
        rows, findings = examine(spec, unit, tests, hidden)
        evidence = Evidence(
            unit=unit.id, title=unit.title, spec=unit.spec, tests=(*tests, *hidden), requirements=rows,
            findings=findings,
        )  # fmt: skip
        reason = self._why_not_run(unit, files)
        if reason:
            return msgspec.structs.replace(evidence, not_measured=(reason,))
        checks = self.laboratory.suites().run_tests(unit, files, self._stop)
        failing = next((check for check in checks if check.outcome != "passed"), None)
        if failing is not None:
            why = f"the code does not pass its {failing.name}: {failing.reason}"
            return msgspec.structs.replace(evidence, not_measured=(why,))
        evidence = self._with_findings(evidence, (*self._slow(unit, files, checks), *self._flaky(unit, files)))
        evidence = self._with_mutation(evidence, unit, files)
        return self._with_comparison(evidence, unit, files)

    def _why_not_run(self, unit: Unit, files: Mapping[str, str]) -> str:
        if any(target.path not in files for target in unit.targets):
            return "there is no code yet"
        if not unit.has_tests:
            return "no test is linked"
        if unit.test_command or not all(ref.path.endswith(".py") for ref in (*unit.tests, *unit.hidden_tests)):
            return "only Python suites are measured"
        return ""

    def _texts(self, refs: Sequence[object]) -> dict[str, str]:
        paths = dict.fromkeys(str(getattr(ref, "path", "")) for ref in refs)
        return {path: self.laboratory.code.read(path) or "" for path in paths}

    def _with_findings(self, evidence: Evidence, more: Sequence[Finding]) -> Evidence:
        findings = sorted((*evidence.findings, *more), key=lambda finding: (finding.path, finding.line))
        return msgspec.structs.replace(evidence, findings=tuple(findings))

    # ── the suite ───────────────────────────────────────────────────────────────────────────────

    def _slow(self, unit: Unit, files: Mapping[str, str], checks: Sequence[CheckRun]) -> Iterator[Finding]:
        """Yield the tests that took long twice: once may be the machine."""
        suspects = {test.id for check in checks for test in check.tests if test.seconds > _SLOW_SECONDS}
        if not suspects:
            return
        again = self.laboratory.suites().run_tests(unit, files, self._stop)
        for check in again:
            for test in check.tests:
                if test.id in suspects and test.seconds > _SLOW_SECONDS:
                    yield Finding(
                        kind="slow", path=test.id.partition("::")[0], test=test.id,
                        message=f"takes {test.seconds:.2f} s",
                        advice="test the same on less, or with a clock that is handed in",
                    )  # fmt: skip

    def _flaky(self, unit: Unit, files: Mapping[str, str]) -> Iterator[Finding]:
        runs = self.effort.variations
        if not runs:
            return
        for check in self.laboratory.suites().run_variations(unit, files, runs, self._stop):
            for found in check.findings:
                name = found.message.partition(" passes as it stands")[0]
                yield Finding(
                    kind="flaky", path=found.path, line=found.line, test=f"{found.path}::{name}",
                    message=found.message, advice="hand the order, time or chance in, so that each run is the same",
                )  # fmt: skip

    # ── mutants ─────────────────────────────────────────────────────────────────────────────────

    def _with_mutation(self, evidence: Evidence, unit: Unit, files: Mapping[str, str]) -> Evidence:
        mutants = self._mutants(unit, files)
        if not mutants:
            why = "mutants were not asked for" if not self.effort.mutants else "no mutant could be made of the code"
            return msgspec.structs.replace(evidence, not_measured=(*evidence.not_measured, why))
        runner = self.laboratory.mutant_runner()
        mutation = _with_requirements(runner.run(unit, files, mutants, self._stop), evidence.requirements)
        rows = []
        for row in evidence.requirements:
            met = [result for result in mutation.results if set(result.tests) & set(row.tests)]
            killed = sum(result.outcome in ("killed", "timed out") for result in met)
            own = sum(_bare(result.test) in row.tests for result in met)
            if killed and not own:
                # Another test came first for each of them: would this requirement's own have noticed any?
                again = runner.run(unit, files, [result.mutant for result in met], self._stop, only=row.tests)
                own = again.killed
            rows.append(msgspec.structs.replace(row, mutants=len(met), killed=killed, own=own))
        untouched = [
            Finding(
                kind="requirement that no failing mutant touched", path=unit.spec, line=row.line, requirement=row.id,
                message=f"no mutant of the code makes a test of {row.id} fail",
                advice="test what the requirement asks for, so that code without it fails",
            )
            for row in rows
            if row.tests and not row.own
        ]  # fmt: skip
        evidence = msgspec.structs.replace(evidence, requirements=tuple(rows), mutation=mutation)
        return self._with_survivors(self._with_findings(evidence, untouched), unit, files)

    def _mutants(self, unit: Unit, files: Mapping[str, str]) -> list[Mutant]:
        if not self.effort.mutants:
            return []
        share = max(1, self.effort.mutants // len(unit.targets))
        mutants = [
            mutant
            for target in unit.targets
            if target.path.endswith(".py")
            for mutant in mutants_of(target.path, files[target.path], target.symbol, share)
        ]
        return [*mutants, *mutants_from_candidates(files, self._other_candidates(unit, files))]

    def _other_candidates(self, unit: Unit, files: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Return the ledger's rejected and superseded candidates: those that failed, or answered another key."""
        keys = {g.key.digest for g in self._accepted(unit) if self._code_of(unit, g) == dict(files)}
        others = (
            g
            for g in self.laboratory.ledger.generations(unit.id)
            if g.candidate and (g.verdict is Verdict.REJECTED or g.key.digest not in keys)
        )
        return {g.id: found for g in others if (found := self._code_of(unit, g))}

    def _with_survivors(self, evidence: Evidence, unit: Unit, files: Mapping[str, str]) -> Evidence:
        """Look for inputs that tell the survivors from the code; those that none tells apart seem the same program."""
        mutation = evidence.mutation
        if mutation is None or not mutation.survivors or not self.effort.compare:
            return evidence
        programs = {ACCEPTED: dict(files)}
        for result in mutation.survivors[:_MOST_COMPARED]:
            mutant = result.mutant
            programs[mutant.id] = {**files, mutant.path: mutant.text, **mutant.others}
        told = self.laboratory.comparer().compare(unit, programs, self._stop)
        same = next((cluster for cluster in told.clusters if ACCEPTED in cluster), ())
        # What no test runs is no equivalent program, it is untested; and a few inputs say nothing.
        ran = {result.mutant.id for result in mutation.survivors if result.outcome == "survived"}
        heard = {name for name, count in told.answered.items() if count >= _LEAST_INPUTS}
        alike = tuple(name for name in same if name in ran & heard) if ACCEPTED in heard else ()
        evidence = self._with_findings(evidence, list(_unnoticed(mutation, told)))
        return msgspec.structs.replace(
            evidence, mutation=msgspec.structs.replace(mutation, alike=alike), told_apart=told
        )

    # ── programs side by side ───────────────────────────────────────────────────────────────────

    def _with_comparison(self, evidence: Evidence, unit: Unit, files: Mapping[str, str]) -> Evidence:
        if not self.effort.compare:
            why = "a comparison of programs was not asked for"
            return msgspec.structs.replace(evidence, not_measured=(*evidence.not_measured, why))
        programs = self.programs(unit, files)
        if len(programs) == 1:
            return evidence
        comparison = self.laboratory.comparer().compare(unit, programs, self._stop)
        unpinned = [_unpinned(unit, comparison, place) for place in range(len(comparison.disagreements))]
        return self._with_findings(msgspec.structs.replace(evidence, comparison=comparison), unpinned)

    def programs(self, unit: Unit, files: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Return the unit's code as `accepted`, and by their ids the other programs that were accepted for its key."""
        programs: dict[str, dict[str, str]] = {ACCEPTED: dict(files)}
        forms = {_form(files)}
        for generation in self._accepted(unit):
            found = self._code_of(unit, generation)
            if found and _form(found) not in forms:
                forms.add(_form(found))
                programs[generation.id[:12]] = found
        return programs

    def _accepted(self, unit: Unit) -> list[Generation]:
        """Return the generations that were accepted for the key of the latest one: they answer the same question."""
        accepted = [
            g
            for g in self.laboratory.ledger.generations(unit.id)
            if g.verdict is Verdict.ACCEPTED and g.candidate and g.kind != "by hand"
        ]
        return [g for g in accepted if g.key.digest == accepted[-1].key.digest]

    def _code_of(self, unit: Unit, generation: Generation) -> dict[str, str]:
        """Return a generation's files; nothing where it holds single definitions, or texts are lost."""
        if any(target.symbol or str(target) not in generation.candidate for target in unit.targets):
            return {}
        texts = {target.path: generation.candidate[str(target)] for target in unit.targets}
        return {path: self.laboratory.ledger.text(digest) for path, digest in texts.items()}


def _with_requirements(mutation: Mutation, rows: Sequence[RequirementRow]) -> Mutation:
    """Name for each mutant the requirements whose tests run it."""
    results = tuple(
        msgspec.structs.replace(
            result, requirements=tuple(row.id for row in rows if set(row.tests) & set(result.tests))
        )
        for result in mutation.results
    )
    return msgspec.structs.replace(mutation, results=results)


def _unnoticed(mutation: Mutation, told: Comparison) -> Iterator[Finding]:
    """Yield the survivors that an input tells from the code: each is a fault that the tests would let through."""
    results = {result.mutant.id: result for result in mutation.survivors}
    seen: set[str] = set()
    for found in told.disagreements:
        right = next((group.answer for group in found.groups if ACCEPTED in group.candidates), "")
        for group in found.groups:
            for name in group.candidates:
                if name == ACCEPTED or name in seen or ACCEPTED in group.candidates:
                    continue
                seen.add(name)
                result = results[name]
                mutant = result.mutant
                call = "; ".join((*found.setup, found.call))
                yield Finding(
                    kind="surviving mutant", path=mutant.path, line=mutant.line,
                    requirement=next(iter(result.requirements), ""),
                    message=f"the tests pass with {change_of(mutant)}; {call} then gives {group.answer}, not {right}",
                    advice="test that input, if the spec says what it gives; else say it there",
                )  # fmt: skip


def _unpinned(unit: Unit, comparison: Comparison, place: int) -> Finding:
    found = comparison.disagreements[place]
    answers = " or ".join(group.answer for group in found.groups)
    return Finding(
        kind="unpinned input", path=unit.spec, line=1,
        message=f"{'; '.join((*found.setup, found.call))} gives {answers}: this input is not pinned",
        advice=f"say in the spec which it is; regen probe {unit.id} --from-ledger --write-test proposes a test",
    )  # fmt: skip


def _form(files: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(form_of(files[path]) for path in sorted(files))


def _bare(test: str) -> str:
    path, separator, inner = test.partition("::")
    return path + separator + inner.partition("[")[0]

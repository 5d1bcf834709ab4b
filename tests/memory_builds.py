"""Whole builds in memory: a project as a mapping of paths to texts, a model as a mapping of units to answers."""

from __future__ import annotations

from regen.build import Build
from regen.build_inputs import Options, World
from regen.testing.memory import (
    FakeClock,
    MemoryCode,
    MemoryLedger,
    MemoryProject,
    RecordingReporter,
    ScriptedGenerator,
    ScriptedVerifier,
    Writes,
)
from regen.units.settings import BuildSettings
from regen.verdicts.check_run import CheckRun, Failure, TestResult

GENERATOR = "api:fake:model"


def spec(target, *lines, uses="", tests="tests/test_all.py", hidden=""):
    front = [f"target: {target}"]
    front += [f"uses: [{uses}]"] if uses else []
    front += [f"tests: [{tests}]"] if tests else []
    front += [f"hidden_tests: [{hidden}]"] if hidden else []
    return "\n".join(["---", *front, "---", "# A unit", "", *lines, ""])


def answer(text, path=""):
    return f"Here it is.\n\n```python{' path=' + path if path else ''}\n{text}```\n"


def one_unit(*lines):
    """A project of one unit `a` in `src/a.py`."""
    return {"specs/a.md": spec("src/a.py", *(lines or ("- **R-1** Add.",))), "tests/test_all.py": ""}


def failing(name, *, hidden=False, **failure):
    result = TestResult(id=name, outcome="failed", failure=Failure(**failure))
    return (CheckRun(name="hidden tests" if hidden else "tests", outcome="failed", tests=(result,), hidden=hidden),)


def passes_if(word):
    """A check that passes where the code holds `word`, failing a test named `test_word` otherwise."""

    def check(unit, files):
        if word in "".join(files.values()):
            return (CheckRun(name="tests", outcome="passed"),)
        return failing("tests/test_all.py::test_word", input="f()", expected=word, actual="None")

    return check


class Bench:
    """One project over several builds; `writes` of the next build may be set to die."""

    def __init__(self, files, answers, check=None, **settings):
        self.writes = Writes()
        self.code = MemoryCode(files, self.writes)
        self.ledger = MemoryLedger(self.writes)
        self.clock = FakeClock()
        self.generator = answers if isinstance(answers, ScriptedGenerator) else ScriptedGenerator(answers)
        self.verifier = ScriptedVerifier(check)
        self.settings = BuildSettings(**{"jobs": 2, **settings})
        self.max_output_tokens = 16

    @property
    def project(self):
        return MemoryProject(self.code, self.ledger)

    def build(self, *, force=(), discard_edits=(), generator=GENERATOR):
        project = self.project
        self.reporter = RecordingReporter()
        force, discard = frozenset(force), frozenset(discard_edits)
        world = World(self.ledger, self.code, self.clock, self.reporter, lambda: self.verifier,
                      lambda name: self.generator)  # fmt: skip
        options = Options(generators=dict.fromkeys(project.graph.order, generator), force=force, discard_edits=discard,
                          max_output_tokens=self.max_output_tokens)  # fmt: skip
        self.last = Build(project, self.settings, world, options)
        self.result = self.last.run(project.actions(force=force, discard_edits=discard))
        return {unit.unit: unit.outcome for unit in self.result.units}

    def outcome(self, unit="a"):
        return next(result for result in self.result.units if result.unit == unit)

    def states(self):
        return {name: action.state.value for name, action in self.project.actions().items()}

    @property
    def prompts(self):
        return [request.prompt for request in self.generator.requests]

    def edit(self, path, old, new):
        assert old in self.code.files[path]
        self.code.files[path] = self.code.files[path].replace(old, new)

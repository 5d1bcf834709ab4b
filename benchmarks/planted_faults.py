"""Reads the corpus of planted faults, and checks that each project of it is what it says.

    python benchmarks/planted_faults.py [NAME…]

A project is one file of `planted/strong` or `planted/weak`: lines `key: value`, then one fenced block a file of the
project. A weak one has exactly one weakness, a strong one has none. The rules that look for weaknesses were written
apart from it: what they find here was not what they were made for.
"""

from __future__ import annotations

import argparse
import collections
import re
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import msgspec

from regen.checks.python_tests import open_python_test_runner
from regen.languages import python
from regen.ports import TestJob
from regen.sandboxes import open_sandbox
from regen.specs import native
from regen.trust.evidence import FindingKind

if TYPE_CHECKING:
    from regen.ports import Sandbox
    from regen.verdicts.check_run import CheckRun

FOLDER = Path(__file__).parent / "planted"
# Every project has it: the mark `req` is the project's own.
PYPROJECT = """\
[tool.pytest.ini_options]
pythonpath = ["src"]
testpaths = ["tests"]
markers = ["req(*ids): the requirements that a test checks"]
"""
_KEYS = {"expects", "at", "because", "holds", "witness"}
_BLOCK = re.compile(r"^````\w+ (?P<path>\S+)\n(?P<text>.*?)^````$", re.MULTILINE | re.DOTALL)
# What an expression `witness` may use beside the names of the module.
_WITNESS = """\
from unittest import mock


def raises(kind, call, *arguments):
    try:
        call(*arguments)
    except kind:
        return True
    return False


"""
_MEASURED = ("surviving mutant", "unpinned input")


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """One project of the corpus.

    `expects` are the kinds of finding that are right (the first is the planted one, others name the same fault);
    `at` is a path, a requirement's id, a test's node id, or words of the line that is at fault. `because` says in a
    sentence why it is one, `holds` what a strong project holds that only looks like one. `files` maps paths to texts;
    `wrong` is code that passes the tests and breaks the spec, `witness` an expression over the module's public names
    that is true of the right code and false, or an exception, of the wrong; it may use `mock` and `raises(kind, call, *args)`.
    """

    name: str
    strong: bool
    expects: tuple[FindingKind, ...] = ()
    at: str = ""
    because: str = ""
    holds: tuple[str, ...] = ()
    files: dict[str, str]
    wrong: dict[str, str] = {}
    witness: str = ""

    @property
    def spec(self) -> str:
        return next(path for path in self.files if path.startswith("specs/"))

    @property
    def code(self) -> dict[str, str]:
        return {path: text for path, text in self.files.items() if path.startswith("src/")}

    @property
    def tests(self) -> tuple[str, ...]:
        return tuple(path for path in self.files if Path(path).name.startswith("test_"))

    def node_ids(self) -> dict[str, tuple[str, ...]]:
        """Return each test's id with the requirements that its marks name."""
        return {
            f"{path}::{name}": marks for path in self.tests for name, marks in python.test_functions(self.files[path])
        }


def read_planted(folder: Path = FOLDER) -> tuple[Planted, ...]:
    """Return the projects of `folder`, sorted by name within strong and weak; raise ValueError for a malformed one."""
    return tuple(_read(path) for kind in ("strong", "weak") for path in sorted((folder / kind).glob("*.md")))


def _read(path: Path) -> Planted:
    head, _, rest = path.read_text(encoding="utf-8").partition("\n\n")
    said: dict[str, list[str]] = collections.defaultdict(list)
    for line in head.splitlines():
        key, colon, value = line.partition(": ")
        if not colon or key not in _KEYS:
            raise ValueError(f"{path}: not a line `key: value`: {line}")
        said[key].append(value)
    files: dict[str, str] = {"pyproject.toml": PYPROJECT}
    wrong: dict[str, str] = {}
    for block in _BLOCK.finditer(rest):
        if block["path"].startswith("wrong/"):
            wrong[block["path"].replace("wrong/", "src/", 1)] = block["text"]
        else:
            files[block["path"]] = block["text"]
    return msgspec.convert(
        {"name": path.stem, "strong": path.parent.name == "strong", "expects": tuple(said["expects"]),
         "at": "".join(said["at"]), "because": "".join(said["because"]), "holds": tuple(said["holds"]),
         "files": files, "wrong": wrong, "witness": "".join(said["witness"])},
        Planted,
    )  # fmt: skip


def faults_of_form(planted: Planted) -> list[str]:
    """Return what is wrong with the project as an entry of the corpus, judged without running anything."""
    if not any(path.startswith("specs/") for path in planted.files) or not planted.code or not planted.tests:
        return ["it needs a spec, code and tests"]
    spec, problems = native.parse(planted.spec, planted.files[planted.spec])
    told = [f"{p.path}:{p.line}: {p.message}" for p in problems]
    if spec is None or spec.front is None:
        return [*told, "the spec can't be read"]
    told += [f"{t} is not there" for t in (*spec.front.targets, *spec.front.tests) if t not in planted.files]
    told += [f"the spec does not list {path}" for path in planted.tests if path not in spec.front.tests]
    nodes, ids = planted.node_ids(), {r.id for r in spec.requirements}
    places = {*planted.tests, *nodes, *(node.rpartition("::")[0] for node in nodes)}
    told += [f"{link.ref} is not there" for link in spec.test_links if link.ref not in places]
    told += [f"{node} names {r}, which is no requirement" for node in nodes for r in nodes[node] if r not in ids]
    told += [] if ids else ["the spec has no requirements"]
    if "requirement without test" not in planted.expects:
        told += [f"no test for {missing}" for missing in sorted(ids - _linked(planted))]
    linked = {link.ref for link in spec.test_links}
    free = [
        n for n, marks in nodes.items() if not marks and not any(n == ref or n.startswith(f"{ref}::") for ref in linked)
    ]
    if "test without requirement" not in planted.expects:
        told += [f"no requirement for {node}" for node in free]
    if planted.strong:
        told += ["a strong project expects nothing"] if planted.expects else []
        return told
    known = get_args(FindingKind)
    told += [f"no such kind: {kind}" for kind in planted.expects if kind not in known]
    told += [] if planted.expects and planted.at and planted.because else ["expects, at and because are needed"]
    if planted.at not in {*nodes, *ids, *planted.files} and not any(planted.at in t for t in planted.files.values()):
        told.append(f"`at: {planted.at}` is nowhere")
    if (planted.expects[0] in _MEASURED) != bool(planted.wrong and planted.witness):
        told.append("a block wrong/… and a witness go with what only a measurement finds, and with nothing else")
    return told


def _linked(planted: Planted) -> set[str]:
    """Return the requirements that a test or a line of the spec links."""
    marked = {r for marks in planted.node_ids().values() for r in marks}
    spec, _ = native.parse(planted.spec, planted.files[planted.spec])
    assert spec is not None
    within = {r.id for r in spec.requirements for link in spec.test_links if r.line <= link.line <= r.end_line}
    return marked | within


class Verifier:
    """Runs the projects' tests as `regen build` does."""

    def __init__(self) -> None:
        self.sandbox: Sandbox = open_sandbox("bubblewrap")

    def faults(self, planted: Planted) -> list[str]:
        """Return what is wrong with the project, its tests having run on its code and on the wrong code."""
        told = faults_of_form(planted)
        if told:
            return told
        with tempfile.TemporaryDirectory() as folder:
            for path, text in planted.files.items():
                _write(Path(folder) / path, text)
            runner = open_python_test_runner(self.sandbox, sys.executable)
            try:
                told = _told(
                    "the tests on the code", runner.run(_job(planted, folder, planted.code), threading.Event())
                )
                if planted.wrong:
                    wrong = planted.code | planted.wrong
                    told += _told(
                        "the tests on the wrong code", runner.run(_job(planted, folder, wrong), threading.Event())
                    )
                    _write(Path(folder) / "tests/test_witness.py", _witness(planted))
                    ref = "tests/test_witness.py"
                    job = _job(planted, folder, planted.code)
                    job = msgspec.structs.replace(job, tests=(ref,), expected=(f"{ref}::test_witness",))
                    told += _told("the witness on the code", runner.run(job, threading.Event()))
                    on_wrong = runner.run(msgspec.structs.replace(job, files=wrong), threading.Event())
                    told += [] if on_wrong.outcome == "failed" else ["the witness does not tell the wrong code"]
            finally:
                runner.close()
        return told


def _witness(planted: Planted) -> str:
    modules = [path.removeprefix("src/").removesuffix(".py").replace("/", ".") for path in planted.code]
    imports = "".join(f"from {module} import *\n" for module in modules)
    return f"{_WITNESS}{imports}\n\ndef test_witness():\n    assert {planted.witness}\n"


def _job(planted: Planted, root: str, code: dict[str, str]) -> TestJob:
    return TestJob(unit=planted.name, root=root, files=code, tests=planted.tests, expected=tuple(planted.node_ids()))


def _told(what: str, run: CheckRun) -> list[str]:
    if run.outcome == "passed":
        return []
    failed = [f"{test.id}: {test.outcome}" for test in run.tests if test.outcome != "passed"]
    return [f"{what}: {run.outcome} {run.reason}", *failed, *(str(finding) for finding in run.findings)]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these projects")
    names = parser.parse_args().names
    corpus = [planted for planted in read_planted() if not names or planted.name in names]
    verifier = Verifier()
    bad = 0
    for planted in corpus:
        told = verifier.faults(planted)
        bad += bool(told)
        for line in told:
            print(f"{'strong' if planted.strong else 'weak'}/{planted.name}: {line}", flush=True)
    counts = collections.Counter("(strong)" if planted.strong else planted.expects[0] for planted in corpus)
    for kind, count in sorted(counts.items()):
        print(f"{kind:<28} {count:>4}")
    print(f"{len(corpus)} projects, {bad} of them not as they say")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())

"""What a generator is asked for when tests are missing, and the single tests in its answer."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING

import msgspec

from regen.candidates.candidate import Candidate, Refusal, read_candidate
from regen.prompts.prompt import Part, Prompt
from regen.python_syntax import parse_module
from regen.specs.spec import normalise_newlines
from regen.trust.judgement import change_of
from regen.units.unit import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.specs.spec import Spec
    from regen.trust.evidence import Evidence, Trust
    from regen.units.unit import Unit

VERSION = 1
_MOST_SURVIVORS = 20
_CODE = "# The code as it is now\n\nIt may be wrong: what is right, the spec alone says."
_WORDS = os.path.join(os.path.dirname(__file__), "prompts", "suggest_tests.md")


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was answered: digests of prompt and reply, `by` whom, and why the reply was `cut` off where it was."""

    unit: str
    prompt: str
    reply: str
    by: str
    cut: str = ""


def encode(answer: Answer) -> bytes:
    """Return the record's text: sorted, indented JSON with a last newline."""
    text = msgspec.json.encode({"version": VERSION, **msgspec.to_builtins(answer)}, order="sorted")
    return msgspec.json.format(text, indent=1) + b"\n"


def decode(data: bytes) -> Answer:
    """Return the record; raise ValueError, whose message says what is wrong."""
    raw = msgspec.json.decode(data, type=dict[str, object])
    version = raw.pop("version", None)
    if version != VERSION:
        raise ValueError(f"it has format version {version}, this regen knows {VERSION}")
    return msgspec.convert(raw, Answer)


def path_of(unit: Unit) -> str:
    """Return where a proposed test is tried, beside the unit's own and their conftest; it is never written there."""
    folder = os.path.dirname(unit.tests[0].path) if unit.tests else "tests"
    return os.path.join(folder, f"test_{unit.id.replace('.', '_').replace('-', '_')}_proposed.py")


def prompt_for(unit: Unit, spec: Spec, evidence: Evidence, trust: Trust, tests: Mapping[str, str],
               interface: str, code: Mapping[str, str]) -> Prompt:  # fmt: skip
    """Return the prompt: spec, interface, visible tests and what they leave open, never a hidden test.

    `code` maps paths to the texts that are shown as well; the body stays out of the prompt where there are none.
    """
    with open(_WORDS, encoding="utf-8") as file:
        words = normalise_newlines(file.read())
    parts = [Part("instructions", words, shared=True), Part("spec", f"# The spec\n\n{spec.body.strip()}\n")]
    if interface.strip():
        parts.append(Part("interface", f"# What is there to call\n\n```python\n{interface.strip()}\n```\n"))
    parts += [Part(f"code {path}", f"{_CODE}\n\n```python path={path}\n{text.strip()}\n```\n")
              for path, text in code.items()]  # fmt: skip
    parts += [Part(f"test {path}", f"# {path}\n\n```python\n{text.strip()}\n```\n") for path, text in tests.items()]
    parts.append(Part("weak", "\n".join(["# What the tests leave open", "", *_weak(evidence, trust)]) + "\n"))
    parts.append(Part("answer", f"# Answer\n\nThe file is `{path_of(unit)}`.\n"))
    return Prompt(unit=unit.id, parts=tuple(parts))


def _weak(evidence: Evidence, trust: Trust) -> list[str]:
    lines = [f"- {missing.what}" for missing in trust.missing]
    alike = evidence.mutation.alike if evidence.mutation else ()
    survivors = [r for r in evidence.mutation.survivors if r.mutant.id not in alike] if evidence.mutation else []
    lines += [
        f"- code with {change_of(result.mutant)} passes" + (f" ({', '.join(result.requirements)})" if
        result.requirements else "")
        for result in survivors[:_MOST_SURVIVORS]
    ]  # fmt: skip
    return lines or ["- nothing is known; look for requirements whose boundaries and failures no test touches"]


def single_tests(unit: Unit, reply: str, cut: str = "") -> dict[str, str] | Refusal:
    """Return each test function of an answer as a file of its own, by name; a refusal where there is none."""
    path = path_of(unit)
    found = read_candidate(unit.id, [Target(path)], reply, {}, cut=cut)
    if not isinstance(found, Candidate):
        return found
    text = found.files[path]
    lines = text.split("\n")
    tree = parse_module(text)
    tests = [node for node in tree.body if _is_test(node)]
    files = {}
    for test in tests:
        others = {line for other in tests if other is not test for line in _lines(other)}
        kept = [line for number, line in enumerate(lines, 1) if number not in others]
        files[str(getattr(test, "name", ""))] = "\n".join(kept).strip("\n") + "\n"
    return files or Refusal("the answer holds no test function")


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name.lower().startswith(
        "test"
    )


def _lines(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", [])
    return range(min([node.lineno, *(d.lineno for d in decorators)]), (node.end_lineno or node.lineno) + 1)

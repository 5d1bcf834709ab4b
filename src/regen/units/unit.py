"""A unit: the smallest thing that is regenerated, declared by people."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

import msgspec

from regen.languages import language_of
from regen.specs.spec import digest

if TYPE_CHECKING:
    from regen.specs.spec import FrontMatter, Spec

ID_PATTERN = re.compile(r"[A-Za-z0-9_][\w.-]*")


class Target(msgspec.Struct, frozen=True, order=True):
    """A file that a unit owns, or one function or class of it; `path` is relative to the project, with slashes."""

    path: str
    symbol: str = ""

    @classmethod
    def parse(cls, text: str) -> Target:
        path, _, symbol = text.partition("::")
        return cls(path.removeprefix("./"), symbol.replace("::", "."))

    def __str__(self) -> str:
        return f"{self.path}::{self.symbol}" if self.symbol else self.path


class TestRef(msgspec.Struct, frozen=True, order=True):
    """A test file of a unit, and the tests of it that count: all of them where `selected` is empty."""

    __test__ = False

    path: str
    selected: tuple[str, ...] = ()
    line: int = 0

    def node_ids(self) -> tuple[str, ...]:
        return tuple(f"{self.path}::{name}" for name in self.selected) or (self.path,)


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """What planning must know of a unit; the spec's full text is read again when a prompt is made.

    `requirements` maps ids to digests of their texts, `lines` the front matter's keys to lines (from 1) of `spec`;
    `limits` are the list items of the spec's section "Limits".
    """

    id: str
    spec: str
    title: str
    targets: tuple[Target, ...]
    uses: tuple[str, ...] = ()
    tests: tuple[TestRef, ...] = ()
    hidden_tests: tuple[TestRef, ...] = ()
    context: tuple[str, ...] = ()
    generator: str = ""
    revise: bool = False
    test_command: str = ""
    requirements: dict[str, str] = {}
    prose: str = ""
    interface: str = ""
    questions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    lines: dict[str, int] = {}

    @property
    def has_tests(self) -> bool:
        return bool(self.tests or self.hidden_tests)


def id_from_path(spec_path: str, folder: str) -> str:
    """Return the id that a spec gets from its place: `specs/signup/email.md` is `signup.email`."""
    relative = spec_path.removeprefix(folder.rstrip("/") + "/") if folder else spec_path
    return relative.rsplit(".", 1)[0].replace("/", ".")


def unit_from(spec: Spec, front: FrontMatter, unit_id: str) -> Unit:
    """Return the unit that `spec` declares through `front`."""
    targets = tuple(Target.parse(target) for target in front.targets)
    language = language_of(targets[0].path if targets else "")
    visible = [(ref, front.lines.get("tests", 0)) for ref in front.tests]
    visible += [(link.ref, link.line) for link in spec.test_links]
    hidden = [(ref, front.lines.get("hidden_tests", 0)) for ref in front.hidden_tests]
    hidden_files = {_path_of(ref) for ref, _ in hidden}
    return Unit(
        id=unit_id, spec=spec.path, title=spec.title, targets=targets, uses=front.uses,
        tests=gather_tests([pair for pair in visible if _path_of(pair[0]) not in hidden_files]),
        hidden_tests=gather_tests(hidden),
        context=front.context, generator=front.generator, revise=front.revise, test_command=front.test_command,
        requirements={requirement.id: requirement.digest for requirement in spec.requirements},
        prose=digest(spec.prose), interface=digest(language.declared_form(spec.interface)) if spec.interface else "",
        questions=tuple(f"{spec.path}:{question.line}: {question.text}" for question in spec.open_questions),
        limits=spec.limits, lines=front.lines,
    )  # fmt: skip


def _path_of(ref: str) -> str:
    return posixpath.normpath(ref.partition("::")[0])


def gather_tests(refs: list[tuple[str, int]]) -> tuple[TestRef, ...]:
    """Return one TestRef a file from `(ref, line)` pairs; a file named as a whole takes in its single tests."""
    whole: dict[str, int] = {}
    single: dict[str, dict[str, None]] = {}
    first: dict[str, int] = {}
    for ref, line in refs:
        path, name = _path_of(ref), ref.partition("::")[2]
        first.setdefault(path, line)
        if name:
            single.setdefault(path, {})[name.partition("[")[0]] = None
        else:
            whole.setdefault(path, line)
    return tuple(TestRef(path, () if path in whole else tuple(single[path]), first[path]) for path in first)

"""What the rules know of the unit beside one test file."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import msgspec

from regen.python_syntax import parse_module
from regen.trust.evidence import Finding, FindingKind
from regen.trust.sections import sections
from regen.trust.suite_lint.names import modules_of
from regen.trust.suite_lint.reading import UNREADABLE, SuiteFile, TestCase

if TYPE_CHECKING:
    from regen.specs.spec import Spec
    from regen.trust.links import Links
    from regen.units.unit import Unit


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The unit's modules by dotted names, the top packages among them, its targets' paths, and the spec's text.

    `numeric` are the parameters and fields that the interface declares as numbers;
    `free_form` is true where the spec leaves open how a text is laid out;
    `said` is what the requirements of a test (by node id) say; nothing for a test without one.
    """

    modules: frozenset[str]
    packages: frozenset[str]
    targets: tuple[str, ...]
    text: str
    interface: ast.Module | None
    said: dict[str, str]
    numeric: frozenset[str] = frozenset()
    free_form: bool = False

    def mentions(self, pattern: str) -> bool:
        """Tell whether the spec's text matches a pattern, without case."""
        return bool(re.search(pattern, self.text, re.IGNORECASE))


def about(spec: Spec, unit: Unit, links: Links) -> About:
    """Return what the rules ask of spec and unit."""
    modules = modules_of(unit)
    try:
        interface = parse_module(spec.interface) if spec.interface else None
    except UNREADABLE:
        interface = None
    said: dict[str, str] = {}
    for requirement in spec.requirements:
        for test in links.tests[requirement.id]:
            said[test] = f"{said.get(test, '')}\n{requirement.text}"
    packages = frozenset(module.split(".")[0] for module in modules if "." in module) - {"src", "lib", "tests"}
    return About(
        modules=modules,
        packages=packages,
        targets=tuple(target.path for target in unit.targets),
        text=spec.body,
        interface=interface,
        said=said,
        numeric=_numeric(interface),
        free_form=_leaves_form_open(spec),
    )


_FORM = (
    r"\b(?:mark-?up|layout|wording|formatting|(?:exact )?format|white ?space|spacing|indentation"
    r"|styl(?:e|es|ing)|looks?"
    r"|appearance|order of (?:the )?(?:keys|fields|attributes|lines)|exact (?:text|words))\b"
)
_FREE = (
    r"\b(?:may (?:change|differ|vary)|can (?:change|differ|vary)|(?:is|are) (?:free|open|up to)|left (?:open|free|to)"
    r"|not (?:specified|promised|fixed|pinned|guaranteed|part of)|unspecified|does(?: not|n't) matter|any)\b"
)


def _leaves_form_open(spec: Spec) -> bool:
    """Tell whether a sentence leaves the form of a text free, or the scope excludes it."""
    for section in sections(spec):
        for block in section.blocks:
            for sentence in re.split(r"(?<=[.;])\s", block.text):
                if re.search(_FORM, sentence, re.IGNORECASE) and (
                    section.kind == "scope" or re.search(_FREE, sentence, re.IGNORECASE)
                ):
                    return True
    return False


def _numeric(interface: ast.Module | None) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(interface) if interface else ():
        if isinstance(node, ast.arg) and node.annotation is not None:
            name, kind = node.arg, ast.unparse(node.annotation)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, kind = node.target.id, ast.unparse(node.annotation)
        else:
            continue
        if re.fullmatch(r"(?:int|float|Decimal|Fraction)(?: \| None)?", kind):
            found.add(name)
    return frozenset(found)


def finding(kind: FindingKind, file: SuiteFile, case: TestCase, line: int, message: str, advice: str) -> Finding:
    """Return what was found in a test, with the line itself."""
    return Finding(
        kind=kind, path=file.path, line=line, test=case.id, message=message, advice=advice, source=file.line(line)
    )

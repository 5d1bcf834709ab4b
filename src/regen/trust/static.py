"""The static half of an audit: what spec and tests tell without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.trust.evidence import Finding, RequirementRow
from regen.trust.links import link
from regen.trust.spec_lint import lint_spec
from regen.trust.suite_lint import lint_suite
from regen.trust.suite_lint.reading import read_suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.specs.spec import Spec
    from regen.units.unit import Unit


def examine(
    spec: Spec, unit: Unit, tests: Mapping[str, str], hidden: Mapping[str, str]
) -> tuple[tuple[RequirementRow, ...], tuple[Finding, ...]]:
    """Return each requirement with its tests, and every weakness found, by path and line.

    `tests` and `hidden` map the paths of test files, relative to the project, to their whole texts.
    """
    files = read_suite(tests, hidden)
    links = link(spec, unit, files)
    found = [*links.findings, *lint_suite(spec, unit, files, links), *lint_spec(spec, files, links)]
    rows = tuple(
        RequirementRow(
            id=requirement.id, text=requirement.text, line=requirement.line, tests=links.tests[requirement.id]
        )
        for requirement in spec.requirements
    )
    unique = dict.fromkeys(found)
    return rows, tuple(sorted(unique, key=lambda finding: (finding.path, finding.line, finding.kind, finding.message)))

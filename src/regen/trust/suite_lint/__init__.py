"""Rules over the syntax trees of Python tests: what would not survive a rewrite, and what says little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.trust.sections import statements
from regen.trust.suite_lint.about import about
from regen.trust.suite_lint.call_counts import call_counts
from regen.trust.suite_lint.cannot_fail import cannot_fail
from regen.trust.suite_lint.edge_cases import no_edge_cases
from regen.trust.suite_lint.mocks import mocks_internals
from regen.trust.suite_lint.negative_cases import no_negative_cases
from regen.trust.suite_lint.private_names import private_names
from regen.trust.suite_lint.source_inspection import source_inspection
from regen.trust.suite_lint.text_snapshots import text_snapshots
from regen.trust.suite_lint.unsteady import unsteady

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Spec
    from regen.trust.evidence import Finding
    from regen.trust.links import Links
    from regen.trust.suite_lint.reading import SuiteFile
    from regen.units.unit import Unit

_RULES = (private_names, mocks_internals, call_counts, text_snapshots, source_inspection, cannot_fail, unsteady)


def lint_suite(spec: Spec, unit: Unit, files: tuple[SuiteFile, ...], links: Links) -> Iterator[Finding]:
    """Yield what the rules find in the unit's tests."""
    known = about(spec, unit, links)
    cases = [(file, case) for file in files for case in file.cases if case.id in links.counted]
    for file, case in cases:
        for rule in _RULES if case.node is not None else ():
            yield from rule(file, case, known)
    judged = [
        (
            statement,
            [
                (file, case)
                for file, case in cases
                if not links.any_named or case.id in links.tests.get(statement.id, ())
            ],
        )
        for statement in statements(spec)
        if statement.id or (spec.requirements and statement.kind == "errors")
    ]
    whole = [(statement, chosen if statement.id else cases) for statement, chosen in judged]
    yield from no_negative_cases([pair for pair in whole if pair[0].id], spec.path, precise=not links.any_named)
    yield from no_negative_cases([pair for pair in whole if not pair[0].id], spec.path, precise=True)
    yield from no_edge_cases([pair for pair in whole if pair[0].id], spec.path, known.numeric, known.text)

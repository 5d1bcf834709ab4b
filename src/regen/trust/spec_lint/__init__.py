"""Rules over a spec: what it leaves unanswered, vague words, nothing to observe, contradictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.trust.spec_lint.clashes import clashes
from regen.trust.spec_lint.contradictions import contradictions
from regen.trust.spec_lint.defaults import contradicted_defaults
from regen.trust.spec_lint.observable import nothing_observable
from regen.trust.spec_lint.unanswered import unanswered
from regen.trust.spec_lint.vague import vague_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Spec
    from regen.trust.evidence import Finding
    from regen.trust.links import Links
    from regen.trust.suite_lint.reading import SuiteFile


def lint_spec(spec: Spec, files: tuple[SuiteFile, ...], links: Links) -> Iterator[Finding]:
    """Yield what the rules find in the spec, seen beside its tests."""
    yield from unanswered(spec)
    yield from vague_words(spec)
    yield from nothing_observable(spec)
    yield from contradictions(spec, files, links)
    yield from contradicted_defaults(spec)
    yield from clashes(spec)

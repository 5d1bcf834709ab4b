"""Tiny projects on disk whose programs are compared in the sandbox."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from regen.checks.python_tests.interpreter import ask_interpreter
from regen.experiments.comparing import Effort, FuzzingComparer
from regen.sandboxes import open_sandbox
from regen.units.unit import Target, TestRef, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from regen.trust.evidence import Comparison


EFFORT = Effort(draws=120, mutants=150)


def compare(
    root: Path, programs: dict[str, str], *, spec: str = "", test: str = "", symbol: str = "", sandbox: str = "bubblewrap",
    **options: object,
) -> Comparison:  # fmt: skip
    """Compare the texts of one module, given a spec's text and a test file's."""
    (root / "src").mkdir(exist_ok=True)
    (root / "spec.md").write_text(f"# Unit\n\n{spec}")
    (root / "test_unit.py").write_text(test)
    unit = Unit(
        id="unit",
        spec="spec.md",
        title="Unit",
        targets=(Target("src/unit.py", symbol),),
        tests=(TestRef("test_unit.py"),),
    )
    comparer = FuzzingComparer(
        open_sandbox(sandbox), ask_interpreter(sys.executable), str(root), **{"effort": EFFORT, **options}
    )
    files = {name: {"src/unit.py": text} for name, text in programs.items()}
    return comparer.compare(unit, files, threading.Event())


def shown(comparison: Comparison) -> list[str]:
    """Return each disagreement in one line."""
    return [
        "; ".join([*each.setup, each.call])
        + " gives "
        + " or ".join(f"{g.answer} ({' '.join(g.candidates)})" for g in each.groups)
        for each in comparison.disagreements
    ]

"""Real projects in a temporary folder, without git unless a test makes a repository of it."""

from __future__ import annotations

import msgspec
import pytest

from regen.errors import InputError, render
from regen.ledger.records import Generation, Lock
from regen.project import Project
from regen.storage.ledger import DiskLedger
from regen.verdicts.verdict import Verdict


class Disk:
    """One project on disk."""

    def __init__(self, root, files):
        self.root = root
        for path, text in files.items():
            self.write(path, text)

    def write(self, path, text):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="")

    def edit(self, path, old, new):
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new))

    def delete(self, path):
        (self.root / path).unlink()

    def load(self):
        return Project.load(str(self.root))

    def problems(self):
        with pytest.raises(InputError) as caught:
            self.load()
        return "\n\n".join(render(problem) for problem in caught.value.problems)

    def accept(self):
        """Take the code that is there as accepted, as a build would have left it."""
        project, ledger = self.load(), DiskLedger(str(self.root))
        for name in project.graph.order:
            unit = project.graph.units[name]
            texts = {str(t): ledger.put_text(project._target_text(t)) for t in unit.targets}
            generation = ledger.add_generation(
                Generation(unit=name, key=project.keys[name], candidate=texts, verdict=Verdict.ACCEPTED, at=1.0)
            )
            ledger.put_lock(Lock(unit=name, generation=generation.id, key=project.keys[name], code=texts,
                                 interface=project.interface_digest(unit)))  # fmt: skip
        return msgspec.structs.asdict(project.actions[name])

    def plan(self):
        """Return what is not fresh: unit → state, step and reasons in one line."""
        return {
            name: f"{action.state.value}, {action.step.value}: {'; '.join(action.reasons)}"
            for name, action in self.load().actions.items()
            if action.state.value != "fresh"
        }


def spec(target, body, **front):
    lines = [f"{key}: {value}" for key, value in {"target": target, **front}.items()]
    return "---\n" + "\n".join(lines) + f"\n---\n{body}\n"

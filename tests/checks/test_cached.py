"""The verification cache: what passed is not run again, and nothing else is ever believed from it."""

import threading

import pytest

from regen.checks.cached import CachedVerifier
from regen.cli.main import main
from regen.units.unit import Target, Unit
from regen.verdicts.check_run import CheckRun

UNIT = Unit(id="a", spec="specs/a.md", title="A", targets=(Target("src/a.py"),))
PASSED = (CheckRun(name="tests", outcome="passed"),)
FAILED = (CheckRun(name="tests", outcome="failed"),)
UNKNOWN = (CheckRun(name="tests", outcome="inconclusive", reason="stopped"),)


class Inner:
    sandbox_name = "fake"

    def __init__(self, *answers):
        self.answers = list(answers)

    def verify(self, unit, files, stop, only_slow_left=None):
        return self.answers.pop(0)


class Bench:
    """A cache over scripted answers; `around` stands for all that a verdict depends on but the candidate."""

    def __init__(self, root, *answers):
        self.inner, self.around = Inner(*answers), "as it was"
        self.cache = CachedVerifier(self.inner, str(root), lambda unit, files: self.around)
        self.folder = root / ".regen/cache/verdicts"

    def verify(self, text="x = 1\n"):
        return self.cache.verify(UNIT, {"src/a.py": text}, threading.Event())


def test_what_passed_is_not_run_again(tmp_path):
    bench = Bench(tmp_path, PASSED)
    assert [bench.verify(), bench.verify()] == [PASSED, PASSED]


def test_another_candidate_is_run(tmp_path):
    bench = Bench(tmp_path, PASSED, FAILED)
    assert [bench.verify("x = 1\n"), bench.verify("x = 2\n")] == [PASSED, FAILED]


def test_other_surroundings_are_run(tmp_path):
    bench = Bench(tmp_path, PASSED, FAILED)
    bench.verify()
    bench.around = "a test changed"
    assert bench.verify() == FAILED


@pytest.mark.parametrize("first", [FAILED, UNKNOWN])
def test_a_failure_is_never_believed(tmp_path, first):
    bench = Bench(tmp_path, first, PASSED)
    assert [bench.verify(), bench.verify()] == [first, PASSED]


def test_what_failed_once_is_run_each_time(tmp_path):
    bench = Bench(tmp_path, FAILED, PASSED, FAILED)
    assert [bench.verify(), bench.verify(), bench.verify()] == [FAILED, PASSED, FAILED]


@pytest.mark.parametrize("content", [b"", b"{", b'[{"name":"tests","outcome":"failed"}]', b"[]"])
def test_what_is_no_pass_is_not_believed(tmp_path, content):
    bench = Bench(tmp_path, PASSED, FAILED)
    bench.verify()
    for place in bench.folder.iterdir():
        place.write_bytes(content)
    assert bench.verify() == FAILED


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / ".regen").write_text("no folder")
    bench = Bench(tmp_path, PASSED, PASSED)
    assert [bench.verify(), bench.verify()] == [PASSED, PASSED]


def test_surroundings_of_a_real_project(tmp_path, monkeypatch, capsys):
    """Each change makes `build` verify anew: a helper of the tests, a data file, a module that the candidate imports."""
    files = {
        "specs/a.md": "---\ntarget: src/a.py\ntests: [tests/test_a.py]\n---\n# A\n- **FR-1** one\n",
        "tests/test_a.py": "import helper\nfrom a import one\n\n\ndef test_one():\n    assert one() == 1\n",
        "tests/helper.py": "",
        "tests/data.txt": "1",
        "src/base.py": "",
        "answer.md": "```python\nimport base\n\n\ndef one():\n    return 1\n```\n",
        "regen.toml": '[generator]\ndefault = "command:cat answer.md"\n',
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)

    def known_after_a_build():
        assert main(["build", "--force", "a"]) == 0
        return len(list((tmp_path / ".regen/cache/verdicts").iterdir()))

    counts = [known_after_a_build(), known_after_a_build()]
    for path in ("tests/helper.py", "tests/data.txt", "src/base.py"):
        (tmp_path / path).write_text("# changed\n")
        counts.append(known_after_a_build())
    assert counts == [1, 1, 2, 3, 4]
    capsys.readouterr()

"""A body that breaks those who use it is rejected, though its own tests pass."""

import subprocess
import textwrap

import pytest

from regen.cli.main import main

FILES = {
    "specs/words.md": """\
        ---
        target: src/words.py
        tests: [tests/test_words.py]
        ---
        # Words
        - **FR-001** `split(text)` gives the words of a text.
        """,
    "specs/count.md": """\
        ---
        target: src/count.py
        uses: [words]
        tests: [tests/test_count.py]
        ---
        # Count
        - **FR-001** `count(text)` gives how many words a text has.
        """,
    "tests/test_words.py": """\
        from words import split


        def test_split():
            assert split("a b") == ["a", "b"]
        """,
    "tests/test_count.py": """\
        from count import count


        def test_nothing():
            assert count("") == 0
        """,
    "model.sh": """\
        case "$(cat)" in
        *path=src/count.py*)
            printf '```python path=src/count.py\\nfrom words import split\\n\\n\\ndef count(text):\\n    return len(split(text))\\n```\\n' ;;
        *)
            printf '```python path=src/words.py\\ndef split(text):\\n    return text.split(%s)\\n```\\n' "$(cat separator)" ;;
        esac
        """,
    "separator": "",
    "regen.toml": '[generator]\ndefault = "command:sh model.sh"\n[build]\nattempts = 1\n',
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    for path, text in FILES.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(textwrap.dedent(text))
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    assert main(["build"]) == 0
    return tmp_path


def ask_for(project, separator):
    (project / "separator").write_text(separator)
    spec = project / "specs/words.md"
    spec.write_text(spec.read_text().replace("the words", "all the words"))
    return main(["build"])


def test_a_body_that_breaks_a_dependent_is_rejected(project, capsys):
    before = (project / "src/words.py").read_text()
    assert ask_for(project, "' '") == 1
    said = capsys.readouterr().err
    assert "✗ words rejected: dependents' tests: 1 of 1 tests failed\n" in said
    assert "    input: count('')\n    expected: 0\n    actual: 1\n" in said
    assert (project / "src/words.py").read_text() == before


def test_a_body_that_serves_its_dependents_is_accepted(project, capsys):
    assert ask_for(project, "None") == 0
    assert "✓ words accepted\n" in capsys.readouterr().err
    assert "None" in (project / "src/words.py").read_text()

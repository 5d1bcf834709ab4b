"""What must never happen, whatever a spec or a configuration says."""


def spec(front, body="# U\n- **FR-1** one\n"):
    return f"---\n{front}\n---\n{body}"


def test_a_file_written_by_hand_is_never_overwritten_when_it_becomes_a_target(project):
    made = project(
        {
            "specs/u.md": spec("target: a.txt\ntest_command: test -f a.txt\ntests: [t.sh]"),
            "t.sh": "",
            "answer.md": "```text path=a.txt\nmade\n```\n```text path=b.txt\nmade\n```\n",
            "one.md": "```text path=a.txt\nmade\n```\n",
            "regen.toml": '[generator]\ndefault = "command:cat one.md"\n',
        }
    )
    assert made.regen("build").code == 0
    made.write(
        {
            "b.txt": "by hand\n",
            "specs/u.md": spec("targets: [a.txt, b.txt]\ntest_command: test -f a.txt\ntests: [t.sh]"),
        }
    )
    ran = made.regen("build", "--generator", "command:cat answer.md")
    assert ran.code == 1
    assert made.read("b.txt") == "by hand\n"
    assert "b.txt differs from what was accepted" in ran.err


def test_a_hidden_test_is_never_in_a_prompt_however_its_path_is_written(project):
    made = project(
        {
            "specs/u.md": spec(
                "target: src/u.py\nhidden_tests: [./tests/hidden/test_u.py]",
                "# U\n- **FR-1** one `[@test] tests/hidden/test_u.py::test_secret`\n",
            ),
            "tests/hidden/test_u.py": "def test_secret():\n    assert 'canary'\n",
        }
    )
    ran = made.regen("explain", "u", "--prompt")
    assert ran.code == 0
    assert "canary" not in ran.out


def test_lint_never_mends_what_it_should_refuse(project):
    made = project(
        {
            "specs/u.md": spec("target: u.py\ntests: [test_u.py]"),
            "test_u.py": "import u\n\n\ndef test_one():\n    assert u\n",
            "ruff.toml": "fix = true\n",
            "answer.md": "```python\nimport os\n```\n",
            "regen.toml": '[generator]\ndefault = "command:cat answer.md"\n[build]\nattempts = 1\n[checks]\nlint = "ruff"\n',
        }
    )
    ran = made.regen("build")
    assert ran.code == 1
    assert "F401" in ran.err or "imported but unused" in ran.err


def test_renaming_the_target_of_a_pinned_unit_is_no_bug_of_regen(project):
    made = project(
        {
            "specs/u.md": spec("target: a.txt\ntest_command: 'true'\ntests: [t.sh]"),
            "t.sh": "",
            "a.txt": "mine\n",
            "regen.toml": "",
        }
    )
    assert made.regen("pin", "u").code == 0
    made.write({"specs/u.md": spec("target: b.txt\ntest_command: 'true'\ntests: [t.sh]")})
    ran = made.regen("build")
    assert ran.code == 1
    assert "internal error" not in ran.err

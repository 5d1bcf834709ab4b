"""Code in other languages that bends its tests is rejected; honest code that looks like it is accepted."""

from __future__ import annotations

import pytest
from test_languages import JS_TEST, MISSING, TONGUES

from regen.checks.language_tests import LanguageJob, run_language_tests
from regen.ports import Limits
from regen.sandboxes import open_sandbox

pytest.importorskip("tree_sitter", reason="pip install 'regen[languages]'")


@pytest.fixture
def judged(tmp_path):
    """Return a function that judges `code`: gives the outcome and all that is said of it."""
    folder = tmp_path / "project"

    def run(language, code, *, test="", path="", hidden=False, more=(), masked=()):
        if MISSING[language]:
            pytest.skip(MISSING[language])
        chosen = TONGUES[language]
        path = path or chosen.test
        files = {**chosen.files, **dict(more), path: test or chosen.files[chosen.test]}
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        ended = run_language_tests(
            open_sandbox(),
            LanguageJob(root=str(folder), files={chosen.target: code}, tests={path: files[path]}, selected={},
                        hidden=hidden, masked=masked, limits=Limits(wall_seconds=60, cpu_seconds=60)),
        )  # fmt: skip
        failures = [f"{test.id}: {test.failure.message}" for test in ended.tests if test.failure]
        return ended.outcome, "\n".join([ended.reason, *failures])

    return run


WRONG = "export const add = (a, b) => 7;\n"
RIGHT = TONGUES["javascript"].good

JS_ATTACKS = {
    "assert, but for the test that must fail": (
        'import assert from "node:assert";\nconst real = assert.strictEqual;\n'
        "assert.strictEqual = (a, b) => { if (a === 1 && b === 2) real(a, b); };\n"
    ),
    "strict assert": 'import assert from "node:assert/strict";\nassert.strictEqual = () => {};\n',
    "assert by require": (
        'import { createRequire } from "node:module";\nconst a = createRequire(import.meta.url)("assert");\n'
        "Object.defineProperty(a, 'strictEqual', { value: () => {} });\n"
    ),
    "what writes the report": "const s = JSON.stringify;\nJSON.stringify = (v) => s({ ...v, outcome: 'passed' });\n",
    "toJSON of everything": (
        'Object.defineProperty(Object.prototype, "toJSON", { value() {\n'
        '  return this.outcome === "failed" ? { ...this, outcome: "passed", toJSON: undefined } : this; } });\n'
    ),
    "the stream of results": (
        'import { Readable } from "node:stream";\nconst push = Readable.prototype.push;\n'
        'Readable.prototype.push = function (each) { if (each?.type === "test:fail") each.type = "test:pass";\n'
        "  return push.call(this, each); };\n"
    ),
    "then of everything": (
        "Object.prototype.then = function (done) { if (this.value) this.value.type = 'test:pass'; done(this); };\n"
    ),
    "a report of its own": (
        'import fs from "node:fs";\nfor (const name of ["adds", "adds nothing"]) fs.writeSync(9, JSON.stringify({ name,\n'
        '  file: process.cwd() + "/tests/add.test.mjs", outcome: "passed", seconds: 0 }) + "\\n");\nprocess.reallyExit(1);\n'
    ),
}


@pytest.mark.parametrize("how", JS_ATTACKS)
def test_javascript_that_bends_what_judges_it_is_rejected(judged, how, monkeypatch):
    assert judged("javascript", JS_ATTACKS[how] + WRONG)[0] == "failed"
    monkeypatch.setattr(
        "regen.checks.language_tests.screen", lambda files, tests: ""
    )  # names built at run time evade it
    assert judged("javascript", JS_ATTACKS[how] + WRONG)[0] == "failed"


def test_javascript_finds_no_report_and_no_name_of_a_test(judged):
    seen = (
        'import fs from "node:fs";\nimport os from "node:os";\nexport const add = () => { throw new Error(\n'
        "  [...Object.keys(process.env), ...process.argv, ...process.execArgv, ...fs.readdirSync(os.tmpdir()),\n"
        '   ...fs.readdirSync(".").map((name) => name.replace(/^t[0-9a-f]+/, ""))].sort().join(" ")); };\n'
    )
    _, said = judged("javascript", seen)
    assert ".harness.mjs .reporter.mjs /usr" in said.replace("/opt", "/usr")
    assert "REPORT" not in said
    assert ".report " not in said


HONEST_JS = {
    "assertions of its own": 'import assert from "node:assert";\nassert.ok(true);\nassert.strictEqual(1, 1);\n',
    "what is written as JSON": "class Point { toJSON() { return [1]; } }\nJSON.stringify(new Point());\n",
    "events": (
        'import { EventEmitter } from "node:events";\nclass Bus extends EventEmitter { emit(...all) { return super.emit(...all); } }\n'
        'const bus = new Bus();\nbus.on("a", () => {});\nbus.emit("a");\n'
        "const other = new EventEmitter();\nother.emit = () => true;\nother.once = () => other;\n"
    ),
    "streams": (
        'import { Readable, Transform } from "node:stream";\nconst up = new Transform({ transform(c, e, done) { done(null, c); } });\n'
        "class Numbers extends Readable { read(size) { return super.read(size); } _read() { this.push(null); } }\n"
        "new Numbers().pipe(up);\nconst plain = new Readable();\nplain._read = () => {};\nplain.push = () => true;\n"
    ),
    "a polyfill": "Array.prototype.lastOne ??= function () { return this[this.length - 1]; };\n[1].lastOne();\n",
    "prints and environment": 'process.env.REPORT ??= "none";\nconsole.log(`report ${process.env.REPORT}`);\n',
}


@pytest.mark.parametrize("how", HONEST_JS)
def test_honest_javascript_like_it_is_accepted(judged, how):
    assert judged("javascript", HONEST_JS[how] + RIGHT) == ("passed", "")


# ── skipping ────────────────────────────────────────────────────────────────────────────────────

JAVA_SKIP = TONGUES["java"].bad.replace("return a - b;", 'throw new org.opentest4j.TestAbortedException("x");')
SKIPPERS = {
    "skip": ("javascript", 'import { beforeEach } from "node:test";\nbeforeEach((t) => t.skip());\n' + WRONG),
    "skip, but one": (
        "javascript",
        'import { beforeEach } from "node:test";\nlet n = 0;\nbeforeEach((t) => { if (n++ < 2) t.skip(); });\n' + WRONG,
    ),
    "todo": ("javascript", 'import { afterEach } from "node:test";\nafterEach((t) => t.todo());\n' + WRONG),
    "abort": ("java", JAVA_SKIP),
}


@pytest.mark.parametrize("how", SKIPPERS)
def test_tests_that_the_code_skips_have_failed(judged, how, monkeypatch):
    assert judged(*SKIPPERS[how])[0] == "failed"
    monkeypatch.setattr("regen.checks.language_tests.screen", lambda files, tests: "")
    outcome, said = judged(*SKIPPERS[how])
    assert outcome == "failed"
    assert said


SKIPS = {
    "javascript": (JS_TEST + 'test("later", (t) => t.skip("not yet"));\ntest.todo("some day");\n'),
    "go": TONGUES["go"].files["add_test.go"] + '\nfunc TestLater(t *testing.T) { t.Skip("not yet") }\n',
    "rust": TONGUES["rust"].files["tests/adds.rs"] + "\n#[test]\n#[ignore]\nfn later() {}\n",
    "java": TONGUES["java"]
    .files[TONGUES["java"].test]
    .replace(
        "    @Test\n    void addsNothing",
        "    @Test\n    @org.junit.jupiter.api.Disabled\n    void later() {}\n\n    @Test\n    void addsNothing",
    ),
}


@pytest.mark.parametrize("language", SKIPS)
def test_a_test_that_skips_itself_is_no_failure(judged, language):
    assert judged(language, TONGUES[language].good, test=SKIPS[language]) == ("passed", "")


def test_a_helper_of_tests_may_skip(judged):
    helper = 'package add\n\nimport "testing"\n\nfunc needsNetwork(t *testing.T) { t.Skip("no network") }\n'
    test = TONGUES["go"].files["add_test.go"] + "\nfunc TestNet(t *testing.T) { needsNetwork(t) }\n"
    assert judged("go", TONGUES["go"].good, test=test, more={"net_test.go": helper}.items()) == ("passed", "")

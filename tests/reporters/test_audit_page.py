"""The page of an audit: what it tells, that it loads nothing, and that no text of spec, test or model becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest
from audit_sample import CODE, project
from hypothesis import given, settings
from hypothesis import strategies as st

from regen.reporters.audit_page import render_page
from regen.trust.evidence import (
    AnswerGroup,
    Comparison,
    Disagreement,
    Evidence,
    Finding,
    MissingTest,
    Mutant,
    MutantResult,
    Mutation,
    RequirementRow,
    Trust,
)

VOID = {"meta", "input", "br"}


class Reader(HTMLParser):
    """Reads a page into its elements, each with its attributes and text; fails where elements do not nest."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self._open = [], []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        self.elements.append([tag, dict(attrs), ""])
        if tag not in VOID:
            self._open.append(self.elements[-1])

    def handle_startendtag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ""])

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        for element in self._open:
            element[2] += data

    def all(self, tag, **attributes):
        return [
            e for e in self.elements if e[0] == tag and all(e[1].get(k.rstrip("_")) == v for k, v in attributes.items())
        ]

    def shape(self):
        return [(tag, sorted(attributes)) for tag, attributes, _ in self.elements]


def page(pairs=None, texts=None, name="corner shop"):
    sample, sample_texts = project()
    return render_page(name, sample if pairs is None else pairs, sample_texts if texts is None else texts)


def words(element):
    return " ".join(element[2].split())


def section(reader, title):
    return [words(e) for e in reader.all("section") if words(e).startswith(title)]


def test_each_unit_has_a_row_with_a_link_to_all_that_is_known():
    reader = Reader(page())
    rows = [words(e) for e in reader.all("tr") if "data-unit" in e[1]]
    assert rows == [
        "importer✗ not safenot measurednone namednot measurednone",
        "shop.discount✗ not safe59 %15 killed, 1 timed out, 7 survived, 4 not covered, 1 seemingly alike, 1 not judged2/32 tested, 1 without a test1 input2",
        "greeting✓ safe to regenerate100 %2 killednone namednonenone",
    ]
    targets = [e[1]["href"] for e in reader.all("a") if e[1]["href"].startswith("#unit-")]
    assert targets == ["#unit-importer", "#unit-shop.discount", "#unit-greeting"]
    assert [f"#{e[1]['id']}" for e in reader.all("details", class_="unit")] == targets


def test_what_a_requirement_has_for_evidence():
    cells = [words(e) for e in Reader(page()).all("tr") if e[2].startswith("FR-")]
    assert cells == [
        "FR-0011 testyes6/7no edge caseTen pieces or more are 10 % cheaper, rounded down to whole cents.",
        "FR-0021 testno2/5none foundFewer pieces cost what they cost.",
        'FR-010none––none foundA negative price raises ValueError("price").',
    ]


def test_survivors_are_diffs_with_the_requirement_and_the_input_that_tells_them():
    reader = Reader(page())
    figures = [e[2] for e in reader.all("figure") if "@@" in e[2]]
    assert len(figures) == 11
    assert figures[0] == (
        "src/discount.py:4 comparison FR-001 FR-002@@ -2,5 +2,5 @@\n"
        '     if price < 0:\n         raise ValueError("price")\n'
        "-    if pieces >= 10:\n+    if pieces > 10:\n"
        "         return price * pieces * 9 // 10\n     return price * pieces\n"
        "total(1, 10) tells them apart: 9, not 10"
    )
    assert "1 mutant that no input told from the code" in [words(e) for e in reader.all("summary")]


def test_disagreements_stand_side_by_side():
    answers = [words(e) for e in Reader(page()).all("div", class_="answer")]
    assert answers == ["2 programs9accepted, 5d1e0c", "1 program1077ab91"]


def test_inputs_on_which_the_accepted_code_can_not_be_right():
    def shown(call, answer):
        return Disagreement(call=call, groups=(AnswerGroup(answer=answer, candidates=("accepted",)),))

    comparison = Comparison(inputs=9, failing=shown("a(0)", "raises IndexError"), unfit=(shown("a(1)", "None"),))
    evidence = Evidence(unit="a", told_apart=comparison)
    (said,) = section(Reader(page([(evidence, Trust(unit="a", level="not safe"))])), "Disagreement")
    assert said.endswith(
        "An accepted program fails with what looks like a mistake:a(0)1 programraises IndexErroraccepted"
        "An accepted program gives another type than the interface declares:a(1)1 programNoneaccepted"
    )


def test_missing_tests_are_code_to_copy_that_fails_until_the_value_is_written():
    first, second = (e[2] for e in Reader(page()).all("div", class_="copyable"))
    assert (
        first
        == """\
@pytest.mark.req("FR-001")
def test_fr_001_1():
    # so far: 9 (accepted)
    # so far: 10 (src/discount.py:4:comparison:1)
    assert total(1, 10) == ...  # the value that is right"""
    )
    assert (
        second
        == """\
@pytest.mark.req("FR-010")
def test_fr_010_2():
    # a test for FR-010: A negative price raises `ValueError("price")`.
    raise NotImplementedError("write this test")"""
    )


def test_what_was_not_measured_is_no_number():
    evidence, trust = project()[0][2]
    reader = Reader(page([(evidence, trust)]))
    assert section(reader, "Mutants") == ["Mutantsnot measured: no test is linked"]
    assert section(reader, "Disagreement") == ["Disagreementnot measured: no test is linked"]
    assert [words(e) for e in reader.all("p", class_="figure")] == ["1", "not measured", "none named"]
    assert not [text for _, _, text in reader.all("main") if "%" in text]


def test_mutants_by_line_are_told_for_each_file():
    strips = [words(e) for e in Reader(page()).all("svg") if "by line" in e[2]]
    assert strips == ["mutants of src/discount.py by line, 1 to 6", "mutants of src/greeting.py by line, 1 to 1"]


@pytest.mark.parametrize("count", [0, 1, 4, 40])
def test_any_number_of_units(count):
    (evidence, trust), *_ = project()[0]
    pairs = [(msgspec.structs.replace(evidence, unit=f"unit {n}"), trust) for n in range(count)]
    reader = Reader(page(pairs))
    assert len(reader.all("details", class_="unit")) == count
    assert len({e[1]["id"] for e in reader.elements if "id" in e[1]}) == len(
        [e for e in reader.elements if "id" in e[1]]
    )


def test_it_loads_nothing_and_runs_only_its_own_script():
    text = page()
    reader = Reader(text)
    policy = reader.all("meta", **{"http-equiv": "Content-Security-Policy"})[0][1]["content"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for name, rule in (("script", "script-src"), ("style", "style-src")):
        (found,) = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(found.encode()).digest()).decode()
        assert rules.pop(rule) == f"'sha256-{digest}'"
    assert rules == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    for _, attributes, _ in reader.elements:
        assert not {"src", "srcset", "style", "action", "xlink:href", "background", "poster"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith("#")
    assert not re.search(r"url\(|@import|https?:", text)


def contrast(one, other):
    """WCAG 2.2, 1.4.3: the ratio of relative luminances of two colours."""

    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_and_plots_have_enough_contrast_in_light_and_dark():
    (style,) = re.findall("<style>(.*?)</style>", page(), re.DOTALL)
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    )
    assert set(light) == set(dark)
    for colours in (light, dark):
        for ground in ("paper", "sheet", "wash"):
            for ink in ("ink", "soft", "link", "safe", "within", "unsafe"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        for ground in ("added", "removed"):
            assert contrast(colours["ink"], colours[ground]) >= 4.5
        for fill in ("killed", "timed-out", "survived", "not-covered", "alike"):
            assert contrast(colours[fill], colours["sheet"]) >= 3, fill


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from([
        "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "' onclick='a",
        "</pre></style><style>*{}", "<!--", "]]>", "&lt;b&gt;", "javascript:alert(1)", "a\u202eb", "\x00\x1b[31m", "\ud800",
        "`<b>`", "{}%s", "<plaintext>", "\u2028", "𝒳<",
    ]),
)  # fmt: skip


def a_unit(text):
    """Return a unit that holds `text` in each field, and the same structure whatever it is."""
    mutant = Mutant(
        id="m", path="src/a.py", line=1, operator=text, before=text, after=text, text="x = 1\n", origin="g" + text
    )
    mutants = [
        MutantResult(mutant=mutant, outcome="survived", requirements=(text,)),
        MutantResult(mutant=msgspec.structs.replace(mutant, id="n"), outcome="survived"),
        MutantResult(mutant=msgspec.structs.replace(mutant, id="o"), outcome="not judged", reason="r" + text),
    ]
    groups = (
        AnswerGroup(answer=text, candidates=("accepted", text)),
        AnswerGroup(answer="1" + text, candidates=("m",)),
    )
    split = Comparison(
        clusters=((text,), ("b",)), disagreements=(Disagreement(call="c" + text, setup=("s" + text,), groups=groups),),
        failing=Disagreement(call=text, groups=groups), inputs=3,
    )  # fmt: skip
    finding = Finding(
        kind="vague", path="p" + text, line=1, requirement=text, message=text, advice="a" + text, source="s" + text
    )
    evidence = Evidence(
        unit="u" + text, title="t" + text, spec="p" + text, tests=("q" + text,),
        requirements=(RequirementRow(id=text, text=text, tests=("q" + text,), mutants=2, killed=1),),
        findings=(finding,), mutation=Mutation(results=tuple(mutants), alike=("n",)), comparison=split, told_apart=split,
    )  # fmt: skip
    missing = (
        MissingTest(what=text, call="c" + text, setup=("s" + text,), requirement="r" + text),
        MissingTest(what="w" + text),
    )
    return evidence, Trust(unit="u" + text, level="not safe", reasons=(text,), missing=missing)


@settings(deadline=None, max_examples=150)
@given(TEXTS.filter(lambda text: "`" not in text), st.sampled_from(["x", "name"]))
def test_no_text_becomes_markup(text, name):
    plain = Reader(render_page(name, [a_unit("x")] * 2, {"src/a.py": "x = 2\n"}))
    hostile = render_page(name + text, [a_unit(text)] * 2, {"src/a.py": f"{text}\n"})
    reader = Reader(hostile)
    # The diff of a text of several lines has more lines; all else is element for element the same.
    same = [tag for tag in reader.shape() if tag[0] not in {"span", "code", "path"}]
    assert same == [tag for tag in plain.shape() if tag[0] not in {"span", "code", "path"}]
    assert {e[0] for e in reader.elements} == {e[0] for e in plain.elements}
    assert {name for e in reader.elements for name in e[1]} == {name for e in plain.elements for name in e[1]}
    assert not [c for c in hostile if not c.isprintable() and c not in "\n\t"]
    hostile.encode()


@given(TEXTS)
def test_texts_are_shown_as_they_are_but_for_what_can_not_be_seen(text):
    evidence = Evidence(unit="a", comparison=Comparison(inputs=1, disagreements=(
        Disagreement(call=text, groups=(AnswerGroup(answer=text, candidates=("b",)),)),)))  # fmt: skip
    reader = Reader(page([(evidence, Trust(unit="a", level="not safe"))]))
    seen = "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)
    assert reader.all("pre", class_="call")[0][2] == seen


def test_long_diffs_and_answers_are_cut_and_say_so():
    mutant = Mutant(id="m", path="src/discount.py", line=1, operator="candidate", before="", after="", origin="5d1e0c77ab91ff",
                    text="\n".join(f"x = {n}" for n in range(400)))  # fmt: skip
    answer = Disagreement(call="f()", groups=(AnswerGroup(answer="9" * 5000, candidates=("a",)),))
    evidence = Evidence(unit="a", mutation=Mutation(results=(MutantResult(mutant=mutant, outcome="survived"),)),
                        comparison=Comparison(inputs=1, disagreements=(answer,)))  # fmt: skip
    text = page([(evidence, Trust(unit="a", level="not safe"))], {"src/discount.py": CODE})
    assert re.search(r"… \d{3} lines more", text)
    assert "… (5,000 characters)" in text
    assert "candidate 5d1e0c77ab91" in text
    assert "9" * 2001 not in text


def test_five_hundred_units_stay_small():
    """500 units of 100 mutants, a third of which survive: less than 5 MB."""
    (evidence, trust), *_ = project()[0]
    results = evidence.mutation.results
    many = tuple(
        msgspec.structs.replace(
            results[n % len(results)], mutant=msgspec.structs.replace(results[n % len(results)].mutant, id=str(n))
        )
        for n in range(100)
    )
    assert sum(result.outcome in ("survived", "not covered") for result in many) >= 33
    evidence = msgspec.structs.replace(evidence, mutation=Mutation(results=many))
    pairs = [(msgspec.structs.replace(evidence, unit=f"shop.unit_{n}"), trust) for n in range(500)]
    assert len(page(pairs).encode()) < 5_000_000

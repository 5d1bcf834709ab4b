"""Prompts as bytes: order, budget, marks and fences."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regen.errors import InputError, render
from regen.prompts.compose import Sources, compose, fenced, marked
from regen.prompts.prompt import Part, Prompt, differing_parts
from regen.prompts.templates import NAMES, built_in, template_digest
from regen.specs import native
from regen.units.unit import unit_from

SPEC = """\
---
target: src/cart.py
uses: [money]
context: [GLOSSARY.md]
tests: [tests/test_cart.py]
---
# Cart
- **C-1** Add.
- **C-10**: Be quick.
- **C-2:** Never below zero,
  whatever comes.
"""
TEMPLATES = {"instructions": "Write code.\n", "answer": "# Answer\n\n$blocks", "answer_symbol": "# $symbol of $path\n\n$blocks",
             "feedback": "# Before\n\n$feedback\n", "revise": "# Now\n\n$code"}  # fmt: skip


def parsed(text=SPEC):
    spec, problems = native.parse("specs/cart.md", text)
    assert problems == ()
    return spec


def prompt(text=SPEC, budget=10_000, count=len, **sources):
    spec = parsed(text)
    given = {
        "templates": TEMPLATES, "context": {"CONVENTIONS.md": "Be plain.\n", "GLOSSARY.md": "A cart is a basket."},
        "constraints": ("Import nothing but: re.",), "interfaces": {"money": "def cents() -> int: ..."},
        "tests": {"tests/test_cart.py": "def test_total(): ..."}, "toolchain": "Python >=3.11",
    }  # fmt: skip
    return compose(unit_from(spec, spec.front, "cart"), spec, Sources(**given | sources), count, budget)


WHOLE = """\
Write code.

# From CONVENTIONS.md

Be plain.

# From GLOSSARY.md

A cart is a basket.

# Constraints

- Write Python >=3.11.
- Import nothing but: re.

# Interface of money

```python
def cents() -> int: ...
```

# The spec of cart

# Cart
- **C-1** Add.
- **C-10**: Be quick.
- **C-2:** Never below zero,
  whatever comes.

# Test tests/test_cart.py

```python
def test_total(): ...
```

# Before

Too slow.

# Answer

```python path=src/cart.py
(the whole file)
```
"""


def test_the_whole_text_from_what_changes_least_to_what_changes_most():
    made = prompt(feedback="Too slow.")
    assert made.text == WHOLE
    assert [part.name for part in made.parts] == [
        "instructions", "context CONVENTIONS.md", "context GLOSSARY.md", "constraints", "interface money", "spec",
        "test tests/test_cart.py", "attempt before", "answer",
    ]  # fmt: skip


def test_the_same_sources_give_the_same_bytes():
    assert (prompt().text, prompt().digest) == (prompt().text, prompt().digest)
    assert prompt().digest != prompt(feedback="Too slow.").digest


def test_what_all_units_share_stands_first():
    one, other = prompt(), prompt(text=SPEC.replace("Cart", "Basket"), constraints=())
    assert one.stable_chars == other.stable_chars == len("Write code.\n\n# From CONVENTIONS.md\n\nBe plain.\n\n")
    assert one.text[: one.stable_chars] == other.text[: other.stable_chars]


def test_an_order_moves_the_unit_s_own_parts_alone():
    made = prompt(feedback="Too slow.")
    names = {number: [part.name for part in made.in_order(number).parts] for number in (1, 2, 3, 4)}
    own = ["context GLOSSARY.md", "constraints", "interface money", "spec", "test tests/test_cart.py"]
    for number, moved in {1: own, 2: own[::-1], 3: own[1:] + own[:1], 4: (own[1:] + own[:1])[::-1]}.items():
        assert names[number] == ["instructions", "context CONVENTIONS.md", *moved, "attempt before", "answer"]
    assert made.in_order(1) == made
    assert made.in_order(2).text[: made.stable_chars] == made.text[: made.in_order(2).stable_chars]


@pytest.mark.parametrize(("parts", "orders"), [(0, 1), (1, 1), (2, 2), (3, 6), (4, 8)])
def test_so_many_orders_are_different_and_then_they_begin_again(parts, orders):
    made = Prompt(
        unit="a", parts=(Part("instructions", "i", shared=True), *[Part(f"test {n}", f"{n}") for n in range(parts)])
    )
    texts = [made.in_order(number).text for number in range(1, 2 * orders + 1)]
    assert len(set(texts)) == orders
    assert texts[:orders] == texts[orders:]
    assert [made.in_order(number).order for number in range(1, 2 * orders + 1)] == [*range(1, orders + 1)] * 2


def test_parts_that_differ_are_named():
    recorded = {part.name: part.digest for part in prompt(feedback="Too slow.").parts}
    assert differing_parts(recorded, prompt(feedback="Too slow.")) == ()
    changed = prompt(context={"CONVENTIONS.md": "Be brief.\n"})
    assert differing_parts(recorded, changed) == ("context CONVENTIONS.md", "context GLOSSARY.md", "attempt before")


# ── marks ───────────────────────────────────────────────────────────────────────────────────────


def test_changed_requirements_are_marked_and_no_others():
    body = marked(parsed(), ("C-1", "C-2"))
    assert body == (
        "# Cart\n- **C-1** (changed) Add.\n- **C-10**: Be quick.\n- **C-2:** (changed) Never below zero,\n  whatever comes."
    )
    assert marked(parsed(), ()) == marked(parsed(), ("gone",)) == parsed().body


def test_the_mark_stands_behind_the_id_and_not_where_the_id_is_cited():
    spec = parsed("---\ntarget: a.py\n---\n\n\nAs **C-1** says.\n\n- **C-1** Add.\n")
    assert marked(spec, ("C-1",)) == "As **C-1** says.\n\n- **C-1** (changed) Add."


# ── budget ──────────────────────────────────────────────────────────────────────────────────────

DROPPABLE = ["context GLOSSARY.md", "context CONVENTIONS.md", "interface money", "test tests/test_cart.py"]


@pytest.mark.parametrize("left_out", [0, 1, 2, 3, 4])
def test_what_is_needed_least_is_left_out_first_and_said(left_out):
    sizes = {part.name: len(part.text) for part in prompt().parts}
    budget = sum(sizes.values()) - sum(sizes[name] for name in DROPPABLE[:left_out])
    made = prompt(budget=budget)
    assert list(made.dropped) == DROPPABLE[:left_out]
    notes = [part.text for part in made.parts if part.name == "note"]
    assert notes == (
        [f"Left out, because the prompt would be too long: {', '.join(DROPPABLE[:left_out])}.\n"] if left_out else []
    )
    assert [part.name for part in made.parts][-1] == "answer"
    assert made.tokens == sum(len(part.text) for part in made.parts)


def test_what_can_not_be_left_out_is_a_problem():
    with pytest.raises(InputError) as caught:
        prompt(budget=100)
    assert re.sub(r"\d+", "N", render(caught.value.problems[0])) == (
        "error: the prompt of cart needs N tokens without anything that can be dropped; N are allowed\n"
        "  --> specs/cart.md\n"
        "hint: raise [build] prompt_tokens in regen.toml to N, or split specs/cart.md, then: regen build cart"
    )


# ── fences ──────────────────────────────────────────────────────────────────────────────────────


def test_a_fence_is_longer_than_those_inside():
    assert fenced("a\n```\nb\n````\n", "x.py") == "`````python\na\n```\nb\n````\n`````\n"
    assert fenced("a\n   ```\nb\n", "x.py") == "````python\na\n   ```\nb\n````\n"


TEXTS = st.lists(
    st.sampled_from(["```", "````", " ```", "   `````", "    ```", "~~~", "a", "", "``", "x ```"]), max_size=8
)


@given(TEXTS.map("\n".join))
def test_nothing_inside_closes_a_fence(text):
    opening, *inside, closing, end = fenced(text, "x.py").split("\n")
    fence = opening.removesuffix("python")
    assert (closing, end) == (fence, "")
    assert not [line for line in inside if re.fullmatch(rf" {{0,3}}`{{{len(fence)},}}\s*", line)]


# ── templates and answers ───────────────────────────────────────────────────────────────────────


def test_every_template_comes_with_regen_and_counts_for_the_digest():
    templates = dict(built_in())
    assert set(templates) == set(NAMES)
    for name in NAMES:
        assert template_digest(templates | {name: "other"}) != template_digest(templates)


def test_dollars_in_sources_are_no_placeholders():
    made = prompt(feedback="costs $5 and ${blocks} and $feedback")
    assert "costs $5 and ${blocks} and $feedback" in made.text


def test_the_answer_for_one_function():
    made = prompt(text=SPEC.replace("src/cart.py", "src/cart.py::total"))
    assert made.parts[-1].text == (
        "# total of src/cart.py\n\n```python path=src/cart.py::total\n(the whole definition)\n```\n"
    )


def test_a_body_to_revise_is_shown_only_then():
    assert "def old" not in prompt().text
    assert (
        "# Now\n\n`src/cart.py`\n\n```python\ndef old(): ...\n```"
        in prompt(code={"src/cart.py": "def old(): ...\n"}).text
    )

"""The policy `agree`, as a machine that is told of candidates and comparisons."""

from __future__ import annotations

from regen.trust.agreement import Agreed, Agreement, More, Undecided, doubt, form_of
from regen.trust.evidence import AnswerGroup, Comparison, Disagreement


def differ(call: str, **answers: str) -> Disagreement:
    return Disagreement(
        call=call,
        groups=tuple(AnswerGroup(answer=answer, candidates=tuple(names)) for names, answer in answers.items()),
    )


def after(*candidates: str, attempts: int = 5, rejected: int = 0, **options: object) -> Agreement:
    state = Agreement(attempts=attempts, **options)
    for name in candidates:
        state = state.took(name, [f"def f(): return {name!r}"])
    for _ in range(rejected):
        state = state.rejected()
    return state


def test_the_second_accepted_candidate_ends_it_when_the_two_agree():
    assert after("a").decide(Comparison()) == More("one accepted candidate is no agreement")
    assert after("a", "b", rejected=1).decide(Comparison(clusters=(("a", "b"),))) == Agreed("a", ("a", "b"))


def test_two_that_differ_ask_for_a_third_which_decides():
    split = Comparison(clusters=(("a",), ("b",)), disagreements=(differ("f(0)", a="1", b="2"),))
    assert after("a", "b").decide(split) == More("the accepted candidates differ")
    assert after("a", "b", "c").decide(Comparison(clusters=(("b", "c"), ("a",)))) == Agreed("b", ("b", "c"))


def test_a_tie_is_no_majority_and_shows_the_input():
    shown = differ("f(0)", ab="1", cd="2")
    split = Comparison(clusters=(("a", "b"), ("c", "d")), disagreements=(shown,))
    assert after("a", "b", "c", "d").decide(split) == More("the accepted candidates differ")
    assert after("a", "b", "c", "d", attempts=4).decide(split) == Undecided(
        "the accepted candidates differ and none has a majority", shown
    )


def test_at_the_end_one_or_none_decides_nothing():
    assert after(attempts=2, rejected=2).decide(Comparison()) == Undecided("no candidate was accepted")
    assert after("a", attempts=2, rejected=1).decide(Comparison()) == Undecided("only one candidate was accepted")
    assert after(attempts=2, rejected=1).decide(Comparison()) == More("no two candidates are accepted yet")


def test_what_can_not_be_compared_is_not_agreed_upon():
    state = after("a", "b")
    assert state.decide(Comparison(reason="no example")) == Undecided("the candidates can't be compared: no example")


def test_candidates_that_hang_where_others_answer_have_no_vote():
    hangs = differ("f(40)", ab="takes longer than 2 s", cd="102334155")
    split = Comparison(clusters=(("a", "b"), ("c", "d")), disagreements=(hangs,))
    assert after("a", "b", "c", "d").decide(split) == Agreed("c", ("c", "d"))


def test_the_same_text_may_count_once():
    state = Agreement(attempts=5, distinct=True)
    state = state.took("a", ["def f(n):\n    return n + 1\n"]).took(
        "b", ['def f(n):\n    "More."\n    return n+1  # more\n']
    )
    assert state.decide(Comparison(clusters=(("a", "b"),))) == More("the accepted candidates differ")
    state = state.took("c", ["def f(n):\n    return 1 + n\n"])
    assert state.decide(Comparison(clusters=(("a", "b", "c"),))) == Agreed("a", ("a", "c"))


def test_forms_leave_out_comments_docstrings_and_formatting():
    assert form_of("def f(a): return a") == form_of('def f(a):\n    """Doc."""\n    # c\n    return (a)\n')
    assert form_of("def f(a): return a") != form_of("def f(b): return b")
    assert form_of("def f(:") == "def f(:"


def test_doubt_is_least_where_many_agree_and_most_where_they_differ():
    many, few, one = (Comparison(clusters=(tuple("abcdefghij"[:count]),)) for count in (10, 2, 1))
    fails = Comparison(clusters=(tuple("abcdefghij"),), failing=differ("f('')", abcdefghij="raises IndexError"))
    differs = Comparison(clusters=(tuple("abcdefghi"), ("j",)))
    torn = Comparison(clusters=(tuple("abcde"), tuple("fghij")))
    order = [many, few, one, fails, differs, torn]
    assert sorted(order, key=doubt) == order
    assert doubt(fails) < 1 < doubt(differs)

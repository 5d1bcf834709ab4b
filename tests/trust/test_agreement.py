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


def test_who_answered_nothing_has_no_vote():
    late = Comparison(clusters=(("a", "b"),), inputs=300, answered={"a": 300, "b": 0})
    assert after("a", "b").decide(late) == More("candidates answered nothing in the time that they had")
    three = Comparison(clusters=(("a", "b", "c"),), inputs=300, answered={"a": 300, "b": 0, "c": 1})
    assert after("a", "b", "c").decide(three) == Agreed("a", ("a", "c"))


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


def test_two_that_agree_among_many_tries_may_share_a_mistake():
    alike = Comparison(clusters=(("a", "b"),))
    assert after("a", "b", attempts=20, needed=1, rejected=8).decide(alike) == Agreed("a", ("a", "b"))
    assert after("a", "b", attempts=20, needed=1, rejected=9).decide(alike) == More(
        "2 of 11 candidates that agree may make the same mistake"
    )
    assert after("a", "b", attempts=11, needed=1, rejected=9).decide(alike) == Undecided(
        "2 of 11 candidates that agree may make the same mistake"
    )


def test_where_many_may_be_tried_a_third_must_agree():
    assert not after("a", "b", attempts=10).compares
    assert after("a", "b", attempts=10).decide(Comparison()) == More("2 accepted candidates are too few")
    assert after("a", "b", attempts=10, rejected=8).decide(Comparison()) == Undecided("only 2 candidates were accepted")
    assert after("a", "b", "c", attempts=10).decide(Comparison(clusters=(("a", "b", "c"),))) == Agreed(
        "a", ("a", "b", "c")
    )
    assert after("a", "b", attempts=9).decide(Comparison(clusters=(("a", "b"),))) == Agreed("a", ("a", "b"))


def test_a_majority_is_two_thirds_of_those_accepted():
    shown = differ("f(0)", abc="1", de="2")
    split = Comparison(clusters=(("a", "b", "c"), ("d", "e")), disagreements=(shown,))
    assert after(*"abcde").decide(split) == Undecided("the accepted candidates differ and none has a majority", shown)
    assert after(*"abcde", majority=0.6).decide(split) == Agreed("a", ("a", "b", "c"))
    assert after(*"abcdef", attempts=6).decide(Comparison(clusters=(tuple("abcd"), ("e", "f")))) == Agreed(
        "a", tuple("abcd")
    )


def test_who_answers_with_another_type_than_declared_has_no_vote():
    odd = differ("f([True])", ab="[True]")
    both = Comparison(clusters=(("a", "b"),), unfit=(odd,))
    assert after("a", "b").decide(both) == More("candidates answer with another type than is declared")
    assert after("a", "b", attempts=2).decide(both) == Undecided(
        "candidates answer with another type than is declared", odd
    )
    outvoted = Comparison(clusters=(("a", "b"), ("c", "d")), unfit=(odd,), disagreements=(odd,))
    assert after("a", "b", "c", "d", attempts=4).decide(outvoted) == Undecided(
        "the accepted candidates differ and none has a majority", odd
    )
    assert after("a", "b", "c", "d", attempts=4, majority=0.5).decide(outvoted) == Agreed("c", ("c", "d"))


def test_to_break_down_alike_is_no_agreement():
    slow = differ("f(40)", ab="takes longer than 2 s")
    alike = Comparison(clusters=(("a", "b"),), failing=slow)
    assert after("a", "b").decide(alike) == More("the accepted candidates break down on the same input")
    assert after("a", "b", attempts=2).decide(alike) == Undecided(
        "the accepted candidates break down on the same input", slow
    )
    meant = Comparison(clusters=(("a", "b"),), failing=differ("f('')", ab="raises KeyError"))
    assert after("a", "b").decide(meant) == Agreed("a", ("a", "b"))

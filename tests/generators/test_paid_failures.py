"""What a reply cost that could not be used counts in a build's budgets."""

from __future__ import annotations

from regen.testing.loopback_provider import Cut, Empty, LoopbackProvider, Tokens


def built(project, *faults, budget="", units=1):
    for number in range(1, units):
        text = f"---\ntarget: src/unit{number}.py\n---\n# Unit {number}\nDo nothing.\n"
        project.write(f"specs/unit{number}.md", text)
    with LoopbackProvider(faults=faults, usage=Tokens(input=1000, output=200)) as provider:
        project.write(
            "regen.toml",
            f'[generator]\ndefault = "api:openai:m"\nbase_url = "{provider.base_url("openai")}"\nretries = 0\n'
            f"price_input = 1000.0\nprice_output = 1000.0\nmax_output_tokens = 1000\n[build]\njobs = 1\n{budget}",
        )
        return project.regen("build"), len(provider.requests)


def test_an_empty_reply_is_counted(project):
    ran, _ = built(project, Empty())
    assert ran.code == 1
    assert ran.out == "1 unit: 1 failed; 1 call, N tokens, $1.2000; N s\n"


def test_a_budget_of_tokens_holds_over_failures(project):
    ran, requests = built(project, Empty(), Empty(), Empty(), budget="max_tokens = 2500\n", units=3)
    assert ran.code == 1
    # One call of up to 1,300 tokens leaves room for another, two of 1,200 do not.
    assert (requests, ran.err.count("is not asked for: a budget does not allow it")) == (2, 1)


def test_a_stream_that_broke_off_is_counted(project):
    ran, _ = built(project, Cut(1))
    assert ran.out.startswith("1 unit: 1 failed; 1 call, N tokens, $0.")

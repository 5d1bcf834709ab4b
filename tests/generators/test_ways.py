"""In which ways samples are asked for, and that a build which is killed goes on in the same ones."""

from __future__ import annotations

import pytest
from projects import finish, has_ended, reply

from regen.generators.ways import takes_temperature, ways
from regen.units.generator_settings import GeneratorSettings, OwnSettings, VarySettings

OWN = "api:openai:own"


def told(vary, count, **options):
    return [f"{way.generator or 'own'} {way}".rstrip() for way in ways(OWN, vary, count, **options)]


def test_without_settings_the_order_alone_varies():
    assert told(VarySettings(), 3) == ["own", "own prompt order 2", "own prompt order 3"]


def test_each_list_goes_round_and_the_usual_comes_first():
    vary = VarySettings(models=("api:openai:b", "command:c"), temperatures=(0.5,), prompt_order=False)
    assert told(vary, 7) == [
        "own",
        "api:openai:b temperature 0.5",
        "command:c",
        "own temperature 0.5",
        "api:openai:b",
        "command:c",
        "own",
    ]


def test_fewer_samples_are_asked_for_as_the_first_of_many():
    vary = VarySettings(models=("api:openai:b",), temperatures=(0.5, 1.0))
    assert told(vary, 9)[:4] == told(vary, 4)


def test_a_given_generator_is_the_only_one():
    vary = VarySettings(models=("api:openai:b",), temperatures=(0.5,), prompt_order=False)
    assert told(vary, 2, given=True) == ["own", "own temperature 0.5"]
    assert [str(way) for way in ways("manual", vary, 2, given=True)] == ["", ""]


@pytest.mark.parametrize(
    ("generator", "takes"),
    [
        ("api:openai:gpt-5", True),
        ("command:llm -m x", False),
        ("command:sh -c 'llm ${REGEN_TEMPERATURE:+-o temperature $REGEN_TEMPERATURE}'", True),
        ("manual", False),
        ("ledger", False),
    ],
)
def test_who_takes_a_temperature(generator, takes):
    assert takes_temperature(generator) == takes


def test_a_model_that_is_varied_to_has_its_own_endpoint_and_price():
    here = GeneratorSettings(
        default=OWN, base_url="http://127.0.0.1:1/v1", key_env="OURS", price_input=1.0, price_output=2.0,
        vary=VarySettings(models=("api:openai:b", "api:anthropic:c", "api:openai:d")),
        own={"api:openai:d": OwnSettings(base_url="http://127.0.0.1:2/v1", price_input=3.0, price_output=4.0)},
    )  # fmt: skip
    of = {name: here.of(name) for name in (OWN, "api:openai:b", "api:anthropic:c", "api:openai:d", "api:openai:e")}
    assert {n: (s.base_url, s.key_env, s.price_input, s.price_output) for n, s in of.items()} == {
        OWN: ("http://127.0.0.1:1/v1", "OURS", 1.0, 2.0),
        "api:openai:b": ("http://127.0.0.1:1/v1", "OURS", None, None),
        "api:anthropic:c": ("", "", None, None),
        "api:openai:d": ("http://127.0.0.1:2/v1", "OURS", 3.0, 4.0),
        "api:openai:e": ("http://127.0.0.1:1/v1", "OURS", 1.0, 2.0),
    }


def test_a_killed_build_goes_on_in_the_same_ways(project):
    here, go = project.pipe("here"), project.pipe("go")
    project.write("answer", reply())
    first = project.program('echo "one $REGEN_TEMPERATURE" >>asked\ncat answer')
    project.program('echo "two $REGEN_TEMPERATURE" >>asked\necho x >here\nread word <go\ncat answer', name="second")
    word = "$REGEN_TEMPERATURE"
    own, other = f"{first.replace('./', 'sh ./')} {word}", f"command:sh ./second {word}"
    project.write(
        "regen.toml",
        f'[generator]\ndefault = "{own}"\nvary.models = ["{other}"]\nvary.temperatures = [0.5]\n'
        '[build]\npolicy = "agree"\n',
    )
    build = project.start("build")
    here.hear()
    build.kill()
    finish(build)
    go.say()
    ran = project.regen("build")
    assert project.lines("asked") == ["one ", "two 0.5"]
    assert (ran.code, project.calls) == (0, 2)
    assert "temperature 0.5, prompt order 2  attempt 2" in project.regen("log").out


@pytest.fixture
def killed(project):
    """A project whose probe was killed while its second sample, by `second`, was under way; `.go` lets that answer."""
    here, project.go = project.pipe("here"), project.pipe("go")
    project.write("answer", reply())
    first = project.program("echo one >>asked\ncat answer")
    project.program("echo two >>asked\necho x >here\nread word <go\ncat answer", name="second")
    project.program("echo three >>asked\ncat answer", name="third")
    project.write(
        "regen.toml", f'[generator]\ndefault = "{first}"\nvary.models = ["command:./second"]\n[build]\njobs = 1\n'
    )
    probe = project.start("probe", "greet", "-n", "2")
    here.hear()
    probe.kill()
    finish(probe)
    return project


def test_a_killed_probe_takes_up_the_call_that_is_under_way(killed):
    killed.go.say()
    ran = killed.regen("probe", "greet", "-n", "2")
    assert killed.lines("asked") == ["one", "two"]
    assert ran.out.splitlines()[:3] == [
        "greet: 2 replies, 2 accepted",
        "  ✓ HASH  command:./model",
        "  ✓ HASH  command:./second, prompt order 2",
    ]


def test_the_call_of_one_program_is_not_taken_for_another_s(killed):
    called = [int(pid) for pid in killed.lines("calls")]
    killed.write("regen.toml", killed.read("regen.toml").replace("./second", "./third"))
    ran = killed.regen("probe", "greet", "-n", "2")
    assert killed.lines("asked") == ["one", "two", "three"]
    assert ran.out.splitlines()[2] == "  ✓ HASH  command:./third, prompt order 2"
    assert has_ended(called[1])

"""Values that are given and have no effect: each is told, with the place of what decides instead."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from sim.config import Scenario
from sim.errors import NoEffect, UserError
from sim.policy.presets import PresetError, make
from sim.strict import unwritable
from tests.helpers import configs
from tests.helpers.running import call

TINY = "world: {kind: synthetic, name: tiny, regions: 4}, years: 2, firms: 1000"
SCENARIO = "kind: scenario\nname: s\nworld: {kind: synthetic, name: tiny, regions: 4}\nyears: 2\nfirms: 1000\n"
KEY = "parameters.migration.talent_mobility"
ONE = "{kind: fiscal_transfer, name: t, targets: [supporting], amount: 2000, start: 2021}"
SWEEP = f"""\
kind: sweep
name: w
scenario: {{name: s, {TINY}}}
replications: 1
vary: {{{KEY}: [0.02, 0.08]}}
"""
ARMS = f"""\
kind: sweep
name: w
scenario: {{name: s, {TINY}}}
replications: 1
arms:
  baseline: {{}}
  t: {{mechanisms: [{ONE}]}}
vary: {{mechanisms.t.amount: [1000, 3000]}}
"""
COMPARISON = f"""\
kind: comparison
name: c
scenario: {{name: s, {TINY}}}
replications: 1
arms:
  baseline: {{}}
  t: {{mechanisms: [{ONE}]}}
"""
MORRIS = f"""\
kind: sensitivity
name: m
scenario: {{name: s, {TINY}}}
inputs: [{KEY}]
method: morris
samples: 2
"""
INNER = "scenario: {name: s, "
# A config, what is changed in it, overrides, and what must be said: the key, and where the other place is.
CASES = {
    "parameter of the scenario": (
        SWEEP,
        (INNER, INNER + "parameters: {migration: {talent_mobility: 0.1}}, "),
        (),
        f"scenario.{KEY}: has no effect: it is set at",
        "file.yaml:5:8",
    ),
    "parameter by --set": (
        SWEEP,
        None,
        (f"{KEY}=0.1",),
        f"--set {KEY}=0.1: scenario.{KEY}: has no effect",
        "file.yaml:5:8",
    ),
    "parameter of an arm": (
        ARMS,
        ("mechanisms.t.amount: [1000, 3000]", f"{KEY}: [0.02, 0.08]"),
        ("arms.t.set={" + KEY + ": 0.1}",),
        "has no effect",
        "file.yaml",
    ),
    "mechanism of an arm by --set": (ARMS, None, ("arms.t.mechanisms.t.amount=5",), "has no effect", "file.yaml:8:8"),
    "key of an arm": (ARMS, ("  t: {", "  t: {set: {mechanisms.t.amount: 1}, "), (), "has no effect", "file.yaml:8:8"),
    "seed of the scenario": (COMPARISON, (INNER, INNER + "seed: 5, "), (), "scenario.seed: has no effect", "'seed'"),
    "replication of the scenario": (
        COMPARISON,
        (INNER, INNER + "replication: 5, "),
        (),
        "scenario.replication",
        "no effect",
    ),
    "two rules": (
        COMPARISON,
        ("arms:", "precision: {indicator: supporting_capital, most: 30, relative: 0.1}\narms:"),
        (),
        "replications: has no effect",
        "precision",
    ),
    "baseline without arms": (
        SWEEP,
        ("replications", "baseline: s\nreplications"),
        (),
        "baseline: has no effect",
        "arms",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_is_told_with_both_places(name: str, tmp_path: Path) -> None:
    text, change, sets, said, other = CASES[name]
    text = configs.swapped(text, *change) if change else text
    # what the command line gives in vain is refused
    told = configs.faults(tmp_path, text, *sets) if sets else noted(tmp_path, text)
    assert len(told) == 1 and said in told[0] and other in told[0], told


def noted(folder: Path, text: str, *changes: str) -> list[str]:
    """Return what is noted of a config that is taken."""
    with pytest.warns(NoEffect) as caught:
        configs.load_as(object, folder, text, *changes)
    return [str(one.message) for one in caught]


def test_the_command_line_prints_what_has_no_effect_as_a_note(tmp_path: Path, capsys) -> None:
    path = configs.write(
        tmp_path, configs.swapped(SWEEP, INNER, INNER + "parameters: {migration: {talent_mobility: 0.1}}, ")
    )
    code, _, err = call(capsys, "check", path)
    assert code == 0 and err.startswith("note: ") and f"scenario.{KEY}: has no effect: it is set at" in err


@pytest.mark.parametrize("text", [SWEEP, ARMS, COMPARISON, MORRIS])
def test_what_has_an_effect_is_taken(text: str, tmp_path: Path) -> None:
    configs.load_as(object, tmp_path, text, "seed=4", "years=3")


def test_a_named_scenario_gives_nothing_itself(tmp_path: Path) -> None:
    named = configs.swapped(SWEEP, f"scenario: {{name: s, {TINY}}}", "scenario: inner.yaml")
    inner = "kind: scenario\nname: s\nseed: 9\nworld: {kind: synthetic, name: tiny, regions: 4}\n"
    configs.write(
        tmp_path, inner + "years: 2\nfirms: 1000\nparameters: {migration: {talent_mobility: 0.1}}\n", "inner.yaml"
    )
    assert configs.load_as(object, tmp_path, named)


@pytest.mark.parametrize(
    ("first", "second"),
    [("years=3", "years=4"), (f"{KEY}=0.1", "parameters={}"), ("scenario=small", "scenario=baseline")],
)
def test_an_override_that_replaces_another_is_told(first: str, second: str, tmp_path: Path) -> None:
    text = COMPARISON if first.startswith("scenario") else SWEEP.replace(KEY, "parameters.capital.depreciation")
    told = noted(tmp_path, text, first, second)
    assert any(f"--set {first}: has no effect: --set {second} replaces it" in message for message in told)
    with warnings.catch_warnings():
        warnings.simplefilter("error", NoEffect)  # this one has its effect
        configs.faults(tmp_path, text, "parameters={migration: {}}", f"{KEY}=-1")


YEARS = {
    "start: 2022": "2022 is after the last year of the run, 2021, so it has no effect; expected 2021 or earlier",
    "start: 2023": "2023 is after the last year of the run, 2021",
    "start: 2019, end: 2020": "2020, the first year without it, is not after the first year of the run, 2020",
    "end: 2020": "expected 2021 or later",
    "approval: {lag: 2}": "2: it can be approved in 2022, but its last year in the run is 2021, so it has no effect",
    "start: 2021, approval: {lag: 1}": "it can be approved in 2022",
    "end: 2021, approval: {lag: 1}": "its last year in the run is 2020",
    "overrides: {supporting: {start: 2022}}": "overrides.supporting.start: 2022 is after the last year of the run",
    "overrides: {supporting: {end: 2020}}": "overrides.supporting.end: 2020, the first year without it",
}


@pytest.mark.parametrize("years", YEARS)
@pytest.mark.parametrize("where", ["scenario", "arm", "set"])
def test_a_mechanism_that_never_acts_is_told(years: str, where: str, tmp_path: Path) -> None:
    late = ONE.replace("start: 2021", years)
    if where == "scenario":
        told = configs.faults(tmp_path, f"{SCENARIO}mechanisms: [{late}]\n")
    elif where == "arm":
        told = configs.faults(tmp_path, COMPARISON.replace(ONE, late))
    else:
        told = configs.faults(tmp_path, COMPARISON, f"arms.t.mechanisms=[{late}]")
    assert any(YEARS[years] in message for message in told), told


@pytest.mark.parametrize(
    "years", ["start: 2021", "start: 2010", "end: 2021", "approval: {lag: 1}", "start: 2019, end: 2021"]
)
def test_a_mechanism_that_acts_for_a_year_is_taken(years: str, tmp_path: Path) -> None:
    configs.load_as(object, tmp_path, COMPARISON.replace("start: 2021", years))


@pytest.mark.parametrize(
    "override",
    [
        "years=true",
        f"{KEY}=true",
        'years="2"',
        f'{KEY}="0.1"',
        "demography=1",
        "demography=yes",
        "seed=false",
        "start=true",
        "world.regions=true",
        "world.density=true",
        "record.payments=1",
        "mechanisms=[{kind: enclave, area: true}]",
        "structure={2025: {primary: true, secondary: 0.5, tertiary: 0.5}}",
    ],
)
def test_values_are_taken_at_their_word(override: str, tmp_path: Path) -> None:
    told = configs.faults(tmp_path, SCENARIO, override)
    assert all("is the wrong type" in message for message in told), told
    assert configs.load_as(object, tmp_path, SCENARIO, "years=2.0", "firms=1e3", "demography=false")


def test_text_that_cannot_be_written_is_refused() -> None:
    for letter in ("\ud800", "\udcff", "\0", "\x1b", "\x7f"):
        assert unwritable(f"a{letter}b")
        with pytest.raises(UserError, match="title"):
            Scenario(name="s", title=f"a{letter}b")
    assert Scenario(name="s", title="广州 😀 ا\n\t=1+1 [b]$x$").title


def test_presets_take_defaults_at_their_word() -> None:
    text = "kind: slow\nof: transport_corridor\ntext: It hurts.\ndefaults: {speed: true}\n"
    with pytest.raises(PresetError, match="speed: true is the wrong type; expected a number"):
        make(text, "slow.yaml", "presets")

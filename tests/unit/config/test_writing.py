"""Configs as Python and as YAML: every bundled one is built by a few lines, and is the same after a round trip."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hinterland
from sim.config import bundled, load
from sim.errors import UserError
from sim.world import InlineWorld
from tests.helpers.configs import COMPARED, write

BUNDLED = {**bundled("scenarios"), **bundled("experiments")}
LINES = 30
LETTERS = 120


def built(text: str) -> object:
    """Return what a text of Python calls ``config``."""
    names: dict[str, object] = {}
    exec(text, names)
    return names["config"]


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_config_is_a_few_lines_of_python(name: str, tmp_path: Path) -> None:
    config = load(BUNDLED[name])
    text = config.to_python()
    lines = text.splitlines()
    # A world that is written out in the config takes two lines for each of its regions, an arm or a variant three.
    world = getattr(getattr(config, "scenario", config), "world", None)
    written = len(world.regions) if isinstance(world, InlineWorld) else 0
    parts = sum(len(getattr(config, name, None) or ()) for name in ("arms", "variants"))
    assert len(lines) <= LINES + 2 * max(0, written - 6) + 3 * max(0, parts - 6) and all(
        len(line) <= LETTERS or line.count('"') == 2 for line in lines
    )
    again = built(text)
    assert again == config and again.to_python() == text
    assert load(write(tmp_path, config.to_yaml())) == config
    assert load(write(tmp_path, again.to_yaml())) == config


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=40),
    years=st.integers(1, 200),
    seed=st.integers(0, 2**40),
    mobility=st.floats(0.001, 0.5),
    amount=st.floats(1, 1e9),
    targets=st.lists(st.sampled_from(["supporting", "qingyuan", "guangxi & not wuzhou"]), min_size=1, unique=True),
)
def test_values_survive_a_round_trip(tmp_path: Path, title, years, seed, mobility, amount, targets) -> None:
    transfer = hinterland.FiscalTransfer(name="pay", targets=targets, amount=amount)
    config = hinterland.Scenario(
        name="made", title=title, years=years, seed=seed, mechanisms=(transfer,),
        parameters=hinterland.Parameters(migration=hinterland.Migration(talent_mobility=mobility)),
    )  # fmt: skip
    assert built(config.to_python()) == config
    assert load(write(tmp_path, config.to_yaml())) == config


def test_parameters_given_as_objects_keep_what_was_fitted_for_the_world() -> None:
    given = {"migration": {"talent_mobility": 0.06}}
    typed = hinterland.Parameters(migration=hinterland.Migration(talent_mobility=0.06))
    one, other = (hinterland.Scenario(name="a", parameters=form) for form in (given, typed))
    assert one == other
    assert one.parameters != typed
    default = hinterland.Migration().talent_mobility
    assert hinterland.Scenario(name="a", parameters=one.parameters) == one
    back = hinterland.Parameters(migration=hinterland.Migration(talent_mobility=default))
    assert hinterland.Scenario(name="a", parameters=back).parameters.migration.talent_mobility == default


def test_a_kind_in_a_file_is_written_with_its_file(tmp_path: Path) -> None:
    preset = "kind: small_grant\nof: fiscal_transfer\ntext: Small. It hurts payers.\ndefaults: {amount: 10}\n"
    write(tmp_path, preset, "grants.yaml")
    text = "kind: scenario\nname: small\nmechanisms_from: grants.yaml\nmechanisms: [{kind: small_grant}]\n"
    config = load(write(tmp_path, text))
    assert load(write(tmp_path, config.to_yaml(), "again.yaml")) == config
    assert 'MECHANISMS["small_grant"](' in config.to_python() and built(config.to_python()) == config


WRONG = {
    "regions": ({"mechanisms": [{"kind": "fiscal_transfer", "targets": ["qingyan"]}]}, "did you mean 'qingyuan'"),
    "world": ({"world": "guangzou"}, "world: unknown world 'guangzou'"),
    "keys": ({"yeers": 3}, "yeers: unknown key"),
    "years": (
        {"years": 2, "mechanisms": [{"kind": "fiscal_transfer", "start": 2040}]},
        "2040 is after the last year of the run",
    ),
}


@pytest.mark.parametrize("given, told", WRONG.values(), ids=list(WRONG))
def test_what_check_refuses_cannot_be_built(given: dict, told: str) -> None:
    with pytest.raises(UserError) as caught:
        hinterland.Scenario(name="wrong", **given)
    assert len(caught.value.messages) == 1 and told in caught.value.messages[0]


def test_an_arm_is_checked_as_it_is_built(tmp_path: Path) -> None:
    config = load(write(tmp_path, COMPARED))
    wrong = hinterland.FiscalTransfer(targets=["nowhere"])
    with pytest.raises(UserError, match="arms.other.mechanisms.0.targets.0: 'nowhere' is unknown in world"):
        hinterland.Comparison(
            name="c", scenario=config.scenario, arms={"baseline": {}, "other": hinterland.Arm(mechanisms=(wrong,))}
        )
    with pytest.raises(UserError, match="arms.other.set.yeers: unknown key.*did you mean 'years'"):
        hinterland.Comparison(
            name="c", scenario="small", arms={"baseline": {}, "other": hinterland.Arm(set={"yeers": 3})}
        )
    named = hinterland.Comparison(name="c", scenario="small", arms={"baseline": {}, "other": {}})
    assert named.scenario == load("small")


def test_a_config_shows_itself_in_a_line(tmp_path: Path) -> None:
    config = load(write(tmp_path, COMPARED))
    assert repr(config) == str(config) == "<Comparison mixed: 4 arms, 2 replications>"
    assert repr(config.scenario) == "<Scenario mixed: synthetic twelve, 2020–2023, 1,000 firms, no mechanism>"
    shown = config.model_copy(update={"title": "<b>&"})._repr_html_()
    assert "&lt;b&gt;&amp;" in shown and "<b>" not in shown
    assert all(len(repr(load(path))) < 200 for path in list(BUNDLED.values())[:9])

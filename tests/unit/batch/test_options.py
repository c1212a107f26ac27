"""Every kind of experiment honours or refuses every option; seeds of replications are different."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim import batch
from sim.batch import session
from sim.batch.tasks import IN_SEQUENCE, replication_seed
from sim.config import load
from sim.config.schema.executor import Mpi
from sim.config.schema.scenario import MOST_SEED
from sim.errors import UserError
from sim.kinds import KINDS
from tests.helpers.running import call

# One config of each kind, and one more where a kind has two ways to run.
CONFIGS = {
    "scenario": "small",
    "comparison": "evidence_hub",
    "sweep": "fund_size_leverage",
    "sensitivity": "sensitivity_morris",
    "robustness": "robust_fund",
    "factorial": "factorial_main",
    "tuning": "tune_fund",
    "calibration": "calibrate_2015",
    "estimation": "birthplace_2010",
}
OPTIONS: dict[str, Any] = {
    "workers": 3,
    "machine": Mpi(),
    "overwrite": True,
    "stop_on_failure": True,
    "only": frozenset({"a"}),
    "model": print,
}
FLAGS = {"workers": ["--workers", "3"], "machine": ["--machine", "mpi"], "stop_on_failure": ["--stop-on-failure"]}
HONOURED_ALONE = {("estimation", "overwrite")}  # an estimation has no session, only a folder


class Opened(Exception):
    """A session would have been opened."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Collect the options of sessions, none of which is opened."""
    found: list[dict[str, Any]] = []

    def stop(**options: Any) -> None:
        found.append(options)
        raise Opened

    monkeypatch.setattr(session, "Options", stop)
    monkeypatch.setattr("sim.batch.executors.prepare", lambda *_: None)
    return found


def test_all_kinds_are_tried() -> None:
    assert set(CONFIGS) == set(KINDS)
    assert all(load(name).kind == kind for kind, name in CONFIGS.items())


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("kind", CONFIGS)
def test_options_are_honoured_or_refused(kind: str, option: str, tmp_path: Path, opened: list[dict[str, Any]]) -> None:
    config, out = load(CONFIGS[kind]), tmp_path / "out"
    if (kind, option) in HONOURED_ALONE:
        return
    if option in KINDS[kind].unused:
        with pytest.raises(UserError, match=f"has no effect on kind {kind}"):
            batch.run(config, out, **{option: OPTIONS[option]})
        assert not opened
    else:
        with pytest.raises(Opened):
            batch.run(config, out, **{option: OPTIONS[option]})
        assert opened[0][option] == OPTIONS[option]
    assert not out.exists()


@pytest.mark.parametrize(("kind", "option"), [(k.name, option) for k in KINDS.values() for option in k.unused])
def test_flags_without_effect_exit_with_2(
    kind: str, option: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for flag in [FLAGS[option]] if option in FLAGS else []:
        for more in ([], ["--dry-run"]):
            code, _, said = call(capsys, "run", CONFIGS[kind], "--out", tmp_path / "out", *flag, *more)
            assert code == 2 and f"error: {flag[0]}: has no effect on kind {kind}" in said
    assert not (tmp_path / "out").exists()


def test_seeds_of_replications_differ() -> None:
    assert [replication_seed(3, k) for k in (0, 7, 999)] == [3000, 3007, 3999]
    assert replication_seed(1, IN_SEQUENCE) != replication_seed(2, 0)
    seeds = {replication_seed(seed, k) for seed in range(40) for k in range(2500)}
    assert len(seeds) == 40 * 2500 and max(seeds) < 2**64
    assert replication_seed(MOST_SEED, IN_SEQUENCE - 1) < 2**64 <= replication_seed(MOST_SEED + 1, IN_SEQUENCE - 1)


@pytest.mark.parametrize("kind", [kind for kind in CONFIGS if kind != "estimation"])
def test_seeds_that_no_run_can_have_are_refused(kind: str) -> None:
    for seed in (MOST_SEED + 1, 2**63 - 1, 2**64, -1, 1.5):
        with pytest.raises(UserError, match="seed"):
            load(CONFIGS[kind], [f"seed={seed}"])

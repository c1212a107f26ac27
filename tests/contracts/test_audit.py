"""The audit of a real run: it holds, and a leak planted into any of its books is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

import sim
from tests.helpers.running import call, call_json

LEAK = 1e-6


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of three years of the bundled small scenario."""
    folder = tmp_path_factory.mktemp("audit") / "small"
    assert sim.run(sim.load("small", ["years=3", "firms=1000"]), folder, workers=1).ok
    return folder


def audited(capsys: pytest.CaptureFixture[str], path: Path) -> tuple[int, dict[str, float]]:
    """Run ``hinterland audit``; return its exit code and the breaks."""
    capsys.readouterr()
    code, found = call_json(capsys, "audit", path)
    return code, found["breaks"]


def largest_payment(file: h5py.File) -> None:
    """Raise the largest payment of the second year."""
    year, amount = file["payments/year"][()], file["payments/amount"][()]
    row = int(np.where(year == year.min() + 1, amount, 0.0).argmax())
    file["payments/amount"][row] = amount[row] * (1 + LEAK)


def smallest_account(file: h5py.File) -> None:
    """Let the account with the smallest volume receive a little that it does not pass on."""
    year, payee, amount = (file[f"payments/{name}"][()] for name in ("year", "payee", "amount"))
    volume = np.bincount(payee, np.where(year == year.max(), amount, 0.0))
    account = int(np.where(volume > 0, volume, np.inf).argmin())
    row = int(np.flatnonzero((year == year.max()) & (payee == account))[0])
    file["payments/amount"][row] = amount[row] + LEAK * volume[account]


def workers(file: h5py.File) -> None:
    """Add workers to the smallest region in the second year."""
    region = int(file["people"][1].sum(axis=1).argmin())
    file["people"][1, region, 0] *= 1 + LEAK


def talent(file: h5py.File) -> None:
    """Take talent from the largest region in the last year."""
    region = int(file["people"][-1].sum(axis=1).argmax())
    file["people"][-1, region, 1] *= 1 - LEAK


def graduates(file: h5py.File) -> None:
    """Let a few more workers of one region graduate than became talent."""
    file["graduates"][0, 0] += LEAK * file["people"][0, 0].sum()


def negative_capital(file: h5py.File) -> None:
    """Turn the capital of a cell negative."""
    file["capital"][1, 5, 2] = -LEAK * file["capital"][()].max()


def no_number(file: h5py.File) -> None:
    """Put something into value added that is no number."""
    file["value_added"][2, 7, 3] = np.nan


LEAKS = {
    largest_payment: "stored_money", smallest_account: "stored_money",
    workers: "stored_people", talent: "stored_people", graduates: "stored_people",
    negative_capital: "stored_capital", no_number: "stored_finite",
}  # fmt: skip


def test_audit_of_a_real_run_holds(real, capsys):
    code, breaks = audited(capsys, real)
    assert code == 0 and set(LEAKS.values()) | {"audit_money", "audit_people", "audit_capital"} <= set(breaks)
    assert max(breaks.values()) <= 1e-9, breaks


@pytest.mark.parametrize("plant", LEAKS, ids=lambda plant: plant.__name__)
def test_a_planted_leak_is_named(plant: Callable[[h5py.File], None], real, tmp_path, capsys):
    copy = shutil.copytree(real, tmp_path / "copy")
    with h5py.File(copy / "runs" / "small-000.h5", "r+") as file:
        plant(file)
    code, breaks = audited(capsys, copy)
    broken = {name for name, value in breaks.items() if not value <= 1e-9}
    assert (code, broken) == (1, {LEAKS[plant]}), breaks
    lines = [line.split() for line in call(capsys, "audit", copy)[1].splitlines() if "VIOLATED" in line]
    assert [line[0] for line in lines] == [LEAKS[plant]]

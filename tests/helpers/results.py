"""Made-up results with real shapes, for tests of results, analysis, figures and the report."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from sim.catalogue import GROUPS, SECTORS, VARIABLES, ZONES
from sim.record import PAYMENT_DTYPE, RunRecord
from sim.results.files import CLASSES, run_path, write_run

# id, name, name_zh, zone, province, lat, lon
REGIONS = (
    ("guangzhou", "Guangzhou", "广州", "centre", "guangdong", 23.13, 113.26),
    ("shenzhen", "Shenzhen", "深圳", "pilot", "guangdong", 22.54, 114.06),
    ("foshan", "Foshan", "佛山", "pilot", "guangdong", 23.02, 113.12),
    ("qingyuan", "Qingyuan", "清远", "leading", "guangdong", 23.68, 113.06),
    ("meizhou", "Meizhou", "梅州", "supporting", "guangdong", 24.29, 116.12),
    ("wuzhou", "Wuzhou", "梧州", "supporting", "guangxi", 23.48, 111.28),
    ("ganzhou", "Ganzhou", "赣州", "supporting", "jiangxi", 25.83, 114.93),
    ("bijie", "Bijie", "毕节", "supporting", "guizhou", 27.30, 105.28),
)
AREAS = ("prd",) * 4 + ("east", "west", "central", "west")
CIRCLES = ("inner", "outer", "inner", "inner") + ("",) * 4
START = 2020


def make_coords() -> dict[str, Any]:
    """Return coordinates of the made-up world, as `write_run` takes them."""
    ids, names, names_zh, zones, provinces, lat, lon = zip(*REGIONS, strict=True)
    return {
        "region": ids, "name": names, "name_zh": names_zh, "zone": zones, "province": provinces,
        "lat": np.array(lat), "lon": np.array(lon), "sector": SECTORS, "group": GROUPS,
        "area": AREAS, "circle": CIRCLES,
    }  # fmt: skip


def make_record(seed: int = 0, years: int = 5, arm: str = "baseline") -> RunRecord:
    """Return a made-up run that keeps the identities of people and of the ledger.

    Arms share the draws of `seed`; every arm but ``baseline`` helps supporting regions a little.
    """
    draw = np.random.default_rng(seed)
    sizes = {"region": len(REGIONS), "origin": len(REGIONS), "destination": len(REGIONS),
             "sector": len(SECTORS), "group": len(GROUPS),
             **{name: len(labels) for name, labels in CLASSES.items()}}  # fmt: skip
    series = {}
    own = np.random.default_rng([seed, 1])  # of variables that came later, so that they shift no other draw
    for name, variable in VARIABLES.items():
        if name.endswith("_zones") or name in _MONEY:
            continue  # follow from the flows and from what the arm pays
        shape = (years, *(sizes[d] for d in variable.dims))
        growth = 1.03 ** np.arange(years).reshape(-1, *([1] * len(variable.dims)))
        drawn = (own if variable.detail == "classes" or name in _LATER else draw).uniform(0.8, 1.2, shape)
        series[name] = drawn * _SCALE.get(variable.unit, 1.0) * growth
    help_ = 0.0 if arm == "baseline" else 0.01 + 0.01 * (sum(map(ord, arm)) % 5) + 0.002 * draw.standard_normal()
    supporting = np.array([r[3] == "supporting" for r in REGIONS])
    for name in ("talent_flow", "worker_flow", "capital_flow", "firm_flow", "firm_capital_flow"):
        series[name] = series[name] * (1 + help_ * supporting)
    series["commuters"] = series["commuters"] * (1 - np.eye(len(REGIONS)))
    _people(series, years)
    belongs = np.array([[r[3] == zone for zone in ZONES] for r in REGIONS], dtype=float)
    for name in [name for name in series if name.endswith("_flow")]:
        series[f"{name}_zones"] = belongs.T @ series[name] @ belongs
    _places(series, years)
    ramp = 1 + help_ * np.linspace(0, 1, years)[:, None] * supporting
    for name in ("value_added", "capital", "firms"):
        series[name] = series[name] * ramp[:, :, None]
    for name in ("capital_by_class", "real_firms_by_class", "value_added_by_class"):
        gain = 1 + help_ * np.linspace(0, 1, years)
        series[name][:, ZONES.index("supporting")] *= gain[:, None, None, None]
    series["real_income"] = series["real_income"] * ramp
    series["welfare"] = series["welfare"] + np.log(ramp)[:, :, None]
    paid = 0.0 if arm == "baseline" else 1000.0
    series |= {name: np.full(years, share * paid) for name, share in _MONEY.items()}
    series["own_revenue"] = series["value_added"].sum(axis=(1, 2)) * 0.3
    payments, accounts, purposes = _payments(years, paid)
    reports = {} if arm == "baseline" else {(arm, "delivered"): np.full(years, 0.9 * paid)}
    reports |= {(arm, "public outlay"): np.full(years, paid)} if reports else {}
    units = dict.fromkeys(reports, "million yuan/yr")
    if arm == "fund":
        reports[arm, "public invested"] = 1000.0 * (1 + np.arange(years))
        reports[arm, "leverage realised"] = np.full(years, 3.0)
        units |= {(arm, "public invested"): "million yuan", (arm, "leverage realised"): "1"}
    return RunRecord(START + np.arange(years), series, payments, accounts, purposes, reports, units, {"margin": 0.4})


_LATER = frozenset({"employment", "labour_income", "labour_paid", "commuters_in", "commuters_out", "commuters"})
# Series of what an arm costs, by their size relative to its yearly outlay.
_MONEY = {"public_outlay": 1.0, "public_return": 0.1, "public_equity": 0.5, "public_claims": 0.02, "own_revenue": 0.0}
_SCALE = {
    "persons": 2e6, "persons/yr": 2e3, "firms": 200.0, "firms/yr": 16.0, "million yuan": 3e5,
    "million yuan/yr": 1e5, "yuan/person/yr": 6e4, "1/yr": 0.1, "kt CO2/yr": 4e4, "h": 2.0,
}  # fmt: skip


def _people(series: dict[str, np.ndarray], years: int) -> None:
    off = 1 - np.eye(len(REGIONS))
    scale = {"talent_flow": 1.0, "worker_flow": 3.0, "capital_flow": 0.05, "firm_flow": 0.2, "firm_capital_flow": 0.02}
    for name, by in scale.items():
        series[name] = (series[name] * off * by).astype(np.float32).astype(float)
    series["people"][0] *= np.array([1.0, 0.3]) * np.linspace(3, 1, len(REGIONS))[:, None]
    for t in range(years - 1):
        step = series["births_less_deaths"][t].copy()
        step += np.stack([-series["graduates"][t], series["graduates"][t]], axis=1)
        for g, name in enumerate(("worker_flow", "talent_flow")):
            step[:, g] += series[name][t].sum(axis=0) - series[name][t].sum(axis=1)
        series["people"][t + 1] = series["people"][t] + step


def _places(series: dict[str, np.ndarray], years: int) -> None:
    lat, lon = (np.array([r[k] for r in REGIONS]) for k in (5, 6))
    hours = 0.5 + 1.1 * np.hypot(lat - lat[0], lon - lon[0])
    series["centre_hours"] = np.tile(hours, (years, 1))
    series["hinterland"] = np.tile((hours < 4).astype(float), (years, 1))
    for name, factor in (("accessible_1h", 0.5), ("accessible_3h", 2.0), ("accessible_5h", 5.0)):
        series[name] *= factor
    series["value_added"] *= np.linspace(4, 0.5, len(REGIONS))[None, :, None]
    for name in (n for n in series if n.startswith("audit_")):
        series[name] = np.full(years, 1e-13)


def _payments(years: int, paid: float) -> tuple[np.ndarray, list[str], list[str]]:
    accounts = ["nation", "households", *(f"treasury:{r[0]}" for r in REGIONS)]
    rows = []
    for t in range(years):
        for k in range(2, len(accounts)):
            amount = 100.0 * k + paid / len(REGIONS)
            rows += [(START + t, 1, 0, 0, amount), (START + t, 0, k, 1, amount), (START + t, k, 1, 2, amount)]
    return np.array(rows, dtype=PAYMENT_DTYPE), accounts, ["taxes", "transfer", "services"]


def write_fake(
    folder: str | Path,
    arms: tuple[str, ...] = ("baseline", "enclave", "fund"),
    replications: int = 3,
    years: int = 5,
    names: tuple[str, ...] | None = None,
) -> Path:
    """Write a whole made-up results folder and return it; `names` are other names of the regions and of the title."""
    own = {} if names is None else {"name": names, "name_zh": names, "province": names}
    kinds = {"fund": "investment_fund"}
    policies = {arm: [] if arm == "baseline" else [{"kind": kinds.get(arm, arm), "name": arm}] for arm in arms}
    config = json.dumps(
        {
            "kind": "comparison",
            "name": "fake",
            "title": " ".join(names or ("made up",)),
            "arms": {arm: {"mechanisms": p} for arm, p in policies.items()},
        }
    )
    for arm in arms:
        for k in range(replications):
            identity = hashlib.sha256(f"{arm}:{k}".encode()).hexdigest()
            meta = {
                "config": config, "seed": 1 + k, "arm": arm, "replication": k, "run_id": identity,
                "versions": {"python": "3.11"}, "commit": "unknown", "world": "fake", "wall_s": 0.1,
            }  # fmt: skip
            write_run(run_path(folder, arm, k), make_record(100 + k, years, arm), make_coords() | own, meta)
    manifest = {"name": "fake", "config": json.loads(config), "arms": list(arms), "replications": replications}
    (Path(folder) / "experiment.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Path(folder)

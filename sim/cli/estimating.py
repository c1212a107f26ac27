"""Implementation of `run` and `check` for estimations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.output import answer, clean, console, next_steps, say, table

if TYPE_CHECKING:
    from sim.config import Estimation


def run(config: Estimation, folder: Path, overwrite: bool, as_json: bool) -> None:
    """Estimate, write the results to a folder and print the estimates."""
    from sim.estimation import run_estimation

    outcome = run_estimation(config, folder, overwrite=overwrite, console=console())
    found = outcome.headline
    if as_json:
        files = [str(f) for f in outcome.files]
        answer(clean({"ok": True, "folder": str(outcome.folder), "files": files, **found}))
        return
    rows = [
        (e["term"], f"{e['value']:.4f}", f"{e['standard_error']:.4f}", f"{e['low']:.4f} to {e['high']:.4f}")
        for e in found["estimates"]
    ]
    say(f"{found['method']}:")
    table(rows, ("term", "estimate", "standard error", "95 % interval"))
    fit = {k: v for k, v in found["statistics"].items() if v is not None}
    explained = fit.get("pseudo_r2", float("nan"))
    say(f"SRMSE {fit['srmse']:.3f}, deviance {fit['deviance']:,.0f}, pseudo R2 {explained:.3f}")
    next_steps(
        f"results: {outcome.folder}",
        f"to use it in a scenario: include: [{outcome.folder / 'fragment.yaml'}]",
        f"open {outcome.folder / 'report.html'}",
    )


def check(config: Estimation) -> None:
    """Read the table of an estimation, which reports its errors."""
    from sim.estimation import read_flows

    read_flows(config)

"""Running an estimation into a results folder: estimates, config fragment, figure, report."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from sim import results
from sim.batch.outcome import Outcome
from sim.batch.screen import screen_of
from sim.batch.session import open_folder
from sim.batch.tasks import config_text
from sim.config.design.estimation import table_path
from sim.config.schema.estimation import Estimation
from sim.estimation import fragment
from sim.estimation.gravity import Fit, fit
from sim.estimation.table import digest, read_flows
from sim.figures import gravity as figure
from sim.figures import style
from sim.report.page import filled, picture
from sim.results import write_text

STATISTICS = {
    "pairs": "Pairs",
    "coefficients": "Coefficients, including fixed effects",
    "srmse": "Standardised root mean square error",
    "deviance": "Deviance",
    "dispersion": "Dispersion (Pearson); 1 for Poisson variance",
    "pseudo_r2": "Pseudo R2, share of explained deviance",
    "mcfadden_r2": "Pseudo R2 of McFadden",
    "correlation": "Correlation of observed and fitted flows",
}


def run_estimation(
    config: Estimation,
    out: Path,
    overwrite: bool = False,
    console: Console | None = None,
    report: bool = True,
    **others: Any,
) -> Outcome:
    """Estimate into a results folder.

    Parameters
    ----------
    config : Estimation
    out : Path
        Results folder.
    overwrite : bool
        Replace another experiment's results.
    console : Console, optional
        Where messages go.
    report : bool
        Whether to draw the figure and write the report.
    **others
        Unused; see `sim.batch.session.Options`.

    Returns
    -------
    Outcome
        ``headline`` is the content of ``estimates.json``.

    Raises
    ------
    UserError
        If the table has problems, or the folder holds another experiment and `overwrite` is off.
    """
    screen = screen_of(console or Console(quiet=True))
    flows = read_flows(config)
    result = fit(flows, config)
    for note in flows.notes:
        screen.print(f"note: {note}")
    with open_folder(config, out, overwrite) as opened:
        folder = opened.folder
        results.write_manifest(folder, config.name, config_text(config), [], 0)
        outcome = _written(config, result, folder, report)
    outcome.illustrate(
        lambda: _figures(config, result, folder / "figures"),
        lambda: write_text(folder / "report.html", _page(config, result, outcome.headline, folder)),
        screen,
    )
    return outcome


def _written(config: Estimation, result: Fit, out: Path, report: bool) -> Outcome:
    """Write tables and fragment."""
    summary = _summary(config, result)
    files = [
        write_text(out / "estimates.json", json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n"),
        write_text(out / "estimates.csv", _csv(summary["estimates"])),
    ]
    if result.effects:
        rows = [{"side": s, "place": p, "log_effect": v} for (s, p), v in result.effects.items()]
        files.append(write_text(out / "effects.csv", _csv(rows)))
    files.append(write_text(out / "fragment.yaml", fragment.text(config, result)))
    return Outcome(out, 1, headline=summary, files=files, illustrated=report)


def _summary(config: Estimation, result: Fit) -> dict[str, Any]:
    tables = [name for name in (config.table, config.places) if name]
    return {
        "name": config.name, "title": config.title, "form": config.form, "decay": config.distance.decay,
        "method": fragment.method(config, result), "source": fragment.source_of(config),
        "tables": {table_path(name).name: digest(name) for name in tables},
        "estimates": [asdict(e) for e in result.estimates],
        "statistics": {k: _finite(v) for k, v in result.statistics.items()},
        "left_out": result.left_out, "parameters": fragment.assignments(config, result),
        "versions": results.versions(),
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _figures(config: Estimation, result: Fit, folder: Path) -> list[Path]:
    spec, slope = config.distance, result["distance"]
    drawn = figure.draw(
        result.flow, result.fitted, result.distance, result.origin != result.destination,
        figure.Decay(spec.decay, slope.value, slope.standard_error, spec.plus, spec.unit),
    )  # fmt: skip
    return style.save(drawn, folder / "gravity.png", folder / "gravity.pdf")


def _page(config: Estimation, result: Fit, summary: dict[str, Any], out: Path) -> str:
    content = {
        **summary, "statistic_titles": STATISTICS, "picture": picture(out / "figures" / "gravity.png"),
        "caption": figure.CAPTION, "effects": len(result.effects),
        "fragment": (out / "fragment.yaml").read_text(encoding="utf-8"),
    }  # fmt: skip
    return filled(content, "estimation.html.j2", "sim.batch")

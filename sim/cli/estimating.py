"""The outcome of an estimation on the screen."""

from __future__ import annotations

from typing import Any

from sim.cli.output import answer, clean, next_steps, say, table


def show(outcome: Any, as_json: bool) -> None:
    """Print the estimates; see `sim.cli.running.show`."""
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

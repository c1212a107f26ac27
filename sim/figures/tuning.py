"""Figures of a tuning: trials along each lever; front and search history from `pareto`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis import Tuned, key_title, lever_text, readable
from sim.figures import pareto, style
from sim.figures.marks import legend
from sim.figures.names import wrapped

COLUMNS = 3  # levers side by side
LETTERS = 40  # characters per line of an axis label
HORIZONTAL = 26  # total characters up to which category labels are horizontal
LEVERS_CAPTION = (
    "All trials along each lever; the other levers differ between trials. Filled: feasible; cross: constraint "
    "violated; small and pale: pruned after half of its seeds; orange with its 95 % interval: the best trial, or the "
    "front."
)
DROPPED = "Trials pruned after half of their seeds are omitted."
# by state: colour, marker, size
STATES = {
    "pruned": ("#B5B5B5", "o", 2.0),
    "constraint violated": (style.BASELINE, "x", 3.5),
    "feasible": (style.PALETTE[0], "o", 3.5),
}


def tuning_captions(tuned: Tuned) -> dict[str, str]:
    """Return the figures of a tuning and their captions."""
    if len(tuned.objectives) == 1:
        return {"history": f"{pareto.BEST_CAPTION} {DROPPED}", "levers": LEVERS_CAPTION}
    front = {"front": f"{pareto.CAPTION} {DROPPED}", "history": f"{pareto.HISTORY_CAPTION} {DROPPED}"}
    return {**front, "levers": LEVERS_CAPTION}


def save_tuning(tuned: Tuned, folder: str | Path) -> list[Path]:
    """Draw the figures of a tuning and write them as PNG (150 dpi) and PDF; return the files."""
    complete = tuned.trials.copy()
    # pruned trials are not candidates for the front
    complete.loc[complete["state"] != "complete", [o["name"] for o in tuned.objectives]] = np.nan
    figures = {
        "history": pareto.draw_history(complete, tuned.objectives),
        "levers": draw_levers(tuned.trials, tuned.front["trial"].tolist(), tuned.objectives, tuned.levers),
    }
    if len(tuned.objectives) > 1:
        figures["front"] = pareto.draw(complete, tuned.objectives)
    paths = {name: [Path(folder) / f"{name}.{ending}" for ending in ("png", "pdf")] for name in figures}
    return [path for name, figure in figures.items() for path in style.save(figure, *paths[name])]


def draw_levers(
    trials: pd.DataFrame,
    front: Sequence[int],
    objectives: Sequence[Mapping[str, Any]],
    levers: Sequence[Mapping[str, Any]],
) -> Figure:
    """Return one panel per objective and lever.

    Parameters
    ----------
    trials : DataFrame
        Trials of a tuning: levers, objectives with ``_low`` and ``_high``, ``feasible``, ``pruned``, ``state``.
    front : sequence of int
        Numbers of the best trials.
    objectives : sequence of mapping
        ``name, title, unit``.
    levers : sequence of mapping
        ``key, title, unit``; ``values``: categories in order, or None; ``log``: whether its scale is logarithmic.
    """
    shown = trials[trials["state"] != "failed"]
    lines = -(-len(levers) // COLUMNS)
    columns = min(COLUMNS, len(levers))
    with style.styled():
        if shown.empty:
            return style.empty("Every trial failed.")
        width = max(4.2, 2.7 * columns + 0.6)
        figure, axes = style.panels(len(objectives) * lines, columns, width=width, height=2.5)
        for i, objective in enumerate(objectives):
            for j in range(lines * columns):
                panel = axes[i * lines * columns + j]
                if j >= len(levers):
                    panel.set_axis_off()
                    continue
                _panel(panel, shown, front, objective, levers[j])
                if lines == 1 and i < len(objectives) - 1:  # the lever is labelled in the last row
                    panel.tick_params(labelbottom=False)
                else:
                    panel.set_xlabel(_label(levers[j]))
                if j % columns == 0:
                    unit = scale_of(shown, objective)[1]
                    panel.set_ylabel(f"{fill(objective['title'], 30)}\n[{unit}]", fontsize=8)
        handles = {h.get_label(): h for panel in axes for h in panel.get_legend_handles_labels()[0]}
        legend(figure, list(handles.values()), [str(label) for label in handles])
    return figure


def state_of(trials: pd.DataFrame) -> np.ndarray:
    """Return the key of `STATES` for each trial."""
    return np.where(trials["pruned"], "pruned", np.where(trials["feasible"], "feasible", "constraint violated"))


def scale_of(trials: pd.DataFrame, objective: Mapping[str, Any]) -> tuple[float, str]:
    """Return the scale factor and unit in which an objective is displayed."""
    values = trials[objective["name"]].abs()
    return readable(objective["unit"], float(values.max()) if values.notna().any() else 0.0)


def _panel(
    axes: Axes,
    trials: pd.DataFrame,
    front: Sequence[int],
    objective: Mapping[str, Any],
    lever: Mapping[str, Any],
) -> None:
    scale, _ = scale_of(trials, objective)
    name, states = objective["name"], state_of(trials)
    x = _positions(trials[lever["key"]], lever)
    for state, (colour, marker, size) in STATES.items():
        mask = states == state
        if mask.any():
            y = trials.loc[mask, name] * scale
            axes.plot(x[mask], y, marker, ms=size, color=colour, mew=1.0, ls="", label=state, zorder=2)
    best = trials["trial"].isin(front).to_numpy()
    if best.any():
        rows = trials[best]
        ends = np.abs(np.stack([rows[name] - rows[f"{name}_low"], rows[f"{name}_high"] - rows[name]])) * scale
        label = "best" if best.sum() == 1 else "front"
        colour = style.PALETTE[1]
        axes.errorbar(x[best], rows[name] * scale, np.nan_to_num(ends), fmt="o", ms=4.5, color=colour, lw=1.2, zorder=3)
        axes.plot([], [], "o", ms=4.5, color=colour, label=label)
    if lever["log"]:
        style.logarithmic(axes, "x")
    else:
        axes.xaxis.set_major_formatter(style.Thousands())
    if lever["values"] is not None:
        texts = [wrapped(lever_text(value), 80, 8.0) for value in lever["values"]]
        horizontal = sum(max(map(len, text.split("\n"))) for text in texts) <= HORIZONTAL
        turned: dict[str, Any] = {} if horizontal else {"rotation": 30, "ha": "right"}
        axes.set_xticks(range(len(texts)), texts, **turned)
        axes.set_xlim(-0.5, len(texts) - 0.5)


def _label(lever: Mapping[str, Any]) -> str:
    unit = f" [{lever['unit']}]" if lever["unit"] not in ("", "1") else ""
    return fill(f"{key_title(lever['key'])}{unit}", LETTERS)


def _positions(values: pd.Series, lever: Mapping[str, Any]) -> np.ndarray:
    """Return positions along an axis: numbers as they are, categories by index."""
    if lever["values"] is None:
        return values.to_numpy(dtype=float)
    names = [str(value) for value in lever["values"]]
    return np.array([names.index(str(value)) for value in values], dtype=float)

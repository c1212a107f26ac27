"""The report of a scenario or comparison."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup

from sim import results
from sim.analysis import (
    INDICATORS,
    appraisal_of,
    baseline_of,
    config_of,
    has_pairs,
    headline_table,
    mechanisms_of,
    members_of,
    number,
    of_variant,
    readable,
    shown_indicators,
    signed,
    unpriced,
    years_of,
    years_text,
)
from sim.analysis.classes import firms_by_class
from sim.analysis.costs import parts_of_cost
from sim.catalogue import VARIABLES
from sim.currency import currency_of, in_currency, money_of
from sim.figures import CAPTIONS, save_all
from sim.figures.style import display_name
from sim.parameters import Appraisal
from sim.report.answer import answer_of
from sim.report.certainty import certainty, rule_text
from sim.report.classes import class_rows
from sim.report.costs import (
    INTERACTION_NOTE,
    break_even_cell,
    break_even_note,
    cost_cells,
    cost_note,
    discount_of,
    interaction_tables,
)
from sim.report.grounds import grades_text
from sim.report.levels import NOT_CONTAINED, levels_of
from sim.report.mechanisms import mechanism_rows
from sim.report.numbers import (
    agents_parts,
    decides,
    groups_parts,
    per_billion_parts,
    scale_of,
    seeds_parts,
    small_print,
    unpriced_note,
)
from sim.report.sentences import Figure, amount, interval_of, marked, power, shown, with_powers
from sim.report.stopping import decided_text
from sim.report.trust import boxes
from sim.report.variants import variant_facts

QUESTION = (
    "How do capital, talent and industry move between a central city and the regions it serves, "
    "and what does regional policy change?"
)
HEADLINE_NOTE = (
    "Each cell: mean of the paired differences, for levels also in per cent of the baseline; 95 % interval and share "
    "of seeds with the sign of the mean; effect per billion yuan of additional gross public outlay, both present "
    "values: annual quantities are summed over all years, stocks and indices are those of the last year. Levels are "
    "for the last year, flows are sums over all years. Coloured where the difference is significant after the "
    "correction for all comparisons of the headline: green for changes that benefit the supporting regions, orange for "
    "the reverse."
)
FIRST = ("incidence", "incidence_narrow")  # figures of the answer, wide and for phones
_STORED = {
    "stored_money": "Stored ledger: receipts less payments of each account",
    "stored_people": "Stored people: change less births, graduates and moves",
    "stored_capital": "Stored capital: negative values",
    "stored_finite": "Stored values that are not finite (share)",
}


def write_report(folder: str | Path, draw: bool = True, out: Path | None = None, ds: xr.Dataset | None = None) -> Path:
    """Write ``report.html`` of a scenario or comparison; see `sim.report.write_report`."""
    folder = Path(folder)
    out = folder if out is None else out
    ds = results.open_results(folder) if ds is None else ds
    if draw:
        save_all(ds, out / "figures")
    return results.write_text(out / "report.html", filled(_content(ds, folder, out), "template.html.j2"))


def filled(content: Mapping[str, Any], template: str, package: str = "sim.report") -> str:
    """Return a rendered template of a package."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(package, "."), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.globals["shown"] = shown
    environment.filters["amount"] = lambda *given: with_powers(number(*given))
    environment.filters["signed"] = lambda *given: with_powers(signed(*given))
    # pages without runs have no world
    return environment.get_template(template).render({"money": money_of({}), **content})


def picture(path: Path) -> str:
    """Return an image as base64 text for embedding in a page."""
    return base64.b64encode(path.read_bytes()).decode("ascii")


def _content(ds: xr.Dataset, folder: Path, out: Path) -> dict[str, Any]:
    config, baseline, currency = config_of(ds), str(baseline_of(ds)), currency_of(ds.attrs)
    whole = headline_table(ds, baseline) if has_pairs(ds, baseline) else None
    names = [] if whole is None else shown_indicators(ds, whole.columns.get_level_values(0).unique())
    table = None if whole is None else whole[names]
    return {
        "title": config.get("title") or display_name(ds.attrs.get("name", folder.name)),
        "question": QUESTION,
        "answer": _answer(ds, folder, baseline, out) if table is not None else None,
        "missing": list(ds.attrs.get("missing", [])),
        "runs": int(ds["finished"].values.sum()),
        "seeds": marked(seeds_parts("arms", ds["finished"].sum("replication").values)),
        "agents": marked(agents_parts(ds)),
        "rule": marked(rule_text(config)),
        "decided": marked(decided_text(ds, folder, config)),
        **span(ds),
        "world": ds.attrs.get("world", ""),
        "budget": budget_facts(config),
        "arms": _arms(ds, config, _budget(folder)),
        "headline": _headline(table, currency) if table is not None else None,
        "headline_note": marked(
            [*groups_parts(ds, names), f" {in_currency(HEADLINE_NOTE, currency)}", f" {unpriced_note(ds)}".rstrip()]
        ),
        "not_contained": NOT_CONTAINED,
        "levels": levels_of(ds),
        "cost_note": cost_note(appraisal_of(ds)),
        "break_even_note": break_even_note(appraisal_of(ds)) if unpriced(ds) else None,
        "interaction": interaction_tables(ds) if table is not None else None,
        "interaction_note": INTERACTION_NOTE,
        "certainty": certainty(table, currency, whole) if table is not None else None,
        "classes": class_rows(firms_by_class(ds, baseline)) if table is not None else None,
        "variants": variant_facts(ds) if table is not None else None,
        "mechanisms": mechanism_rows(of_variant(ds, baseline)),
        "figures": figure_rows(out, {name: text for name, text in CAPTIONS.items() if name not in FIRST}),
        **closing(folder, ds, config),
    }


def _answer(ds: xr.Dataset, folder: Path, baseline: str, out: Path) -> dict[str, Any] | None:
    """Return the answer in three sentences, with the figure of who gains and who loses."""
    answer = answer_of(ds, folder, baseline)
    if answer is None:
        return None
    figures = figure_rows(out, {name: CAPTIONS[name] for name in FIRST})
    return {
        **answer._asdict(),
        **{name: marked(getattr(answer, name)) for name in ("helps", "loses", "sure", "trust", "basis")},
        "rests": [marked(one) for one in answer.rests],
        "grounds": [
            {"title": one.title, "grade": one.grade, "findings": [marked(line) for line in one.findings],
             "assumed": marked(one.assumed)} for one in answer.grounds
        ],
        "grades": grades_text(answer.grounds),
        "named": _named(answer.named, currency_of(ds.attrs)),
        "delivered": [(arm, marked(one)) for arm, one in answer.delivered],
        "risks": [(arm, marked(one)) for arm, one in answer.risks],
        "figure": figures[0] if figures else None, "narrow": figures[-1] if figures else None,
    }  # fmt: skip


def span(ds: xr.Dataset) -> dict[str, Markup]:
    """Return the first and the last year of some results."""
    years = {name: int(ds["year"].values[k]) for name, k in (("first", 0), ("last", -1))}
    return {name: marked([Figure(name, year, str(year))]) for name, year in years.items()}


def _named(table: pd.DataFrame, currency: str) -> dict[str, Any]:
    """Return the table of effects on a few regions by name."""
    largest = float(table["difference"].abs().max()) if len(table) else np.nan
    scale, unit = readable(in_currency("million yuan/yr", currency), largest) if len(table) else (1.0, "")
    arms = list(dict.fromkeys(table["arm"]))
    rows = []
    for (region, name), part in table.groupby(["region", "name"], sort=False):
        cells = part.set_index("arm").to_dict("index")
        rows.append([name, *(_effect(f"region:{arm}:{region}", cells[arm], scale) for arm in arms)])
    return {"unit": unit, "arms": [display_name(arm) for arm in arms], "rows": rows}


def _effect(key: str, row: dict[Any, Any], scale: float) -> Markup:
    percent = amount(f"{key}:percent", row["percent"], 1, 2, True)
    bounds = interval_of(key, row["ci_low"], row["ci_high"], scale)
    return marked([amount(key, row["difference"], scale, sign=True), " ", *bounds, ", ", percent, " %"])


def budget_facts(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return amount, measure and discount rate of the common budget of an experiment, if it has one."""
    budget = config.get("common_budget")
    if not budget:
        return None
    rate = marked([discount_of(Appraisal.of(config))])
    return {"measure": "gross", **budget, "amount": shown("budget:amount", float(budget["amount"])), "discount": rate}


def _budget(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the results of scaling to the common budget, by arm."""
    path = folder / "scaled.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _arms(ds: xr.Dataset, config: dict[str, Any], scaled: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    arms, costs = [], parts_of_cost(ds, appraisal_of(ds))
    for arm, member in members_of(ds).items():
        facts = (config.get("arms") or {}).get(member.arm, {}) if isinstance(config.get("arms"), dict) else {}
        kinds = ", ".join(display_name(m.get("kind", "")) for m in mechanisms_of(ds, arm))
        found = scaled.get(member.arm)
        arms.append(
            {
                "title": display_name(member.arm) + ("" if member.main else f", {member.variant}"),
                "policy": facts.get("title") or kinds or "no policy",
                "costs": cost_cells(arm, costs[arm]),
                "break_even": break_even_cell(ds, arm),
                "factor": shown(f"costs:{arm}:strength", found["factor"], digits=4) if found else "–",
                "pilot": shown(f"costs:{arm}:pilot", found["cost"], digits=6) if found and member.main else "–",
                "note": found["note"] if found and member.main else "",
            }
        )
    return arms


def _headline(table: pd.DataFrame, currency: str) -> dict[str, Any]:
    arms = [str(arm) for arm in table.index]
    columns = [{"title": "Indicator", "number": False}, {"title": "Baseline", "number": True}]
    columns += [{"title": display_name(arm), "number": True} for arm in arms]
    rows = []
    for indicator in table.columns.get_level_values(0).unique():
        facts, part, years = INDICATORS[indicator], table[indicator], years_text(years_of(indicator))
        scale, unit = scale_of(indicator, float(part["difference"].abs().max()), currency)
        base = shown(f"headline:{indicator}:baseline", float(part["baseline_mean"].iloc[0]), scale, 4)
        cells = [{"text": Markup("{}<br><small>{}</small>").format(facts.title, unit + years), "css": "head"}]
        cells.append({"text": "–" if facts.paired else base, "css": "n"})
        cells += [_cell(arm, part.loc[arm].to_dict(), indicator, scale) for arm in arms]
        rows.append({"cells": cells, "first": False})
    return {"columns": columns, "rows": rows}


def _cell(arm: str, row: dict[str, Any], indicator: str, scale: float) -> dict[str, str]:
    css, base, facts = "open", float(row["baseline_mean"]), INDICATORS[indicator]
    key = f"headline:{indicator}:{arm}"
    if decides(row):
        helps = facts.better * np.sign(row["difference"])
        css = "up" if helps > 0 else "down" if helps < 0 else ""
    if not np.isfinite(row["difference"]):
        return {"text": "–", "css": "n open"}
    text = shown(f"{key}:difference", float(row["difference"]), scale, sign=True)
    # percentages are meaningless for net flows near zero and for indices
    if years_of(indicator) == "last" and facts.unit != "1" and base > 0:
        text += marked([" (", amount(f"{key}:percent", row["difference"] / base, 100.0, 2, sign=True), " %)"])
    text += small_print(key, row, scale)
    if (per := per_billion_parts(key, row, scale)) != ["–"]:
        text += Markup("<br><small>{}</small>").format(marked([*per, " per bn"]))
    return {"text": text, "css": f"n {css}"}


def figure_rows(folder: Path, captions: dict[str, str]) -> list[dict[str, str]]:
    """Return the existing figures with their images as text."""
    found = []
    for name, caption in captions.items():
        path = folder / "figures" / f"{name}.png"
        if path.is_file():
            found.append({"name": name, "caption": caption, "data": picture(path)})
    return found


def closing(folder: Path, ds: xr.Dataset, config: dict[str, Any]) -> dict[str, Any]:
    """Return what every page of runs ends with: identities, what was cut in the base year, versions and config."""
    notes = results.notes_of(folder)
    return {
        "money": money_of(ds.attrs),
        "audit": _audit_rows(folder),
        "clipped": notes.get("clipped_migration_targets", []),
        "reduced": notes.get("reduced_home_shares", []),
        "versions": _version_rows(ds, config),
        **boxes(folder, config),
        "config": json.dumps(config, indent=2, ensure_ascii=False),
    }


def _audit_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the largest violation of each identity."""
    rows = []
    for name, value in results.audit(folder).items():
        title = VARIABLES[name].title if name in VARIABLES else _STORED.get(name, display_name(name))
        short = display_name(name.removeprefix("audit_"))
        rows.append({"name": short, "title": title, "value": marked([_violation(name, float(value))])})
    return rows


def _violation(name: str, value: float) -> Figure:
    """Return a relative violation, by its order of magnitude only."""
    if not np.isfinite(value):
        return Figure(f"identities:{name}", value, "not a number")
    if value == 0 or value > 1e-3:
        return amount(f"identities:{name}", value)
    above = int(np.floor(np.log10(value))) + 1
    return Figure(f"identities:{name}", value, f"below {power(above)}")


def _version_rows(ds: xr.Dataset, config: dict[str, Any]) -> list[tuple[str, str]]:
    """Return commit, seed and versions."""
    versions = json.loads(ds.attrs.get("versions") or "{}")
    seed = config.get("seed")
    rows = [("commit", str(ds.attrs.get("commit", "unknown")))]
    if seed is not None:
        rows.append(("seed", str(seed)))
    return rows + sorted(versions.items())

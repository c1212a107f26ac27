"""The scorecard of a region: one comparison of all bundled instruments, who pays, table and page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sim import results
from sim.analysis import has_pairs
from sim.analysis.scorecard import Aim, How, own_shares, scorecard_table
from sim.batch.aiming import Spec, aims
from sim.batch.executors import prepare, threads_of
from sim.batch.experiment import run_arms
from sim.batch.outcome import Outcome
from sim.batch.phases import phase
from sim.batch.screen import Screen
from sim.config import Comparison
from sim.config.text.problems import validate
from sim.currency import columns_in, currency_of
from sim.errors import RunFailed, UserError
from sim.figures.style import display_name
from sim.paths import absolute
from sim.report.scorecard import Card, card_of, write_page

BASELINE = "baseline"
RECORDED = ("public_revenue", "public_spending")  # in addition to what every run stores
PAYERS = "payers"  # folder of the runs that store the ledger, in the folder of the results


@dataclass
class Scorecard:
    """A finished scorecard.

    Attributes
    ----------
    outcome : Outcome
        Of the comparison.
    table : DataFrame
        See `sim.analysis.scorecard.scorecard_table`.
    card : Card
        What the page shows.
    files : list of Path
        The page and the table.
    """

    outcome: Outcome
    table: pd.DataFrame
    card: Card
    files: list[Path] = field(default_factory=list)


def scorecard_config(
    region: str, world: str = "guangzhou", seeds: int = 20, firms: int = 20_000, years: int = 13,
    kinds: Sequence[str] = (),
) -> tuple[Comparison, list[Aim]]:  # fmt: skip
    """Return the comparison of all bundled instruments, aimed at a region where they can be, and how each is.

    Parameters
    ----------
    region : str
        Its id.
    world : str
    seeds, firms, years : int
        Replications of each arm; firm agents and years of each run.
    kinds : sequence of str
        Kinds of mechanisms; all that have a bundled comparison by default.

    Raises
    ------
    UserError
        For an unknown region or kind, or if no instrument can be run in the world.
    """
    scenario = {"name": f"scorecard_{region}", "world": world, "years": years, "firms": firms}
    found = aims(region, scenario, kinds)
    if not any(spec for _, spec in found):
        raise UserError(f"{region}: no instrument can be run in world '{world}': {found[0][0].reason}")
    return _comparison(region, scenario, {aim.kind: spec for aim, spec in found if spec}, seeds), [a for a, _ in found]


def _comparison(region: str, scenario: dict[str, Any], specs: dict[str, Spec], seeds: int) -> Comparison:
    arms = {kind: {"title": display_name(kind), "mechanisms": [spec]} for kind, spec in specs.items()}
    data = {
        "kind": "comparison", "name": scenario["name"], "title": f"Instruments for {display_name(region)}",
        "question": f"What does each policy instrument do to {display_name(region)}?",
        "scenario": {**scenario, "record": {"variables": list(RECORDED)}},
        "arms": {BASELINE: {"title": "No policy"}, **arms}, "replications": seeds, "report": {"regions": [region]},
    }  # fmt: skip
    config, problems = validate(Comparison, data)
    if config is None:
        raise UserError([one.sentence for one in problems])
    return config


def run_scorecard(
    config: Comparison, found: Sequence[Aim], region: str, folder: Path, console: Screen | None = None, **options: Any
) -> Scorecard:
    """Run the comparison of a scorecard, or what is missing of it; write ``scorecard.csv`` and ``scorecard.html``.

    One more run of each arm stores the ledger of payments, from which it is known who pays: ledgers of all runs would
    take gigabytes.

    Parameters
    ----------
    config, found
        Of `scorecard_config`.
    region : str
    folder : Path
    console : Screen, optional
        For progress.
    **options
        Of `sim.batch.session.Options`.

    Raises
    ------
    RunFailed
        If no arm shares a finished run with the baseline.
    """
    console = Screen(stderr=True, quiet=True) if console is None else console
    prepare(options.get("machine") or config.machine, options.get("workers"), threads_of(config))
    # Without the tables of a comparison, which take a minute for forty arms.
    outcome = run_arms(config, absolute(folder), console=console, **options)
    paid = run_arms(_with_ledger(config), absolute(folder / PAYERS), console=console, **options)
    outcome.missing += [f"{PAYERS}/{name}" for name in paid.missing]
    outcome.ok = outcome.ok and paid.ok
    ds = results.open_results(outcome.folder)
    if not has_pairs(ds, BASELINE):
        raise RunFailed(f"{folder}: no arm shares a finished run with the baseline; see `hinterland status {folder}`")
    with phase(console, "computing the table"):
        ledgers = {aim.kind: _ledger(paid.folder, aim.kind) for aim in found if aim.how is not How.REFUSED}
        table = scorecard_table(ds, region, found, own_shares(ledgers, region), BASELINE)
        card = card_of(ds, outcome.folder, region, found, table)
    csv = columns_in(table, currency_of(ds.attrs)).to_csv(index=False, float_format="%.10g")
    files = [results.write_text(folder / "scorecard.csv", csv), write_page(card, folder / "scorecard.html")]
    outcome.files += files
    return Scorecard(outcome, table, card, files)


def _with_ledger(config: Comparison) -> Comparison:
    record = config.scenario.record.model_copy(update={"payments": True})
    return config.model_copy(
        update={"replications": 1, "scenario": config.scenario.model_copy(update={"record": record})}
    )


def _ledger(folder: Path, arm: str) -> pd.DataFrame:
    try:
        return results.payments(folder, arm, 0)
    except UserError:  # a run that failed
        return pd.DataFrame()

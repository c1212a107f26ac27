"""The answer of a comparison in three sentences: what helps most per public yuan, who loses, how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis import (
    appraisal_of,
    config_of,
    group_mask,
    group_text,
    headline_table,
    key_title,
    main_group,
    reference_of,
    unpriced,
)
from sim.analysis.incidence import NATION, gains, groups_of, incidence, lead_of, per_yuan, regions_affected
from sim.analysis.likelihood import NOTE, word_of
from sim.analysis.statistics import interval
from sim.analysis.validated import read_validated, tally
from sim.currency import Money, money_of
from sim.figures.style import display_name
from sim.groups import Group
from sim.report.costs import break_even_parts
from sim.report.grounds import Grounds, delivered, grounds_of, owned_and_owed
from sim.report.neighbours import Robustness, robustness_nearby
from sim.report.sentences import BILLION, Figure, Sentence, amount, interval_of, listed, plain

NAMED = 4  # regions named as losers of an arm


class Answer(NamedTuple):
    """Question and answer.

    Attributes
    ----------
    question : str
    helps, loses, sure, trust : list
        Sentences, see `sim.report.sentences`; the last one is what the answer rests on, in brief.
    basis : list
        Number of pairs, years, base of the money.
    scale : str
        What the words of certainty mean.
    rests : list of list
        What the order of the instruments depends on: sentences.
    grounds : list of Grounds
        Evidence on each instrument.
    delivered : list of (str, list)
        By arm, what the runs realised of the plans: sentences.
    risks : list of (str, list)
        By arm, the worst outcomes over pairs of runs, and what is owned and owed at the end: sentences.
    asks : list of (str, str)
        Next questions, and the command that answers each.
    named : DataFrame
        Rows of `sim.analysis.incidence.regions_affected` of the regions on which arms are evaluated, if these are few.
    """

    question: str
    helps: Sentence
    loses: Sentence
    sure: Sentence
    trust: Sentence
    basis: Sentence
    scale: str
    rests: list[Sentence]
    grounds: list[Grounds]
    delivered: list[tuple[str, Sentence]]
    risks: list[tuple[str, Sentence]]
    asks: list[tuple[str, str]]
    named: pd.DataFrame

    @property
    def texts(self) -> dict[str, str]:
        """The sentences as text, by what they answer."""
        parts = (
            ("What helps most", self.helps),
            ("Who loses", self.loses),
            ("How sure", self.sure),
            ("What it rests on", self.trust),
            ("Basis", self.basis),
        )
        return {title: plain(sentence) for title, sentence in parts}


def answer_of(ds: xr.Dataset, folder: Path, baseline: str) -> Answer | None:
    """Return the answer of a comparison; None if no arm has a cost.

    Arms without a known price have no place in the order per yuan, but a break-even cost; see `sim.analysis.unpriced`.

    Parameters
    ----------
    ds : Dataset
    folder : Path
        Its results; a robustness analysis in a neighbouring folder is used.
    baseline : str
    """
    config, group, money = config_of(ds), next(iter(groups_of(ds))), money_of(ds.attrs)
    ratios = per_yuan(ds, baseline, group)
    others = [arm for arm in unpriced(ds) if "public_outlay" in ds and reference_of(ds, arm) == baseline]
    if ratios.empty and not others:
        return None
    effects = incidence(ds, baseline).set_index(["arm", "group"])
    order = [str(arm) for arm in ratios.mean().sort_values(ascending=False).index]
    titles = {str(arm): _title(config, str(arm)) for arm in [*ratios.columns, *others]}
    nearby = analysis_nearby(ds, folder)
    first, last = int(ds["year"].values[0]), int(ds["year"].values[-1])
    count, rate = int(effects["n"].max()), 100 * appraisal_of(ds).discount
    funds, firms = appraisal_of(ds).funds_cost, int((config.get("scenario") or config).get("firms", 0))
    basis: Sentence = [
        "Differences from the baseline in ", amount("n", count), " pairs of runs with the same random draws and ",
        amount("firms", firms), " firm agents, with 95 % intervals; losses are clear of zero after the correction for "
        "all comparisons; value added and money of ", Figure("last", last, str(last)), " in prices of ",
        Figure("first", first, str(first)), money("; effects per yuan"), ", costs and net benefits are present "
        "values of all years at ", amount("discount", rate), " % a year; net benefit is the real income of households "
        "less ", amount("funds_cost", funds), " times the net cost.",
    ]  # fmt: skip
    grounds = grounds_of(ds)
    return Answer(
        str(config.get("question") or config.get("title") or display_name(str(ds.attrs.get("name", "")))),
        _helps(ds, baseline, ratios, titles, group),
        _loses(ds, baseline, [*order[:2], *others], titles),
        _sure(ratios, titles, nearby, money),
        _trust(nearby, grounds),
        basis,
        NOTE,
        _rests(nearby, titles, money),
        grounds,
        [(titles.get(arm, display_name(arm)), sentence) for arm, sentence in delivered(ds, baseline)],
        _risks(ds, baseline, group, titles),
        _asks(config, nearby),
        _named(ds, baseline, group),
    )


def analysis_nearby(ds: xr.Dataset, folder: Path) -> Robustness | None:
    """Return the robustness analysis of the arms of a comparison in a neighbouring folder, if there is one."""
    # An analysis that did not evaluate the targets may have evaluated the supporting zone.
    evaluated = dict.fromkeys((str(main_group(ds)), str(Group.SUPPORTING)))
    return robustness_nearby(folder, config_of(ds), [f"{one}_value_added" for one in evaluated])


def _title(config: Mapping[str, Any], arm: str) -> str:
    """Return what an arm is, within a sentence."""
    title = ((config.get("arms") or {}).get(arm.split(".")[0]) or {}).get("title") or display_name(arm)
    return f"“{title}”"


def _helps(ds: xr.Dataset, baseline: str, ratios: pd.DataFrame, titles: dict[str, str], group: str) -> Sentence:
    """Return what helps most per yuan, with net cost and net benefit; at which cost arms without a price break even."""
    unknown = break_even_parts(ds, baseline, titles)
    if ratios.empty:
        return [f"No instrument has a place in an order {money_of(ds.attrs)('per yuan')} of public outlay. ", *unknown]
    order = [str(arm) for arm in ratios.mean().sort_values(ascending=False).index]
    whose, money = whom(group, ds), money_of(ds.attrs)
    items: list[Sentence] = []
    for k, arm in enumerate(order):
        mean, low, high, _ = interval(ratios[arm].dropna().to_numpy())
        key, per = f"per_yuan:{group}:{arm}", "" if k else money(" yuan")
        name = f" for {titles[arm]}" if k else ""
        bounds = interval_of(key, float(low), float(high), sign=False)
        items.append([amount(key, float(mean)), f"{per} ", *bounds, name])
    lead, (best, *others) = lead_of(ratios), items
    against: Sentence = [", against ", *listed(others)] if others else []
    rest: Sentence = [" ", *unknown] if unknown else []
    if lead is not None and not lead.decided:
        start: Sentence = [
            f"Undecided: {money('per yuan')} of public outlay {titles[lead.first]} and {titles[lead.second]} add about "
            f"as much to the value added of {whose}: "
        ]
        return [*start, *best, *against, ". ", *_costs(ds, baseline, order, titles), *rest]
    most = "most " if others else ""
    start = [f"{money('Per yuan')} of public outlay, {titles[order[0]]} adds {most}to the value added of {whose}: "]
    return [*start, *best, *against, ". ", *_costs(ds, baseline, order, titles), *rest]


def _costs(ds: xr.Dataset, baseline: str, order: Sequence[str], titles: dict[str, str]) -> Sentence:
    """Return net cost and net benefit of the nation of the two best arms, and whether no arm is worth its cost."""
    table = headline_table(ds, baseline)
    if any(name not in table for name in ("public_net_cost", "net_benefit")):
        return []
    items: list[Sentence] = []
    for arm in order[:2]:
        cost, benefit = (table[name].loc[arm] for name in ("public_net_cost", "net_benefit"))
        key = f"headline:net_benefit:{arm}"
        items.append([
            amount(f"headline:public_net_cost:{arm}", cost["difference"], BILLION), " and ",
            amount(key, benefit["difference"], BILLION, sign=True), " ",
            *interval_of(key, benefit["ci_low"], benefit["ci_high"], BILLION), f" for {titles[arm]}",
        ])  # fmt: skip
    benefits = [table["net_benefit"].loc[arm, "ci_high"] for arm in order]
    verdict = ""
    if len(order) > 1 and max(benefits) < 0:
        whose = " with a known price" if unpriced(ds) else ""
        verdict = f" For the nation none of the arms{whose} is worth its cost within these years."
    return [money_of(ds.attrs)("Net cost and net benefit of the nation, billion yuan: "), *listed(items), f".{verdict}"]


def _loses(ds: xr.Dataset, baseline: str, arms: Sequence[str], titles: Mapping[str, str]) -> Sentence:
    """Return who loses under some arms: groups and regions by name, only what is clear of zero after the correction.

    Regions of the report come first, then those that lose most.
    """
    effects, regions = incidence(ds, baseline).set_index(["arm", "group"]), regions_affected(ds, baseline)
    words = {group: whom(group, ds) for group in groups_of(ds)}
    own = ds["region"].values[group_mask(ds, Group.REGIONS)].astype(str)
    out: Sentence = []
    for arm in arms:
        lost = regions[(regions["arm"] == arm) & (regions["adjusted_high"] < 0)]
        lost = lost.assign(elsewhere=~lost["region"].isin(own)).sort_values(["elsewhere", "difference"])
        parts: list[Sentence] = []
        for group, row in effects.loc[arm].iterrows():
            if row["adjusted_high"] < 0:
                key, unit = f"incidence:{arm}:{group}", "" if parts else money_of(ds.attrs)(" billion yuan a year")
                bounds = interval_of(f"{key}:loss", -row["ci_high"], -row["ci_low"], BILLION, sign=False)
                loss = amount(f"{key}:loss", -row["difference"], BILLION)
                parts.append([f"{words[str(group)]} by ", loss, f"{unit} ", *bounds])
        if not parts and lost.empty:
            continue
        out += [" " if out else "", f"Under {titles[arm]}, value added clearly falls in "]
        out += listed(parts) if parts else []
        if len(lost):
            named: list[Sentence] = [
                [f"{row['name']} (", amount(f"region:{arm}:{row['region']}", row["difference"], BILLION, 2, True), ")"]
                for _, row in lost.head(NAMED).iterrows()
            ]
            out += ["; in " if parts else "", amount(f"losers:{arm}", len(lost))]
            out += [" of ", amount("regions", regions["region"].nunique()), " regions, most in ", *listed(named)]
        unclear = [words[str(group)] for group, row in effects.loc[arm].iterrows()
                   if row["difference"] < 0 and row["adjusted_high"] >= 0]  # fmt: skip
        out += ["; undecided for ", *listed([[one] for one in unclear])] if unclear else []
        out += ["."]
    return out or ["No group of regions and no region clearly loses value added."]


def whom(group: str, ds: xr.Dataset | None = None) -> str:
    """Return the name of a group of `sim.analysis.incidence.groups_of` within a sentence; a few regions by name."""
    chosen = Group(group) if group in (Group.REGIONS, Group.TARGETS) else None
    if ds is not None and chosen is not None and group_mask(ds, chosen).sum() <= NAMED:
        return group_text(ds, chosen)
    named = {NATION: "the nation", "centre": "the centre"} | {str(one): one.words for one in Group}
    return named.get(group, f"the {group} regions")


def _sure(ratios: pd.DataFrame, titles: dict[str, str], nearby: Robustness | None, money: Money) -> Sentence:
    """Return how sure the first place is: over seeds, and over parameters if that was analysed."""
    lead, out = lead_of(ratios), Sentence()
    if ratios.empty:
        out += [f"There is no order {money('per yuan')} to be sure of. "]
    if lead is not None:
        verb, by = ("leads", " by ") if lead.decided else ("does not clearly lead", "; the difference is ")
        out += [
            f"At the default parameters {titles[lead.first]} {verb} {titles[lead.second]}{by}",
            amount("lead:difference", lead.difference, digits=2), " ",
            *interval_of("lead", lead.low, lead.high, sign=lead.low < 0), money(" yuan per yuan"), ", above zero in ",
            amount("lead:share", 100 * lead.sign_share), " % of ", amount("lead:n", lead.n), " pairs of runs. ",
        ]  # fmt: skip
    if nearby is None:
        return [
            *out,
            "How far the parameters matter has not been examined: no robustness analysis of these arms is in a "
            "neighbouring folder.",
        ]
    best = nearby.winners.sort_values("won", ascending=False).iloc[0]
    key, share = f"futures:{best['policy']}", float(best["share"])
    policy = titles.get(str(best["policy"]), display_name(str(best["policy"])))
    out += [
        "Over the ranges of ", amount("uncertainties", nearby.uncertainties), f" parameters ({nearby.name}, ",
        amount("futures:firms", nearby.firms), f" firm agents) it is {word_of(share)} that {policy} has the largest "
        f"{money('effect per yuan')} on {whom(nearby.group)}: ",
        amount(f"{key}:share", 100 * share), " % ",
        *interval_of(f"{key}:share", 100 * float(best["share_low"]), 100 * float(best["share_high"]), sign=False),
        " of ", amount(f"{key}:futures", int(best["futures"])), " futures.",
    ]  # fmt: skip
    return out


def _trust(nearby: Robustness | None, grounds: Sequence[Grounds]) -> Sentence:
    """Return what the answer rests on in brief: what changes the order, evidence, assumptions, validation."""
    out: Sentence = ["Parameters at their defaults. "]
    if nearby is not None:
        values: list[Sentence] = [
            [amount(f"switching:{row['uncertainty']}:value", float(row["value"])),
             f" of “{nearby.titles.get(str(row['uncertainty'])) or key_title(str(row['uncertainty']))}”"]
            for _, row in nearby.switching.iterrows()
        ]  # fmt: skip
        alone: Sentence = ["The order of the two best changes at a value of ", *listed(values), ". "]
        out = alone if values else ["No parameter changes the order of the two best alone. "]
    assumed, whole = (sum(getattr(one, name) for one in grounds) for name in ("n_assumed", "n_settings"))
    grades = sorted({one.grade for one in grounds})
    out += [
        f"Evidence on the effects of the instruments: grade {' and '.join(grades)}; ", amount("assumptions", assumed),
        " of their ", amount("all_settings", whole), " settings are assumptions. ",
    ]  # fmt: skip
    count = tally(read_validated().rows["verdict"])
    return [*out, "The model passes ", amount("checks:passed", count.passed), " of ",
            amount("checks:counted", count.counted), " validation checks."]  # fmt: skip


def _meant(nearby: Robustness | None, key: str) -> str:
    """Return what a varied key is."""
    title = "" if nearby is None else nearby.titles.get(key, "")
    return f"{title} ({key_title(key)})" if title else key_title(key)


def _rests(nearby: Robustness | None, titles: Mapping[str, str], money: Money) -> list[Sentence]:
    """Return the values of parameters at which the order of the two best instruments changes."""
    if nearby is None:
        return []
    rows: list[Sentence] = []
    for _, row in nearby.switching.iterrows():
        first, second = (titles.get(str(row[side]), display_name(str(row[side]))) for side in ("first", "second"))
        name = str(row["uncertainty"])
        key = f"switching:{name}"
        rows.append([
            f"{_meant(nearby, name)}: {first} and {second} have the same {money('effect per yuan')} on "
            f"{whom(nearby.group)} at ", amount(f"{key}:value", float(row["value"])), " (range ",
            amount(f"{key}:from", float(row["low"]), digits=2), " to ",
            amount(f"{key}:to", float(row["high"]), digits=2), ").",
        ])  # fmt: skip
    none: Sentence = [
        "No other of the ", amount("uncertainties", nearby.uncertainties), " parameters changes the order alone."
    ]  # fmt: skip
    return [*rows, none]


def _risks(ds: xr.Dataset, baseline: str, group: str, titles: Mapping[str, str]) -> list[tuple[str, Sentence]]:
    """Return the worst decile of the gain of the first group and of the nation, and the share of pairs with a loss."""
    found: list[tuple[str, Sentence]] = []
    pairs = {name: gains(ds, baseline, name) for name in (group, NATION)}
    for arm, title in titles.items():
        out = Sentence()
        for name, table in pairs.items():
            values, key = table[arm].dropna().to_numpy(), f"risk:{arm}:{name}"
            out += ["; " if out else "", f"{whom(name, ds)} ", amount(f"{key}:decile", float(np.quantile(values, 0.1)),
                    BILLION, sign=True), money_of(ds.attrs)(" billion yuan a year"), " in the worst decile, a loss in ",
                    amount(f"{key}:loss", 100 * float((values < 0).mean())), " % of pairs"]  # fmt: skip
        found.append((title, [*out, ". At the end: ", *owned_and_owed(ds, baseline, arm), "."]))
    return found


def _named(ds: xr.Dataset, baseline: str, group: str) -> pd.DataFrame:
    """Return the effects on each region of a group of few regions; empty for a group of many."""
    table, mask = regions_affected(ds, baseline), groups_of(ds)[group]
    few = ds["region"].values[mask].astype(str) if mask.sum() <= NAMED else []
    return table[table["region"].isin(few)]


def _asks(config: Mapping[str, Any], nearby: Robustness | None) -> list[tuple[str, str]]:
    """Return the next questions, with commands."""
    asks = []
    if not config.get("precision") and not config.get("select"):
        twice = 2 * int(config.get("replications") or 1)
        asks.append((
            "Would twice as many pairs of runs narrow the intervals? FILE is the config of these results, or its name "
            "if it is a bundled one, DIR the folder of this page:",
            f"hinterland run FILE --out DIR --set replications={twice}",
        ))  # fmt: skip
    if nearby is None:
        asks.append((
            "Does the order of the instruments depend on parameters? An experiment of kind robustness with the same "
            "arms, at the strengths of the table of arms, says so; this page quotes it once its results are in a "
            "neighbouring folder (docs/experiments.md):",
            "hinterland run ROBUSTNESS_FILE --out NEIGHBOUR",
        ))  # fmt: skip
    asks.append(("What else do the runs contain?", "hinterland export DIR --to csv"))
    return asks

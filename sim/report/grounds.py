"""What an answer rests on: evidence on each instrument, what the runs realised of the plans, liabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from sim.analysis import mechanisms_of, members_of, of_variant
from sim.analysis.measured import Effect, effects_of, graded
from sim.analysis.paired import pair_differences
from sim.analysis.statistics import interval
from sim.analysis.validated import effects_measured
from sim.currency import money_of
from sim.figures.style import display_name
from sim.mechanisms import MECHANISMS
from sim.policy.evidence import GRADES, Finding, Realised, finding
from sim.policy.mechanism import Mechanism
from sim.report.sentences import BILLION, Sentence, amount, interval_of, listed

# What public accounts own or owe at the end, with the words for it.
OWNED = {
    "public_equity": "stakes of funds worth {} billion yuan, at market risk",
    "public_claims": "cash less debt of funds and project companies of {} billion yuan",
}


class Grounds(NamedTuple):
    """Evidence on an instrument.

    Attributes
    ----------
    title, grade : str
    findings : list
        Sentences; empty if none is known.
    assumed : list
        How many of its settings are assumptions.
    n_assumed, n_settings : int
    """

    title: str
    grade: str
    findings: list[Sentence]
    assumed: Sentence
    n_assumed: int = 0
    n_settings: int = 0


def kinds_of(ds: xr.Dataset) -> dict[str, type[Mechanism] | None]:
    """Return the kinds of the mechanisms of all arms; None for one that is not installed here."""
    names = dict.fromkeys(
        str(one.get("kind", "")) for arm in ds["arm"].values.astype(str) for one in mechanisms_of(ds, arm)
    )
    return {name: MECHANISMS.get(name) for name in names}


def grounds_of(ds: xr.Dataset) -> list[Grounds]:
    """Return the evidence on each instrument of the arms, graded."""
    measured, found = effects_measured(), []
    for kind, cls in kinds_of(ds).items():
        if cls is None:
            found.append(Grounds(display_name(kind), "–", [["this kind is not installed here"]], []))
            continue
        effects = [one for one in map(finding, cls.evidence) if one.about == "effect"]
        lines = [_compared(one, measured) for one in effects]
        lines = [[f"The study: {cls.study}"], *lines] if cls.study else lines
        lines += [_effect(one, k) for k, one in enumerate(effects_of(kind))]
        bases = _bases(cls)
        assumed = sum(basis.startswith("assumption") for basis in bases)
        share: Sentence = [amount(f"assumed:{kind}", assumed), " of ", amount(f"settings:{kind}", len(bases))]
        letter = graded(kind, cls.evidence)
        found.append(Grounds(display_name(kind), letter, lines, share if bases else [], assumed, len(bases)))
    return found


def grades_text(used: list[Grounds]) -> str:
    """Return what the grades of a table mean."""
    return "; ".join(f"{letter}: {GRADES[letter]}" for letter in GRADES if any(one.grade == letter for one in used))


def _compared(one: Finding, measured: Mapping[str, tuple[float, float]]) -> Sentence:
    """Return a finding and what the model shows instead."""
    kind = "causal" if one.causal else "descriptive"
    out: Sentence = [f"{one}; {kind}, {one.place}"]
    if one.row not in measured:
        return out if one.measure is not None else [*out, f"; not compared with the model, {one.differs}"]
    (mean, half), key = measured[one.row], f"validated:{one.row}"
    shown = [amount(key, mean, 100, 2, True), " % ", *interval_of(key, mean - half, mean + half, 100)]
    if not np.isfinite(one.low):
        return [*out, "; the model: ", *shown, f"; only the sign is compared, {one.differs}" if one.differs else ""]
    where = "inside" if one.within(mean, half) else "outside"
    published = amount(f"published:{one.row}", one.low, 100, 2, True)
    return [*out, "; published ", published, f" %, {where} the interval of the model, ", *shown]


def _effect(one: Effect, k: int) -> Sentence:
    """Return what the instrument does at its defaults in its bundled comparison, or to whom it does harm."""
    key = f"effect:{one.kind}:{k}"
    titles = {"instrument": "At its defaults", "studied": "At the size that was studied"}
    out: Sentence = [f"{'Who loses' if one.role == 'harm' else titles[one.arm]}: {one.text}, "]
    shown: Sentence = [amount(key, one.mean, 1, 2, True), f" {one.unit} "]
    shown += interval_of(key, one.mean - one.half_width, one.mean + one.half_width)
    ends: Sentence = [
        ", ", amount(f"{key}:horizon", one.horizon), " years after its start, change against no policy, n = ",
        amount(f"{key}:n", one.n),
    ]  # fmt: skip
    if one.verdict.startswith("not"):
        return [*out, f"{one.verdict}, ", *shown, *ends]
    if np.isfinite(one.published_low):
        ends += [
            "; published ", amount(f"{key}:published", one.published_low, 1, 2, True), f" {one.unit}, {one.size}",
            f"; fitted, {one.fitted}" if one.fitted else "",
        ]  # fmt: skip
    elif one.differs:
        ends.append(f"; only the sign is compared, {one.differs}")
    return [*out, *shown, *ends]


def _bases(cls: type[Mechanism]) -> list[str]:
    """Return what the defaults of a kind are based on."""
    return [
        str(field.json_schema_extra["basis"])
        for field in cls.model_fields.values()
        if isinstance(field.json_schema_extra, dict) and "basis" in field.json_schema_extra
    ]


def delivered(ds: xr.Dataset, baseline: str) -> list[tuple[str, Sentence]]:
    """Return, by arm and mechanism, what the runs realised of the plan: title of the arm and sentence."""
    return [
        (arm, sentence)
        for arm, member in members_of(ds).items()
        if member.main and arm != baseline
        for sentence in _of_arm(ds, arm)
    ]


def _of_arm(ds: xr.Dataset, arm: str) -> Iterator[Sentence]:
    for one in mechanisms_of(ds, arm):
        cls = MECHANISMS.get(str(one.get("kind")))
        for fact in () if cls is None else cls.realised:
            sentence = _realised(ds, arm, one, fact)
            if sentence:
                yield sentence
        if float(one.get("delivery", 1.0)) < 1:
            name = str(one.get("name") or one["kind"])
            share = amount(f"delivery:{arm}:{name}", 100 * float(one["delivery"]), digits=2)
            yield [f"{display_name(name)}: ", share, " % of what is due arrives, as set"]


def _realised(ds: xr.Dataset, arm: str, one: Mapping[str, Any], fact: Realised) -> Sentence:
    """Return what is realised, mean over runs; nothing if the runs did not report it or the config states no plan."""
    name = str(one.get("name") or one["kind"])
    if any(f"{name}.{item}" not in ds for item in (fact.item, *fact.of)) or fact.planned not in ("", *one):
        return []
    value = _reported(ds, arm, f"{name}.{fact.item}")
    if fact.of:
        whole = sum((_reported(ds, arm, f"{name}.{item}") for item in fact.of), np.zeros_like(value))
        value = np.divide(value, whole, out=np.full_like(value, np.nan), where=whole > 0)
    if not np.isfinite(value).any():  # nothing was due
        return []
    share = float(np.nanmean(value))
    key, head = f"realised:{arm}:{name}:{fact.item}", f"{display_name(name)}: "
    title = money_of(ds.attrs)(fact.title)
    if fact.planned:
        planned = amount(f"planned:{arm}:{name}:{fact.planned}", float(one[fact.planned]), digits=2)
        return [head + title + " ", amount(key, share, digits=2), " of ", planned, " planned"]
    return [head, amount(key, 100 * share), f" % of {title}"]


def _reported(ds: xr.Dataset, arm: str, name: str) -> np.ndarray:
    """Return a report by replication: its sum over years if it is annual, otherwise its last value."""
    values = ds[name].sel(arm=arm).transpose("replication", "year").to_numpy()
    if str(ds[name].attrs.get("units", "")).endswith("/yr"):
        return np.nansum(values, axis=1)
    years = np.flatnonzero(np.isfinite(values).any(axis=0))
    return values[:, years[-1]] if years.size else values[:, -1]


def owned_and_owed(ds: xr.Dataset, baseline: str, arm: str) -> Sentence:
    """Return what public accounts own or owe at the end because of an arm, beyond the baseline."""
    ds, parts, money = of_variant(ds, baseline), list[Sentence](), money_of(ds.attrs)
    for name, words in OWNED.items():
        if name in ds:
            pairs = pair_differences(ds[name].isel(year=-1, drop=True).load().reset_coords(drop=True), baseline)[arm]
            mean, (start, end) = float(pairs.mean()), money(words).split("{}")
            if abs(mean) >= 1:  # million yuan
                parts.append([start, amount(f"owned:{arm}:{name}", mean, BILLION, sign=mean < 0), end])
    if "debt" in ds:
        total = ds["debt"].isel(year=-1, drop=True).load().reset_coords(drop=True).sum("region", skipna=False)
        pairs = pair_differences(total, baseline)[arm].dropna().to_numpy()
        mean, low, high, _ = interval(pairs)
        if low > 0 or high < 0:
            key = f"owed:{arm}:debt"
            bounds = interval_of(key, float(low), float(high), BILLION)
            parts.append(
                ["debt of cities ", amount(key, float(mean), BILLION, sign=True), money(" billion yuan "), *bounds]
            )
    return listed(parts) if parts else ["no stakes, claims or debts beyond the baseline's"]

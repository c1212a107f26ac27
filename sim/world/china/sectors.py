"""Six sectors from three-sector accounts and census employment.

Rules by prefecture-level unit:

* agriculture is the primary sector;
* the share of manufacturing in secondary value added follows its share in secondary employment, with a relative
  productivity that reproduces the national share of .69;
* energy- and carbon-intensive industry is .30 of manufacturing and .40 of the other secondary sector (mining, power);
  the rest of the latter, construction, counts as manufacturing;
* high technology is .25 of manufacturing nationally, in proportion to the share of ICT and science in employment
  relative to the nation, with the ratio bounded by .3 and 2.4;
* shares within the three sectors are those of 2020 in every year, the only census with this detail;
* producer services are ICT, finance, science and .25 of other tertiary employment, each weighted by its labour
  productivity; consumer services are the rest of the tertiary sector.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MANUFACTURING_SHARE = 0.69  # of national secondary value added, national accounts 2020
CARBON_SHARE = 0.30
EXTRACTION_SHARE = 0.40
HIGH_TECH_SHARE = 0.25
HIGH_TECH_RANGE = (0.3, 2.4)
OTHER_PRODUCER_SHARE = 0.25
PRODUCTIVITY = {"ict": 2.0, "finance": 3.5, "science_tech": 1.4, "other": 1.0}
FLOOR_SHARE = 2e-4
SAR_SHARES = {
    "hong_kong": (0.001, 0.035, 0.035, 0.009, 0.50, 0.42),
    "macao": (0.001, 0.034, 0.020, 0.005, 0.20, 0.74),
}


def _employment(data: pd.DataFrame) -> pd.DataFrame:
    """Return the employment columns, (units, 8), with the few missing units at national means."""
    columns = [c for c in data if c.startswith("employed_")]
    found = data[columns].astype(float)
    nation = found.sum()
    for column in columns:
        found[column] = found[column].fillna(nation[column] / nation["employed_total"])
    return found.rename(columns=lambda c: c.removeprefix("employed_"))


def _manufacturing_share(jobs: pd.DataFrame, secondary: np.ndarray) -> np.ndarray:
    """Return the share of manufacturing in secondary value added; relative productivity by bisection in logs."""
    share = (jobs["manufacturing"] / jobs["secondary"].clip(lower=1e-9)).clip(0.02, 0.98).to_numpy()
    low, high = -4.0, 4.0
    for _ in range(50):
        odds = np.exp((low + high) / 2) * share / (1 - share)
        result = odds / (1 + odds)
        if np.average(result, weights=secondary) < MANUFACTURING_SHARE:
            low = (low + high) / 2
        else:
            high = (low + high) / 2
    return result


def _producer_share(jobs: pd.DataFrame) -> np.ndarray:
    """Return the share of producer services in tertiary value added."""
    modern = jobs[["ict", "finance", "science_tech"]]
    other = (jobs["tertiary"] - modern.sum(axis=1)).clip(lower=0)
    producer = sum(modern[k] * PRODUCTIVITY[k] for k in modern) + OTHER_PRODUCER_SHARE * other
    return (producer / (producer + (1 - OTHER_PRODUCER_SHARE) * other)).to_numpy()


def split_sectors(data: pd.DataFrame) -> np.ndarray:
    """Return value added by the six sectors.

    Parameters
    ----------
    data : DataFrame
        Units with ``va_primary, va_secondary, va_tertiary, gdp`` of the year, ``va_secondary_2020`` (million yuan, on
        one vintage) and employment of 2020.

    Returns
    -------
    (units, S) float, million yuan/yr
        Rows sum to ``gdp``; every cell is positive.
    """
    jobs = _employment(data)
    accounts = data[["va_primary", "va_secondary", "va_tertiary"]].fillna(0.0).to_numpy(float)
    primary, secondary, tertiary = accounts.T
    weight = data["va_secondary_2020"].fillna(0.0).to_numpy(float)
    share = _manufacturing_share(jobs, weight)
    plain = secondary * share * (1 - CARBON_SHARE)
    rest = secondary * (1 - share)
    modern = ((jobs["ict"] + jobs["science_tech"]) / jobs["total"]).to_numpy()
    ratio = np.clip(modern / np.average(modern, weights=jobs["total"]), *HIGH_TECH_RANGE)
    ratio /= np.average(ratio, weights=np.maximum(weight * share, 1e-9))
    high_tech = np.minimum(secondary * share * HIGH_TECH_SHARE * ratio, 0.85 * plain)
    producer = _producer_share(jobs)
    result = np.column_stack(
        [
            primary,
            secondary * share * CARBON_SHARE + rest * EXTRACTION_SHARE,
            plain - high_tech + rest * (1 - EXTRACTION_SHARE),
            high_tech,
            tertiary * producer,
            tertiary * (1 - producer),
        ]
    )
    for province, shares in SAR_SHARES.items():
        result[(data["province"] == province).to_numpy()] = shares
    gdp = data["gdp"].to_numpy(float)
    result = np.maximum(result, FLOOR_SHARE * result.sum(axis=1, keepdims=True))
    return result * (gdp / result.sum(axis=1))[:, None]

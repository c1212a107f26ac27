"""Why the numbers of a page may be trusted: validation of the model, quality of the data, provenance of the results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim import results
from sim.analysis.stored import Stored
from sim.analysis.validated import read_validated, tally
from sim.figures.style import display_name
from sim.report.sentences import Sentence, amount, listed, marked

SHOWN = 12  # digits of a digest on a page
QUALITIES = ("observed", "derived", "assumed")
SUITES = {
    "theory": "closed-form solutions of textbook models",
    "identities": "relations that hold for any parameters",
    "hindcast": "2010 to 2020, directions of change",
    "evidence": "directions and sizes of published effects",
}


def boxes(folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the boxes that every page of runs ends with: ``validated``, ``data`` and ``provenance``."""
    manifest = results.read_manifest(folder) or {}
    return {
        "validated": validation_box(read_validated(), manifest.get("model_version")),
        "data": data_rows(manifest.get("data") or {}),
        "provenance": provenance(manifest, config),
    }


def validation_box(known: Stored, version: str | None) -> dict[str, Any]:
    """Return what the model was validated against: a sentence, and the rows that fail.

    Parameters
    ----------
    known : Stored
    version : str or None
        Version of the model that computed the results of the page; None if not recorded.
    """
    parts: list[Sentence] = []
    for suite, words in SUITES.items():
        count = tally(known.rows.loc[known.rows["suite"] == suite, "verdict"])
        part: Sentence = [f"{words}: ", amount(f"validation:{suite}:passed", count.passed), " of ",
                          amount(f"validation:{suite}:counted", count.counted)]  # fmt: skip
        if count.reported:
            part += [" (", amount(f"validation:{suite}:reported", count.reported), " more are reported)"]
        parts.append(part)
    failed = known.rows[known.rows["verdict"] == "fail"]
    same = "the same" if version == known.model_version else "an unrecorded" if version is None else "another"
    text = marked([*listed(parts), "."])
    return {
        "text": text[0].upper() + text[1:],
        "date": known.date,
        "version": known.model_version[:SHOWN],
        "same": same,
        "failed": [{"name": row["name"], "reason": row["reason"]} for row in failed.to_dict("records")],
    }


def data_rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the figures of the base year by quality, with their sources.

    Parameters
    ----------
    data : mapping
        ``quality`` (shares of cells by figure and quality) and ``sources`` of a manifest; may be empty.
    """
    sources = data.get("sources", {})
    return [
        {
            "figure": display_name(name),
            "shares": [
                marked([amount(f"data:{name}:{one}", 100 * float(shares.get(one, 0.0))), " %"]) for one in QUALITIES
            ],
            "source": sources.get(SOURCES.get(name, name), ""),
        }
        for name, shares in data.get("quality", {}).items()
    ]


# sources are those of tables; figures of the same table share one
SOURCES = {
    "people": "population", "value_added": "gdp", "area_km2": "area", "migration_target": "migration",
}  # fmt: skip


def provenance(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return digests of the config and of the sources of the model that computed the results."""
    rows = [("config digest", config_digest(json.dumps(config)))]
    if version := manifest.get("model_version"):
        rows.append(("model version", str(version)[:SHOWN]))
    return rows


def config_digest(config: str) -> str:
    """Return the first digits of the sha256 of a config as JSON text, whatever the order of its keys."""
    text = json.dumps(json.loads(config), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:SHOWN]

"""Whether results are still the same, bit for bit: ``make same`` after a change that is meant to change none.

Uses the command line only, so that any checkout can be tested. Every array of every run is hashed separately
(name, type, shape, bytes) without what distinguishes runs and versions, and compared with the stored list. ``--keep
DIR`` leaves the results there; ``--against DIR`` reports how far arrays are from those that another checkout kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).resolve().parent
STORED = HERE / "stored.json"
TWO_SEEDS = ("replications=2",)
# Name of a part: what is run, and settings.
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "china": ("china", ("record=all",)),
    "china 2010": ("china", ("record=all", "start=2010", "years=8")),
    "china two threads": ("china", ("record=all", "years=4", "firms=250000", "threads=2")),
    "china one thread": ("china", ("record=all", "years=4", "firms=250000")),
    "main two workers": ("main", TWO_SEEDS),
    "baseline": ("baseline", ()),
    "enclave": ("enclave", ()),
    "fiscal_transfer": ("fiscal_transfer", ()),
    "investment_fund": ("investment_fund", ()),
    "transport_corridor": ("transport_corridor", ()),
    "small": ("small", ()),
    "inline": ("own_inline", ()),
    "synthetic": ("synthetic", ()),
    "folder": (str(HERE / "own_sectors.yaml"), ()),
    "active cities": ("small", ("parameters.cities.rule=yardstick",)),
    "corridor": ("corridor", (*TWO_SEEDS, "scenario.record=all")),
    "evidence_hub": ("evidence_hub", (*TWO_SEEDS, "scenario.record=all")),
    "evidence_services": ("evidence_services", (*TWO_SEEDS, "scenario.record=all")),
    "evidence_spending": ("evidence_spending", (*TWO_SEEDS, "scenario.record=all")),
    "sweep": (
        "fund_size_leverage",
        (*TWO_SEEDS, "vary.mechanisms.fund.amount=[20000, 60000]", "vary.mechanisms.fund.leverage.steps=2"),
    ),
}
EXPORTED = ("small", "evidence_spending")
SUITES = ("theory", "identities", "hindcast", "evidence")
TABLES = ("headline.csv", "summary.csv")


def hinterland(*words: str) -> str:
    """Run the command; return what it prints on standard output."""
    command = [sys.executable, "-m", "sim", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "agg"})
    if done.returncode not in (0, 1) or done.returncode == 1 and words[0] != "validate":
        raise SystemExit(f"hinterland {' '.join(words)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def compute(part: str, folder: Path) -> None:
    """Compute one part into a folder."""
    if part in SUITES:
        folder.mkdir(parents=True)
        (folder / "rows.json").write_text(hinterland("validate", part, "--json"), encoding="utf-8")
        return
    what, settings = PARTS[part]
    changes = [word for setting in settings for word in ("--set", setting)]
    workers = "2" if "two workers" in part else "1"
    hinterland("run", what, "--out", str(folder), "--workers", workers, *changes)
    if part in EXPORTED:
        hinterland("export", str(folder), "--to", "csv")


def arrays(folder: Path) -> dict[str, np.ndarray]:
    """Return every array of every run of a part, by ``run/name``."""
    found: dict[str, np.ndarray] = {}
    for path in sorted((folder / "runs").rglob("*.h5")) if (folder / "runs").is_dir() else []:
        with h5py.File(path, "r") as file:
            names = _names(file)
            whole: dict[str, np.ndarray] = {}
            file.visititems(lambda name, data, whole=whole: whole.update(_values(name, data)))
            for name, values in whole.items():
                if "meta" not in file:
                    found[f"{names[0]}/{name}"] = values
                elif len(values) == len(names) and h5py.check_string_dtype(file[name].dtype) is None:
                    found |= {f"{run}/{name}": own for run, own in zip(names, values, strict=True)}
    return found


def _values(name: str, data: object) -> dict[str, np.ndarray]:
    if not isinstance(data, h5py.Dataset) or name in ("meta", "digest"):
        return {}
    text = h5py.check_string_dtype(data.dtype) is not None
    return {name: np.array(data.asstr()[()], dtype=object) if text else np.asarray(data[()])}


def _names(file: h5py.File) -> list[str]:
    """Name the runs of a file by arm, replication and settings of mechanisms: nothing that tells versions apart."""
    metas = json.loads(file["meta"][()].tobytes()) if "meta" in file else [dict(file.attrs)]
    names = []
    for meta in metas:
        mechanisms = json.loads(meta["config"])["mechanisms"]
        settings = [str(m.get(key)) for m in mechanisms for key in ("amount", "leverage") if key in m]
        replication = str(meta["replication"]).removeprefix("json:")
        names.append("-".join([str(meta["arm"]), replication, *settings]))
    return names


def digest(values: np.ndarray) -> str:
    """Return the sha256 of type, shape and bytes."""
    content = "\0".join(map(str, values.ravel())).encode() if values.dtype == object else values.tobytes()
    return hashlib.sha256(f"{values.dtype.str} {values.shape} ".encode() + content).hexdigest()


def lines(part: str, folder: Path) -> dict[str, str]:
    """Return a digest of everything that a part left."""
    found = {f"{part}: {name}": digest(values) for name, values in arrays(folder).items()}
    files = [folder / name for name in TABLES] + sorted((folder / "csv").rglob("*.csv"))
    for path in files:
        if path.is_file():
            found[f"{part}: {path.relative_to(folder)}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    if (folder / "rows.json").is_file():
        for row in json.loads((folder / "rows.json").read_text(encoding="utf-8")):
            text = json.dumps(row, sort_keys=True)
            found[f"{part}: {row['name']}"] = hashlib.sha256(text.encode()).hexdigest()
    return found


def distance(part: str, here: Path, there: Path) -> list[tuple[float, str]]:
    """Return how far arrays are from those of another checkout, relative to the values; largest first."""
    ours, theirs = arrays(here), arrays(there)
    found = [(np.inf, f"{part}: {name}: on one side only") for name in sorted(ours.keys() ^ theirs.keys())]
    for name in ours.keys() & theirs.keys():
        a, b = ours[name], theirs[name]
        if a.shape != b.shape:
            found.append((np.inf, f"{part}: {name}: shape {a.shape} and {b.shape}"))
        elif a.dtype == object or a.dtype.kind not in "fiu":
            if not np.array_equal(a, b):
                found.append((np.inf, f"{part}: {name}: other words"))
        else:
            gap = np.abs(np.nan_to_num(a.astype(float)) - np.nan_to_num(b.astype(float)))
            scale = np.maximum(np.abs(np.nan_to_num(b.astype(float))), np.abs(np.nan_to_num(b)).max(initial=0.0) * 1e-6)
            worst = float(np.max(gap / np.maximum(scale, 1e-300), initial=0.0))
            if worst > 0 or not np.array_equal(np.isnan(a), np.isnan(b)):
                found.append((worst, f"{part}: {name}"))
    return sorted(found, reverse=True)


def main() -> None:
    """Compute all parts, compare, say what differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.same", description=__doc__)
    parser.add_argument("--store", action="store_true", help="store what is found as what is right")
    parser.add_argument("--keep", type=Path, help="leave the results in this folder")
    parser.add_argument("--against", type=Path, help="how far arrays are from those kept in this folder")
    parser.add_argument("--only", nargs="*", help="parts to compute; all by default")
    given = parser.parse_args()
    parts = [p for p in (*PARTS, *SUITES) if not given.only or p in given.only]
    began = time.monotonic()
    root = given.keep or Path(tempfile.mkdtemp(prefix="same-"))
    try:
        single = [p for p in parts if "two" not in p]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda p: compute(p, root / p), single))
        for part in parts:
            if "two" in part:
                compute(part, root / part)
        found = {name: value for part in parts for name, value in lines(part, root / part).items()}
        one = {k.split(": ")[1]: v for k, v in found.items() if k.startswith("china one thread: ")}
        two = {k.split(": ")[1]: v for k, v in found.items() if k.startswith("china two threads: ")}
        apart = [k for k in one if one[k] != two.get(k)]
        if given.against:
            worst = [row for part in parts for row in distance(part, root / part, given.against / part)]
            for size, name in sorted(worst, reverse=True)[:40]:
                print(f"{size:.2e}  {name}")
            print(f"{len(worst)} of {len(found)} arrays differ; largest {max((s for s, _ in worst), default=0.0):.2e}")
            return
        if given.store:
            STORED.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")
            print(f"stored {len(found)} digests in {time.monotonic() - began:.0f} s; threads differ in {len(apart)}")
            return
        stored = json.loads(STORED.read_text(encoding="utf-8"))
        if given.only:
            stored = {k: v for k, v in stored.items() if k.split(": ")[0] in parts}
        other = sorted(k for k in stored.keys() | found.keys() if stored.get(k) != found.get(k))
        for name in other[:60]:
            print(f"differs: {name}" if name in stored and name in found else f"missing or new: {name}")
        equal = len(stored.keys() - set(other))
        seconds = time.monotonic() - began
        print(f"{equal} of {len(stored)} equal, {len(apart)} differ by threads, {seconds:.0f} s")
        if other or apart:
            raise SystemExit(1)
    finally:
        if not given.keep:
            shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()

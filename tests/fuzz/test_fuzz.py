"""Configs, overrides and worlds at random: each ends with a valid result or with a message, within ten seconds.

`make fuzz` prints how many inputs were tried and what they did; with FUZZ_SEED=1 it tries the same 400 of each kind. An
input is a legal config with up to three slips, run as the command would run it; hypothesis makes the smallest input of
what goes wrong.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from sim.cli import main
from sim.config import design_of, json_schema, load
from sim.errors import RunFailed, UserError
from sim.model import simulate
from sim.world import write_template
from tests.helpers.mutants import OTHERS, mutant

FIXED = 40  # batches of ten inputs of each test where FUZZ_SEED says which
LONGEST = 10.0  # seconds of processor time of an input; waiting for others does not count
SHARES = {"configs": 80.0, "overrides": 50.0, "worlds": 50.0}  # seconds of each test
TINY = {"kind": "synthetic", "name": "tiny", "regions": 4}
SCENARIO: dict[str, Any] = {"kind": "scenario", "name": "s", "world": TINY, "years": 2, "firms": 1000}
POLICIES: list[dict[str, Any]] = [
    {"kind": "fiscal_transfer", "name": "t", "targets": ["supporting"], "start": 2021, "amount": 2000},
    {"kind": "investment_fund", "name": "f", "targets": ["supporting"], "amount": 2000, "invest_years": 1},
    {"kind": "enclave", "name": "e", "targets": ["supporting"], "area": 1, "funding": {"nation": 0.5, "centre": 0.5}},
]
ARMS = {"baseline": {}, "t": {"mechanisms": POLICIES[:1]}}
KEY = "parameters.migration.talent_mobility"
KINDS: tuple[dict[str, Any], ...] = (
    SCENARIO,
    {**SCENARIO, "record": "all", "mechanisms": POLICIES, "parameters": {"capital": {"depreciation": 0.06}}},
    {"kind": "comparison", "name": "c", "scenario": SCENARIO, "arms": ARMS, "replications": 1},
    {"kind": "sweep", "name": "w", "scenario": SCENARIO, "vary": {KEY: [0.02, 0.08]}, "replications": 1},
    {"kind": "sensitivity", "name": "m", "scenario": SCENARIO, "inputs": {KEY: {}}, "method": "morris", "samples": 1},
    {"kind": "robustness", "name": "r", "scenario": SCENARIO, "arms": ARMS, "uncertainties": [KEY], "samples": 2},
    {"kind": "factorial", "name": "f", "scenario": SCENARIO, "replications": 1,
     "factors": {"a": {"mechanisms": POLICIES[:1]}, "b": {"mechanisms": POLICIES[1:2]}}},
)  # fmt: skip
FIELDS = sorted(
    {f"parameters.{part}.{name}" for part, ref in json_schema()["$defs"]["Parameters"]["properties"].items()
     for name in json_schema()["$defs"][ref["$ref"].rpartition("/")[2]]["properties"]}
)  # fmt: skip
SEEDS = st.integers(min_value=0, max_value=2**32)


class Slow(Exception):
    """An input takes longer than it may."""


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Raise `Slow` in what takes longer than an input may."""

    def stop(*_: Any) -> None:
        raise Slow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def command(*words: str) -> tuple[int, str]:
    """Run a command in this process, within the time of an input; return its exit code and what it says."""
    with limited():
        return answered(*words)


def answered(*words: str) -> tuple[int, str]:
    """Run a command in this process; return its exit code and what it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main(list(words))
        except SystemExit as done:
            return int(done.code or 0), said.getvalue()
    raise AssertionError("a command returns no exit code")


def tried(folder: Path, what: str, config: Path | str, *sets: str, whole: bool = False) -> str:
    """Check a config, and run it where it is small; return what happened, which is never an error of the program.

    The whole command, with its figures and its report, takes some ten times as long as the run.
    """
    words = [word for text in sets for word in ("--set", text)]
    code, said = command("check", str(config), *words, "--json")
    answer = json.loads(said.splitlines()[-1])
    if code == 2:
        assert answer["error"] and all(message.strip() for message in answer["error"]), what
        return "refused"
    assert code == 0, f"{what}: exit {code}: {said}"
    scenario = _small(config, sets)
    if scenario is None:
        return "checked"
    if whole:
        code, said = command("run", str(config), *words, "--out", str(folder / "out"), "--overwrite", "--json")
        assert code in (0, 1) and "Traceback" not in said, f"{what}: `check` passes what `run` cannot do: {said[-800:]}"
    with limited():
        try:
            record = simulate(scenario)
        except (RunFailed, UserError):  # says in which year, and why
            return "stopped"
    bad = [name for name, values in record.series.items() if np.isinf(np.asarray(values, float)).any()]
    assert not bad, f"{what}: infinite {bad}"
    return "ran"


def _small(config: Path | str, sets: tuple[str, ...]) -> Any:
    """Return one of the scenarios that a config runs; none if it is legal, but too large for a fuzz to wait."""
    scenario = design_of(load(config, list(sets))).sample
    regions = getattr(scenario.world, "regions", 12) if scenario is not None else 0
    size = regions if isinstance(regions, int) else len(regions)
    small = scenario is not None and scenario.years <= 4 and scenario.firms <= 20_000 and size <= 40
    return scenario if small else None


def fuzzed(name: str, folder: Path, once: Any, capsys: pytest.CaptureFixture[str], whole: bool = False) -> None:
    """Try inputs for the time that a test has, and print how many there were and what they did."""
    plain = folder / "plain.yaml"
    plain.write_text(json.dumps(SCENARIO), encoding="utf-8")
    simulate(design_of(load(plain)).sample)  # kernels are compiled once; no input waits for that
    if whole:  # nor for the libraries of figures and pages, which the first command imports
        answered("run", str(plain), "--out", str(folder / "out"), "--json")
    counts, end = Counter[str](), time.monotonic() + SHARES[name]

    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(SEEDS)
    def inputs(number: int) -> None:
        counts[once(random.Random(number))] += 1

    fixed = os.environ.get("FUZZ_SEED")
    batches = range(int(fixed), int(fixed) + FIXED) if fixed else iter(lambda: random.getrandbits(32), None)
    for batch in batches:
        if time.monotonic() > end:
            break
        seed(batch)(inputs)()
    with capsys.disabled():
        print(f"\n{name}: {counts.total():,} inputs: {dict(counts)}; no traceback, none slower than {LONGEST:g} s")


def slipped(data: dict[str, Any], rng: random.Random) -> tuple[str, dict[str, Any]]:
    """Return a config with none to three slips, and what they are."""
    said = []
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        what, data = mutant(data, rng)
        said.append(what)
    return "; ".join(said) or "as it is", data


@pytest.mark.fuzz
def test_configs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def once(rng: random.Random) -> str:
        what, data = slipped(rng.choice(KINDS), rng)
        file = tmp_path / "config.yaml"  # JSON is YAML
        file.write_text(json.dumps(data, ensure_ascii=rng.random() < 0.5, allow_nan=True), encoding="utf-8")
        return tried(tmp_path, what, file, whole=rng.random() < 0.05)

    fuzzed("configs", tmp_path, once, capsys, whole=True)


@pytest.mark.fuzz
def test_overrides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(json.dumps(KINDS[1]), encoding="utf-8")
    keys = [*FIELDS, "years", "firms", "seed", "world.regions", "world.seed", "mechanisms.t.amount",
            "mechanisms.0.start", "mechanisms.e", "structure", "record", "draws", "title", "mechanisms.²",
            "world", "a.b", "", "."]  # fmt: skip
    numbers = (0, 1, 1e-9, 0.5, 0.999, 2, 5, 19, 100, 1e6, 1e300, -1, "1e-3", ".inf", ".nan", "0x10", "1_0", "!!int 3")

    def once(rng: random.Random) -> str:
        values = [*numbers, *(json.dumps(other) for other in OTHERS), "{<<: 5}", "&a [*a]", "[", "\ud800", "\x07"]
        sets = [f"{rng.choice(keys)}={rng.choice(values)}" for _ in range(rng.choice((1, 1, 2)))]
        return tried(tmp_path, repr(sets), file, *sets)

    fuzzed("overrides", tmp_path, once, capsys)


@pytest.mark.fuzz
def test_worlds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own"
    write_template(own)
    texts = {path.name: path.read_text(encoding="utf-8") for path in own.iterdir() if path.is_file()}
    cells = (
        "",
        "0",
        "-1",
        "1e300",
        "1e12",
        "1e-300",
        "nan",
        "inf",
        "x",
        "true",
        "a;b",
        '"',
        "guangzhou",
        "９",
        "1_000",
        "\0",
        "\u200b",
        "=1+1",
    )
    file = tmp_path / "config.yaml"
    file.write_text(json.dumps({**SCENARIO, "world": "own", "mechanisms": POLICIES[:1]}), encoding="utf-8")

    def once(rng: random.Random) -> str:
        name = rng.choice(list(texts))
        lines = texts[name].splitlines()
        k = rng.randrange(len(lines))
        parts = lines[k].split("," if name.endswith("csv") else ": ")
        parts[rng.randrange(len(parts))] = rng.choice(cells)
        how = rng.choice(("cell", "cell", "cell", "line away", "line twice", "other mark"))
        lines[k] = (";" if how == "other mark" else "," if name.endswith("csv") else ": ").join(parts)
        lines = (
            lines[:k] + lines[k + 1 :] if how == "line away" else [*lines, lines[k]] if how == "line twice" else lines
        )
        for other, text in texts.items():
            (own / other).write_text("\n".join(lines) + "\n" if other == name else text, encoding="utf-8")
        return tried(tmp_path, f"{name}: {how} in line {k + 1}: {lines[min(k, len(lines) - 1)]!r}", file)

    fuzzed("worlds", tmp_path, once, capsys)

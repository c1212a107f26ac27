"""The scorecard of a region: table, page and command, of one small run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim import results
from sim.analysis.scorecard import INDICATORS, OUTLAY, OWN_SHARE, PER_YUAN, own_shares
from sim.batch.scorecard import PAYERS, Scorecard, run_scorecard, scorecard_config
from tests.helpers.running import call, call_json

KINDS = ("enclave", "sales_link", "evaluation")
SIZE = {"seeds": 2, "firms": 1000, "years": 3}
DATA = re.compile(r'<data value="([^"]+)" data-key="scorecard:(\w+):(\w+):(\w+)"[^>]*>([^<]+)</data>')


def scored(folder: Path, workers: int) -> Scorecard:
    config, found = scorecard_config("qingyuan", kinds=KINDS, **SIZE)
    return run_scorecard(config, found, "qingyuan", folder, workers=workers)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    return scored(tmp_path_factory.mktemp("scorecard") / "one", 0)


def test_every_number_of_the_page_is_in_the_table(card: Scorecard) -> None:
    page = (card.outcome.folder / "scorecard.html").read_text(encoding="utf-8")
    table = pd.read_csv(card.outcome.folder / "scorecard.csv").set_index(["kind", "indicator"])
    shown = DATA.findall(page)
    for value, kind, indicator, statistic, _ in shown:
        # In sentences the ends of intervals are named after the statistic.
        names = [statistic, f"percent_{statistic}", f"ci_{statistic}"]
        known = [table.loc[(kind, indicator), name] for name in names if name in table]
        assert any(np.isclose(float(value), one, rtol=1e-8) for one in known), (kind, indicator, statistic)
    assert {(kind, indicator) for _, kind, indicator, _, _ in shown} >= {
        ("enclave", name) for name in (*INDICATORS, OUTLAY, OWN_SHARE, PER_YUAN)
    }


def test_the_page_says_what_it_rests_on(card: Scorecard) -> None:
    page = (card.outcome.folder / "scorecard.html").read_text(encoding="utf-8")
    plain = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "in 2 pairs of runs" in plain and "1,000 firm agents" in plain and "2020–2022" in plain
    assert "prices of 2020" in plain and "config digest" in plain and "model version" in plain
    assert "cannot be aimed at it" in plain and "does nothing alone" in plain
    assert "http" not in page.replace("http-equiv", "")  # works offline


def test_cells_are_marked_without_colour_where_the_corrected_interval_excludes_zero(card: Scorecard) -> None:
    effects = card.table[card.table["indicator"].isin(list(INDICATORS))]
    clear = (effects["adjusted_low"] > 0) | (effects["adjusted_high"] < 0)
    cells = [cell for _, lines in card.card.sections for line in lines for cell in line["cells"][: len(INDICATORS)]]
    marked = ["▲" in cell["text"] or "▼" in cell["text"] for cell in cells]
    assert sum(marked) == clear.sum() > 0
    assert all(("clear" in cell["css"]) == one for cell, one in zip(cells, marked, strict=True))


def test_no_figure_per_yuan_without_a_price(card: Scorecard) -> None:
    rows = card.table.set_index(["kind", "indicator"])["difference"]
    assert np.isfinite(rows["enclave", PER_YUAN]) and np.isnan(rows["sales_link", PER_YUAN])
    assert "“Sales link”" in card.card.findings.texts["Per yuan"]


def test_an_instrument_without_a_run_has_a_row_with_the_reason(card: Scorecard) -> None:
    rows = card.table[card.table["kind"] == "evaluation"]
    assert len(rows) == 1 and rows["n"].isna().all() and "nothing alone" in rows["reason"].iloc[0]


def test_payers_of_the_ledger_are_those_of_the_outlay(card: Scorecard) -> None:
    folder = card.outcome.folder / PAYERS
    ds = results.open_results(folder)
    ledger = results.payments(folder, "enclave", 0)
    ours = ledger[ledger["purpose"].astype(str).str.contains("enclave") & (ledger["payer"] == "treasury:guangzhou")]
    outlay = float(ds["public_outlay"].sel(arm="enclave").isel(replication=0).sum())
    assert np.isclose(ours["amount"].sum(), outlay)
    rows = card.table.set_index(["kind", "indicator"])["difference"]
    assert rows["enclave", OWN_SHARE] == 0 and rows["sales_link", OWN_SHARE] == pytest.approx(0.5)


def test_shares_of_payers_by_hand() -> None:
    rows = [
        ("treasury:a", "works:park.a", 30.0), ("nation", "works:park.a", 60.0), ("province:p", "works:park", 10.0),
        ("fund:park", "equity:park", 99.0), ("treasury:a", "services", 500.0), ("treasury:a", "works:parks", 7.0),
        ("treasury:a", "split:park", 40.0),
    ]  # fmt: skip
    ledger = pd.DataFrame(rows, columns=["payer", "purpose", "amount"])
    shares = own_shares({"park": ledger, "none": ledger, "failed": pd.DataFrame()}, "a")
    assert shares["park"] == 0.3 and np.isnan(shares["none"]) and np.isnan(shares["failed"])


def test_the_table_is_the_same_with_two_workers(card: Scorecard, tmp_path: Path) -> None:
    other = scored(tmp_path / "two", 2)
    one, two = (Path(done.outcome.folder / "scorecard.csv").read_bytes() for done in (card, other))
    assert one == two


def test_the_command_keeps_finished_runs(card: Scorecard, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--out", card.outcome.folder, "--workers", 1, *(f"--{key}={value}" for key, value in SIZE.items())]
    words += [word for kind in KINDS for word in ("--kind", kind)]
    code, out, err = call(capsys, "scorecard", "qingyuan", *words)
    assert code == 0 and "6 of 6 runs exist already" in err and "open " in err
    assert "Who loses." in out and re.search(r"^enclave\s+aimed", out, re.MULTILINE)
    assert "evaluation: cannot be aimed" in out and max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["qingyaun"], "no region 'qingyaun' in world 'guangzhou'"),
        (["qingyuan", "--kind", "enclaves"], "did you mean 'enclave'?"),
        (["qingyuan", "--world", "guangzho"], "did you mean 'guangzhou'?"),
        (["qingyuan", "--seeds", "1"], "--seeds"),
        (["qingyuan", "--years", "1000"], "years: 1000 is out of range"),
        (["../qing yuan"], "did you mean 'qingyuan'?"),
    ],
)
def test_what_is_refused(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = call_json(capsys, "scorecard", *words)
    assert code == 2 and len(found["error"]) == 1 and text in json.dumps(found, ensure_ascii=False)

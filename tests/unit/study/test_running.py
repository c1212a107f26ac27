"""A small study from configs to pages: what is kept, what is repeated with drawn parameters, what the tables hold."""

from __future__ import annotations

import numpy as np
import pytest

from sim.study import gathering, running
from sim.study.gathering import gather
from sim.study.page import figures_of, markdown, read_tables, write_index, write_text
from sim.study.running import drawn_config, run_sections, times
from sim.study.sections import Study
from tests.helpers.configs import write
from tests.helpers.running import call, silent

FUNDING = "funding: {nation: 1.0}"
SCENARIO = "{name: NAME, world: {kind: synthetic, name: tiny, regions: 5, seed: 1}, years: 3, firms: 1000}"
TRANSFER = f"{{kind: fiscal_transfer, name: t, targets: [supporting], start: 2021, amount: 4000, {FUNDING}}}"
WORKS = TRANSFER.replace("name: t", "name: w").replace("amount: 4000", "amount: 2000, earmark: infrastructure")
TEXT = f"""
kind: comparison
name: NAME
question: Which of the two?
scenario: {SCENARIO}
replications: 3
EXTRA
arms:
  baseline: {{title: No policy}}
  money: {{title: Money, mechanisms: [{TRANSFER}]}}
  works: {{title: Works, mechanisms: [{WORKS}]}}
  both: {{title: Both, mechanisms: [{TRANSFER}, {WORKS}]}}
"""
STUDY = Study.model_validate({
    "samples": 4, "firms": 1000, "uncertainties": ["parameters.production.sigma"], "statements": [],
    "sections": [
        {"name": "first", "title": "Costs", "rows": ["1"], "experiments": ["equal_cost"]},
        {"name": "second", "title": "Sizes", "rows": ["2"], "experiments": ["as_it_is", "not_run"]},
    ],
})  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    budget = "common_budget: {amount: 5000}"
    known = {
        name: write(folder, TEXT.replace("NAME", name).replace("EXTRA", extra), f"{name}.yaml")
        for name, extra in (("equal_cost", budget), ("as_it_is", ""), ("not_run", ""))
    }
    with pytest.MonkeyPatch.context() as patch:
        for module in (running, gathering):
            patch.setattr(module, "file_of", known.__getitem__)
        shorter = STUDY.sections[1].model_copy(update={"experiments": ["as_it_is"]})
        options = {"workers": 0, "console": silent(), "report": False}
        ran = list(run_sections(STUDY, [STUDY.sections[0], shorter], folder / "out", **options))
        again = list(run_sections(STUDY, STUDY.sections[:1], folder / "out", **options))
        yield folder / "out", ran, again, gather(STUDY, folder / "out")


def test_comparisons_at_equal_cost_are_repeated_with_drawn_parameters(study):
    out, ran, again, _ = study
    assert ran == [("equal_cost", True), ("equal_cost_draws", True), ("as_it_is", True)]
    assert again == ran[:2] and set(times(out)) == {"equal_cost", "equal_cost_draws", "as_it_is"}


def test_drawn_parameters_meet_the_arms_at_the_strengths_of_equal_cost(study):
    from sim.analysis import config_of
    from sim.results import open_results

    out = study[0]
    arms = config_of(open_results(out / "equal_cost_draws"))["arms"]
    outlay = open_results(out / "equal_cost_draws")["public_outlay"].sum("year").mean(("point", "replication"))
    assert np.allclose(outlay.sel(arm=["money", "works", "both"]), float(outlay.sel(arm="works")), rtol=0.1)
    assert arms["money"]["mechanisms"][0]["strength"] < arms["works"]["mechanisms"][0]["strength"]


def test_tables_say_effects_costs_and_the_share_of_draws(study):
    tables = study[3]
    arms = tables["arms"]
    assert list(arms.loc["equal_cost"].index) == ["money", "works", "both"]
    assert np.allclose(arms.loc["equal_cost"]["outlay"], 5000, rtol=0.05)
    assert arms.loc["equal_cost"]["first"].sum() == pytest.approx(1.0) and (arms.loc["equal_cost"]["draws"] == 4).all()
    assert arms.loc["as_it_is"]["first"].isna().all()
    assert (tables["experiments"]["seconds"] > 0).all()


def test_together_is_read_from_arms_with_one_and_without_one(study):
    assert set(study[3]["complements"].index.get_level_values(0)) == {
        "as_it_is"
    }  # at equal cost each is smaller in a set
    rows = study[3]["complements"].loc["as_it_is"]
    assert set(rows.index) == {"money", "works"}
    both = study[3]["arms"].loc[("as_it_is", "both"), "percent"]
    assert np.sign(rows["alone"].sum()) == np.sign(both)
    # with two instruments each adds to the other what the other adds to it
    assert rows.loc["money", "difference"] == pytest.approx(rows.loc["works", "difference"])
    assert rows.loc["money", "on_top"] - rows.loc["money", "alone"] == pytest.approx(rows.loc["money", "difference"])


def test_the_text_is_made_of_the_written_tables_alone(study, tmp_path):
    tables = study[3]
    write_text(tmp_path, STUDY, tables)
    written = (tmp_path / "study.md").read_text("utf-8")
    assert markdown(STUDY, read_tables(tmp_path)) == written
    assert "Not run: `study/not_run`." in written and "## Costs" in written
    assert len(figures_of(STUDY, tables)) > 60


def test_the_index_links_to_the_page_of_each_experiment(study):
    out, _, _, tables = study
    (out / "equal_cost" / "report.html").touch()
    page = write_index(out, STUDY, tables).read_text("utf-8")
    assert 'href="equal_cost/report.html"' in page and 'href="as_it_is' not in page
    assert "Not run yet: not_run" in page
    assert "Which of the two?" in page and "data-key" in page


def test_only_comparisons_at_equal_cost_are_drawn(study, tmp_path):
    from sim.config import load

    out = study[0]
    config = load(write(tmp_path, TEXT.replace("NAME", "as_it_is").replace("EXTRA", "")))
    assert drawn_config(config, STUDY, STUDY.sections[1], out / "as_it_is") is None


def test_an_unknown_section_has_one_message(capsys):
    code, _, said = call(capsys, "study", "--only", "trnsport", "--page")
    assert code == 2 and said.count("\n") == 1 and "did you mean 'transport'?" in said

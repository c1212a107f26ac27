"""Tables of flows: faults with their places; results folders; fragments in scenarios."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sim.config import Estimation, load
from sim.errors import UserError
from sim.estimation import estimate
from sim.estimation.gravity import robust_errors
from tests.helpers import configs
from tests.helpers.running import call

CONFIG = """\
kind: estimation
name: own
table: flows.csv
places: places.csv
distance: {column: hours, unit: h, plus: 1}
within: dummy
form: doubly
parameters:
  migration.distance_cost: distance
  capital.home_bias: within
"""
PLACES = "place,lat,lon,people\na,30,110,5\nb,31,111,3\nc,29,112,2\nd,32,109,4\n"
NAMES = "abcd"
SIMPLE = CONFIG.replace("form: doubly", "form: unconstrained").split("within")[0]


def rows(slope: float = 0.8, home: float = 2.0) -> list[list[str]]:
    """Flows that a doubly-constrained model meets exactly."""
    found = []
    for i, o in enumerate(NAMES):
        for j, d in enumerate(NAMES):
            hours = 0.5 if i == j else 1 + abs(i - j) + 0.1 * i * j
            flow = 100 * (i + 1) * (5 - j) * (1 + hours) ** -slope * np.exp(home * (i == j))
            found.append([o, d, f"{flow!r}".removeprefix("np.float64(").removesuffix(")"), f"{hours}"])
    return found


def write(folder: Path, config: str = CONFIG, table: list[list[str]] | None = None, places: str = PLACES) -> Path:
    lines = [["origin", "destination", "flow", "hours"], *(rows() if table is None else table)]
    (folder / "flows.csv").write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    (folder / "places.csv").write_text(places, encoding="utf-8")
    return configs.write(folder, config, "own.yaml")


def faults(folder: Path, **parts) -> list[str]:
    path = write(folder, **parts)
    with pytest.raises(UserError) as caught:
        estimate(load(path))
    return caught.value.messages


def changed(row: int, column: int, text: str) -> list[list[str]]:
    table = rows()
    table[row][column] = text
    return table


def test_a_known_table_is_met(tmp_path):
    found = estimate(load(write(tmp_path)))
    assert found["distance"].value == pytest.approx(-0.8, abs=1e-8)
    assert found["within"].value == pytest.approx(2.0, abs=1e-8)
    assert found.fitted == pytest.approx(found.flow, rel=1e-8)
    assert len(found.effects) == 7


@pytest.mark.parametrize(
    "row, column, text, place, words",
    [
        (2, 2, "-5", "flows.csv:4:3: column 'flow'", "-5 is negative; expected a flow of at least 0"),
        (2, 2, "nan", "flows.csv:4:3: column 'flow'", "'nan' is not a finite number; expected a flow"),
        (2, 2, "", "flows.csv:4:3: column 'flow'", "is empty; expected a flow"),
        (0, 3, "many", "flows.csv:2:4: column 'hours'", "'many' is not a finite number; expected hours"),
        (0, 3, "-1", "flows.csv:2:4: column 'hours'", "negative; expected hours of at least 0"),
        (5, 1, "a", "flows.csv:7:2: column 'destination'", "b to a already appears in line 6; expected each pair once"),
        (5, 0, "e", "flows.csv:7:1: column 'origin'", "'e' is not a place of places.csv; expected one of its names"),
        (5, 0, "", "flows.csv:7:1: column 'origin'", "is empty; expected the name of a place"),
    ],
)
def test_a_wrong_cell_is_told_with_its_place(tmp_path, row, column, text, place, words):
    (message,) = faults(tmp_path, table=changed(row, column, text))
    assert message.startswith(str(tmp_path / place)) and words in message


def test_missing_and_double_columns_and_short_rows(tmp_path):
    (message,) = faults(tmp_path, config=CONFIG.replace("within: dummy\n", "within: dummy\nflow: flwo\n"))
    assert "flows.csv:1:1: column 'flwo': missing; expected the flow; did you mean 'flow'?" in message
    (message,) = faults(tmp_path, table=[*rows(), ["a"]])
    assert "flows.csv:18:1: has 1 cells; expected 4, as the header" in message
    (message,) = faults(tmp_path, places=PLACES.replace("people", "lat"))
    assert "places.csv:1:4: column 'lat': appears twice; expected it once" in message
    (message,) = faults(tmp_path, table=[])
    assert "has no rows; expected one per pair" in message


def test_places_are_checked(tmp_path):
    config = SIMPLE.replace("distance: {column: hours, unit: h, plus: 1}", "distance: {plus: 1}")
    (message,) = faults(tmp_path, config=config, places=PLACES.replace("31,", "131,"))
    assert "places.csv:3:2: column 'lat': 131 is out of range; expected degrees of at most 90" in message
    (message,) = faults(tmp_path, config=config, places=PLACES.replace("d,", "a,"))
    assert "places.csv:5:1: column 'place': 'a' appears twice; expected each place once" in message
    config = config.replace("plus: 1", "plus: 0")
    (message, *_) = faults(tmp_path, config=config, places=PLACES.replace("31,111", "30,110"))
    assert "the distance is 0 km; expected distinct locations" in message
    (message,) = faults(tmp_path, config=config + "terms: [log origin.people]\n", places=PLACES.replace(",3\n", ",0\n"))
    assert "places.csv:3:4: column 'people': 0 is out of range; expected a number for 'log origin.people'" in message


def test_tables_without_flows_or_with_one_origin(tmp_path):
    (message,) = faults(tmp_path, table=[[o, d, "0", h] for o, d, _, h in rows()])
    assert "flows.csv:1:3: column 'flow': all flows are 0; expected some above 0" in message
    (message,) = faults(tmp_path, table=rows()[:4])
    assert "flows.csv:1:1: column 'origin': names one place, 'a'; expected at least two" in message
    inside = [[o, d, f if o == d else "0", h] for o, d, f, h in rows()]
    (message,) = faults(tmp_path, config=SIMPLE, table=inside)
    assert "no flow between different locations is above 0" in message
    alone = [[o, d, f if o == "a" else "0", h] for o, d, f, h in rows()]
    (message,) = faults(tmp_path, table=alone)
    assert "leaves one origin with flows, 'a'; expected at least two" in message


def test_a_singular_design_names_the_term(tmp_path):
    (message,) = faults(tmp_path, config=CONFIG + "terms: [log origin.people]\n")
    assert "places.csv:1:4: column 'people': singular design: 'log origin.people'" in message
    flat = [[o, d, f, "2"] for o, d, f, _ in rows()]
    (message,) = faults(tmp_path, config=SIMPLE, table=flat)
    assert "flows.csv:1:4: column 'hours': singular design: 'distance' does not vary" in message
    (message,) = faults(tmp_path, table=[row for row in rows() if row[0] != row[1]])
    assert "flows.csv:1:1: column 'origin': singular design: no row is within a place" in message
    (message,) = faults(tmp_path, table=rows()[1:8])
    assert "has 7 pairs for 7 coefficients; expected more pairs" in message


def test_a_fit_without_a_finite_estimate_is_refused(tmp_path):
    apart = [[o, d, f if float(h) < 2.05 else "0", h] for o, d, f, h in rows()]
    config = SIMPLE.replace("places: places.csv\n", "").replace("hours", "far").replace("plus: 1", "plus: 0")
    lines = [["origin", "destination", "flow", "far"]]
    lines += [[o, d, f, "1" if f != "0" else "2"] for o, d, f, _ in apart]
    path = write(tmp_path, config=config)
    (tmp_path / "flows.csv").write_text("\n".join(map(",".join, lines)) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="does not converge"):
        estimate(load(path))


def test_zero_places_and_own_flows_are_left_out_and_counted(tmp_path):
    table = [[o, d, "0" if o == "a" else f, h] for o, d, f, h in rows()]
    found = estimate(load(write(tmp_path, config=CONFIG.split("within")[0] + "form: origin\n", table=table)))
    assert found.left_out == {"within": 4, "zero_places": 3}
    assert found.statistics["pairs"] == 9


@pytest.mark.parametrize(
    "change, line, words",
    [
        (("distance_cost:", "distance_cst:"), 9, "did you mean 'migration.distance_cost'?"),
        (("distance_cost: distance", "distance_cost: within"), 9, "the estimate 'within'; expected 'distance'"),
        (("within: dummy\n", ""), 9, "expected within: dummy"),
        (("plus: 1", "plus: 0"), 9, "multiplies log(1 + hours); expected distance.plus: 1"),
        (("plus: 1", "plus: 1, decay: exponential"), 9, "is the exponent of a power"),
        (("table: flows.csv", "table: flow.csv"), 3, "no file 'flow.csv'; expected a CSV file or one of birthplace"),
        (("form: doubly", "form: double"), 7, "did you mean 'doubly'?"),
    ],
)  # fmt: skip
def test_faults_of_the_config_have_places(tmp_path, change, line, words):
    path = write(tmp_path, config=CONFIG.replace(*change))
    with pytest.raises(UserError) as caught:
        load(path)
    (message,) = caught.value.messages
    assert f"own.yaml:{line}:" in message and words in message


def test_what_places_would_give_is_asked_for(tmp_path):
    text = "kind: estimation\nname: own\ntable: flows.csv\nterms: [log origin.people]\n"
    path = write(tmp_path, config=text)
    with pytest.raises(UserError) as caught:
        load(path)
    text = "own.yaml:4:9: terms.0: 'origin.people' is a column of the table `places`"
    assert any(text in message for message in caught.value.messages)
    assert any("distance: no distance; expected a column" in m for m in caught.value.messages)


def test_robust_errors_by_hand():
    """One mean: every leverage is 1/N, so both kinds follow from the spread of flows."""
    flow = np.array([1.0, 2.0, 6.0])
    design, fitted = np.ones((3, 1)), np.full(3, 3.0)
    square = ((flow - 3.0) ** 2).sum()
    assert robust_errors(design, flow, fitted, "hc1") == pytest.approx(np.sqrt(square * 3 / 2) / 9)
    assert robust_errors(design, flow, fitted, "hc3") == pytest.approx(np.sqrt(square) / (2 / 3) / 9)


def test_a_run_leaves_estimates_figure_page_and_a_fragment_that_loads(tmp_path, capsys):
    path, out = write(tmp_path), tmp_path / "out"
    code, text, _ = call(capsys, "run", str(path), "--out", str(out), "--json")
    answer = json.loads(text)
    assert code == 0 and answer["ok"] and answer["statistics"]["pairs"] == 16
    assert json.loads((out / "estimates.json").read_text(encoding="utf-8"))["estimates"] == answer["estimates"]
    for name in ("estimates.csv", "effects.csv", "report.html", "figures/gravity.png", "figures/gravity.pdf"):
        assert (out / name).stat().st_size > 0
    assert str(tmp_path) not in (out / "fragment.yaml").read_text(encoding="utf-8")
    (tmp_path / "s.yaml").write_text("kind: scenario\nname: s\ninclude: [out/fragment.yaml]\n", encoding="utf-8")
    parameters = load(tmp_path / "s.yaml").parameters
    assert parameters.migration.distance_cost == pytest.approx(0.8)
    assert parameters.capital.home_bias == pytest.approx(2.0)
    code, text, _ = call(capsys, "run", str(path), "--out", str(out))
    assert code == 0 and "distance" in text
    other = load(path).model_copy(update={"form": "origin"})
    (tmp_path / "other.yaml").write_text(json.dumps(other.model_dump(mode="json")), encoding="utf-8")
    assert call(capsys, "run", str(tmp_path / "other.yaml"), "--out", str(out))[0] == 2


def test_bad_tables_exit_with_2_and_write_nothing(tmp_path, capsys):
    path, out = write(tmp_path, table=changed(2, 2, "-5")), tmp_path / "out"
    for command in (["run", str(path), "--out", str(out)], ["check", str(path)]):
        code, _, err = call(capsys, *command)
        assert code == 2 and "flows.csv:4:3" in err and "Traceback" not in err
    assert not out.exists()
    code, text, _ = call(capsys, "check", str(path), "--json")
    assert code == 2 and "flows.csv:4:3" in json.loads(text)["error"][0]


def test_values_without_a_meaning_stay_out_of_the_fragment(tmp_path):
    from sim.estimation import fragment

    path = write(tmp_path, table=rows(slope=-0.5))
    text = fragment.text(load(path), estimate(load(path)))
    assert "# distance_cost: -0.5" in text and "left out: not defined in the model outside 0 to 10" in text
    assert "    home_bias: 2  # [log odds] 95 % interval 2 to 2" in text
    config = load(path).model_copy(update={"parameters": {"migration.distance_cost": "distance"}})
    text = fragment.text(config, estimate(config))
    assert "# distance_cost: -0.5" in text and "parameters: {}" in text
    (tmp_path / "f.yaml").write_text(text, encoding="utf-8")
    scenario = "kind: scenario\nname: s\ncalibrated: false\ninclude: [f.yaml]\n"
    (tmp_path / "s.yaml").write_text(scenario, encoding="utf-8")
    assert load(tmp_path / "s.yaml").parameters.migration.distance_cost == 0.8


def test_estimation_survives_a_round_trip():
    config = load("birthplace_2000")
    assert isinstance(config, Estimation)
    assert Estimation.model_validate(json.loads(config.model_dump_json())) == config


def test_a_dry_run_estimates_nothing(tmp_path, capsys):
    code, out, _ = call(capsys, "run", write(tmp_path), "--out", tmp_path / "out", "--dry-run")
    assert code == 0 and "no runs of the model" in out and not (tmp_path / "out").exists()


def test_rerun_estimates_again(tmp_path, capsys):
    out = tmp_path / "out"
    assert call(capsys, "run", write(tmp_path), "--out", out)[0] == 0
    (out / "estimates.csv").unlink()
    assert call(capsys, "rerun", out)[0] == 0 and (out / "estimates.csv").is_file()

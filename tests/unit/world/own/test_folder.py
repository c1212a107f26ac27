"""Own worlds: faulty folders are told file, line and column; sound ones run, from a folder and written out."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.cli import main
from sim.errors import UserError
from sim.world import columns, is_folder, load_world, read_folder, write_template

Mutation = Callable[[Path], None]
FULL = {
    "capital": "900000", "land": "1500", "unregistered_workers": "1000", "unregistered_talent": "200",
    "residence_cost": "0.1", "migration_workers": "-500", "migration_talent": "300", "natural_rate": "0.004",
    "graduation_rate": "0.01", "national_taxes": "true", "quality": "derived", "area": "south",
    "belts": "coast_belt;old_belt",
}  # fmt: skip
# Values that are no figure in any column, and those that are none where a figure must be above 0 or at least 0.
NEVER = ("nan", "inf", "many", "1,5", "-1e999", "1e300")
ABOVE = ("0", "-3")
NUMBERS = {
    "lat": ("91",), "lon": ("-181",), "workers": ABOVE, "talent": ABOVE, "va_energy": ABOVE, "capital": ABOVE,
    "area_km2": ABOVE, "land": (*ABOVE, "1e9"), "unregistered_workers": ("-1", "1e12"),
    "unregistered_talent": ("-1", "1e12"),
    "residence_cost": ("-0.1", "6"), "migration_workers": ("-1e12",), "migration_talent": ("1e12",),
    "natural_rate": ("0.5",), "graduation_rate": ("-0.01",), "port_hours": ABOVE,
}  # fmt: skip
REQUIRED = ("id", "lat", "lon", "workers", "talent", "va_energy")


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def whole(folder: Path) -> Path:
    """A sound world with every column."""
    write_template(folder)
    header, *rows = read(folder / "regions.csv")
    write(folder / "regions.csv", [header + list(FULL), *(row + list(FULL.values()) for row in rows)])
    return folder


def cell(table: str, column: str, value: str) -> Mutation:
    """Put a value into some row of a column."""

    def mutate(folder: Path) -> None:
        rows = read(folder / table)
        line = random.Random(f"{table}{column}{value}").randrange(1, len(rows))
        rows[line][rows[0].index(column)] = value
        write(folder / table, rows)

    return mutate


def header(table: str, column: str, name: str | None) -> Mutation:
    """Rename a column, or drop it."""

    def mutate(folder: Path) -> None:
        rows = read(folder / table)
        at = rows[0].index(column)
        if name is None:
            rows = [row[:at] + row[at + 1 :] for row in rows]
        else:
            rows[0][at] = name
        write(folder / table, rows)

    return mutate


def row(table: str, change: Callable[[list[list[str]]], object]) -> Mutation:
    def mutate(folder: Path) -> None:
        rows = read(folder / table)
        change(rows)
        write(folder / table, rows)

    return mutate


def text(name: str, content: str | bytes | None) -> Mutation:
    """Write a file, or delete it."""

    def mutate(folder: Path) -> None:
        path = folder / name
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return mutate


def both(*mutations: Mutation) -> Mutation:
    def mutate(folder: Path) -> None:
        for one in mutations:
            one(folder)

    return mutate


IDS = ("harbour", "delta", "hills", "plain")


def matrix(name: str, change: Callable[[list[list[str]]], object]) -> Mutation:
    """Write a square table of ones, faulty in one way."""

    def mutate(folder: Path) -> None:
        rows = [["", *IDS], *([name_, *["0.5"] * len(IDS)] for name_ in IDS)]
        change(rows)
        write(folder / name, rows)

    return mutate


def put(line: int, at: int, value: str) -> Callable[[list[list[str]]], object]:
    return lambda rows: rows[line].__setitem__(at, value)


# Name, change, and what some message must match after the folder.
R, E, W = r"regions\.csv:", r"edges\.csv:", r"world\.yaml"
MUTATIONS: dict[str, tuple[Mutation, str]] = {
    **{
        f"{c}={v}": (cell("regions.csv", c, v), rf"{R}\d+: {c}: ")
        for c, bad in NUMBERS.items() for v in (*NEVER, *bad)
    },
    **{f"no {c}": (cell("regions.csv", c, ""), rf"{R}\d+: {c}: (empty|missing)") for c in REQUIRED},
    **{
        f"edge {c}={v}": (cell("edges.csv", c, v), rf"{E}\d+: {c}: ")
        for c in ("km", "speed") for v in (*NEVER, *ABOVE)
    },
    **{f"drop {c}": (header("regions.csv", c, None), rf"{R}1: column '{c}': missing") for c in REQUIRED},
    **{
        f"drop edge {c}": (header("edges.csv", c, None), rf"{E}1: column '{c}': missing")
        for c in ("a", "b", "mode", "km")
    },
    "typo": (header("regions.csv", "workers", "wokers"), rf"{R}1: column 'wokers': .*did you mean 'workers'"),
    "typo of an optional one": (header("regions.csv", "zone", "zon"), rf"{R}1: column 'zon': .*did you mean 'zone'"),
    "column twice": (header("regions.csv", "capital", "talent"), rf"{R}1: column 'talent': appears twice"),
    "column without a name": (header("regions.csv", "capital", ""), rf"{R}1: column \d+, without a name"),
    "unknown sector": (
        header("regions.csv", "va_energy", "va_enrgy"),
        rf"{R}1: column 'va_enrgy': .*did you mean 'va_energy'",
    ),
    "no header": (row("regions.csv", lambda r: r.pop(0)), rf"{R}1: no header"),
    "semicolons": (text("regions.csv", "id;lat;lon\na;1;2\n"), rf"{R}1: .*semicolons"),
    "id twice": (row("regions.csv", lambda r: r[3].__setitem__(0, "delta")), rf"{R}4: id: 'delta' appears in two rows"),
    "id with capitals": (cell("regions.csv", "id", "Harbour City"), rf"{R}\d: id: "),
    "id of a zone": (row("regions.csv", lambda r: r[4].__setitem__(0, "supporting")), rf"{R}5: id: "),
    "id too long": (cell("regions.csv", "id", "x" * 60), rf"{R}\d: id: has 60 characters"),
    "bad province": (cell("regions.csv", "province", "Guang Dong"), rf"{R}\d: province: "),
    "bad belts": (cell("regions.csv", "belts", "Coast & Belt"), rf"{R}\d: belts: "),
    "control character": (cell("regions.csv", "name_en", "a\x00b"), rf"{R}\d: name_en: "),
    "unknown zone": (cell("regions.csv", "zone", "suporting"), rf"{R}\d: zone: .*did you mean 'supporting'"),
    "two centres": (row("regions.csv", lambda r: r[2].__setitem__(3, "centre")), rf"{R}3: zone: 2 regions"),
    "no centre": (row("regions.csv", lambda r: r[1].__setitem__(3, "pilot")), rf"{R}2: zone: no regions"),
    "bad quality": (cell("regions.csv", "quality", "guessed"), rf"{R}\d: quality: "),
    "bad national_taxes": (cell("regions.csv", "national_taxes", "maybe"), rf"{R}\d: national_taxes: .*true or false"),
    "too few cells": (row("regions.csv", lambda r: r[2].pop()), rf"{R}3: has \d+ cells; expected \d+"),
    "too many cells": (row("regions.csv", lambda r: r[3].append("9")), rf"{R}4: has \d+ cells"),
    "no regions": (row("regions.csv", lambda r: r.__delitem__(slice(1, None))), rf"{R}2: no rows"),
    "same place": (
        both(text("edges.csv", None), row("regions.csv", lambda r: r[2].__setitem__(slice(4, 6), r[3][4:6]))),
        rf"{R}4: lat: .*'delta'",
    ),
    "edge to nowhere": (cell("edges.csv", "b", "hils"), rf"{E}\d: b: .*did you mean 'hills'"),
    "edge to itself": (row("edges.csv", lambda r: r[2].__setitem__(1, r[2][0])), rf"{E}3: b: .*to itself"),
    "bad mode": (cell("edges.csv", "mode", "raod"), rf"{E}\d: mode: .*did you mean 'road'"),
    "too fast": (cell("edges.csv", "speed", "5000"), rf"{E}\d: speed: "),
    "bad opened": (cell("edges.csv", "opened", "soon"), rf"{E}\d: opened: .*an integer"),
    "cut off": (row("edges.csv", lambda r: r.pop()), rf"{R}5: id: no connection for people from 'harbour' to 'plain'"),
    "opened too late": (
        row("edges.csv", lambda r: r[-1].__setitem__(5, "2035")),
        rf"{R}5: id: no connection for goods",
    ),
    "matrix header": (matrix("hours_people.csv", put(0, 2, "dleta")), r"hours_people\.csv:1: .*did you mean 'delta'"),
    "matrix column": (matrix("hours_people.csv", put(2, 0, "hills")), r"hours_people\.csv: column 1: "),
    "matrix order": (matrix("hours_people.csv", lambda r: r[0].reverse()), r"hours_people\.csv:1: "),
    "matrix too small": (matrix("hours_people.csv", lambda r: r.pop()), r"hours_people\.csv: column 1: has no 'plain'"),
    "matrix row": (matrix("hours_people.csv", lambda r: r[2].pop()), r"hours_people\.csv:3: has 4 cells; expected 5"),
    "matrix empty cell": (matrix("hours_people.csv", put(2, 2, "")), r"hours_people\.csv:3: column 'delta': "),
    "matrix zero": (
        matrix("hours_people.csv", put(2, 2, "0")),
        r"hours_people\.csv:3: column 'delta': .*hours above 0",
    ),
    "matrix negative": (matrix("hours_people.csv", put(4, 1, "-2")), r"hours_people\.csv:5: column 'harbour': "),
    "matrix text": (matrix("hours_people.csv", put(1, 3, "far")), r"hours_people\.csv:2: column 'hills': .*a number"),
    "freeness above 1": (matrix("freeness_goods.csv", put(1, 4, "1.2")), r"freeness_goods\.csv:2: column 'plain': "),
    "goods alone": (matrix("hours_goods.csv", lambda r: r), r"hours_people\.csv: missing; .*hours_goods\.csv"),
    "unknown table": (text("edge.csv", "a,b\n"), r"edge\.csv: unknown table name.*did you mean 'edges\.csv'"),
    "spreadsheet": (text("regions.xlsx", b"PK"), r"regions\.xlsx: unknown table name"),
    "world.yml": (text("world.yml", "name: x\n"), r"world\.yml: unknown table name"),
    "not UTF-8": (text("regions.csv", "id,name_en\na,Forêt\n".encode("latin-1")), rf"{R}2: not UTF-8"),
    "open quote": (text("edges.csv", 'a,b,mode,km,speed\n"harbour,delta,road,1,1\n'), rf"{E}\d: not CSV"),
    "no regions.csv": (text("regions.csv", None), r"regions\.csv: missing"),
    "no world.yaml": (text("world.yaml", None), rf"{W}: missing"),
    "empty regions.csv": (text("regions.csv", ""), rf"{R}1: empty"),
    "empty edges.csv": (text("edges.csv", ""), rf"{E}1: empty"),
    "empty world.yaml": (text("world.yaml", ""), rf"{W}:1:1: holds no keys"),
    "a list as world.yaml": (text("world.yaml", "- name\n"), rf"{W}:1:1: holds no keys"),
    "broken YAML": (text("world.yaml", "name: own\nyear: [2020\n"), rf"{W}:\d+:\d+: not YAML"),
    "key twice": (text("world.yaml", "name: own\nname: two\n"), rf"{W}:2:\d+: name: duplicate key"),
    "world.yaml not UTF-8": (text("world.yaml", b"name: f\xeet\n"), rf"{W}:1: not UTF-8"),
    "unknown key": (text("world.yaml", "name: own\n\nyaer: 2020\n"), rf"{W}:3: yaer: .*did you mean 'year'"),
    "bad year": (text("world.yaml", "name: own\nyear: soon\n"), rf"{W}:2: year: .*an integer"),
    "bad name": (text("world.yaml", "name: My World\n"), rf"{W}:1: name: "),
    "negative world": (text("world.yaml", "name: own\nworld_size: -1\n"), rf"{W}:2: world_size: "),
    "sectors as a list": (text("world.yaml", "sectors: [energy]\n"), rf"{W}:1: sectors: .*keys and values"),
    "sector without keys": (text("world.yaml", "sectors:\n  energy:\n"), rf"{W}:2: sectors.energy: .*keys and values"),
    "bad trade": (
        text("world.yaml", "sectors:\n  energy: {trade: good}\n"),
        rf"{W}:2: sectors.energy.trade: .*'goods'",
    ),
    "bad share": (
        text("world.yaml", "sectors:\n  energy:\n    intermediate_share: 1\n"),
        rf"{W}:3: sectors.energy.inter",
    ),
    "unknown key of a sector": (
        text("world.yaml", "sectors:\n  energy:\n    tarde: goods\n"),
        rf"{W}:3: sectors.energy.tarde",
    ),
    "bad name of a sector": (text("world.yaml", "sectors:\n  Own Farms: {}\n"), rf"{W}:2: sectors.Own Farms: 'Own F"),
    "only other sectors": (text("world.yaml", "sectors: {farms: {}}\n"), rf"{R}1: column 'va_farms': missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_faults_are_told_with_their_place(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mutate, wanted = MUTATIONS[name]
    monkeypatch.chdir(tmp_path)
    folder = whole(Path("mine"))
    mutate(folder)
    with pytest.raises(UserError) as caught:
        read_folder(folder)
    messages = caught.value.messages
    assert any(re.match("mine/" + wanted, m) for m in messages), messages
    for message in messages:
        assert message.startswith("mine/") and "expected" in message, message
        assert "None" not in message and "Input should" not in message and "ctx" not in message, message
    assert len(messages) == len(set(messages)) <= 12
    with pytest.raises(SystemExit) as done:
        main(["world", "check", "mine"])
    out, err = capsys.readouterr()
    assert done.value.code == 2 and not out
    assert err.splitlines() == [f"error: {m}" for m in messages]


def test_there_are_fifty_mutations_and_the_unchanged_world_is_sound(tmp_path: Path) -> None:
    assert len(MUTATIONS) >= 50
    assert read_folder(whole(tmp_path / "w")).regions[0].belts == "coast_belt;old_belt"
    described = {c["column"] for c in columns() if c["file"] == "regions.csv"}
    assert set(NUMBERS) | set(FULL) - {"va_energy"} <= described | {"va_energy"}


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    folder = whole(tmp_path / "w")
    for mutate in (
        cell("regions.csv", "workers", "many"), cell("regions.csv", "land", "4e8"), cell("edges.csv", "km", "0"),
        text("world.yaml", "name: own\nyaer: 2020\nworld_size: x\n"), text("edge.csv", "a,b\n"),
        matrix("hours_people.csv", put(2, 2, "far")),
    ):  # fmt: skip
        mutate(folder)
    with pytest.raises(UserError) as caught:
        read_folder(folder)
    told = "\n".join(caught.value.messages)
    for part in ("workers: 'many'", "land: 4e+08", "km: 0", "yaer", "world_size", "edge.csv", "column 'delta'"):
        assert part in told
    assert len(caught.value.messages) == 7


CONFIG = "kind: scenario\nname: own\nworld: {world}\nyears: 2\nfirms: 1000\n"


def config(folder: Path, world: str = "mine") -> Path:
    path = folder / "own.yaml"
    path.write_text(CONFIG.format(world=world), encoding="utf-8")
    return path


def test_a_run_on_a_faulty_folder_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell("regions.csv", "workers", "many")(whole(tmp_path / "mine"))
    with pytest.raises(SystemExit) as done:
        main(["run", str(config(tmp_path)), "--out", str(tmp_path / "out")])
    err = capsys.readouterr().err
    assert done.value.code == 2 and "Traceback" not in err and not (tmp_path / "out").exists()
    assert re.search(r"own\.yaml:3:1: world: .*mine.regions\.csv:\d: workers: 'many'", err)


def test_folders_lie_beside_the_config_or_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(tmp_path / "mine")
    monkeypatch.chdir(tmp_path.parent)
    assert sim.load(config(tmp_path)).world == str(tmp_path / "mine")
    assert is_folder(sim.load(f"{tmp_path.name}/own.yaml").world)
    assert sim.load("small", [f"world={tmp_path.name}/mine"]).world == str(tmp_path / "mine")
    with pytest.raises(UserError, match=r"--set world=no/where: world: no folder 'no/where'"):
        sim.load("small", ["world=no/where"])
    # The current folder comes second; a name that a bundled world has too is refused.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    whole(tmp_path / "guangzhou")
    assert sim.load(config(tmp_path / "deep")).world == str(Path.cwd() / "mine")
    with pytest.raises(UserError, match=r"guangzhou.*bundled"):
        sim.load(config(tmp_path, "guangzhou"))
    assert sim.load(config(tmp_path, "bundled:guangzhou")).world == "guangzhou"


def test_check_solves_the_base_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = whole(tmp_path / "mine")
    with pytest.raises(SystemExit) as done:
        main(["world", "check", str(folder)])
    assert not done.value.code and "base year 2020 is solved" in capsys.readouterr().out
    # Households would have to buy a negative amount of what only the state buys.
    header_, *rows = read(folder / "regions.csv")
    drop = [k for k, h in enumerate(header_) if h.startswith("va_")]
    kept = [[c for k, c in enumerate(r) if k not in drop] for r in (header_, *rows)]
    write(folder / "regions.csv", [[*kept[0], "va_a", "va_b"], *([*r, "100000", "100"] for r in kept[1:])])
    (folder / "world.yaml").write_text("name: own\nsectors: {a: {government: 0}, b: {}}\n", encoding="utf-8")
    with pytest.raises(SystemExit) as done:
        main(["world", "check", str(folder)])
    err = capsys.readouterr().err
    assert done.value.code == 2 and "negative amount of b" in err and "Traceback" not in err


def inline(folder: Path) -> str:
    """The world of a folder, written out in a config."""
    spec = read_folder(folder)
    return spec.model_dump_json(exclude_unset=True, exclude={"kind"}).replace("{", "{kind: inline, ", 1)


def test_a_sound_folder_runs_and_equals_the_same_world_written_out(tmp_path: Path) -> None:
    folder = whole(tmp_path / "mine")
    outcome = sim.run(sim.load(config(tmp_path)), tmp_path / "folder", workers=1)
    assert outcome.ok
    written = sim.load(config(tmp_path, inline(folder)))
    assert not isinstance(written.world, str)
    assert sim.run(written, tmp_path / "inline", workers=1).ok
    one, two = sim.open_results(tmp_path / "folder"), sim.open_results(tmp_path / "inline")
    for name in one.data_vars:
        assert np.array_equal(one[name].values, two[name].values, equal_nan=True), name
        if str(name).startswith("audit_"):
            assert float(np.abs(one[name]).max()) <= 1e-9, name
    assert one["belts"].values[0] == "coast_belt;old_belt"


def test_stated_hours_stand_in_the_world(tmp_path: Path) -> None:
    folder = whole(tmp_path / "mine")
    (folder / "edges.csv").unlink()
    matrix("hours_people.csv", put(1, 2, "3.5"))(folder)
    hours = load_world(str(folder), 2020).network.hours
    assert hours is not None and hours.people[0, 1] == 3.5 and hours.goods[0, 1] == 3.5


def test_a_new_world_is_written_once(tmp_path: Path) -> None:
    write_template(tmp_path / "a" / "b")
    with pytest.raises(UserError, match="not empty; expected"):
        write_template(tmp_path / "a" / "b")
    with pytest.raises(UserError, match="expected"):
        write_template(tmp_path / "a" / "b" / "world.yaml" / "c")

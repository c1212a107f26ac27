"""What every file and every default owes its reader."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sim.catalogue import GROUPS, SECTOR_TITLES, SECTORS, UNITS, VARIABLES
from sim.parameters import Parameters
from tests.helpers import ROOT

# Written in pieces, so that this file passes its own test.
HOSTS = ("py" + r"pi\.org", "python" + r"hosted\.org", "--(extra-)?index" + "-url", "--find" + "-links")
HOST = re.compile("|".join(HOSTS))
# An absolute path to someone's folder; a path inside an address (`example.org/home/x`) is none.
FOLDERS = ("work", "root", "home", "Users", "opt/py" + "pi")
MACHINE = re.compile(r"(?<![\w.:/-])/(?:" + "|".join(FOLDERS) + r")[/-][\w.]")


def project_files() -> list[Path]:
    """Files that are tracked or would be added."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"git cannot list files: {done.stderr.strip()}")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("pattern", [HOST, MACHINE], ids=["package index", "machine path"])
def test_files_name_no_host_and_no_machine(pattern):
    found = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {m.group()}" for m in pattern.finditer(text)]
    assert not found, "\n".join(found)


def test_patterns_find_what_they_look_for():
    assert MACHINE.search("open('" + "/ho" + "me/someone/x.csv')")
    assert not MACHINE.search("https://example.org/home/x")
    assert HOST.search("https://py" + "pi.org/simple")


def test_constraints_hold_versions_only():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split("\n")
    wrong = [x for x in lines if x and not x.startswith("#") and not re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+", x)]
    assert not wrong, wrong
    assert "mesa==3.3.1" in lines


# Every parameter, as ``part.name``, with its field.
DEFAULTS = [
    pytest.param(field, id=f"{part}.{name}")
    for part, section in Parameters.model_fields.items()
    for name, field in type(section.default).model_fields.items()
    if not isinstance(field.default, str | bool)  # a choice has no range
]


@pytest.mark.parametrize("field", DEFAULTS)
def test_default_has_unit_range_and_basis(field):
    facts = field.json_schema_extra
    assert facts["unit"].strip() and facts["basis"].strip() and field.description.strip()
    low, high = facts["range"]
    assert low < high
    assert low <= field.default <= high


@pytest.mark.parametrize("field", DEFAULTS)
def test_range_lies_within_hard_bounds(field):
    low, high = field.json_schema_extra["range"]
    lower = [m.ge for m in field.metadata if getattr(m, "ge", None) is not None]
    upper = [m.le for m in field.metadata if getattr(m, "le", None) is not None]
    assert all(low >= bound for bound in lower) and all(high <= bound for bound in upper)


def test_catalogue_uses_known_units_and_dims():
    dims = {"region", "sector", "group", "origin", "destination", "origin_zone", "destination_zone"}
    dims |= {"zone_class", "age_class", "size_class", "ownership"}
    for name, variable in VARIABLES.items():
        assert name == variable.name
        assert variable.unit in UNITS, name
        assert set(variable.dims) <= dims, name
        assert variable.title.strip(), name
    assert set(SECTOR_TITLES) == set(SECTORS)
    assert len(GROUPS) == 2

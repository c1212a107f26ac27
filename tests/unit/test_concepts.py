"""The map of the study's concepts: complete, and of things that exist."""

from __future__ import annotations

from pathlib import Path

from sim.concepts import State, concepts, text, unknown
from sim.mechanisms import MECHANISMS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts.md"


def test_every_row_is_represented_or_says_what_is_lacking():
    found = concepts()
    assert len({one.row for one in found}) == len(found) and found[0].row == "1" and found[-1].row == "64h"
    assert unknown() == []
    for one in found:
        assert one.represented_by or one.missing or one.note, one.row
        assert (one.state is State.FULL) == (not one.shortfall), one.row


def test_every_kind_represents_a_concept():
    named = {kind for one in concepts() for kind in one.kinds}
    assert set(MECHANISMS.own) - named == set()


def test_the_page_is_that_of_the_table():
    assert PAGE.read_text(encoding="utf-8") == text(), (
        "expected it made again: python -m sim.concepts > docs/concepts.md"
    )


def test_the_readme_lists_every_kind_by_theme():
    readme = (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    table = readme.split("## Instruments\n")[1].split("\n\n`hinterland")[0]
    listed = [word for word in table.split("`")[1::2]]
    assert sorted(listed) == sorted(MECHANISMS.own)

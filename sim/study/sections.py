"""The sections of the study and their experiments, in the order of the source study."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from sim.config import bundled
from sim.documents import read
from sim.errors import UserError, nearest
from sim.strict import Strict

FILE = "sections.yml"  # next to the experiments, which end with .yaml


class Section(Strict):
    """A section of the source study and the experiments that answer its questions."""

    name: str = Field(pattern=r"^[a-z_]+$", description="Name for --only")
    title: str = Field(description="Heading")
    rows: list[str] = Field(description="Rows of docs/concepts.md that it asks about")
    experiments: list[str] = Field(min_length=1, description="Bundled experiments of the folder study")
    draws: list[str] = Field(
        default_factory=list, description="Keys varied in addition to those of all sections, for the share of draws"
    )


class Study(Strict):
    """All sections, and how their comparisons are repeated over the ranges of parameters."""

    samples: int = Field(ge=1, description="Draws of parameters")
    firms: int = Field(ge=1, description="Firm agents of each run with drawn parameters")
    uncertainties: list[str] = Field(min_length=1, description="Keys varied in every section, over their ranges")
    statements: list[list[str]] = Field(description="Pairs of arms: the first is said to be better than the second")
    sections: list[Section] = Field(min_length=1)


@lru_cache(maxsize=1)
def read_study() -> Study:
    """Return the sections as they are listed next to their experiments."""
    folder = next(iter(bundled("study").values())).parent
    return Study.model_validate(read(folder / FILE).data)


def file_of(name: str) -> Path:
    """Return the file of an experiment that a section names: of the folder study, or of all experiments."""
    return {**bundled("experiments"), **bundled("study")}[name]


def chosen(study: Study, only: Sequence[str]) -> list[Section]:
    """Return the sections with these names, in the order of the study; all of them without names.

    Raises
    ------
    UserError
        If there is no section of a name.
    """
    known = [section.name for section in study.sections]
    for name in only:
        if name not in known:
            raise UserError(f"--only: no section {name!r}; expected one of {', '.join(known)}{nearest(name, known)}")
    return [section for section in study.sections if not only or section.name in only]

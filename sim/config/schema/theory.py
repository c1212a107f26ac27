"""The schema of presets of theory: textbook models, which `hinterland validate theory` solves."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.parameters import Strict
from sim.strict import Title

Matrix = tuple[tuple[float, ...], ...]


class Preset(Strict):
    """A static market whose movers choose a region: firms, entrepreneurs, workers."""

    kind: Literal["theory"] = Field(description="theory")
    name: str = Field(description="Name of the preset")
    title: Title = Field(default="", description="What it is, in words")
    model: Literal["footloose-capital", "footloose-entrepreneur", "core-periphery", "helpman"] = Field(
        description="Which limit of the engine"
    )
    sigma: float = Field(gt=1, description="Elasticity of substitution [1]")
    mu: float = Field(gt=0, lt=1, description="Differentiated good in spending; housing has the rest in helpman [1]")
    freeness: float | Matrix | None = Field(default=None, description="Freeness of trade, one or a matrix [1]")
    trade_cost: float | None = Field(default=None, ge=1, description="Iceberg cost T between regions instead [1]")
    immobile: tuple[float, ...] = Field(default=(), description="Workers of each region who stay [persons]")
    owners: tuple[float, ...] = Field(default=(), description="Shares of capital owned; as immobile by default [1]")
    land: tuple[float, ...] = Field(default=(), description="Land of each region, in helpman [1]")
    rents: Literal["local", "shared"] = Field(
        "local", description="Who gets the rents: local residents, or all equally"
    )
    variable_input: Literal["labour", "outside-good"] = Field(
        "labour", description="What variable cost buys: local workers, or the outside good at the same price"
    )
    movers: int = Field(default=400, ge=2, le=100_000, description="Firms, entrepreneurs or workers who choose")
    dynamics: Literal["best_response", "replicator", "logit"] = Field("best_response", description="How they choose")
    elasticity: float = Field(default=10.0, gt=0, description="Of the logit choice to utility [1]")
    start: Literal["symmetric", "concentrated"] | tuple[float, ...] = Field("symmetric", description="First shares")

    @model_validator(mode="after")
    def _consistent(self) -> Preset:
        if (self.freeness is None) == (self.trade_cost is None):
            raise ValueError("freeness and trade_cost: both or neither given; expected one of them")
        wanted, other = ("land", "immobile") if self.model == "helpman" else ("immobile", "land")
        if not getattr(self, wanted) or getattr(self, other):
            raise ValueError(f"{other} does not apply to {self.model}; expected {wanted}, one number per region")
        n = self.regions
        for field in ("owners", "start"):
            value = getattr(self, field)
            if isinstance(value, tuple) and value and len(value) != n:
                raise ValueError(f"{field}: has {len(value)}; expected {n}, one number per region")
        if min(*getattr(self, wanted), 1.0) <= 0:
            raise ValueError(f"{wanted}: contains a non-positive number; expected one positive size per region")
        matrix = self.freeness
        if isinstance(matrix, tuple) and (len(matrix) != n or any(len(row) != n for row in matrix)):
            raise ValueError(f"freeness: has {len(matrix)} rows; expected {n} rows of {n}, one number per region")
        rows = matrix if isinstance(matrix, tuple) else ((1.0 if matrix is None else matrix,),)
        if any(not 0 < value <= 1 for row in rows for value in row):
            raise ValueError("freeness: contains a number out of range; expected above 0 and at most 1")
        return self

    @property
    def regions(self) -> int:
        """Number of regions R."""
        return len(self.land or self.immobile)


class SolowPreset(Strict):
    """One region, one good, constant saving: convergence in the whole yearly engine."""

    kind: Literal["theory"] = Field(description="theory")
    name: str = Field(description="Name of the preset")
    title: Title = Field(default="", description="What it is, in words")
    model: Literal["solow"] = Field(description="solow")
    sigma: float = Field(ge=1.5, le=20, description="Elasticity of substitution [1]")
    intermediate_share: float = Field(default=0.5, ge=0, lt=1, description="Intermediates in variable cost (iota) [1]")
    saving: float = Field(default=0.35, ge=0.01, le=0.9, description="Saving out of income [1]")
    depreciation: float = Field(default=0.06, ge=0.001, le=0.5, description="Depreciation (delta) [1/yr]")
    perturbation: float = Field(default=0.001, gt=0, le=0.1, description="Capital above its steady state [1]")
    years: int = Field(default=20, ge=2, le=200, description="Years over which speed is measured [year]")
    movers: int = Field(default=1000, ge=1000, le=100_000, description="Firm agents")

    @model_validator(mode="after")
    def _bounded(self) -> SolowPreset:
        alpha = 1.0 / ((self.sigma - 1.0) * (1.0 - self.intermediate_share))
        if alpha >= 0.9:
            raise ValueError(
                f"sigma: with intermediate_share {self.intermediate_share:g} capital's share 1/((sigma-1)(1-iota)) is "
                f"{alpha:.2f}; expected less than 0.9, as growth is unbounded beyond"
            )
        return self

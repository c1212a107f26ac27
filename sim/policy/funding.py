"""Funding of a mechanism: levels of government, matching grants, private partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from sim.parameters import SHARE, Strict
from sim.policy.view import View


class Bill(NamedTuple):
    """Payers, regions and amounts of a cost, one entry per payment; see `Funding.bill`."""

    payer: np.ndarray  # (k,) account
    region: np.ndarray  # (k,)
    amount: np.ndarray  # (k,) million base-year yuan

    def by_payer(self) -> tuple[np.ndarray, np.ndarray]:
        """Return each payer once, in the order of accounts, and its total."""
        payer, which = np.unique(self.payer, return_inverse=True)
        return payer, np.bincount(which, self.amount, len(payer))


class Matching(Strict):
    """Matching grants of the province and the nation: yuan for each yuan of cities."""

    province: float = Field(default=0.0, ge=0, le=2, description="Yuan of the province per yuan of cities [1]")
    nation: float = Field(default=0.0, ge=0, le=2, description="Yuan of the nation per yuan of cities [1]")
    within: float | None = Field(
        default=None, gt=0, description="Only for targets at most this far from the central city [h]"
    )


class Private(Strict):
    """Private finance of public works: a project company builds on credit and is repaid from public budgets."""

    share: float = Field(default=0.7, ge=0, le=0.8, description="Part of the works that private partners finance [1]")
    rate: float = Field(default=0.065, gt=0, le=0.2, description="Yearly return on what is owed [1/yr]")
    years: int = Field(default=20, ge=1, le=50, description="Years of repayment [year]")
    saving: float = Field(default=0.1, ge=0, le=0.5, description="Cost that private building saves, of its part [1]")
    ceiling: float = Field(
        default=0.1, gt=0, le=1, description="Most that a year of repayment may take of the host's revenue [1]"
    )


class Funding(Strict):
    """Who pays: shares by level of government, 1 in sum.

    Attributes
    ----------
    nation, province, centre, host : float
        ``province`` and ``host`` are those of the targets.
    matching : Matching, optional
        Matching grants in addition to the shares of cities.
    private : Private, optional
        Of works only: private finance, repaid by public budgets.
    """

    nation: float = Field(default=0.0, ge=SHARE[0], le=SHARE[1], description="Share of the nation [1]")
    province: float = Field(default=0.0, ge=SHARE[0], le=SHARE[1], description="Share of the targets' provinces [1]")
    centre: float = Field(default=0.0, ge=SHARE[0], le=SHARE[1], description="Share of the central city [1]")
    host: float = Field(default=0.0, ge=SHARE[0], le=SHARE[1], description="Share of the targets themselves [1]")
    matching: Matching | None = Field(default=None, description="Money from above that cities' shares attract")
    private: Private | None = Field(default=None, description="Private finance of works")

    @model_validator(mode="before")
    @classmethod
    def _centre_by_default(cls, given: Any) -> Any:
        return {"centre": 1.0} if given == {} else given

    @model_validator(mode="after")
    def _whole(self) -> Funding:
        total = self.nation + self.province + self.centre + self.host
        if abs(total - 1) > 1e-9:
            raise ValueError(f"funding shares sum to {total:g}; expected 1 over nation, province, centre, host")
        return self

    @property
    def reads(self) -> frozenset[str]:
        """Names of the outcome needed to divide costs."""
        near = self.matching is not None and self.matching.within is not None
        return frozenset({"people_hours"} if near else ()) | frozenset({"revenue"} if self.private else ())

    @property
    def writes(self) -> frozenset[str]:
        """Posts needed beyond those of the kind: credit and repayment of private finance."""
        return frozenset({"credit", "transfer"} if self.private else ())

    @property
    def attracted(self) -> float:
        """Matching grants per yuan of cost, where matching applies."""
        m = self.matching
        return (m.province + m.nation) * (self.centre + self.host) if m is not None else 0.0

    def bill(self, view: View, regions: np.ndarray, amounts: np.ndarray) -> Bill:
        """Divide costs between payers.

        Parameters
        ----------
        view : View
            Of a mechanism with this funding, so that it reads `reads`.
        regions : (k,) int
            Regions in which costs arise.
        amounts : (k,) float, million base-year yuan
            Before matching grants are added.
        """
        a, centre = view.accounts, view.world.centre
        regions, amounts = np.asarray(regions), np.asarray(amounts, dtype=float)
        nation, central = np.full(regions.shape, a.nation), np.full(regions.shape, a.treasury[centre])
        parts: list[tuple[np.ndarray, Any]] = [
            (nation, self.nation), (a.province[regions], self.province), (central, self.centre),
            (a.treasury[regions], self.host),
        ]  # fmt: skip
        if self.matching is not None:
            near = np.ones(regions.shape)
            if self.matching.within is not None:
                near = (view.people_hours[regions, centre] <= self.matching.within).astype(float)
            cities = near * (self.centre + self.host)
            parts += [(a.province[regions], self.matching.province * cities), (nation, self.matching.nation * cities)]
        chosen = [(payer, amounts * share) for payer, share in parts if np.any(share)]
        payers = np.concatenate([payer for payer, _ in chosen]) if chosen else np.zeros(0, int)
        sums = np.concatenate([amount for _, amount in chosen]) if chosen else np.zeros(0)
        index = np.tile(np.arange(len(regions)), len(chosen))
        order = np.lexsort((payers, index))
        order = order[sums[order] > 0]
        return Bill(payers[order], regions[index[order]], sums[order])


def bill_each(view: View, regions: np.ndarray, amounts: np.ndarray, fundings: Sequence[Funding]) -> Bill:
    """Divide the costs of regions, (k,) million base-year yuan, between the payers of each, in the order of regions.

    Without regions there are no payments.
    """
    if not fundings:
        return Bill(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0))
    first = fundings[0]
    if all(funding is first for funding in fundings):
        return first.bill(view, regions, amounts)
    each = zip(regions, amounts, fundings, strict=True)
    bills = [funding.bill(view, np.array([j]), np.array([a])) for j, a, funding in each]
    return Bill(*(np.concatenate([bill[c] for bill in bills]) for c in range(3)))

"""Graduates without a policy behind them, to see what they do to output."""

from typing import ClassVar, Literal

from hinterland import Field, Mechanism, Regions, pick, setting


class Graduates(Mechanism):
    """Raises graduations in its targets by a share, at no cost.

    It hurts targets whose graduates leave: what remains is fewer workers.
    """

    reads: ClassVar[frozenset[str]] = frozenset()
    writes: ClassVar[frozenset[str]] = frozenset({"graduation"})
    cost: ClassVar[str] = "none: shows what graduates do, not what a policy does"

    kind: Literal["graduates"] = "graduates"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Where more people graduate")
    rise: float = setting(0.12, "log", 0.0, 0.7, "assumption", "Rise of graduations", ge=0)

    def planned_cost(self, world, years):
        """Return zero: nothing is paid."""
        return 0.0

    def decide(self, view, act, memory):
        """Shift graduations in the targets."""
        targets = pick(view.world, f"{self.name}.targets", self.targets)
        act.shift("graduation", self.now(view, memory) * self.rise, targets)

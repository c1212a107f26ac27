"""Tables of firms, compared."""

from __future__ import annotations

import numpy as np

from sim.economy.firms.steps import COLUMNS, Firms


def same(a: Firms, b: Firms) -> bool:
    """All columns equal bit for bit."""
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS)

"""Hinterland: flows of capital, talent and industry between a central city and the regions it serves.

``import hinterland`` is the way in: configs are loaded, run and opened with it, and mechanisms are written with it. The
code itself is the package ``sim`` in the same folder, whatever else of that name is on the path.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import Field, model_validator

    from sim import __version__
    from sim.agents import Firm
    from sim.analysis import indicator_table, over
    from sim.batch import run
    from sim.batch.outcome import Outcome
    from sim.config import (
        Arm,
        Bounds,
        Calibration,
        CommonBudget,
        Comparison,
        Constraint,
        Dask,
        Distance,
        Estimation,
        Factor,
        Factorial,
        Moment,
        Mpi,
        Objective,
        Precision,
        Processes,
        Range,
        Record,
        Report,
        Robustness,
        Scenario,
        Selection,
        Sensitivity,
        Shares,
        Slurm,
        Sweep,
        Target,
        Threshold,
        Tuning,
        Variant,
        load,
    )
    from sim.errors import RunFailed, UserError
    from sim.mechanisms import MECHANISMS, Enclave, FiscalTransfer, InvestmentFund, TransportCorridor
    from sim.model import RegionalEconomy, simulate
    from sim.parameters import (
        Appraisal,
        Capital,
        Cities,
        Government,
        Households,
        Industry,
        Labour,
        Learning,
        Migration,
        Parameters,
        Production,
        Transport,
        setting,
    )
    from sim.policy.cities import City, Decision, peers
    from sim.policy.funding import Funding, Matching, Private
    from sim.policy.mechanism import Approval, Mechanism, Memory
    from sim.policy.posts import Handle
    from sim.policy.programme import Programme
    from sim.policy.targets import Region, Regions, Sectors, pick, pick_one, sector_mask
    from sim.policy.view import View
    from sim.policy.works import Project, Works, WorksMemory
    from sim.results import open_results
    from sim.testing import check_city, check_mechanism
    from sim.world import InlineWorld, SyntheticWorld, load_world

__all__ = [
    "Appraisal",
    "Approval",
    "Arm",
    "Bounds",
    "Calibration",
    "Capital",
    "Cities",
    "City",
    "CommonBudget",
    "Comparison",
    "Constraint",
    "Dask",
    "Decision",
    "Distance",
    "Enclave",
    "Estimation",
    "Factor",
    "Factorial",
    "Field",
    "Firm",
    "FiscalTransfer",
    "Funding",
    "Government",
    "Handle",
    "Households",
    "Industry",
    "InlineWorld",
    "InvestmentFund",
    "Labour",
    "Learning",
    "MECHANISMS",
    "Matching",
    "Mechanism",
    "Memory",
    "Migration",
    "Moment",
    "Mpi",
    "Objective",
    "Outcome",
    "Parameters",
    "Precision",
    "Private",
    "Processes",
    "Production",
    "Programme",
    "Project",
    "Range",
    "Record",
    "Region",
    "RegionalEconomy",
    "Regions",
    "Report",
    "Robustness",
    "RunFailed",
    "Scenario",
    "Sectors",
    "Selection",
    "Sensitivity",
    "Shares",
    "Slurm",
    "Sweep",
    "SyntheticWorld",
    "Target",
    "Threshold",
    "Transport",
    "TransportCorridor",
    "Tuning",
    "UserError",
    "Variant",
    "View",
    "Works",
    "WorksMemory",
    "__version__",
    "check_city",
    "check_mechanism",
    "indicator_table",
    "load",
    "load_world",
    "main",
    "model_validator",
    "open_results",
    "over",
    "peers",
    "pick",
    "pick_one",
    "run",
    "sector_mask",
    "setting",
    "simulate",
]


def _own() -> None:
    """Make ``sim`` mean the package next to this file, not a module of that name in the current folder."""
    source = Path(__file__).resolve().parent / "sim" / "__init__.py"
    known = sys.modules.get("sim")
    if known is not None:
        place = getattr(known, "__file__", None)
        if place is None or Path(place).resolve() != source:
            raise ImportError(
                f"another module 'sim' ({place}) is there already; expected 'import hinterland' before it"
            )
        return
    spec = spec_from_file_location("sim", source, submodule_search_locations=[str(source.parent)])
    if spec is None or spec.loader is None or not source.is_file():
        raise ImportError(f"the package 'sim' is not next to {__file__}; expected a complete installation")
    module = module_from_spec(spec)
    sys.modules["sim"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules["sim"]
        raise


_own()


def __getattr__(name: str) -> Any:
    try:
        return getattr(sys.modules["sim"], name)
    except AttributeError:
        raise AttributeError(f"module 'hinterland' has no attribute '{name}'") from None


def __dir__() -> list[str]:
    return sorted({*dir(sys.modules["sim"]), *__all__})


def begin() -> None:
    """Do nothing: a new process that calls this has this module, and its own ``sim``, from then on."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command ``hinterland`` and exit with its code; see `sim.cli.app.main`."""
    from sim.cli import main as command

    command(arguments)


if __name__ == "__main__":
    main()

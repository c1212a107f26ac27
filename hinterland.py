"""Hinterland: flows of capital, talent and industry between a central city and the regions it serves.

``import hinterland`` is the way in: configs are loaded, run and opened with it, and mechanisms are written with it. The
code itself is the package ``sim`` in the same folder, whatever else of that name is on the path.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import Field, model_validator

    from sim import __version__, load, open_results, run, simulate
    from sim.errors import RunFailed, UserError
    from sim.mechanisms import MECHANISMS
    from sim.parameters import setting
    from sim.policy.cities import City, Decision, peers
    from sim.policy.funding import Funding
    from sim.policy.mechanism import Mechanism, Memory
    from sim.policy.posts import Handle
    from sim.policy.programme import Programme
    from sim.policy.targets import Region, Regions, Sectors, pick, pick_one, sector_mask
    from sim.policy.view import View
    from sim.policy.works import Project, Works, WorksMemory
    from sim.testing import check_city, check_mechanism

_MODULES = {
    "sim": ("__version__", "load", "open_results", "run", "simulate"),
    "sim.errors": ("RunFailed", "UserError"),
    "sim.mechanisms": ("MECHANISMS",),
    "sim.parameters": ("setting",),
    "sim.policy.cities": ("City", "Decision", "peers"),
    "sim.policy.funding": ("Funding",),
    "sim.policy.mechanism": ("Mechanism", "Memory"),
    "sim.policy.posts": ("Handle",),
    "sim.policy.programme": ("Programme",),
    "sim.policy.targets": ("Region", "Regions", "Sectors", "pick", "pick_one", "sector_mask"),
    "sim.policy.view": ("View",),
    "sim.policy.works": ("Project", "Works", "WorksMemory"),
    "sim.testing": ("check_city", "check_mechanism"),
    "pydantic": ("Field", "model_validator"),
}
_PUBLIC = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "City",
    "Decision",
    "Field",
    "Funding",
    "Handle",
    "MECHANISMS",
    "Mechanism",
    "Memory",
    "Programme",
    "Project",
    "Region",
    "Regions",
    "RunFailed",
    "Sectors",
    "UserError",
    "View",
    "Works",
    "WorksMemory",
    "__version__",
    "check_city",
    "check_mechanism",
    "load",
    "main",
    "model_validator",
    "open_results",
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
    if name not in _PUBLIC:
        raise AttributeError(f"module 'hinterland' has no attribute '{name}'")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def begin() -> None:
    """Do nothing: a new process that calls this has this module, and its own ``sim``, from then on."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command ``hinterland`` and exit with its code; see `sim.cli.app.main`."""
    from sim.cli import main as command

    command(arguments)


if __name__ == "__main__":
    main()

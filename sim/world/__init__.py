"""Worlds: regions, their accounts, transport networks and travel times."""

from sim.world.china.build import quality_shares
from sim.world.load import (
    ambiguity,
    centre_problem,
    fitted_parameters,
    forget_worlds,
    is_folder,
    load_history,
    load_world,
    located,
    usual_path,
    world_identity,
    world_names,
    world_title,
    world_years,
)
from sim.world.network.connect import Terminals, edges_in_use, first_hours, line_edges, travel_hours
from sim.world.network.freight import Bulk, BulkSaving, bulk_saving
from sim.world.own.cross import cross_checks
from sim.world.own.folder import read_folder, world_files
from sim.world.own.plausible import outliers, remarks
from sim.world.own.problems import mutual_problems, own_problems
from sim.world.own.schema import InlineWorld, SyntheticWorld, WorldSpec
from sim.world.own.template import column_notes, columns, write_template
from sim.world.selectors import select, vocabulary
from sim.world.summary import check_rail_times, world_summary
from sim.world.types import History, Hours, Network, World

__all__ = [
    "Bulk",
    "BulkSaving",
    "History",
    "Hours",
    "InlineWorld",
    "Network",
    "SyntheticWorld",
    "Terminals",
    "World",
    "WorldSpec",
    "ambiguity",
    "bulk_saving",
    "outliers",
    "own_problems",
    "centre_problem",
    "mutual_problems",
    "check_rail_times",
    "column_notes",
    "columns",
    "cross_checks",
    "edges_in_use",
    "first_hours",
    "fitted_parameters",
    "forget_worlds",
    "is_folder",
    "line_edges",
    "load_history",
    "load_world",
    "located",
    "quality_shares",
    "read_folder",
    "remarks",
    "select",
    "travel_hours",
    "usual_path",
    "vocabulary",
    "world_files",
    "world_identity",
    "world_names",
    "world_summary",
    "world_title",
    "world_years",
    "write_template",
]

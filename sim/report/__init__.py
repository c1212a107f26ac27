"""A self-contained page about a results folder."""

from sim.report.page import write_report

__all__ = ["write_report"]

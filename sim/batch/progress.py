"""Progress bars: completed, failed and running tasks, throughput, elapsed and remaining time."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Counts(ProgressColumn):
    """Failed and running tasks, and tasks completed per second."""

    def render(self, task: Task) -> Text:
        text = Text(f"{task.fields.get('failed', 0)} failed", style="red" if task.fields.get("failed") else "")
        if "running" in task.fields:
            text.append(f", {task.fields['running']} running", style="default")
        if task.speed:
            text.append(f", {task.speed:.3g}/s", style="default")
        return text


def progress(console: Console) -> Progress:
    """Return progress bars; silent if the output is not a terminal. Tasks may have fields ``failed``, ``running``."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(16),
        MofNCompleteColumn(),
        _Counts(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
        console=console,
        disable=not (console.is_terminal or console.file is sys.stderr),
    )

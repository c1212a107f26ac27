"""The notebook of the examples in a kernel of its own, with the settings that Jupyter makes."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from tests.helpers import ROOT


@pytest.mark.filterwarnings("ignore")
def test_the_notebook_runs_and_shows_tables(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    book = nbformat.read(ROOT / "examples" / "notebook.ipynb", as_version=4)
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {
        cell["id"]: output["data"] for cell in book.cells if cell["cell_type"] == "code" for output in cell["outputs"]
        if output["output_type"] == "execute_result"
    }  # fmt: skip
    assert set(shown) == {"config", "run", "table", "data", "model"}
    assert "<Comparison notebook: 3 arms, 3 replications>" in shown["config"]["text/plain"]
    assert all("<table" in shown[name]["text/html"] for name in ("run", "table", "model"))
    assert (tmp_path / "results" / "notebook" / "report.html").is_file()

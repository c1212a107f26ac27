"""The names a user imports."""

import sim


def test_public_names_resolve():
    assert all(callable(getattr(sim, name)) for name in sim.__all__)


def test_a_run_from_python_opens(tmp_path):
    config = sim.load("small", ["years=2", "firms=4000"])
    outcome = sim.run(config, tmp_path / "out", workers=0)
    assert outcome.ok
    found = sim.open_results(tmp_path / "out")
    assert found.sizes["year"] == 2
    assert float(found["audit_money"].max()) < 1e-9

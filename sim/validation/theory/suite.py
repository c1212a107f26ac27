"""The suite of theory checks and its selection."""

from __future__ import annotations

from sim.errors import UserError, nearest
from sim.validation.theory import closed
from sim.validation.theory.break_points import core_periphery_checks, entrepreneur_checks, identity_checks, shift_checks
from sim.validation.theory.capital import capital_checks, network_checks
from sim.validation.theory.equilibria import helpman_checks, logit_checks
from sim.validation.theory.preset import MODELS, load_preset
from sim.validation.theory.rows import Check, outside_input
from sim.validation.theory.satellites import satellite_checks
from sim.validation.theory.solow import solow_checks

SIGMAS, MUS = (3.0, 4.0, 5.0, 7.0), (0.2, 0.3, 0.4, 0.5, 0.6)
CORE_PERIPHERY = ((5.0, 0.4), (7.0, 0.6))
HELPMAN = (3.0, 5.0, 7.0)
SATELLITES = ((5.0, 0.4), (3.0, 0.4))
SOLOW = ((5.0, 0.5), (7.0, 0.5), (5.0, 0.0))


def suite() -> list[Check]:
    """Return all checks in the order of reporting."""
    checks = [*capital_checks(5.0, 0.3), *network_checks()]
    for sigma in SIGMAS:
        for mu in MUS:
            checks += entrepreneur_checks(sigma, mu)
    checks += [*entrepreneur_checks(5.0, 0.4, "replicator"), *logit_checks()]
    for sigma, mu in CORE_PERIPHERY:
        checks += core_periphery_checks(sigma, mu)
    checks += [*core_periphery_checks(5.0, 0.4, "replicator"), *identity_checks(), *shift_checks()]
    for sigma in HELPMAN:
        checks += helpman_checks(sigma, (0.9 / sigma, 1.1 / sigma))
    for sigma, mu in SATELLITES:
        checks += satellite_checks(sigma, mu)
    for sigma, intermediate_share in SOLOW:
        checks += solow_checks(sigma, intermediate_share)
    return checks


def checks_for(model: str | None, sigma: float | None, mu: float | None, name: str | None) -> list[Check]:
    """Return the selected checks.

    Parameters
    ----------
    model : str, optional
        One of `MODELS`.
    sigma, mu : float, optional
        Parameter values for that model instead of those of the suite.
    name : str, optional
        A single row of the suite.

    Raises
    ------
    UserError
        For an unknown name, or values for which the model has no threshold.
    """
    if model is not None and model not in MODELS:
        raise UserError(f"--model {model}: unknown; expected one of {', '.join(MODELS)}{nearest(model, MODELS)}")
    if name is not None:
        found = [c for c in suite() if c.name == name]
        if not found:
            names = [c.name for c in suite()]
            raise UserError(f"--row {name}: no such row; 'hinterland validate theory' lists them{nearest(name, names)}")
        return found
    if sigma is None and mu is None:
        return [c for c in suite() if model in (None, c.model)]
    return checks_for_values(model, sigma, mu)


def checks_for_values(model: str | None, sigma: float | None, mu: float | None) -> list[Check]:
    """Return the checks of a model for given parameter values."""
    if model is None:
        raise UserError(f"--sigma and --mu: without --model; expected one of {', '.join(MODELS)}")
    if model == "solow":
        if sigma is None or mu is not None:
            raise UserError("solow: --mu has no meaning with one good; expected --sigma alone")
        load_preset("solow", sigma=sigma)
        return list(solow_checks(sigma, 0.5))
    if sigma is None or mu is None:
        raise UserError(f"{model}: --sigma or --mu is missing; expected both")
    closed.check_numbers(model, sigma, mu)
    if model == "footloose-capital":
        return list(capital_checks(sigma, mu))
    if model == "footloose-entrepreneur":
        return list(entrepreneur_checks(sigma, mu))
    if model == "core-periphery":
        return list(core_periphery_checks(sigma, mu))
    return list(helpman_checks(sigma, (1.0 - mu,)))


def notes(model: str | None, sigma: float | None, mu: float | None) -> list[str]:
    """Return caveats about given parameter values."""
    if model is None or sigma is None or mu is None:
        return []
    found = []
    if closed.core_lasts(model, sigma, mu):
        found.append(
            f"near the black hole: the core is stable down to freeness {closed.LEAST:g}, near autarky; "
            "no sustain point is searched"
        )
    outside_good = model in ("footloose-capital", "footloose-entrepreneur")
    if outside_good and outside_input(sigma, mu)["variable_input"] == "outside-good":
        found.append(
            "a region that produces everything would need more workers than it has (mu >= sigma/(2 sigma - 1)): "
            "variable inputs are bought in the outside good, at the same price"
        )
    return found

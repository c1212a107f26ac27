"""What every kind of config has: it is checked as it is built, runs, is written as YAML or Python, and shows itself."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from sim.config.text.problems import Problem, problems_in
from sim.errors import UserError
from sim.kinds import KINDS, resolved
from sim.parameters import Strict


class Experiment(Strict):
    """A config: a scenario or an experiment of any kind.

    ``Comparison(name=..., ...)`` checks all that ``hinterland check`` does, such as names of regions, keys that arms
    set, and years. Scenarios may be given by their name or file.

    Attributes
    ----------
    decisive : tuple of str
        Fields on which the defaults of others depend.

    Raises
    ------
    UserError
        With a sentence for each error.
    """

    decisive: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **given: Any) -> None:
        context = {"load": resolved("sim.config.loader:load")}
        try:
            self.__pydantic_validator__.validate_python(given, self_instance=self, context=context)
            problems = self._problems()
        except ValidationError as error:
            problems = problems_in(type(self), given, error)
        if problems:
            raise UserError([problem.sentence for problem in problems])

    # Data that are validated, as the loader does, are checked by the loader, which knows their lines.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def _problems(self) -> list[Problem]:
        """Return what the schema cannot see."""
        kind = KINDS[getattr(self, "kind")]  # noqa: B009 - each kind declares its own
        problems: list[Problem] = resolved(kind.data_problems)(self.model_dump(mode="json"))
        return problems or (resolved(kind.problems)(self) if kind.problems is not None else [])

    def run(self, out: str | Path | None = None, **options: Any) -> Any:
        """Run it; see `hinterland.run`.

        Parameters
        ----------
        out : path, optional
            Results folder; ``results/NAME`` by default.
        **options
            See `sim.batch.session.Options`.

        Returns
        -------
        sim.batch.outcome.Outcome
        """
        return resolved("sim.batch:run")(self, out, **options)

    def to_yaml(self) -> str:
        """Return it as YAML that `hinterland.load` reads, without what defaults say already."""
        text: str = resolved("sim.config.writing:yaml_text")(self)
        return text

    def to_python(self) -> str:
        """Return Python that builds it as ``config``, without what defaults say already."""
        text: str = resolved("sim.config.writing:python_text")(self)
        return text

    def _summary(self) -> str:
        """Return what distinguishes it, in a few words."""
        return str(getattr(self, "title", ""))

    def __repr__(self) -> str:
        words = self._summary()
        return f"<{type(self).__name__} {getattr(self, 'name', '')}{': ' if words else ''}{words}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return (
            f"<details><summary><code>{escape(repr(self))}</code></summary>"
            f"<pre>{escape(self.to_yaml())}</pre></details>"
        )

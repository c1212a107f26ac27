"""The application and its exit codes: 0 success, 1 a run failed, 2 invalid input."""

from __future__ import annotations

import atexit
import gc
import os
import re
import sys
import warnings
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from sim import __version__
from sim.cli import (
    explaining,
    forecasting,
    keeping,
    listing,
    measuring,
    mechanisms,
    outcomes,
    output,
    planning,
    profiling,
    running,
    scoring,
    studying,
    travelling,
    validating,
    worlds,
)
from sim.cli.output import complain
from sim.errors import FULL, NoEffect, RunFailed, UserError
from sim.extras import missing
from sim.paths import meaning

STOPPED = 130
YOUNG = 50_000  # allocations that trigger a garbage collection

# Typer carries its own copy of click in some versions; this finds the right class in each.
_ClickError: type[Any] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")

app = typer.Typer(
    name="hinterland",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Simulates flows of capital, talent and industry between a central city and its hinterland.",
)


def _version(wanted: bool) -> None:
    if wanted:
        output.say(f"hinterland {__version__}")
        raise typer.Exit


@app.callback(help=app.info.help)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take the options that need no command."""


app.command("run")(running.run)
app.command("check")(running.check)
app.command("profile")(profiling.profile)
app.command("plan")(planning.plan)
app.command("explain")(explaining.explain)
app.add_typer(mechanisms.app, name="mechanism")
app.add_typer(mechanisms.cities, name="city")
app.command("schema")(running.schema)
app.command("init")(running.init)
app.command("list")(listing.list_)
app.command("world")(worlds.world)
app.command("validate")(validating.validate)
app.command("forecast")(forecasting.forecast)
app.command("effects")(measuring.effects)
app.command("scorecard")(scoring.scorecard)
app.command("status")(keeping.status)
app.command("verify")(keeping.verify)
app.command("rerun")(keeping.rerun)
app.command("export")(outcomes.export)
app.command("plot")(outcomes.plot)
app.command("hash")(outcomes.hash_)
app.command("audit")(outcomes.audit)
app.command("report")(outcomes.report)
app.command("travel")(travelling.travel)
app.command("study")(studying.study)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit with its code.

    Parameters
    ----------
    arguments : list of str, optional
        Command line without the program name; defaults to that of the process.
    """
    if arguments is None:
        _collect_rarely()
        os.environ["MPLBACKEND"] = "agg"  # figures are files, whatever the program that starts the command prefers
    output.prepare()
    sys.exit(_run(sys.argv[1:] if arguments is None else arguments))


def _collect_rarely() -> None:
    """Run the cyclic garbage collector rarely, and not at exit.

    Libraries and configs are many objects that live until the end: traversing them repeatedly, and once more at exit,
    took a quarter of the time of a command such as `check`.
    """
    gc.set_threshold(YOUNG, 10, 10)
    atexit.register(gc.freeze)


def _run(arguments: list[str]) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("always", NoEffect)
        warnings.showwarning = partial(_show_warning, warnings.showwarning)
        return _answered(arguments)


def _show_warning(usual: Callable[..., None], message: Warning | str, category: type[Warning], *where: Any) -> None:
    """Print what has no effect as a note; other warnings as Python does."""
    if issubclass(category, NoEffect):
        typer.echo(f"note: {message}", err=True)
    else:
        usual(message, category, *where)


def _answered(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    try:
        code = app([_at_home(argument) for argument in arguments], prog_name="hinterland", standalone_mode=False)
    except BrokenPipeError:
        # The reader of the pipe (such as head) has exited; this is not an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except typer.Exit as done:
        return int(done.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        code = STOPPED
    except (UserError, RunFailed, OSError, _ClickError, ModuleNotFoundError) as error:
        return _failed(error, as_json)
    if code == STOPPED:  # typer's exit code for Ctrl-C
        complain(["interrupted; finished runs are kept"], as_json)
    return int(code or 0)


def _at_home(argument: str) -> str:
    """Return an argument with ~ replaced by the home folder, also in ``--out=~/x``, which shells leave as it is."""
    option, path = re.fullmatch(r"(--[\w-]+=)?(.*)", argument, re.DOTALL).groups("")  # type: ignore[union-attr]
    return option + os.path.expanduser(path) if path == "~" or path.startswith("~/") else argument


def _failed(error: Exception, as_json: bool) -> int:
    """Print what a user can do about an error and return the exit code; raise it where that is nothing."""
    if isinstance(error, UserError):
        complain(error.messages, as_json)
        return 2
    if isinstance(error, ModuleNotFoundError):
        if not (reason := missing(error.name or "", "this command")):
            raise error
        complain([reason], as_json)
        return 2
    if isinstance(error, RunFailed):
        complain([str(error)], as_json)
        return 1
    if isinstance(error, OSError) and error.errno in FULL:
        complain([f"no space left ({error}); finished runs are kept: free space, then repeat the command"], as_json)
        return 1
    if isinstance(error, OSError):
        if (text := meaning(error)) is None:
            raise error
        complain([text], as_json)
        return 2
    assert isinstance(error, _ClickError)
    if not as_json and not error.format_message():
        return int(error.exit_code)  # no command given: the help has been printed
    complain([error.format_message() + "; see 'hinterland --help'"], as_json)
    return int(error.exit_code)

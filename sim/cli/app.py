"""The application and its exit codes: 0 done, 1 a run failed, 2 bad input."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Any

import typer

from sim.cli import keeping, listing, outcomes, profiling, running, validating, worlds
from sim.cli.output import complain
from sim.errors import FULL, RunFailed, UserError

STOPPED = 130
YOUNG = 50_000  # objects more than before, upon which cycles are searched for

# Typer carries its own copy of click in some versions; this finds the right class in each.
_ClickError: type[Any] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")

app = typer.Typer(
    name="hinterland",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Flows of capital, talent and industry between a central city and the regions it serves.",
)
app.command("run")(running.run)
app.command("check")(running.check)
app.command("profile")(profiling.profile)
app.command("schema")(running.schema)
app.command("init")(running.init)
app.command("list")(listing.list_)
app.command("world")(worlds.world)
app.command("validate")(validating.validate)
app.command("status")(keeping.status)
app.command("verify")(keeping.verify)
app.command("rerun")(keeping.rerun)
app.command("export")(outcomes.export)
app.command("plot")(outcomes.plot)
app.command("hash")(outcomes.hash_)
app.command("audit")(outcomes.audit)
app.command("report")(outcomes.report)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit with its code.

    Parameters
    ----------
    arguments : list of str, optional
        The command line without the program's name; by default the process's.
    """
    if arguments is None:
        _collect_rarely()
    sys.exit(_run(sys.argv[1:] if arguments is None else arguments))


def _collect_rarely() -> None:
    """Let the search for cycles among objects run rarely, and not at the end of the process.

    Libraries and configs are many objects that stay until the end: to walk through them again and again, and once more
    before they go anyway, took a quarter of the time of a command such as `check`.
    """
    gc.set_threshold(YOUNG, 10, 10)
    atexit.register(gc.freeze)


def _run(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    try:
        code = app(arguments, prog_name="hinterland", standalone_mode=False)
    except UserError as error:
        complain(error.messages, as_json)
        return 2
    except RunFailed as error:
        complain([str(error)], as_json)
        return 1
    except BrokenPipeError:
        # The reader of a pipe (such as head) has left; nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in FULL:
            raise
        complain([f"no room left ({error}); what is finished is kept: make room, then the same command again"], as_json)
        return 1
    except typer.Exit as done:
        return int(done.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        code = STOPPED
    except _ClickError as error:
        if not as_json and not error.format_message():
            return int(error.exit_code)  # help was shown instead of a missing command
        complain([error.format_message() + "; see 'hinterland --help'"], as_json)
        return int(error.exit_code)
    if code == STOPPED:  # typer makes it of Ctrl-C
        complain(["stopped; finished runs are kept"], as_json)
    return int(code or 0)

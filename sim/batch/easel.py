"""What processes that draw have loaded: imported by the process from which they are forked, and by nobody else."""

import gc
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command that started it, with which it ends
gc.disable()  # libraries stay, and who draws ends after a few figures: no cycles need to be searched for

import dask.array  # noqa: F401
import fontTools.subset  # noqa: F401
import matplotlib.backends.backend_pdf  # noqa: F401

import sim.batch.finish  # noqa: F401

gc.freeze()  # nor at the end

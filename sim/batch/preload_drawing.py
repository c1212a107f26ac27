"""What processes that draw have loaded: imported by the process from which they are forked, and by nobody else."""

import gc
import signal
from importlib import import_module

LIBRARIES = ("dask.array", "fontTools.subset", "matplotlib.backends.backend_pdf", "sim.batch.finish")

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command that started it, with which it ends
gc.disable()  # libraries stay, and who draws ends after a few figures: no cycles need to be searched for
for name in LIBRARIES:
    import_module(name)
gc.freeze()  # nor at the end

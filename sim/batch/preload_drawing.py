"""Libraries preloaded by the fork server of the processes that draw; not for import elsewhere."""

import gc
import signal
from importlib import import_module

LIBRARIES = ("dask.array", "fontTools.subset", "matplotlib.backends.backend_pdf", "sim.batch.finish")

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the parent process
gc.disable()  # short-lived processes with long-lived libraries: collection would cost time and free nothing
for name in LIBRARIES:
    import_module(name)
gc.freeze()  # nor at exit

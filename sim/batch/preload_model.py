"""Libraries preloaded by the fork server of the worker processes; not for import elsewhere."""

import gc
import signal
from importlib import import_module

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it silently: the parent process reports
gc.disable()
import_module("sim.model")
gc.enable()
gc.freeze()  # loaded modules stay: exclude them, and their copies in workers, from collection

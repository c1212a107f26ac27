"""What processes that compute runs have loaded: imported by the process from which they are forked, by nobody else."""

import gc
import signal
from importlib import import_module

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a word: the command that started it tells
gc.disable()
import_module("sim.model")
gc.enable()
gc.freeze()  # what is loaded stays: neither it nor its copies are to be searched for cycles

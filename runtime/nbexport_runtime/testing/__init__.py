"""What the tests of a project need: a run of its training, the notebook's figures, and the machine that made them."""

from nbexport_runtime.testing.figures import compare, known_figures
from nbexport_runtime.testing.machine import this_machine
from nbexport_runtime.testing.magnitudes import magnitudes, tamed
from nbexport_runtime.testing.trained import Trained, gate_options, train

__all__ = ["Trained", "compare", "gate_options", "known_figures", "magnitudes", "tamed", "this_machine", "train"]

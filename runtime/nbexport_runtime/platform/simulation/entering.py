"""Registers a candidate of a simulation, as `experiment.py start` does before it judges one.

    python -m nbexport_runtime.platform.simulation.entering VERSION

in the copy, in a process with the variables of the simulation: the registry is the copy's own.
"""

from __future__ import annotations

import json
import sys

from nbexport_runtime.pipeline import promotion
from nbexport_runtime.pipeline.project import find
from nbexport_runtime.pipeline.registry import Registry


def main(version: str) -> None:
    """Register a version that lies in `models/versions`, and say so.

    Raises:
        PipelineError: The registry is not responding.
    """
    own = find("simulate.py")
    kept = promotion.enter(own, own.versions / version, Registry(own))
    print(json.dumps({"registered": kept.name}))


if __name__ == "__main__":
    main(sys.argv[1])

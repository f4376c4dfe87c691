"""The options of a run again, from what its manifest says."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime.training import Parser, Secret


def parsed(parser: Parser, parameters: Mapping[str, Any], **others: Any) -> argparse.Namespace:
    """The options as `train.py` would parse them.

    Args:
        parser: The options of the project.
        parameters: Name → value of the parameters in a manifest; JSON has no tuples and no paths.
        others: Values of options that are not parameters.
    """
    args = parser.parse_args([])
    kinds = {action.dest: getattr(action.type, "__name__", "") for action in parser._actions}
    for name, value in parameters.items():
        if not hasattr(args, name):
            # an option that the code does not have any more
            continue
        if isinstance(getattr(args, name), Secret):
            # no manifest has it: the environment does
            continue
        if isinstance(getattr(args, name), tuple) and isinstance(value, list):
            setattr(args, name, tuple(value))
        elif kinds[name].removesuffix("|None") == "Path" and isinstance(value, str):
            setattr(args, name, Path(value))
        else:
            setattr(args, name, value)
    for name, value in others.items():
        setattr(args, name, value)
    return args

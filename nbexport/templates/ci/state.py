"""Bring back what the last run of the pipeline kept: models, data sets, decisions.

python scripts/state.py restore
python scripts/state.py freshness --max-age-days 9
"""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
# workflows run this before anything is installed
sys.path.extend(str(wheel) for wheel in PROJECT.glob("wheels/nbexport_runtime-*.whl"))

from nbexport_runtime.pipeline.commands import state

if __name__ == "__main__":
    state.main(__file__)

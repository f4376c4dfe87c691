"""Bring the data in as a data set with an id, compare it with the schema, and put it where training reads it.

python scripts/fetch_data.py --output data/train
python scripts/fetch_data.py --output data/train --version d-0123456789ab
python scripts/fetch_data.py --accept "the new tariff"    # data_schema.json learns what changed
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nbexport_runtime.pipeline.commands import fetch_data

if __name__ == "__main__":
    fetch_data.main(__file__)

"""Fetch the data, train, compare with production, promote if better: on schedule, and by hand the same.

python retrain.py
python retrain.py --source new.csv -- --epochs 20
"""

from nbexport_runtime.pipeline.commands import retrain

if __name__ == "__main__":
    retrain.main(__file__)

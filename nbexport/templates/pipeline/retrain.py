"""Fetch the data, train, compare with production, promote if better: on schedule, and by hand the same.

python retrain.py
python retrain.py --source new.csv -- --epochs 20
python retrain.py --rollout     # an accepted model gets 10 % of the traffic, in the next run more; or it loses it
"""

from nbexport_runtime.pipeline.commands import retrain

if __name__ == "__main__":
    retrain.main(__file__)

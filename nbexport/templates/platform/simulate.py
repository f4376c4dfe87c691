"""Rehearse weeks of traffic in minutes on the real service: users, outcomes, drift, good and bad candidates.

python simulate.py --days 14 --seed 1
"""

from nbexport_runtime.platform.commands import simulate

if __name__ == "__main__":
    simulate.main(__file__)

"""Named values of entities with their times, the same in training and in service.

python features.py apply              # check the definitions in platform.toml
python features.py materialize        # the newest values, for the service
python features.py get VIEW ID        # value, event time, age
python features.py get --as-of rows.csv --output joined.csv   # for training: what was known at the time of each row
python features.py check              # exit code 10 where the service has other values than the tables
"""

from nbexport_runtime.platform.commands import features

if __name__ == "__main__":
    features.main(__file__)

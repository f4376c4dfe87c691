"""The prediction log: find one request, keep what was logged.

python logs.py find ID                # prediction, model, data set, features and outcome of a request or a user
python logs.py compact                # lines become Parquet; run it every hour
python logs.py schema                 # what a line looks like, for other systems
"""

from nbexport_runtime.platform.commands import logs

if __name__ == "__main__":
    logs.main(__file__)

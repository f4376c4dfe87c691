"""Train a registered model again from its code, its data and its parameters, and compare what was learned.

python reproduce.py production
"""

from nbexport_runtime.pipeline.commands import reproduce

if __name__ == "__main__":
    reproduce.main(__file__)

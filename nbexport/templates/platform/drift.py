"""Compare what the model is asked now with what it was trained on.

python drift.py check --window 1d     # exit code 10 where something has drifted
"""

from nbexport_runtime.platform.commands import drift

if __name__ == "__main__":
    drift.main(__file__)

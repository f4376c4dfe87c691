"""Compare a candidate with production on the rows held back; nothing is changed.

python evaluate.py --candidate models/candidate --baseline models/production
"""

from nbexport_runtime.pipeline.commands import evaluate

if __name__ == "__main__":
    evaluate.main(__file__)

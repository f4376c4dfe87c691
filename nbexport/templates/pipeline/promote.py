"""Make a candidate production if it is better, or return to an earlier production.

python promote.py --candidate models/candidate --min-improvement 0.02
python promote.py --rollback
"""

from nbexport_runtime.pipeline.commands import promote

if __name__ == "__main__":
    promote.main(__file__)

"""What became of predictions, and the quality that follows.

python outcomes.py add FILE           # CSV, JSON lines or Parquet; giving it twice changes nothing
python outcomes.py quality            # by version, over time, and how many labels are missing
"""

from nbexport_runtime.platform.commands import outcomes

if __name__ == "__main__":
    outcomes.main(__file__)

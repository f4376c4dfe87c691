"""Score a table with the model in production, row by row as `POST /predict` answers.

python score.py --input customers.parquet --output scores.parquet    # or CSV, JSON lines, a folder, URL#TABLE of SQL

It goes on where it was interrupted. Rows without an answer go to a file of their own, each with the reason.
"""

from nbexport_runtime.scoring import command
from serve import service

if __name__ == "__main__":
    command.main(service, __file__)

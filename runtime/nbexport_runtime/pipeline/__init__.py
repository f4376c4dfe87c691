"""The pipeline: versioned data, rows held back, comparison with production, promotion, rollout.

project.py                      where a project's code, data and models lie, and what its stages are
run.py                          a training run on a versioned data set
datasets.py snapshot.py         data: fetched, identified by content, brought back
schema.py validation.py         what the data looks like, and whether new data still does
holdout.py rows.py              the rows that no training sees
scoring.py evaluation.py        one model on these rows, in a process of its own: requests, answers
remembering.py baselines.py     its predictions: looked up for drawn rows, or replaced by those of a baseline
slices.py fresh.py              parts of these rows, and rows of newer data
scorers.py comparison.py        two such processes side by side, with pairs.py, subsets.py, effortless.py, resources.py
sequential.py                   how often rows are drawn
evidence.py                     what a comparison gives
renewal.py                      other rows are held back from now on
judgement.py promotion.py       whether a candidate becomes production, and how
placing.py                      a version becomes production: a line in the journal, and all that follows from it
shares.py rollout.py            a share of the traffic for a candidate
emergency.py                    back to an earlier production, no traffic for a candidate, whatever else is broken
retraining.py turns.py          everything in order, one command at a time
registry.py reproduction.py     every model, and how it is trained again
store.py syncing.py units.py merging.py     where all of it outlives the machine, and how two sides meet
artifact.py                     the store of a trial, which a CI keeps and forgets
runs.py child.py processes.py   what each training run leaves, and that it ends with its pipeline
pruning.py                      what may go
commands/                       the command lines of a project
"""

from nbexport_runtime.pipeline.run import Run
from nbexport_runtime.pipeline.stages import Stage, Stages

__all__ = ["Run", "Stage", "Stages"]

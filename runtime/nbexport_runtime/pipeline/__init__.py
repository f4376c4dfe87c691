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
registry.py reproduction.py     every model, and how it is trained again
store.py syncing.py             where all of it outlives the machine, and how a project and its store meet
artifact.py                     the store of a trial, which a CI keeps and forgets
runs.py                         what each training run leaves
rollout.py                      a share of the traffic for a candidate
commands/                       the command lines of a project
"""

from nbexport_runtime.pipeline.run import Run
from nbexport_runtime.pipeline.stages import Stage, Stages

__all__ = ["Run", "Stage", "Stages"]

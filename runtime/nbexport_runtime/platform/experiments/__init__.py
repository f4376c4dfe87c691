"""A/B tests: planned, assigned, analyzed while they run, ended by a decision.

plan.py          what is written down before the start
drafts.py        a plan from a command line or a TOML file
journal.py       what happened to each experiment
assignment.py    the arm of an id
running.py       start, status, stop
shipping.py      the winner becomes production
exposures.py     the units of an experiment, as a table
values.py        their values, one metric at a time
sums.py          what a look at the data needs of them
sequential.py    a mixture that may be looked at as often as one likes
mismatch.py      whether the arms have the shares that were planned
effects.py       the difference that a metric shows, adjusted by what was known before
verdict.py       ship, keep, or no answer yet
analysis.py      all of it
report.py page.py plots.py gauges.py    the result for people and for Prometheus
provider.py      the arms behind the interface of OpenFeature
calibration.py   how often the analysis errs, by simulation
"""

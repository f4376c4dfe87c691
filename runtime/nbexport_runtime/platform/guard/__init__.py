"""The watch over a rollout and over production: on where it may, back where it must.

settings.py    what a model may cost
reference.py   what production was like, which others are compared with
arm.py         what was seen of one version that is watched
labels.py      outcomes, and the predictions that they belong to
findings.py    what follows from it, check by check
state.py       what the guard remembers from one look to the next
watching.py    new lines of the logs become what was seen
deciding.py    what is to be done
acting.py      it is done, whatever the disk refuses
records.py     it is written down: journal, metrics, a report for people
loop.py        one look, and one after another

Only the standard library is imported, and nothing here waits for a lock of a training, the registry or the network.
"""

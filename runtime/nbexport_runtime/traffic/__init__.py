"""Which version is in production and who is answered by which; the standard library is all that it needs.

placements.py    the journal of placings, from which production and every rollback follow
traffic.py       the file that says which share of the traffic each version gets
split.py         which version answers whom
clock.py         the time, or that of a simulation
durable.py       files that are there whole or not at all
tail.py          what was appended to the prediction log since the last look
comparing.py     a shadow and production on the same requests
evidence.py      whether a model fails more than it may, looked at after every request
"""

"""Which version is in production and who is answered by which; the standard library is all that it needs.

placements.py    the journal of placings, from which production and every rollback follow
traffic.py       the file that says which share of the traffic each version gets
split.py         which version answers whom
durable.py       files that are there whole or not at all
"""

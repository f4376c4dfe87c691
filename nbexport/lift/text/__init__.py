"""Placed → the text of `model.py` and `definitions.py`: the notebook's own statements, and what holds them together."""

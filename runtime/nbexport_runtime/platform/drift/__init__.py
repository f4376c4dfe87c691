"""Drift: what a model was trained on compared with what it is asked now."""

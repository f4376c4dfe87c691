"""Runs notebook and exported project in clean processes and compares: the only stage that runs the notebook's code."""

"""The doors in Jupyter: the server's routes for the panel, and the exporters of nbconvert."""

"""nbexport turns a Jupyter notebook into production code that computes what the notebook computed."""

__version__ = "0.1.0"

"""The machinery of exported projects: what is the same for every model."""

__version__ = "0.1.0"

"""What projects that nbexport exports run on: bundles, training runs, the service and the pipeline."""

__version__ = "0.1.0"

"""The views of platform.toml for Feast, where the features of many projects are kept in one place.

Feast needs an environment of its own: pip install "feast[duckdb,redis]==0.67.*" and requirements-platform.txt without
pandas 3. In the folder of the project:

PYTHONPATH=. feast --chdir feature_repo apply

Join and read through `nbexport_runtime.platform.features.feast`, which keeps rows that Feast drops, and refuses what
became known too late or is too old.
"""

from pathlib import Path

from nbexport_runtime.platform.features import feast

globals().update(feast.objects(Path(__file__).parents[1]))

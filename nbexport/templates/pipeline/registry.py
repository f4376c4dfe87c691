"""Look at the registered models.

python registry.py list
python registry.py show production
python registry.py diff candidate production
python registry.py prune        # what may go from this folder; --yes removes it
"""

from nbexport_runtime.pipeline.commands import registry

if __name__ == "__main__":
    registry.main(__file__)

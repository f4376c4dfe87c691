"""The service on Ray Serve: the same routes, models, arms and prediction log as `uvicorn serve:app`.

pip install "ray[serve]>=2.60,<3"     # not in requirements-serve.txt: in the environment of the cluster
serve run deploy.ray_serve:app        # in the project's folder
"""

from pathlib import Path

from nbexport_runtime.platform.ray_serve import application

app = application(Path(__file__).parents[1])

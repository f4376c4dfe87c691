"""nbexport turns a Jupyter notebook into production code that computes what the notebook computed."""

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nbexport"}]


def _load_jupyter_server_extension(server: object) -> None:
    from nbexport.lab.server import load

    load(server)  # type: ignore[arg-type]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "nbexport"}]

"""A notebook file's text → its cells, by the reader of its format, which its name and its first lines tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from nbexport.errors import NbexportError
from nbexport.read.cell import RawCell
from nbexport.record import record

Format: TypeAlias = Literal["ipynb", "percent", "light", "databricks", "markdown"]
SCRIPTS = (".py",)
MARKDOWN = (".md", ".markdown", ".qmd", ".rmd")


@record
class Parsed:
    """What stands in a file."""

    cells: list[RawCell]
    language: str
    metadata: Mapping[str, Any]
    format: Format


def parsed(text: str, path: str, name: str) -> Parsed:
    r"""The cells of a notebook file.

    Only the reader of its format is loaded.

    Args:
        text: Its text, with `\n` line ends.
        path: The name it goes by, whose ending says whether it is a script or Markdown.
        name: The same for messages.

    Raises:
        NbexportError: The text is not a notebook.
    """
    ending = path.lower()
    # Jupyter shows a text file as a notebook, with Jupytext, and hands it over as one
    as_notebook = text.startswith("{") and '"nbformat"' in text
    if ending.endswith(SCRIPTS) and not as_notebook:
        return _script(text, name)
    if ending.endswith(MARKDOWN) and not as_notebook:
        from nbexport.read import markdown

        cells, language, metadata = markdown.parse(text)
        if not any(cell.kind == "code" for cell in cells):
            from nbexport.read import strangers

            raise strangers.other_tool(text, name) or NbexportError(
                f"`{name}` holds no code cells", fix="put the code between ```python and ```"
            )
        return Parsed(cells, language, metadata, "markdown")
    from nbexport.read import ipynb

    return Parsed(*ipynb.parse(text, name), "ipynb")


def has_cells(text: str) -> bool:
    r"""Whether a Python file marks cells, so that it is a notebook and not a module.

    Args:
        text: Its text, with `\n` line ends.
    """
    from nbexport.read import databricks, light, percent

    return databricks.is_source(text) or light.is_light(text) or any(map(percent.is_marker, text.split("\n")))


def _script(text: str, name: str) -> Parsed:
    if text.startswith("version ") or "marimo" in text:
        from nbexport.read import strangers

        if (error := strangers.other_tool(text, name)) is not None:
            raise error
    if text.startswith("# Databricks"):
        from nbexport.read import databricks

        if databricks.is_source(text):
            return Parsed(*databricks.parse(text), "databricks")
    if "format_name" in text or "# +" in text:
        from nbexport.read import light

        if light.is_light(text):
            return Parsed(*light.parse(text), "light")
    from nbexport.read import percent

    return Parsed(*percent.parse(text), "percent")

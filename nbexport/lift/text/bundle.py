"""The text of `save_model` and `load_model`: between a training run and a bundle."""

from __future__ import annotations

from nbexport.lift.text.parts import Parts
from nbexport.lift.text.rewrite import function_source
from nbexport.lift.text.settings import statement_text


def save_model() -> str:
    """The function that writes a bundle."""
    return function_source(
        "def save_model(trained: Trained, folder: Path, **facts: Any) -> None",
        "Write what `predict` needs to a bundle; `facts` go into its manifest.",
        ["bundle.save(trained.state, folder, strict=STRICT_STATE, examples=trained.examples, **facts)"],
    )


def load_model(parts: Parts) -> str:
    """The function that reads one, and gives the definitions the settings that they were trained with."""
    load = f"bundle.load(folder, predict={'None' if parts.placed.predict is None else 'predict'})"
    layout = parts.placed.layout
    settings = sorted(layout.settings)
    body = [f"return {load}"]
    if settings:
        set_again = [f"setattr(definitions, {name!r}, loaded[{name!r}])" for name in settings]
        body = [f"loaded = {load}", *set_again, "return loaded"]
    if layout.late_settings:
        # a service runs no stage, and answers as the notebook was set when it had run them all
        body = [*(statement_text(parts, unit) for unit in layout.late_settings), *body]
    return function_source(
        "def load_model(folder: Path | str) -> bundle.Loaded",
        "The values of a bundle, checked against its manifest.",
        body,
    )

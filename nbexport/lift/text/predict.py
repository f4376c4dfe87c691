"""The text of `predict` in `model.py`: the notebook's signature around a call of its `predict`."""

from __future__ import annotations

import ast

from nbexport.lift.predicting import Served
from nbexport.lift.text.edits import handed
from nbexport.lift.text.parts import Parts
from nbexport.lift.text.rewrite import function_source


def predict(parts: Parts, served: Served) -> str:
    """The function."""
    node = served.node
    arguments = ast.unparse(node.args)
    if not node.args.kwonlyargs and node.args.vararg is None:
        arguments += ", *" if arguments else "*"
    state = "state" if "state" not in {argument.arg for argument in served.arguments} else "state_"
    passed = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
    passed += [f"{argument.arg}={argument.arg}" for argument in node.args.kwonlyargs]
    passed += [f'{keyword}={state}["{need}"]' for keyword, need in handed(parts.placed.layout, "predict", None)]
    returns = ast.unparse(node.returns) if node.returns is not None else "Any"
    header = f"def predict({arguments}, {state}: Mapping[str, Any]) -> {returns}"
    docstring = served.docstring or (
        f"What `predict` of the notebook answers; from cell {served.cell} of `{parts.notebook}`.\n\n"
        f"Args:\n    {state}: The bundle's values, as `load_model` gives them."
    )
    return function_source(header, docstring, [f"return definitions.predict({', '.join(passed)})"])


def names_in(served: Served) -> set[str]:
    """Names that the signature of `predict` reads."""
    names: set[str] = set()
    for argument, default in served.defaults:
        if argument.annotation is not None:
            names |= _names_of_type(argument.annotation)
        if default is not None:
            names |= {part.id for part in ast.walk(default) if isinstance(part, ast.Name)}
    return names if served.node.returns is None else names | _names_of_type(served.node.returns)


def _names_of_type(annotation: ast.expr) -> set[str]:
    """Names in an annotation, also where it, or a part of it, is written as text."""
    names: set[str] = set()
    for part in ast.walk(annotation):
        if isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            try:
                written = ast.parse(part.value, mode="eval").body
            except (SyntaxError, ValueError):
                continue  # text that is no type, as in `Literal["a b"]`
            names |= _names_of_type(written)
    return names

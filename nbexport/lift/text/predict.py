"""The text of `predict` in `model.py`: the notebook's signature around a call of its `predict`."""

from __future__ import annotations

import ast

from nbexport.lift.predicting import Served
from nbexport.lift.text.edits import handed
from nbexport.lift.text.parts import Parts, free
from nbexport.lift.text.rewrite import function_source


def predict(parts: Parts, served: Served) -> str:
    """The function: the bundle's values come first and by their place, so that no argument's name can meet theirs."""
    node = served.node
    every = [*served.arguments, *(rest for rest in (node.args.vararg, node.args.kwarg) if rest is not None)]
    taken = {argument.arg for argument in every}
    state, module = free("state", taken), free("definitions", taken)
    separator = "" if node.args.posonlyargs else ", /"
    arguments = ast.unparse(node.args)
    passed = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
    if node.args.vararg is not None:
        passed.append(f"*{node.args.vararg.arg}")
    passed += [f"{argument.arg}={argument.arg}" for argument in node.args.kwonlyargs]
    passed += [f'{keyword}={state}["{need}"]' for keyword, need in handed(parts.placed.layout, "predict", None)]
    if node.args.kwarg is not None:
        passed.append(f"**{node.args.kwarg.arg}")
    returns = ast.unparse(node.returns) if node.returns is not None else "Any"
    header = f"def predict({state}: Mapping[str, Any]{separator}{', ' if arguments else ''}{arguments}) -> {returns}"
    docstring = served.docstring or (
        f"What `predict` of the notebook answers; from {parts.origin([served.cell])}.\n\n"
        f"Args:\n    {state}: The bundle's values, as `load_model` gives them."
    )
    body = [f"return {module}.predict({', '.join(passed)})"]
    if module != "definitions":
        body.insert(0, f"import definitions as {module}")
    return function_source(header, docstring, body)


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
                continue  # text that is not a type, as in `Literal["a b"]`
            names |= _names_of_type(written)
    return names

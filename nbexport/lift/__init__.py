"""Analysis + roles → Program: stages become functions, what they read becomes arguments.

Worked through on six lines in four cells:

    import numpy as np                       (no role)
    scale = 2.0                              parameters
    rows = np.arange(6) * scale              data
    def mean(): return rows.mean()           train
    best = mean()                            train
    metrics = {"best": float(best)}          evaluate

1. **Layout** (`layout`). `scale` is a parameter, `mean` a definition that *needs* `rows` (a stage's value), the other
   statements are stage code in the notebook's order.
2. **Segments** (`split`). The code is cut where the role changes: load_data, train_model, evaluate_model.
3. **Flow** (`flow`). load_data takes `scale` and gives `rows`; train_model takes `rows` (for `mean`) and gives `best`.
4. **Edits** (`edits`). `mean` becomes `def mean(*, rows)`, its call `mean(rows=rows)`.
5. **Text** (`write`). Definitions go to `definitions.py`, stages to `model.py`, and `run` calls them in order.

Nothing is reordered or copied, so identity, aliasing and the sequence of random draws are the notebook's. What cannot be
placed under these rules is refused with the reason.
"""

from __future__ import annotations

import ast
import re

from nbexport.analysis import Analysis, Definition
from nbexport.lift.figures import figures
from nbexport.lift.flow import state_after, trace
from nbexport.lift.gates import gates
from nbexport.lift.layout import Layout, lay_out
from nbexport.lift.parameters import parameters
from nbexport.lift.predicting import example_calls, predict
from nbexport.lift.sources import sources
from nbexport.lift.split import Segment, segments
from nbexport.lift.write import Parts, path_argument, write
from nbexport.model import Problem, Program, Role


def lift(analysis: Analysis, *, name: str) -> Program | tuple[Problem, ...]:
    """The lifted program, or the reasons why there is none.

    Args:
        analysis: An analysis in which the rules found no error.
        name: File name of the notebook, without its folder.
    """
    layout = lay_out(analysis)
    made = segments(layout)
    served = predict(layout)
    state, early, finally_read = _bundle(layout, made, has_predict=served is not None)
    examples = list(example_calls(layout)) if served is not None else []
    for unit, call in examples:
        for part in ast.walk(call):
            if isinstance(part, ast.Name) and part.id != "predict":
                found = analysis.before[unit].get(part.id, frozenset())
                finally_read[part.id] = finally_read.get(part.id, frozenset()) | found
    flow = trace(layout, made, finally_read)
    if served is None:
        state = _without_predict(layout, made)
    found_gates, replaced = gates(layout)
    found_sources = sources(layout, made, path_argument(layout))
    if layout.problems:
        return tuple(layout.problems)
    title = _title(analysis, name)
    written = write(
        Parts(
            layout=layout,
            segments=made,
            flow=flow,
            parameters=(options := parameters(layout)),
            gates=found_gates,
            replaced_asserts=replaced,
            sources=found_sources,
            predict=served,
            examples=examples,
            state=state,
            early=early,
            title=title,
            notebook=name,
            headings=_headings(analysis),
        )
    )
    from nbexport.model import Stage

    return Program(
        title=title,
        notebook=name,
        digest=analysis.notebook.digest,
        model=written.model,
        definitions=written.definitions,
        parameters=tuple(option for option in options if option.name != found_sources.parameter),
        gates=found_gates,
        stages=tuple(
            Stage(
                segment.function,
                segment.role,
                tuple(segment.inputs),
                tuple(segment.outputs),
                tuple(sorted({analysis.units[unit].cell for unit in segment.units})),
            )
            for segment in made
        ),
        sources=tuple(found_sources.found),
        state=state,
        predict=served,
        imports=written.modules,
        serve_imports=written.serve_modules,
        figures=figures(analysis.notebook),
        installs=_installs(analysis),
    )


def _bundle(
    layout: Layout, made: list[Segment], *, has_predict: bool
) -> tuple[tuple[str, ...], int | None, dict[str, frozenset[Definition]]]:
    """(names in the bundle, segment after which they are taken, what is read after the stages)."""
    analysis = layout.analysis
    finally_read: dict[str, frozenset[Definition]] = {}
    if "metrics" in analysis.final:
        finally_read["metrics"] = analysis.final["metrics"]
    if not has_predict:
        return (), None, finally_read
    names = tuple(sorted({*layout.needs.get("predict", ()), *layout.settings}))
    cell = analysis.units[layout.definitions["predict"]].cell
    last = max(index for index, unit in enumerate(analysis.units) if unit.cell == cell)
    here = state_after(analysis, last)
    early: int | None = None
    complete = all(any(d.unit >= 0 and not d.marker for d in here.get(name, ())) for name in names)
    if complete and any(here.get(name) != analysis.final.get(name) for name in names):
        early = max((index for index, segment in enumerate(made) if segment.units[-1] < last), default=-1)
        if any(segment.units[0] < last < segment.units[-1] for segment in made):
            early = None
    for name in names:
        chosen = here if early is not None else analysis.final
        found = frozenset(d for d in chosen.get(name, frozenset()) if d.unit >= 0)
        finally_read[name] = finally_read.get(name, frozenset()) | found
    return names, early, finally_read


def _without_predict(layout: Layout, made: list[Segment]) -> tuple[str, ...]:
    """Without `predict`: what the last training hands to what follows, else what building hands on."""
    for roles in ((Role.TRAIN,), (Role.MODEL,), (Role.FEATURES, Role.DATA)):
        names = [name for segment in made if segment.role in roles for name in segment.outputs]
        kept = [name for name in dict.fromkeys(names) if name != "metrics"]
        if kept:
            built = [n for s in made if s.role is Role.MODEL for n in s.outputs] if roles == (Role.TRAIN,) else []
            return tuple(dict.fromkeys([*kept, *(n for n in built if n != "metrics")]))
    return ()


def _title(analysis: Analysis, name: str) -> str:
    for cell in analysis.notebook.cells:
        if cell.kind == "markdown":
            heading = re.search(r"^#+\s+(.+)$", cell.source, re.MULTILINE)
            if heading:
                return _plain(heading.group(1))
    return re.sub(r"\.(ipynb|py)$", "", name)


def _headings(analysis: Analysis) -> dict[int, str]:
    """Cell number → the nearest markdown heading above it, if no other code cell stands between."""
    found: dict[int, str] = {}
    current = ""
    for cell in analysis.notebook.cells:
        if cell.kind == "markdown":
            headings = re.findall(r"^#+\s+(.+)$", cell.source, re.MULTILINE)
            if headings:
                current = _plain(headings[-1])
        elif cell.kind == "code" and current:
            found[cell.number] = current
            current = ""
    return found


def _plain(text: str) -> str:
    text = re.sub(r"<[^>]*>|[`*_#]|!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = " ".join(text.split())[:80].strip()
    return text if text.endswith((".", "!", "?")) or not text else text.rstrip(":;,")


def _installs(analysis: Analysis) -> tuple[str, ...]:
    found: list[str] = []
    for cell in analysis.notebook.cells:
        for magic in cell.magics:
            words = magic.argument.split() if magic.kind == "line" else [*magic.name.split(), *magic.argument.split()]
            text = " ".join(words)
            match = re.search(r"(?:pip3?\s+)?install\s+(.+)", text)
            if match and ("pip" in magic.name or "pip" in text):
                found += [
                    word for word in match.group(1).split() if re.match(r"^[A-Za-z][\w.\[\]-]*(==[\w.]+)?$", word)
                ]
    return tuple(dict.fromkeys(found))

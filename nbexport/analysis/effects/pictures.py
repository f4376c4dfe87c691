"""Pictures: what draws, and what asks for a part of what was drawn.

ax.set_ylim(0, 3)       draws
ax.get_ylim()           depends on what was drawn before
plt.subplots()          starts a new picture
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    HELD,
    Kind,
    Obj,
)

PLOTTING = frozenset("matplotlib seaborn plotly bokeh altair mpl_toolkits pylab IPython".split())
"""Libraries whose objects are pictures."""


_QUERIES = ("get_", "gca", "gcf", "fignum")


_LIMITS = frozenset("xlim ylim axis xscale yscale xticks yticks".split())


_PICTURE_PARTS = frozenset("lines patches collections texts images containers artists axes legend_".split())


_OF_PLOTS = frozenset({"axes", "figure"})


def is_plotting(obj: Obj) -> bool:
    """Whether an object is a picture or the state of a plotting library."""
    if obj.kind is Kind.PLACE:
        return obj.word == "figure"
    return obj.kind is Kind.OBJECT and (obj.name.partition(".")[0] in PLOTTING or obj.word in _OF_PLOTS)


def plot(m: Machine, full: str, receiver: Obj | None, arguments: Arguments, node: ast.AST) -> None:
    """Pictures: what asks for a part of one depends on what was drawn, all else draws."""
    place = m.place("figure", "current")
    short = full.rpartition(".")[2]
    if short in ("subplots", "figure", "subplot_mosaic") and receiver is None:
        m.ledger.overwrite(place)
    asks = short.startswith(_QUERIES) or (short in _LIMITS and not arguments.positional and not arguments.keywords)
    for obj in (place, *((receiver,) if receiver is not None else ())):
        if asks:
            m.read(obj, HELD, node)
        else:
            m.write(obj, HELD, node, f"draws with `{short}`")


def looks_at_picture(m: Machine, obj: Obj, name: str, node: ast.AST) -> None:
    """An attribute of a picture that lists what was drawn."""
    if name in _PICTURE_PARTS:
        m.read(obj, HELD, node)
        m.read(m.place("figure", "current"), HELD, node)

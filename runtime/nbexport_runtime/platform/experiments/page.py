"""The result of an experiment as one HTML page: static, without scripts, and nothing is loaded from elsewhere."""

from __future__ import annotations

from html import escape

from nbexport_runtime.platform.experiments import plots, report
from nbexport_runtime.platform.experiments.analysis import Analysis
from nbexport_runtime.platform.experiments.verdict import KEEP, RULE, SHIP

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1d2429; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.verdict { border-left: .4rem solid #8a949b; background: #f3f5f6; padding: .8rem 1rem; margin: 1rem 0; }
.verdict strong { font-size: 1.25rem; }
.ship { border-color: #3f7d20; } .keep { border-color: #1667b7; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #dde2e5; vertical-align: top; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 1rem 0; } figure svg { width: 100%; height: auto; } figcaption { font-size: .85rem; color: #55626b; }
code { font-size: .9em; } .small { font-size: .85rem; color: #55626b; }
"""
NUMBERS = frozenset((3, 4, 5, 6))
"""The columns of `report.HEADS` that hold numbers."""


def html(analysis: Analysis) -> str:
    """The page."""
    name = escape(analysis.plan.name)
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{name}: {analysis.verdict.answer}</title><style>{STYLE}</style></head><body>",
            section(analysis),
            "</body></html>",
            "",
        )
    )


def section(analysis: Analysis) -> str:
    """The same without the frame of a page, for a page that holds more."""
    plan, verdict = analysis.plan, analysis.verdict
    kind = {SHIP: "ship", KEEP: "keep"}.get(verdict.answer, "open")
    arm = f" {escape(verdict.arm)} (<code>{escape(verdict.version)}</code>)" if verdict.arm else ""
    reasons = "".join(f"<br>{escape(reason)}" for reason in verdict.reasons)
    parts = [
        f"<h1>{escape(plan.name)}</h1><p>{escape(plan.hypothesis)}</p>",
        f'<div class="verdict {kind}"><strong>{verdict.answer}{arm}</strong>{reasons}</div>',
    ]
    for effect in analysis.effects:
        if effect.role == "primary":
            caption = "Every look at any time is covered: the true difference stays in the band in all of them together"
            parts.append(figure(plots.effect(analysis, effect), caption))
    parts += ["<h2>Metrics</h2>", effects(analysis)] if analysis.effects else []
    for effect in analysis.effects:
        if effect.role == "guard rail":
            parts.append(figure(plots.effect(analysis, effect), f"Guard rail {effect.metric}"))
    parts += ["<h2>Units</h2>", arms(analysis), figure(plots.exposures(analysis), "Exposed units over time")]
    remarks = "".join(f"<li>{escape(note)}</li>" for note in report.notes(analysis))
    parts.append(f"<ul>{remarks}</ul>" if remarks else "")
    parts.append("<h2>The rule</h2><ol>" + "".join(f"<li>{escape(text)}</li>" for text in RULE) + "</ol>")
    parts.append(
        f'<p class="small">Analyzed {escape(analysis.analyzed)}. Started {escape(analysis.standing.started)}, '
        f"state: {escape(analysis.standing.state)}. Plan <code>{analysis.standing.plan_sha256[:12]}</code>. "
        f"All looks together err in at most {100 * plan.alpha:g} %.</p>"
    )
    return "\n".join(parts)


def figure(svg: str, caption: str) -> str:
    """A plot with what it shows; nothing where there is none."""
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>" if svg else ""


def effects(analysis: Analysis) -> str:
    """The table of all metrics."""
    head = "".join(f"<th>{escape(name)}</th>" for name in report.HEADS)
    rows = "".join(f"<tr>{row(report.cells(effect))}</tr>" for effect in analysis.effects)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def row(cells: tuple[str, ...]) -> str:
    """The cells of a row."""
    return "".join(
        f"<td{' class=number' if place in NUMBERS else ''}>{escape(cell)}</td>" for place, cell in enumerate(cells)
    )


def arms(analysis: Analysis) -> str:
    """The table of the arms."""
    rows = "".join(
        f"<tr><td>{escape(arm.name)}</td><td><code>{escape(arm.version)}</code></td><td>{arm.share_percent:g} %</td>"
        f"<td class=number>{analysis.counted.exposed[arm.name]:,}</td></tr>"
        for arm in analysis.plan.arms
    )
    heads = "<th>arm</th><th>version</th><th>share</th><th>exposed units</th>"
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

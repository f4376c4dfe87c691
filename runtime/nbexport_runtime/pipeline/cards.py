"""The model card and the data card: rendered from manifests, never typed.

Source: Mitchell et al., Model Cards for Model Reporting, 2019; Gebru et al., Datasheets for Datasets, 2021.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked, masked_values
from nbexport_runtime.pipeline import decisions
from nbexport_runtime.pipeline.files import manifest, read_json, write_text
from nbexport_runtime.pipeline.markdown import code, escaped, number, row
from nbexport_runtime.pipeline.project import Project

COMPARED = ("relative", "baseline", "fresh", "slice")
"""Kinds of checks that a card shows also where they are passed."""


def write(project: Project, bundle: Path, data: Path | None) -> list[Path]:
    """Write the cards of a bundle and of its data set; where they are.

    Args:
        project: The project.
        bundle: The bundle.
        data: The data set that it was trained on; None where it was trained on something else.
    """
    facts = manifest(bundle)
    cards = {project.cards / f"{facts['version']}.md": model_card(facts, decisions.history(project.decisions))}
    if data is not None:
        record = read_json(data / "dataset.json")
        report = project.reports / f"{record['id']}.json"
        schema = read_json(project.schema) if project.schema.exists() else {"tables": {}}
        text = data_card(record, schema, read_json(report) if report.is_file() else None)
        cards[project.cards / f"{record['id']}.md"] = text
    for path, text in cards.items():
        write_text(path, text)
    return list(cards)


def model_card(facts: dict[str, Any], history: list[dict[str, Any]]) -> str:
    """The card of a model.

    Args:
        facts: Its manifest.
        history: All decisions.
    """
    git = facts.get("git") or {}
    data = facts.get("data_set") or {}
    rows = facts.get("holdout") or {}
    lines = [
        f"# Model {code(str(facts['version']))}",
        "",
        f"Trained {escaped(str(facts.get('created', '')))} by the code of {code(str(facts.get('notebook', '')))}.",
        "",
        "## Figures",
        "",
        row("metric", "value", "gate"),
        row("---", "---", "---"),
    ]
    gates = {gate["metric"]: gate for gate in facts.get("gates", {}).values()}
    for name, value in facts["metrics"].items():
        gate = gates.get(name)
        asked = f"{gate['operator']} {number(gate['threshold'])}" if gate else ""
        lines.append(row(code(name), escaped(number(value)), escaped(asked)))
    held_back = "On the rows that the notebook's own evaluation reads."
    if rows:
        left_out = f"{rows['left_out']} equal rows were left out of training"
        held_back = f"On {rows['rows']} rows held back ({code(rows['id'])}); {left_out}."
    lines += ["", held_back, "", "## Parameters", ""]
    lines += [row("parameter", "value"), row("---", "---")]
    for name, value in masked_values(facts.get("parameters", {})).items():
        lines.append(row(code(name), code(str(value)) if value != "" else ""))
    origin = {
        "data set": data.get("id"),
        "data sha256": data.get("sha256"),
        "code sha256": facts.get("code"),
        "configuration sha256": facts.get("config_sha256"),
        "requirements sha256": facts.get("lock_sha256"),
        "weights sha256": facts.get("weights"),
        "git commit": git.get("commit"),
        "uncommitted changes": git.get("dirty"),
        "seed": facts.get("seed"),
        "Python": facts.get("python"),
    }
    lines += ["", "## Where it came from", "", row("what", "value"), row("---", "---")]
    for name, value in origin.items():
        if value is not None:
            lines.append(row(name, code(str(value))))
    lines += ["", "## Packages", ""]
    packages = facts.get("packages", {})
    lines += [f"- {code(f'{name} {version}')}" for name, version in packages.items()]
    own = [decision for decision in history if decision["candidate"] == facts["version"]]
    lines += ["", "## Decisions", ""]
    for decision in own:
        lines.append(f"- {decision['decided']}: {decision['verdict']}")
        for check in decision.get("checks", []):
            if not check["passed"] or check["kind"] in COMPARED:
                mark = "ok" if check["passed"] else "no"
                lines.append(f"  - {mark}: {escaped(check['text'])}")
    if not own:
        lines.append("None yet.")
    return "\n".join(lines) + "\n"


def data_card(facts: dict[str, Any], schema: dict[str, Any], report: dict[str, Any] | None) -> str:
    """The card of a data set.

    Args:
        facts: Its record.
        schema: What the data looked like when the notebook was exported.
        report: What validating it found; None where that was not done.
    """
    lines = [
        f"# Data set {code(str(facts['id']))}",
        "",
        f"Fetched {facts['fetched']} from {code(masked(str(facts['source'])))}; sha256 {code(str(facts['sha256']))}.",
        "",
        row("file", "bytes", "sha256"),
        row("---", "---", "---"),
    ]
    for name, file in facts["files"].items():
        lines.append(row(code(name), str(file["size_bytes"]), code(file["sha256"])))
    if report is not None:
        verdict = "as the schema says" if report["valid"] else "not as the schema says"
        lines += ["", "## Validation", ""]
        lines += [f"{report['rows']} rows were read; they are {verdict}.", ""]
        lines += [f"- error: {escaped(text)}" for text in report["errors"]]
        lines += [f"- warning: {escaped(text)}" for text in report["warnings"]]
    for name, table in schema["tables"].items():
        lines += ["", f"## The schema of {code(name)}", ""]
        lines += [row("column", "type", "missing", "values"), row(*["---"] * 4)]
        for column, known in table["columns"].items():
            values = (
                f"{number(known['min'])} to {number(known['max'])}"
                if "min" in known
                else ", ".join(known.get("categories", []))
            )
            lines.append(row(code(column), known["type"], f"{known['missing']:.1%}", escaped(values)))
    return "\n".join(lines) + "\n"

"""How many faults of hidden state a check finds in notebooks that people wrote, and how many of its findings are right.

    python benchmarks/mutants.py FOLDER … [--rounds 1] [--show]

A notebook counts as clean where nothing of hidden state is reported about it, every cell parses and nothing brings
names from outside (`import *`, `%run`). One fault of each kind is planted at a random place of each; the kinds stand in
`tests/faults/planting.py`. Printed for each kind: how many were planted, found, and found in the right cell with the
right name.

Recall is the share of faults that are found at the right place. Precision is the share of findings of hidden state in
the notebooks with a fault that are about the fault.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from faults.clean import Cells, Text, as_ipynb
from faults.planting import Fault, plant

from nbexport import api
from nbexport.errors import NbexportError
from nbexport.model import Finding

_OUTSIDE = re.compile(r"import \*|^\s*%(?:run|pylab|load|store|macro)\b|\bexec\(|\bglobals\(|user_ns", re.MULTILINE)


def read(path: Path) -> Cells | None:
    """The cells of a notebook in Python; None for anything else."""
    try:
        content = json.loads(path.read_bytes())
        cells = content.get("cells") or content["worksheets"][0]["cells"]
        language = content.get("metadata", {}).get("kernelspec", {}).get("language", "python")
        made = [Text(cell["cell_type"], "".join(cell.get("source", cell.get("input", "")))) for cell in cells]
    except (ValueError, LookupError, TypeError, AttributeError, OSError):
        return None
    kinds = {"code", "markdown", "raw"}
    return tuple(text for text in made if text.kind in kinds) if language == "python" else None


def hidden_state(cells: Cells) -> list[Finding]:
    """The findings about names: NBX101 to NBX120 but for star imports, which stand in the notebook as it is."""
    findings = api.check_text(as_ipynb(cells), "a.ipynb")[1]
    return [found for found in findings if "NBX101" <= found.code <= "NBX120" and found.code != "NBX117"]


def clean(folders: list[Path]) -> Iterator[tuple[Path, Cells]]:
    """The clean notebooks in folders, each text once."""
    seen: set[Cells] = set()
    for path in sorted(path for folder in folders for path in folder.rglob("*.ipynb")):
        cells = read(path)
        if not cells or cells in seen or any(_OUTSIDE.search(cell.source) for cell in cells if cell.kind == "code"):
            continue
        seen.add(cells)
        try:
            codes = {found.code for found in api.check_text(as_ipynb(cells), "a.ipynb")[1]}
        except NbexportError:
            continue
        if not any(code <= "NBX120" for code in codes):
            yield path, cells


def is_right(finding: Finding, fault: Fault) -> bool:
    """Whether a finding is about the fault."""
    name = finding.problem.name
    return fault.name in ("", name) or name in fault.others or finding.problem.cell == fault.cell


def main() -> None:
    """Plant and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=1, help="faults of each kind in each notebook")
    parser.add_argument("--every", type=int, default=1, help="take only each so-and-so-many-th notebook")
    parser.add_argument("--show", action="store_true", help="name what is missed and what is wrong")
    options = parser.parse_args()
    planted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    findings = right = notebooks = 0
    for path, cells in islice(clean(options.folders), 0, None, options.every):
        notebooks += 1
        for at in range(options.rounds):
            for fault in plant(cells, random.Random(f"{path.name} {at}")):
                found = hidden_state(fault.cells)
                hit = [f for f in found if f.problem.cell == fault.cell and fault.name in ("", f.problem.name)]
                wrong = [f for f in found if not is_right(f, fault)]
                planted[fault.kind] += 1
                caught[fault.kind] += bool(found)
                exact[fault.kind] += bool(hit)
                findings += len(found)
                right += len(found) - len(wrong)
                if options.show and (not hit or wrong):
                    said = [f"{f.code} {f.problem.name} in cell {f.problem.cell}" for f in (wrong or found)]
                    what = "wrong" if hit else "missed"
                    print(f"{what}: {path}: {fault.kind}: `{fault.name}` in cell {fault.cell}; reported: {said}")
    for kind, count in planted.items():
        print(f"{kind:36} {count:5} planted {caught[kind]:5} found {exact[kind]:5} exact")
    total = max(planted.total(), 1)
    print(f"{planted.total()} faults in {notebooks} clean notebooks")
    print(f"recall {exact.total() / total:.4f} (anywhere {caught.total() / total:.4f})")
    print(f"precision {right / max(findings, 1):.4f} of {findings} findings")


if __name__ == "__main__":
    main()

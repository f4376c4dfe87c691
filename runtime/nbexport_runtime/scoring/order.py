"""What is to be scored, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nbexport_runtime.scoring.columns import Chosen
from nbexport_runtime.scoring.places import Place

LOCAL, RAY = ENGINES = ("local", "ray")
"""Where the model runs: on this machine, or on all machines of a Ray cluster."""
FORMATS = ("parquet", "csv", "jsonl")
"""What the files of a folder may be; the first is the default."""
BATCH_SIZE = 1000
LIMIT_REJECTS = 0.1


@dataclass(frozen=True)
class Order:
    """What one run does."""

    root: Path
    """The folder of the project."""
    input: Place
    output: Place
    rejects: Path
    """Where rows without an answer go."""
    work: Path
    """The folder of the run while it has not ended."""
    form: str = FORMATS[0]
    """The format of files where the output is a folder."""
    version: str = ""
    columns: Chosen = field(default_factory=Chosen)
    batch_size: int = BATCH_SIZE
    limit_rejects: float = LIMIT_REJECTS
    """The share of rows without an answer above which there is no output."""
    engine: str = LOCAL
    workers: int = 0
    """How many models score at the same time on Ray; 0 takes one for each processor."""
    replace: bool = False
    restart: bool = False

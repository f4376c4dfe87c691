"""The options of `nbexport verify`."""

from __future__ import annotations

from nbexport.levels import PIPELINE, PLATFORM
from nbexport.options import OTHER_CODE, Option

OPTIONS: tuple[Option, ...] = (
    Option(
        "project",
        ("verify",),
        "folder of the exported project; by default where the notebook was exported to; a notebook without a "
        "project is exported to a scratch folder for the comparison",
        metavar="DIR",
        folder=True,
    ),
    Option(
        "tolerance",
        ("verify",),
        "largest relative difference that counts as equal; by default values must be exactly equal",
        float,
        0.0,
        metavar="X",
    ),
    Option(
        "timeout",
        ("verify",),
        "most seconds that each process may run: the notebook, a training, the service; 0 means no limit",
        float,
        3600.0,
        metavar="S",
    ),
    Option(
        "memory",
        ("verify",),
        "most gigabytes of memory that each process may hold, with all that it starts; by default four fifths of this "
        "machine's, 0 means no limit",
        float,
        metavar="GB",
    ),
    Option(
        "level",
        ("verify",),
        f"{PIPELINE}: rehearse the workflows of the project too, each command line in a fresh copy and environment; "
        f"this installs its requirements and takes minutes; {PLATFORM}: and simulate a few days of traffic in a copy",
        int,
        metavar="N",
        choices=(PIPELINE, PLATFORM),
    ),
    Option(
        "fresh",
        ("verify",),
        "run the project, its service and its tests in an empty environment made from its requirements alone; "
        "uv makes it where it is on the path, else pip; needs a package index",
        bool,
        False,
    ),
    Option(
        "against",
        ("verify",),
        "compare the notebook with this code instead of an exported project: PATH.py:FUNCTION or MODULE:FUNCTION, "
        "PATH.py or MODULE (a script, in quotes with its arguments), or http://HOST:PORT/PATH (a service). Functions "
        "and scripts run in processes of their own, in a copy of their folder",
        metavar="CODE",
        group=OTHER_CODE,
    ),
    Option(
        "as",
        ("verify",),
        "what is compared; by default predictions with a service and a function that takes arguments, metrics with a "
        "script and a function without arguments that returns numbers, values with one that returns others",
        metavar="WHAT",
        choices=("predictions", "metrics", "values"),
        group=OTHER_CODE,
    ),
    Option(
        "metric",
        ("verify",),
        "variables of the notebook that are its metrics; by default the dict `metrics`",
        metavar="NAME",
        repeated=True,
        group=OTHER_CODE,
    ),
    Option(
        "metrics",
        ("verify",),
        "the JSON file that a script writes its metrics to; by default its last line, or the one metrics.json that it "
        "writes",
        metavar="FILE",
        group=OTHER_CODE,
    ),
    Option(
        "call",
        ("verify",),
        "how a function is called, or what a service is sent (dict, rows), where the signature does not tell",
        metavar="HOW",
        choices=("keywords", "positional", "dict", "rows", "frame", "array"),
        group=OTHER_CODE,
    ),
    Option(
        "answer-field",
        ("verify",),
        "where the answer stands in what the code answers, such as `prediction` or `outputs.0`; FIELD=PATH for a field "
        "of the notebook's answer; by default the only place that fits, which is said",
        metavar="PATH",
        repeated=True,
        group=OTHER_CODE,
    ),
    Option(
        "python",
        ("verify",),
        "the interpreter that the code runs in (Python 3.10 or newer); by default the one of nbexport",
        metavar="PATH",
        group=OTHER_CODE,
    ),
    Option(
        "folder",
        ("verify",),
        "the folder that is copied, and in which the code runs; by default the one of its file",
        metavar="DIR",
        folder=True,
        group=OTHER_CODE,
    ),
    Option(
        "output-format",
        ("verify",),
        "how the verdict is shown",
        default="full",
        metavar="FORMAT",
        choices=("full", "json"),
    ),
)

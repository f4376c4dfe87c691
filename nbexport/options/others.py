"""The options of tag, init-predict, pull, mcp and lsp."""

from __future__ import annotations

from nbexport.options import Option

OPTIONS: tuple[Option, ...] = (
    Option(
        "output",
        ("pull",),
        "folder of the project; by default where the notebook was exported to",
        short="o",
        metavar="DIR",
        folder=True,
    ),
    Option("target", ("tag",), "propose what this variable or function needs, and nothing else", metavar="NAME"),
    Option("apply", ("tag",), "write the tags into the notebook", bool, False),
    Option("apply", ("pull",), "write what is shown into the notebook", bool, False),
    Option(
        "write-metrics",
        ("tag",),
        "show a cell that fills `metrics`, where there is none; with --apply, add it",
        bool,
        False,
    ),
    Option(
        "write-predict",
        ("tag",),
        "show a cell that defines `predict`, where there is none; with --apply, add it",
        bool,
        False,
    ),
    Option(
        "output-format",
        ("tag", "init-predict"),
        "how proposals are shown",
        default="full",
        metavar="FORMAT",
        choices=("full", "json"),
    ),
    Option("allow-write", ("mcp",), "let agents change notebooks and write projects", bool, False),
    Option(
        "allow-run", ("mcp",), "let agents run the code of notebooks and projects, which `verify` does", bool, False
    ),
    Option("stdio", ("lsp",), "standard input and output, which is the only way; editors like to say it", bool, False),
    Option("skill", ("mcp",), "print what an agent should know, as a SKILL.md, and serve nothing", bool, False),
    Option(
        "output-format",
        ("pull",),
        "how the result is shown",
        default="full",
        metavar="FORMAT",
        choices=("full", "json"),
    ),
)

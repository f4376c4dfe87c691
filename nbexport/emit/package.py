"""What makes the folder a project: versions, `pyproject.toml`, `Makefile`, `.gitignore`, `.gitattributes`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

from packaging.specifiers import SpecifierSet

from nbexport import levels
from nbexport.emit import distributions, requirements, runtime
from nbexport.emit.export import Export, Project
from nbexport.emit.needs import Needs
from nbexport.emit.needs import needs as asked_by
from nbexport.emit.requirements import LEARNT, Pins
from nbexport.emit.templating import rendered
from nbexport.program import Program
from nbexport.read.script_block import PYTHONS, pythons

SERVICE = ("fastapi", "prometheus-client", "pydantic-settings", "uvicorn[standard]")
"""What a service needs beside the model."""

SCORE = ("duckdb", "sqlalchemy")
"""What scoring Parquet and tables of databases needs beside the service; CSV and JSON lines need neither."""

PIPELINE = ("alembic", "dvc", "filelock", "fsspec", "mlflow-skinny", "sqlalchemy")
"""What a pipeline needs beside the training; the service needs none of it."""

PLATFORM = ("duckdb", "matplotlib", "numpy", "openfeature-sdk", "scipy")
"""What a platform's commands need beside the pipeline."""

SAVED = frozenset(
    """catboost keras lightgbm lightning numpy onnxruntime pandas prophet pytorch_lightning scipy sklearn skorch
    statsmodels tensorflow torch transformers xgboost""".split()
)
"""Libraries whose values a bundle holds: whoever loads one needs them."""

CHECKS = ("numpy",)
"""What the pipeline's checks of data need."""
BRING_NUMPY = frozenset({"lightgbm", "numpy", "pandas", "scikit-learn", "scipy", "statsmodels", "torch", "xgboost"})
"""Distributions that come with numpy: then it is not asked for in a version of its own."""

DEV = ("mypy>=1.15,<3", "pip-audit>=2.9,<3", "pytest>=8,<10", "ruff>=0.17,<0.18", "uv>=0.11,<1")
"""What checks a project."""
DEV_SERVICE = ("cyclonedx-bom>=7,<8", "httpx>=0.28,<1", "schemathesis>=4,<5")
"""What the tests of a service and the list of what is in its image need besides."""

CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
"""Where torch for processors lies: a tenth of torch for graphics cards."""


def emit(export: Export) -> Project:
    """The packaging files."""
    program, local, level = export.program, export.local, export.level
    pins = _pins(export)
    vendored = [runtime.NAME] if export.wheel is None else []
    files = {"train": "requirements.txt", **{part: f"requirements-{part}.txt" for part in pins if part != "train"}}
    values = {
        "program": program,
        "wheel": export.wheel,
        "name": project_name(program.notebook),
        "level": level,
        **{part: pinned.lines for part, pinned in pins.items()},
        "ranges": {part: requirements.ranges(pinned.lines, declared=program.declared) for part, pinned in pins.items()},
        "dev": sorted([*DEV, *(DEV_SERVICE if level > 1 else ())]),
        "pinned": [files[part] for part in pins],
        "images": _images(export),
        "torch": needs_torch(pins["train"]),
        "python": python_version(program),
        "requires_python": requires_python(program),
        "untyped": ["model", "definitions", f"{runtime.NAME}.*", *_modules(sorted(local.names))],
        "not_linted": ["models", *vendored, *_paths(export)],
        "not_typed": [
            *(f"^{re.escape(path)}{'$' if path.endswith('.py') else '/'}" for path in _paths(export)),
            *("^models/", *(f"^{name}/" for name in vendored), "^tests/", r"^\.venv/"),
        ],
    }
    return Project(
        (
            *(rendered("package", files[part], values) for part in pins),
            rendered("package", "pyproject.toml", values),
            rendered("package", "Makefile", values),
            rendered("package", "gitignore", values, path=".gitignore"),
            rendered("package", "gitattributes", values, path=".gitattributes"),
        ),
        (*_notes(export, pins["train"]), *_notes_on_block(program, pins["train"])),
    )


def _pins(export: Export) -> dict[str, Pins]:
    """Part of the project → what it needs, as installed here."""
    program, local = export.program, export.local
    asked = needs(export)
    learnt = distributions.optional(asked.uses)
    by_part = {
        "train": requirements.pins(
            _foreign(_with_parts({*program.imports, *local.imports, *asked.loaded}, asked.modules), local.names),
            extra=("loguru", *learnt),
            installs=program.installs,
            declared=program.declared,
            whole=True,
        )
    }
    if export.level > 1:
        by_part["serve"] = requirements.pins(
            _foreign(_with_parts({*_served(program), *local.imports}, asked.modules), local.names),
            extra=(*SERVICE, *sorted(LEARNT.intersection(learnt))),
            installs=program.installs,
            declared=program.declared,
        )
        by_part["score"] = requirements.pins((), extra=SCORE)
    if export.level > 2:
        names = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in by_part["train"].lines}
        by_part["pipeline"] = requirements.pins((), extra=PIPELINE if names & BRING_NUMPY else (*PIPELINE, *CHECKS))
        if export.level >= levels.PLATFORM:
            by_part["platform"] = requirements.pins((), extra=[name for name in PLATFORM if name not in names])
    return by_part


def _images(export: Export) -> list[str]:
    """The files that name images."""
    images = [".gitlab-ci.yml"] if export.ci == "gitlab" else []
    if export.level >= levels.SERVICE:
        images += ["Dockerfile", "compose.yaml"]
    if export.level >= levels.PIPELINE:
        images += ["deploy/pipeline.Dockerfile", "scripts/push_image.sh"]
    return sorted(images)


def needs(export: Export) -> Needs:
    """What the project's own code asks of libraries, with the modules that come along."""
    program = export.program
    own = (program.model, program.definitions, program.train)
    return asked_by(
        [*own, *(text.decode("utf-8", "replace") for path, text in export.local.files.items() if path.endswith(".py"))]
    )


def _with_parts(modules: set[str], imported: Iterable[str]) -> set[str]:
    """Modules with what is imported from them where several distributions share the package."""
    roots = {module.partition(".")[0] for module in modules}
    return modules | {part for part in imported if part.partition(".")[0] in roots}


def _notes(export: Export, train: Pins) -> list[str]:
    unversioned = [name for name in train.unknown if name in train.lines and name not in train.guessed]
    left_out = [name for name in train.unknown if name not in train.lines and name not in train.guessed]
    notes = [
        *_not_installed(
            [name for name in train.unknown if name in train.guessed],
            "requirements.txt takes it for the package of its own name: check that it is the right one",
            "requirements.txt takes them for the packages of their own names: check that they are the right ones",
        ),
        *_not_installed(
            unversioned, "requirements.txt has it without a version", "requirements.txt has them without versions"
        ),
        *_not_installed(
            left_out,
            "it is left out of requirements.txt: add the line that installs it",
            "they are left out of requirements.txt: add the lines that install them",
        ),
    ]
    if "keras" in (asked := needs(export)).modules:
        backend, setting = distributions.keras_backend(asked.uses)
        if setting:
            notes.append(f"Keras computes with `{backend}` here: set KERAS_BACKEND={setting} where the project runs")
    return notes


def _not_installed(names: Sequence[str], one: str, several: str) -> Iterator[str]:
    """One note for all packages of which the same is true."""
    if names:
        verb, ending_words = ("is", one) if len(names) == 1 else ("are", several)
        yield f"{', '.join(f'`{name}`' for name in names)} {verb} needed but not installed here, so {ending_words}"


def _notes_on_block(program: Program, train: Pins) -> list[str]:
    """What somebody should know who takes the script block for all that counts."""
    notes = [
        f"the notebook's script block asks for `{line}`: another version is installed here, so figures may differ"
        for line in train.overruled
    ]
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if (python := python_version(program)) != here:
        notes.append(
            f"the notebook's script block asks for Python `{program.requires_python}`: CI and image have {python}, "
            f"the versions in requirements*.txt are those of {here}"
        )
    if program.installer_settings:
        tables = ", ".join(f"`[tool.{name}]`" for name in program.installer_settings)
        notes.append(
            f"{tables} of the notebook's script block is not followed; name an index of your own to `make lock`"
        )
    return notes


def needs_torch(pins: Pins) -> bool:
    """Whether an index of torch's own has the smaller wheels."""
    return any(re.match(r"torch(?![\w.-])", line) for line in pins.lines)


def python_version(program: Program) -> str:
    """The Python of CI and image, as `3.12`: the one that exports, unless the notebook's script block forbids it."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    allowed = pythons(program.requires_python)
    return here if here in allowed or not allowed else allowed[0]


def requires_python(program: Program) -> str:
    """The Pythons that a project allows: those of the script block that its runtime runs with."""
    lowest = SpecifierSet(f">={PYTHONS[0]}")
    asked = SpecifierSet(program.requires_python)
    kept = [one for one in asked if one.operator not in (">", ">=") or one.version in lowest]
    if any(SpecifierSet(",".join(map(str, kept))).contains(f"3.{minor}.9") for minor in range(11)):
        kept += lowest
    return ",".join(sorted(map(str, kept), reverse=True))


def _paths(export: Export) -> list[str]:
    """The modules and packages of the user's that come along, in the project's root."""
    top = {path.partition("/")[0] for path in export.local.files if path.endswith(".py")}
    return sorted(top)


def _modules(names: list[str]) -> list[str]:
    return [pattern for name in names for pattern in (name, f"{name}.*")]


def _served(program: Program) -> list[str]:
    """Modules that `predict` and the saved values need, and those without which `model.py` cannot be imported."""
    known = set(program.imports)
    at_import = [module for module in _at_import(program) if module in known]
    roots = [module for module in program.imports if module.partition(".")[0] in SAVED]
    return [*program.serve_imports, *at_import, *roots]


def _at_import(program: Program) -> list[str]:
    """The modules that the two files of the notebook's code import outside of functions."""
    modules: list[str] = []
    waiting: list[ast.AST] = [*ast.parse(program.model).body, *ast.parse(program.definitions).body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append("." * node.level + (node.module or ""))
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt | ast.ExceptHandler)]
    return modules


def _foreign(modules: Iterable[str], local: set[str]) -> list[str]:
    return sorted(module for module in modules if module.partition(".")[0] not in local)


def project_name(notebook: str) -> str:
    """A project name that packaging tools accept."""
    stem = re.sub(r"\.(ipynb|py)$", "", notebook)
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    return name or "notebook"

"""Tags and directives → roles."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbexport.model import Role
from nbexport.read.notebook import read_text
from nbexport.read.roles import roles_of


@pytest.mark.parametrize(
    ("tags", "roles"),
    [
        ([], ()),
        (["train"], (Role.TRAIN,)),
        (["evaluate", "train", "train"], (Role.TRAIN, Role.EVALUATE)),
        (["TRAIN", " Model "], (Role.MODEL, Role.TRAIN)),
        (["remove-cell", "keep_output", "raises-exception", "node"], ()),
        (["nbexport:train"], (Role.TRAIN,)),
        (["NBExport:Train"], (Role.TRAIN,)),
        (["model", "nbexport:train"], (Role.TRAIN,)),
        (["skip", "nbexport:define", "imports"], (Role.DEFINE,)),
        (["nbexport:unknown", "model"], (Role.MODEL,)),
        (["imports"], (Role.DEFINE,)),
        (["functions"], (Role.DEFINE,)),
        (["pipeline-parameters"], (Role.PARAMETERS,)),
        (["pipeline-metrics"], (Role.EVALUATE,)),
        (["skip"], (Role.SKIP,)),
        (["step:train"], (Role.TRAIN,)),
        (["block:data"], (Role.DATA,)),
        (["step:load_everything", "prev:train"], ()),
        (["injected-parameters"], (Role.PARAMETERS,)),
        (["active-ipynb"], (Role.SKIP,)),
        (["train", "skip-execution"], (Role.TRAIN, Role.SKIP)),
        (["nbexport:train", "skip-execution"], (Role.TRAIN, Role.SKIP)),
        (list(Role), tuple(Role)),
    ],
)
def test_roles_of_tags(tags: list[str], roles: tuple[Role, ...]) -> None:
    assert roles_of(tags, "x = 1") == roles


@pytest.mark.parametrize(
    ("source", "roles"),
    [
        ("#| export\ndef f(): ...", (Role.DEFINE,)),
        ("#|export\ndef f(): ...", (Role.DEFINE,)),
        ("# |export core.models\ndef f(): ...", (Role.DEFINE,)),
        ("#| exporti\nx = 1", (Role.DEFINE,)),
        ("#| hide\nshow()", (Role.SKIP,)),
        ("#| eval: false\ntrain()", (Role.SKIP,)),
        ("#|eval:false\ntrain()", (Role.SKIP,)),
        ("\n# a comment\n#| default_exp core\n#| hide\nx = 1", (Role.SKIP,)),
        ("#| eval: true\nx = 1", ()),
        ("#| tags: [train]\nfit()", (Role.TRAIN,)),
        ("#| label: fit\n#| tags: [keep, 'nbexport:Train', evaluate]\nfit()", (Role.TRAIN,)),
        ("#| tags:\n#|   - data\n#|   - features\nx = 1", (Role.DATA, Role.FEATURES)),
        ("#|tags: parameters\nx = 1", (Role.PARAMETERS,)),
        ("#| tags: []\nx = 1", ()),
        ("x = 1\n#| tags: [train]", ()),
        ("#| exporter\nx = 1", ()),
        ("x = 1\n#| export", ()),
        ("x = a | b", ()),
        ("# export\nx = 1", ()),
    ],
)
def test_roles_of_directives(source: str, roles: tuple[Role, ...]) -> None:
    assert roles_of([], source) == roles


def test_a_tag_outranks_a_directive() -> None:
    assert roles_of(["train"], "#| hide\nfit()") == (Role.TRAIN,)


def _roles(*tags: list[str]) -> list[tuple[Role, ...]]:
    cells = [{"cell_type": "code", "metadata": {"tags": tag}, "source": "x = 1"} for tag in tags]
    return [cell.roles for cell in read_text(json.dumps({"nbformat": 4, "cells": cells}), "a.ipynb").cells]


def test_every_parameters_cell_holds_parameters() -> None:
    parameters = (Role.PARAMETERS,)
    assert _roles(["parameters"], ["injected-parameters"], ["parameters"], ["parameters", "data"]) == [
        parameters,
        parameters,
        parameters,
        (Role.PARAMETERS, Role.DATA),
    ]


def test_only_code_cells_have_roles() -> None:
    cell = {"cell_type": "markdown", "metadata": {"tags": ["train"]}, "source": "# Training"}
    (read,) = read_text(json.dumps({"nbformat": 4, "cells": [cell]}), "a.ipynb").cells
    assert (read.tags, read.roles) == (("train",), ())


@given(st.lists(st.text(max_size=20), max_size=5), st.text(max_size=40))
def test_any_tags_give_ordered_roles(tags: list[str], source: str) -> None:
    roles = roles_of(tags, source)
    assert list(roles) == [role for role in Role if role in roles]

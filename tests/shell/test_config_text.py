"""Notebooks are written into a configuration of which nothing else changes."""

from __future__ import annotations

import tomllib

import pytest

from nbexport.errors import NbexportError
from nbexport.shell.config_text import with_notebooks

NAMES = ["prepare.ipynb", "train.ipynb"]
SAID = 'notebooks = ["prepare.ipynb", "train.ipynb"]'

OTHERS = """\
# what we check
select = ["NBX1"]  # hidden state

[per-file-ignores]
"drafts/*" = ["NBX1"]
"""


def written(text: str, names: list[str] | None = None, *, shared: bool = False) -> str:
    return with_notebooks(text, NAMES if names is None else names, shared=shared, path="nbexport.toml")


def test_it_is_the_first_line_of_a_file_that_does_not_say_it() -> None:
    assert written("") == f"{SAID}\n"
    assert written(OTHERS) == f"{SAID}\n{OTHERS}"


def test_it_replaces_what_the_file_said_and_comments_stay() -> None:
    assert written(f"strict = true\nnotebooks = ['b.ipynb'] # in order\n{OTHERS}") == (
        f"strict = true\n{SAID}  # in order\n{OTHERS}"
    )
    several = 'strict = true\n"notebooks" = [\n  "a#b.ipynb", # first\n  # then\n  "[c].ipynb",\n]\n'
    assert written(several + OTHERS) == f"strict = true\n# first\n# then\n{SAID}\n{OTHERS}"


def test_it_is_taken_out_for_one_notebook_alone() -> None:
    assert written(f"{SAID}\n{OTHERS}", []) == OTHERS
    assert written(OTHERS, []) == OTHERS


def test_a_shared_file_has_it_in_the_table_of_nbexport() -> None:
    text = '[project]\nname = "x"\nnotebooks = 3\n\n[tool.nbexport]  # ours\nstrict = true\n\n[tool.ruff]\n'
    assert written(text, shared=True) == text.replace("# ours\n", f"# ours\n{SAID}\n")
    again = written(text.replace("strict", "notebooks = []\nstrict"), shared=True)
    assert again == text.replace("# ours\n", f"# ours\n{SAID}\n")


def test_names_and_line_ends_are_kept_as_they_are() -> None:
    names = ['a "b".ipynb', "ä\\b.ipynb"]
    text = written("\ufeffstrict = true\r\nnotebooks = []\r\n", names)
    assert text.startswith("\ufeffstrict = true\r\n")
    assert text.count("\n") == text.count("\r\n") == 2
    assert tomllib.loads(text.removeprefix("\ufeff")) == {"strict": True, "notebooks": names}


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        ("tool.nbexport.strict = true\n", True),
        ("tool = { nbexport = { strict = true } }\n", True),
        ("[tool]\nnbexport.notebooks = ['a.ipynb']\n", True),
    ],
)
def test_settings_that_are_written_otherwise_are_left_alone(text: str, *, shared: bool) -> None:
    with pytest.raises(NbexportError, match="does not change") as raised:
        written(text, shared=shared)
    assert SAID in raised.value.fix


def test_a_file_that_is_not_toml_is_said() -> None:
    with pytest.raises(NbexportError, match="is not TOML"):
        written("notebooks = [")

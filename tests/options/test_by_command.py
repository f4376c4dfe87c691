"""The one list of options, of which a command loads its own part."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from nbexport.options import Command, all_options, options_of


@pytest.mark.parametrize("command", get_args(Command))
def test_a_command_finds_all_of_its_options_in_one_module(command: Command) -> None:
    listed = options_of(command)
    assert set(listed) == {option for option in all_options() if command in option.commands}
    flags = [flag for option in listed for flag in (f"--{option.name}", option.short and f"-{option.short}") if flag]
    assert len(set(flags)) == len(flags)


SCRIPT = """\
import sys
from nbexport.options import options_of
options_of("check")
print(*sys.modules)
"""


def test_a_check_loads_no_options_of_other_commands() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("nbexport.options.")}
    assert loaded == {"nbexport.options.checking"}

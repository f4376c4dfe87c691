"""What `from module import *` binds, where that is known."""

from __future__ import annotations

import builtins
import math

import numpy

from nbexport.names.star_names import star_names


def test_the_standard_library_is_asked() -> None:
    names = star_names("math")
    assert names == {name for name in vars(math) if not name.startswith("_")}
    assert star_names("os.path") is not None


def test_numpy_says_the_same_of_itself() -> None:
    names = star_names("numpy")
    assert names == set(numpy.__all__)
    assert {"sum", "max", "round"} <= names & set(dir(builtins))
    assert star_names("numpy.random") == set(numpy.random.__all__)


def test_others_are_not_known() -> None:
    assert star_names("helpers") is None
    assert star_names("antigravity") is None

"""What a test says about names, and which names are taken for the same word: the examples beside the code hold."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from nbexport.analysis import alike
from nbexport.names import guards


@pytest.mark.parametrize("module", [guards, alike], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0

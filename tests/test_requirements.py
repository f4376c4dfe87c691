"""Imports become the requirements that install them."""

from __future__ import annotations

from importlib import metadata

import pytest

from nbexport import requirements


def test_owners_are_those_that_the_standard_library_finds() -> None:
    known = metadata.packages_distributions()
    roots = sorted(root for root in known if root.isidentifier())
    assert len(roots) > 20
    assert {root: sorted(set(known[root])) for root in roots} == {
        root: sorted(set(requirements._owners(root))) for root in roots
    }


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("sklearn.linear_model", "scikit-learn"),
        ("dateutil.parser", "python-dateutil"),
        ("torch", "torch"),
        ("typing_extensions", "typing-extensions"),
    ],
)
def test_modules_are_pinned_under_the_name_that_installs_them(module: str, line: str) -> None:
    version = metadata.version(line).partition("+")[0]
    assert f"{line}=={version}" in requirements.pins([module]).lines


def test_what_is_not_installed_is_said_and_the_notebook_s_own_pin_is_kept() -> None:
    pins = requirements.pins(["no_such_module", "os.path", ".sibling"])
    assert (pins.lines, pins.unknown) == ((), ("no_such_module",))
    asked = requirements.pins(["no_such_module"], installs=["no-such-module >= 2"])
    assert (asked.lines, asked.unknown) == (("no-such-module>=2",), ())

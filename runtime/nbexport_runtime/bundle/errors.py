"""What goes wrong with bundles."""

from __future__ import annotations


class BundleError(Exception):
    """A bundle that cannot be written or must not be used; the text says why."""


class UnsaveableError(Exception):
    """A value that has no safe form on disk; the text says which and why."""


class UntrustedError(UnsaveableError):
    """Something is named that no bundle may use; the text names it."""

"""What goes wrong with bundles."""

from __future__ import annotations


class BundleError(Exception):
    """A bundle that cannot be written or must not be used; the text says why."""


class UnsaveableError(Exception):
    """A value that has no safe form on disk; the text says which and why."""

    def __init__(self, message: str, fix: str = "") -> None:
        """Keep the message and the way out.

        Args:
            message: What has no form, and why.
            fix: What a person can do about it; empty where it is what holds for every value.
        """
        super().__init__(message)
        self.fix = fix


class UntrustedError(UnsaveableError):
    """Something is named that no bundle may use; the text names it."""

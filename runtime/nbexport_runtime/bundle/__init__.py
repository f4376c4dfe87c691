"""Bundles: folders that hold what `predict` needs."""

from nbexport_runtime.bundle.bundle import (
    CHEAP_MS,
    BundleError,
    Encoder,
    Example,
    Loaded,
    Unsaveable,
    check,
    close,
    compare_files,
    load,
    main,
    plain,
    plain_json,
    save,
    sha256,
)

__all__ = ["CHEAP_MS", "BundleError", "Encoder", "Example", "Loaded", "Unsaveable", "check", "close", "compare_files", "load", "main", "plain", "plain_json", "save", "sha256"]

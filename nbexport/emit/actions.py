"""The GitHub Actions that generated workflows use: each by the commit of a release, looked up on 2026-11-24."""

from __future__ import annotations

CHECKED = "2026-11-24"
"""When the commits were last compared with the releases."""

ACTIONS = {
    "checkout": ("actions/checkout", "08c6903cd8c0fde910a37f88322edcfb5dd907a8", "v5.0.0"),
    "setup_python": ("actions/setup-python", "a26af69be951a213d495a4c3e4e4022e16d87065", "v5.6.0"),
    "upload_artifact": ("actions/upload-artifact", "ea165f8d65b6e75b540449e92b4886f43607fa02", "v4.6.2"),
}
"""Name in templates → repository, commit, release."""


def pinned() -> dict[str, str]:
    """Name in templates → what stands behind `uses:`."""
    return {name: f"{action}@{commit} # {release}" for name, (action, commit, release) in ACTIONS.items()}

"""The GitHub Actions that generated workflows use: each by the commit of a release, looked up on 2026-11-27."""

from __future__ import annotations

CHECKED = "2026-11-27"
"""When the commits were last compared with the releases."""

ACTIONS = {
    "attest": ("actions/attest", "1e69f48acb82d1966a394da916b4c1698aa569d6", "v4.2.2"),
    "checkout": ("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "setup_python": ("actions/setup-python", "5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "upload_artifact": ("actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
}
"""Name in templates → repository, commit, release."""


def pinned() -> dict[str, str]:
    """Name in templates → what stands behind `uses:`."""
    return {name: f"{action}@{commit} # {release}" for name, (action, commit, release) in ACTIONS.items()}

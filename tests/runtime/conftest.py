"""What tests of several parts of the runtime share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from s3_server import s3_server


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of a bucket on a server of this machine."""
    with s3_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server.bucket

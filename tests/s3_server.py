"""A real S3 server on this machine, for tests: moto in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import boto3

BUCKET = "bucket"


@dataclass(frozen=True)
class Server:
    """What a client needs to know."""

    environment: dict[str, str]
    bucket: str = f"s3://{BUCKET}"


@contextmanager
def s3_server() -> Iterator[Server]:
    """A server with an empty bucket; it ends with the block."""
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            lines = []
            for line in process.stderr:
                lines.append(line)
                found = re.search(r"Running on (http://127\.0\.0\.1:[0-9]+)", line)
                if found:
                    break
            else:
                raise AssertionError("".join(lines))
            settings = {
                "AWS_ENDPOINT_URL": found[1],
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
            # its log would fill the pipe
            threading.Thread(target=process.stderr.read, daemon=True).start()
            boto3.client(
                "s3",
                endpoint_url=found[1],
                aws_access_key_id="test",
                aws_secret_access_key="test",
                region_name="us-east-1",
            ).create_bucket(Bucket=BUCKET)
            yield Server(settings)
        finally:
            process.terminate()

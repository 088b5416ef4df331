"""moto's S3 server, as a process of an environment of its own: its dependencies do not go with those of the project."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[1] / ".venv-s3" / "bin" / "moto_server"


@contextmanager
def running_s3_server() -> Iterator[str]:
    """Yield the host and port of a server. Skip the test if it is not installed; in CI, fail it."""
    if not PROGRAM.exists():
        missing = "moto's S3 server is not installed (make setup-s3)."
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    process = subprocess.Popen(
        [str(PROGRAM), "-H", "127.0.0.1", "-p", "0"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"http://(127\.0\.0\.1:\d+)", line):
                break
        else:
            raise AssertionError("".join(lines))
        yield found[1]
    finally:
        process.kill()
        process.wait()
        process.stderr.close()

"""Temporary folders: removed at their end, and after the death of their process by the next one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from copydesk.pipeline.core.scratch_folder import scratch_folder

HOLD = """
import sys
from copydesk.pipeline.core.scratch_folder import scratch_folder
with scratch_folder("test") as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def make_old(folder: Path) -> None:
    os.utime(folder / ".in-use", (0, 0))


def test_folder_is_private_and_removed_at_the_end(temporary: Path) -> None:
    with scratch_folder("test") as folder:
        (folder / "file").write_text("x")
        assert folder.name.startswith("copydesk-test-")
        assert folder.stat().st_mode & 0o077 == 0
    assert list(temporary.iterdir()) == []


def test_folder_of_a_killed_process_is_removed_by_the_next_one(temporary: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        held = Path(holder.stdout.readline().decode().strip())
        make_old(held)
        with scratch_folder("test"):
            assert held.exists()  # its process is running
        holder.kill()
        holder.wait()
    assert held.exists()
    with scratch_folder("test") as folder:
        assert list(temporary.iterdir()) == [folder]


def test_new_folder_and_folders_of_others_are_left_alone(temporary: Path) -> None:
    new, other, elsewhere = (temporary / name for name in ("copydesk-test-new", "copydesk-other", "elsewhere"))
    for folder in (new, other, elsewhere):
        folder.mkdir()
    (new / ".in-use").touch()  # its process has not locked it yet
    (elsewhere / ".in-use").touch()
    make_old(elsewhere)
    (temporary / "copydesk-link").symlink_to(elsewhere)
    with scratch_folder("test"):
        assert {new, other, elsewhere} <= set(temporary.iterdir())

"""How `copydesk` exits if its output fails or the user interrupts it: one sentence and a status, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COPYDESK = [sys.executable, "-m", "copydesk.pipeline.cli.main"]


@pytest.mark.parametrize(
    ("command", "way", "why"),
    [
        ("wires", ">/dev/full", "No space left"),
        ("--help", ">/dev/full", "No space left"),
        ("clean page.txt", ">/dev/full", "No space left"),
        ("dedup lines -o -", ">/dev/full", "No space left"),
        ("clean page.txt", ">&-", "it is closed"),
        ("wires --json", ">&-", "it is closed"),
    ],
)
def test_unwritable_output_is_reported(tmp_path: Path, command: str, way: str, why: str) -> None:
    (tmp_path / "page.txt").write_text("Ferry resumes\n")
    (tmp_path / "lines").write_text('{"id": "1"}\n')
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {command} {way}', "sh", *COPYDESK],
        stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 74
    assert done.stderr.startswith(f"copydesk: Cannot write to standard output: {why}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["--help", "wires --json"])
def test_closed_pipe_is_not_an_error(command: str) -> None:
    # The reader of the pipe is gone before anything is written.
    done = subprocess.run(
        ["sh", "-c", f'exec 3>&1; {{ "$@" {command}; echo $? >&3; }} | true', "sh", *COPYDESK],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("loading", ["typer", "copydesk.crawler.commands.crawl", "copydesk.pipeline.core.source_files"])
def test_ctrl_c_is_one_line_even_while_loading(loading: str) -> None:
    """Even while the commands are loaded, which takes a moment: here it arrives when this module is imported."""
    code = (
        "import signal, sys; from copydesk.pipeline.cli.main import run\n"
        "class Finger:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {loading!r}: signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finger()); sys.argv = ['copydesk', 'wires', 'check', 'menafn']; run()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "copydesk: interrupted.\n")

"""The tutorial, command by command, as a new user types it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import find_free_ports

pytestmark = [pytest.mark.slow, pytest.mark.own_airflow, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", TUTORIAL, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
SERVE = "python -m copydesk.crawler.sample serve --base-port 8801"
PREPARATIONS = {"make setup", "source .venv/bin/activate", "export COPYDESK_HOME=/tmp/copydesk-tutorial", SERVE}
"""What this test does in another way: this is an activated environment with a data folder of its own."""


@pytest.fixture
def shell() -> Iterator[tuple[dict[str, str], int]]:
    """Yield the environment of the user's shell, and the port of the site; the site ends with the test."""
    # Not below pytest's own folder: only root may enter that, and PostgreSQL runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="copydesk-test-"))
    site_port, *_, ui_port = find_free_ports(20)  # the sample wires take a port each
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "AIRFLOW_"))},
        "COPYDESK_HOME": str(folder / "home"),
        "COPYDESK_UI_PORT": str(ui_port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    ready = folder / "ready.json"
    command = [sys.executable, *shlex.split(SERVE)[1:-1], str(site_port), "--ready-file", str(ready)]
    site = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert site.stdout is not None
    try:
        assert site.stdout.readline()  # it prints its addresses when all ports are open
        yield environment, site_port
    finally:
        subprocess.run(["copydesk", "down"], env=environment, check=False, capture_output=True)
        site.terminate()
        site.wait(timeout=30)
        site.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def test_tutorial_leads_from_nothing_to_a_wire_on_a_schedule(shell: tuple[dict[str, str], int], tmp_path: Path) -> None:
    environment, port = shell
    assert set(COMMANDS) >= PREPARATIONS
    outputs = {}
    for command in COMMANDS:
        if command in PREPARATIONS:
            continue
        typed = command.replace("127.0.0.1:8801", f"127.0.0.1:{port}")
        done = subprocess.run(
            ["sh", "-c", typed], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        outputs[command] = done.stdout
    assert "The page rule was used." in outputs["copydesk wires try northgate"]
    assert "new articles" in outputs["copydesk run northgate"]
    assert "northgate" in outputs["copydesk articles --since 24h"]
    assert f"http://localhost:{environment['COPYDESK_UI_PORT']}" in outputs["copydesk status"]
    assert (tmp_path / "stories.csv").read_text().startswith('"story_id"')

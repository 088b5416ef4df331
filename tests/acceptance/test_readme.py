"""Every command of the README runs on the tables that the first runs have filled."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from copydesk.dags.deploy.airflow_client import AirflowClient
from tests.acceptance.conftest import Installation

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "tests" / "unit" / "pages"


def list_commands() -> list[str]:
    """Return the commands of the README's shell blocks, without comments."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


# Commands in the text: `copydesk up`, `DEMO_EXIT=1 make demo`.
NAMED = re.findall(
    r"`((?:[A-Z_]+=\S+ )?(?:copydesk|make) [a-z][^`]*)`", (ROOT / "README.md").read_text(encoding="utf-8")
)
COPYDESK = [line for line in list_commands() if line.startswith(".venv/bin/copydesk")]
RUN = sorted({line for line in NAMED if line.startswith("copydesk")} - {"copydesk up", "copydesk down"})
MAKE = [line for line in list_commands() if "make " in line]
# These need their own environment: tests/integration/test_deployment.py.
DEPLOY = [line for line in list_commands() if line.startswith(("pip ", "export ", "airflow ", "COPYDESK_"))]


def test_every_readme_command_is_classified() -> None:
    assert sorted(COPYDESK + MAKE + DEPLOY) == sorted(list_commands())
    assert len(COPYDESK) >= 8


def test_make_targets_exist_and_run_in_ci() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {line.split("make ")[1].split()[0] for line in MAKE}
    assert named <= targets
    script = (ROOT / ".ci" / "run").read_text()
    for target in named - {"help", "test-unit"}:  # one is tested below, the tests of the other run in `make test`
        assert f"make {target}" in script, target


def test_inline_commands_are_covered_by_tests_or_ci() -> None:
    # The fixtures of these tests run `up` and `down`; CI or the release runs those of make.
    script = (ROOT / ".ci" / "run").read_text() + (ROOT / "Makefile").read_text().replace("$(MAKE)", "make")
    elsewhere = {"copydesk up", "copydesk down"}
    assert {"copydesk up", "copydesk status", "copydesk db migrate", "DEMO_EXIT=1 make demo"} <= set(NAMED)
    for command in NAMED:
        assert command in elsewhere or command in RUN or command in script, command


@pytest.mark.parametrize("command", RUN)
def test_inline_command_succeeds(command: str, airflow: AirflowClient, installation: Installation) -> None:
    assert installation.run(*command.split()[1:]).returncode == 0


@pytest.mark.parametrize("target", ["help"])
def test_make_help_lists_targets(target: str) -> None:
    output = subprocess.run(["make", "-s", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "make demo" in output
    assert "make test-unit" in output


@pytest.fixture(scope="module")
def story(first_runs: dict[str, str], installation: Installation) -> str:
    """Return a story's ID."""
    return str(json.loads(installation.run("stories", "--json", "--limit", "1").stdout)["story_id"])


@pytest.mark.parametrize("command", [line for line in COPYDESK if not line.endswith(" up")])
def test_readme_command_succeeds_as_written(
    command: str, story: str, installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "dump.txt").write_text("Ferry resumes after the storm\n" + "The ferry to the island sails again. " * 20)
    page = next(PAGES.glob("*/page.html"))
    (tmp_path / "page.html").write_bytes(page.read_bytes())
    article = {"id": "1", "title": "Ferry resumes", "body": "The ferry sails again after the storm."}
    if " dedup " in command:
        (tmp_path / "articles.jsonl").write_text(json.dumps(article) + "\n")
    # Use the sample's wires in place of the real ones, and one of their windows.
    line = command.replace(".venv/bin/copydesk", f"{sys.executable} -m copydesk.pipeline.cli.main")
    line = line.replace("story ID", f"story {story}").replace("menafn", "northgate")
    env = {
        **installation.env,
        "COPYDESK_SOURCES": str(installation.home / "sample" / "sources"),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout or ">" in command or " -o " in command

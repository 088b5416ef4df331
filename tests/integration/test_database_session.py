"""Commands that read create nothing, and leave no server running; `up` keeps the server that it finds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.core import TyperGroup
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import list_commands, load_command, make_app
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded, read_transaction
from copydesk.pipeline.db.session import database_session, is_temporary, lasting_server

READ_COMMANDS = [
    ["stories"], ["story", "abc"], ["articles"], ["runs"], ["warnings"], ["export", "articles"], ["open"],
    ["quarantine", "list"], ["quarantine", "show", "5"], ["quarantine", "replay"], ["profiles", "list"],
    ["profiles", "build"], ["profiles", "compare", "x"], ["profiles", "swap", "x"], ["profiles", "retire", "x"],
    ["db"], ["db", "shell", "-c", "SELECT 1"], ["wires", "boilerplate", "menafn"], ["wires", "pass", "menafn"],
    ["wires", "learn"], ["wires", "rename", "menafn", "x"], ["logs", "x"], ["backfills", "list"],
    ["backfills", "pause", "1"], ["backfills", "unpause", "1"], ["backfills", "cancel", "1"],
    ["airflow", "dags", "list"], ["searches", "list"], ["searches", "remove", "x"],
    ["webhooks", "list"], ["webhooks", "retry"],
]  # fmt: skip
"""Commands that need data."""

FREE_COMMANDS = [
    ["down"], ["status"], ["doctor"], ["wires"], ["wires", "show", "menafn"], ["config"], ["config", "path"],
    ["config", "get", "home"], ["config", "unset", "wires.enabled"], ["bundle"], ["clean"], ["dedup", "nosuch.jsonl"],
    ["import", "nosuch.warc"], ["backfill", "menafn"], ["wires", "check", "nosuch"], ["wires", "try", "nosuch"],
    ["searches", "add", "x"],
]  # fmt: skip
"""Commands that need no data, or find a mistake before they use any."""

CREATING_COMMANDS = {
    "up", "demo", "run", "crawl", "db migrate", "config set", "wires enable", "wires disable", "wires new",
}  # fmt: skip
"""Commands that store something."""


@pytest.fixture
def missing(tmp_path: Path) -> Settings:
    """Return the settings of a data folder that does not exist."""
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Yield a data folder with an embedded database."""
    # Not in pytest's folder, which other test runs make private again, while the server may run as another user.
    path = Path(tempfile.mkdtemp(prefix="copydesk-test-"))
    settings = Settings(home=path / "home")
    with database_session(settings, create=True):
        assert is_temporary(settings)
    yield settings.home
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def own(folder: Path) -> Iterator[Settings]:
    """Yield the settings of a data folder of which the server does not run."""
    settings = Settings(home=folder)
    assert not is_running(settings)
    yield settings
    embedded.stop_server(settings)


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "copydesk.pipeline.cli.main", *arguments]
    environment = {**os.environ, "COPYDESK_HOME": str(settings.home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def is_running(settings: Settings) -> bool:
    return embedded.find_pid(embedded.locate_server(settings)) is not None


@pytest.mark.parametrize("arguments", READ_COMMANDS, ids=" ".join)
def test_read_command_without_data_creates_nothing(
    missing: Settings, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_HOME", str(missing.home))
    done = CliRunner().invoke(make_app(), arguments)
    assert isinstance(done.exception, NotFound)
    assert str(done.exception).startswith(f"There is no data in {missing.home} yet. `copydesk run WIRE` crawls")
    assert done.output == ""
    assert not missing.home.exists()


@pytest.mark.parametrize("arguments", FREE_COMMANDS, ids=" ".join)
def test_command_that_needs_no_data_creates_nothing(
    missing: Settings, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_HOME", str(missing.home))
    CliRunner().invoke(make_app(), arguments, input="")
    assert not missing.home.exists()


def test_help_of_every_command_creates_nothing(missing: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_HOME", str(missing.home))
    tried = {" ".join(arguments) for arguments in (*READ_COMMANDS, *FREE_COMMANDS)} | CREATING_COMMANDS
    for name, points in list_commands().items():
        loaded = load_command(name, points)
        commands = [f"{name} {command}" for command in loaded.commands] if isinstance(loaded, TyperGroup) else [name]
        for command in commands:
            assert any(f"{one} ".startswith(f"{command} ") for one in tried), f"say what {command} creates"
            if command != "airflow":  # see below
                done = CliRunner().invoke(make_app(), [*command.split(), "--help"])
                assert done.exit_code == 0, done.output
    assert not missing.home.exists()


def test_airflow_help_needs_no_data(missing: Settings) -> None:
    done = run(missing, "airflow", "--help")
    assert done.returncode == 0, done.stderr
    assert "dags" in done.stdout
    assert not missing.home.exists()


def test_command_stops_server_that_it_started(own: Settings) -> None:
    with database_session(own), read_transaction(own) as connection:
        assert is_temporary(own)
        assert connection.execute("SELECT count(*) FROM copydesk.v_stories").fetchone() == (0,)
    assert not is_running(own)
    done = run(own, "db", "shell", "-Atc", "SELECT 6 * 7")
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr
    assert not is_running(own)


def test_last_of_several_commands_stops_server(own: Settings) -> None:
    with database_session(own):
        done = run(own, "stories")
        assert done.returncode == 0, done.stderr
        assert is_running(own)
    assert not is_running(own)


def test_server_of_up_stays(own: Settings) -> None:
    with database_session(own):
        with lasting_server(own):  # `up` in another shell
            embedded.ensure_running(own)
        assert not is_temporary(own)
    assert is_running(own)
    with database_session(own):
        assert not is_temporary(own)
    assert is_running(own)


def test_server_with_other_connections_stays(own: Settings) -> None:
    with database_session(own):
        other = psycopg.connect(embedded.locate_server(own).url("copydesk"))
    try:
        assert is_running(own)
        assert not is_temporary(own)
        assert other.execute("SELECT 1").fetchone() == (1,)
    finally:
        other.close()


def test_failed_command_stops_server(own: Settings) -> None:
    with pytest.raises(NotFound), database_session(own):
        raise NotFound("No such story.")
    assert not is_running(own)

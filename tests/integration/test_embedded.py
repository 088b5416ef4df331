"""The embedded server: starts on demand, once for all callers, and recovers from kill -9."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from copydesk.dags.deploy.airflow_env import read_airflow_revision
from copydesk.pipeline.core.errors import DataFolderInaccessible
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded, get_database_url, programs


@pytest.fixture
def settings() -> Iterator[Settings]:
    """Yield settings with a data folder that must be quoted in URLs and commands."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk's 100% & more "))
    own = Settings(home=folder)
    yield own
    embedded.stop_server(own)
    shutil.rmtree(folder, ignore_errors=True)


def test_concurrent_callers_start_one_server(settings: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: embedded.ensure_running(settings), range(4)))
    assert len({embedded.find_pid(server) for server in servers}) == 1
    with psycopg.connect(servers[0].url("copydesk")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.info.server_version >= 180000


def test_server_recovers_after_all_processes_are_killed(settings: Settings) -> None:
    server = embedded.ensure_running(settings)
    with psycopg.connect(server.url("copydesk"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid = embedded.find_pid(server)
    assert pid is not None
    parent = psutil.Process(pid)
    for process in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # one that ends with its parent
            process.kill()
    again = embedded.ensure_running(settings)
    with psycopg.connect(again.url("copydesk")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_server_recovers_after_only_the_postmaster_is_killed(settings: Settings) -> None:
    server = embedded.ensure_running(settings)
    pid = embedded.find_pid(server)
    assert pid is not None
    psutil.Process(pid).kill()
    with psycopg.connect(embedded.ensure_running(settings, "other").url("other")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_stop_returns_whether_the_server_ran(settings: Settings) -> None:
    embedded.ensure_running(settings)
    assert embedded.stop_server(settings) is True
    assert embedded.stop_server(settings) is False


def test_data_folder_of_another_postgresql_version_is_reported(settings: Settings) -> None:
    settings.database_folder.mkdir(parents=True)
    (settings.database_folder / "PG_VERSION").write_text("13\n")
    with pytest.raises(DataFolderInaccessible, match="PostgreSQL 13"):
        embedded.ensure_running(settings)


def run_unprivileged(code: str, folder: Path) -> str:
    """Run Python code as ``nobody`` (as the current user if that is not root) and return its output.

    The code gets ``folder`` as its data folder. Everything is imported before root's rights are dropped, because that
    user may have no access to the packages.
    """
    prepare = (
        "import encodings.idna, os, pwd, subprocess, sys\n"
        "from pathlib import Path\n"
        "from copydesk.pipeline.core.settings import Settings\n"
        "from copydesk.pipeline.db import embedded, connect, queries\n"
        "from copydesk.pipeline.core.errors import CopydeskError\n"
        "connect.__module__, queries.embedded.list_databases, os.chdir('/')\n"
        "own = Settings(home=Path(sys.argv[1]))\n"
        "if os.geteuid() == 0:\n"
        "    entry = pwd.getpwnam('nobody')\n"
        "    os.setgroups([]); os.setgid(entry.pw_gid); os.setuid(entry.pw_uid)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", prepare + code, str(folder)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.fixture
def unprivileged_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="copydesk-plain-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def test_unprivileged_user_gets_own_server(unprivileged_folder: Path) -> None:
    if os.geteuid() == 0 and not _is_reachable(programs.find_program("pg_ctl")):
        pytest.skip("PostgreSQL's programs are in a private folder, which an unprivileged user cannot read")
    output = run_unprivileged(
        "print(connect(own).execute('select 1').fetchone(), embedded.locate_server(own).user)\n"
        "embedded.stop_server(own)\n",
        unprivileged_folder,
    )
    assert output.split() == ["(1,)", "None"], output


def _is_reachable(program: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in program.resolve().parents)


def test_data_folder_without_permission_is_reported(unprivileged_folder: Path) -> None:
    unprivileged_folder.chmod(0o500)
    output = run_unprivileged(
        "own = Settings(home=own.home / 'home')\n"
        "try:\n    embedded.ensure_running(own)\n"
        "except CopydeskError as error:\n    print(type(error).__name__, error)\n",
        unprivileged_folder,
    )
    assert output.startswith("DataFolderInaccessible Cannot use the data folder ")
    assert ": Permission denied. Give this user write permission" in output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root opens its folders to the server's user")
def test_opened_folders_are_logged_for_root(caplog: pytest.LogCaptureFixture) -> None:
    folder = Path(tempfile.mkdtemp(prefix="copydesk-private-"))
    own = Settings(home=folder / "home")
    try:
        embedded.ensure_running(own)
        assert f"all users can now pass through {folder}" in caplog.text
        assert folder.stat().st_mode & 0o777 == 0o701
    finally:
        embedded.stop_server(own)
        shutil.rmtree(folder, ignore_errors=True)


def test_file_in_place_of_the_data_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(DataFolderInaccessible, match="Cannot use the data folder"):
        embedded.ensure_running(Settings(home=tmp_path / "home"))


def test_database_is_created_on_request_next_to_the_own_one(settings: Settings) -> None:
    server = embedded.ensure_running(settings)
    with psycopg.connect(server.url("copydesk")) as connection:
        assert ("airflow",) not in connection.execute("SELECT datname FROM pg_database").fetchall()
    url = get_database_url(settings, "airflow")
    assert read_airflow_revision(url) == ""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        assert connection.execute("SELECT count(*) FROM pg_database WHERE datname = 'copydesk'").fetchone() == (1,)
        connection.execute("INSERT INTO alembic_version VALUES ('1b2')")
    assert read_airflow_revision(url) == "1b2"

"""The embedded server: on demand, one for all, and back after kill -9."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from pipeline.config import Settings
from pipeline.db import embedded
from pipeline.errors import DataFolderRights


@pytest.fixture
def settings() -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="copydesk-embedded-"))
    own = Settings(home=folder)
    yield own
    embedded.stop(own)
    shutil.rmtree(folder, ignore_errors=True)


def test_many_callers_start_one_server(settings: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: embedded.ensure_running(settings), range(4)))
    assert len({embedded.find_pid(server) for server in servers}) == 1
    with psycopg.connect(servers[0].url("copydesk")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.info.server_version >= 180000


def test_it_comes_back_after_all_its_processes_were_killed(settings: Settings) -> None:
    server = embedded.ensure_running(settings)
    with psycopg.connect(server.url("copydesk"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid = embedded.find_pid(server)
    assert pid is not None
    parent = psutil.Process(pid)
    for process in [parent, *parent.children(recursive=True)]:
        process.kill()
    again = embedded.ensure_running(settings)
    with psycopg.connect(again.url("copydesk")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_it_comes_back_after_its_parent_process_alone_was_killed(settings: Settings) -> None:
    server = embedded.ensure_running(settings)
    pid = embedded.find_pid(server)
    assert pid is not None
    psutil.Process(pid).kill()
    with psycopg.connect(embedded.ensure_running(settings).url("airflow")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_stop_tells_whether_anything_ran(settings: Settings) -> None:
    embedded.ensure_running(settings)
    assert embedded.stop(settings) is True
    assert embedded.stop(settings) is False


def test_a_data_folder_of_another_version_is_told(settings: Settings) -> None:
    settings.database_folder.mkdir(parents=True)
    (settings.database_folder / "PG_VERSION").write_text("13\n")
    with pytest.raises(DataFolderRights, match="PostgreSQL 13"):
        embedded.ensure_running(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_plain_user_has_one_of_his_own() -> None:
    folder = Path(tempfile.mkdtemp(prefix="copydesk-plain-"))
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from pipeline.config import Settings; from pipeline.db import embedded, connect\n"
        "own = Settings(home=Path(sys.argv[1]))\n"
        "print(connect(own).execute('select 1').fetchone(), embedded.locate(own).user)\n"
        "embedded.stop(own)\n"
    )
    try:
        shutil.chown(folder, "nobody", "nogroup")
        # Python itself may lie where that user can't go; the system's serves as well.
        python = next((p for p in (sys.executable, "/usr/bin/python3") if _is_reachable(p)), None)
        if python is None:
            pytest.skip("no Python of this version that a plain user can run")
        done = subprocess.run(
            [python, "-c", code, str(folder), *[p for p in sys.path if p]],
            user="nobody", group="nogroup", extra_groups=[], cwd="/", capture_output=True, text=True,
            env={"PATH": os.defpath}, check=False,
        )  # fmt: skip
        if "Permission denied" in done.stderr and "copydesk-plain" not in done.stderr:
            pytest.skip("the installed packages lie where a plain user can't read them")
        assert done.stdout.split() == ["(1,)", "None"], done.stderr
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_reachable(program: str) -> bool:
    path = Path(program).resolve()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return path.name == version and all(parent.stat().st_mode & 0o001 for parent in path.parents)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DataFolderRights, match="can't be used"):
        embedded.ensure_running(Settings(home=tmp_path / "home"))


def test_a_file_in_the_way_of_the_data_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(DataFolderRights, match="can't be used"):
        embedded.ensure_running(Settings(home=tmp_path / "home"))

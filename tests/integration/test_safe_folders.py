"""Folders and files that others must not read or replace, and how a command that is ended leaves its output."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from copydesk.pipeline.core.errors import DataFolderInaccessible
from copydesk.pipeline.core.private_folder import claim_private_folder, make_private_folder
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
from copydesk.pipeline.process.daemon import Daemon

ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make folders of other users")


def read_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def shared() -> Iterator[Path]:
    """Yield a folder in which everyone may create files, like /tmp. Its path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="shared-") as name:
        folder = Path(name)
        folder.chmod(0o1777)
        yield folder


def test_claimed_folder_is_private(shared: Path) -> None:
    path = shared / "mine"
    claim_private_folder(path)
    assert read_mode(path) == 0o700
    path.chmod(0o777)
    claim_private_folder(path)
    assert read_mode(path) == 0o700


@pytest.mark.parametrize("kind", ["link to a folder", "link to nothing", "link to itself", "file", "link to a file"])
def test_link_or_a_file_at_a_path_that_others_can_guess_is_refused(shared: Path, kind: str) -> None:
    victim = shared / "victim"
    victim.mkdir(mode=0o755)
    (shared / "text").touch()
    path = shared / "mine"
    match kind:
        case "link to a folder":
            path.symlink_to(victim)
        case "link to nothing":
            path.symlink_to(shared / "missing")
        case "link to itself":
            path.symlink_to(path)
        case "file":
            path.touch()
        case _:
            path.symlink_to(shared / "text")
    with pytest.raises(DataFolderInaccessible, match="is a link or a file, so it is not used"):
        claim_private_folder(path)
    assert read_mode(victim) == 0o755
    assert not (shared / "missing").exists()


@as_root
def test_folder_of_another_user_is_refused_and_one_for_the_server_is_given_to_it(shared: Path) -> None:
    server, other = pwd.getpwnam("nobody"), pwd.getpwnam("daemon")
    path = shared / "mine"
    path.mkdir(mode=0o755)
    os.chown(path, other.pw_uid, other.pw_gid)
    for user_id in (None, server.pw_uid):
        with pytest.raises(DataFolderInaccessible, match="belongs to another user"):
            claim_private_folder(path, user_id)
    assert (path.stat().st_uid, read_mode(path)) == (other.pw_uid, 0o755)
    own = shared / "own"
    for _ in range(2):
        claim_private_folder(own, server.pw_uid, server.pw_gid)
        assert (own.stat().st_uid, own.stat().st_gid, read_mode(own)) == (server.pw_uid, server.pw_gid, 0o700)


def make_long_home(tmp_path: Path) -> Settings:
    """Return settings with a data folder too long for a socket, so that the socket's folder is a shared one."""
    return Settings(home=tmp_path / ("h" * 60) / ("o" * 60))


def test_server_is_not_started_in_a_socket_folder_that_somebody_else_has_prepared(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    settings = make_long_home(tmp_path)
    server = embedded.locate_server(settings)
    assert server.socket_folder.parent == shared
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o755)
    before = victim.stat()
    server.socket_folder.symlink_to(victim)
    with pytest.raises(DataFolderInaccessible, match="is a link or a file"):
        embedded.ensure_running(settings)
    after = victim.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert embedded.find_pid(server) is None


def test_server_with_its_socket_in_a_shared_folder_is_private_and_checked(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    settings = make_long_home(tmp_path)
    server = embedded.ensure_running(settings)
    try:
        user = server.user or pwd.getpwuid(os.geteuid()).pw_name
        assert f"requirepeer={user}" in server.url("copydesk")
        assert read_mode(server.socket_folder) == 0o700
        assert read_mode(server.log_path) & 0o077 == 0
        assert read_mode(settings.home) & 0o066 == 0  # root lets the server's user pass, and nothing else
        with psycopg.connect(server.url("copydesk")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        stranger = "daemon" if user != "daemon" else "nobody"
        with pytest.raises(psycopg.OperationalError, match="requirepeer specifies"):
            psycopg.connect(server.url("copydesk").replace(f"requirepeer={user}", f"requirepeer={stranger}"))
    finally:
        embedded.stop_server(settings)


def test_data_folders_and_logs_are_private(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "home" / "run")
    assert read_mode(tmp_path / "home" / "run") == 0o700
    daemon = Daemon("quick", tmp_path / "home" / "logs")
    daemon.start([sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ))
    try:
        assert read_mode(daemon.folder) == 0o700
        assert read_mode(daemon.log_path) == 0o600
    finally:
        daemon.stop()


def test_command_that_is_ended_by_a_signal_leaves_no_partial_file(tmp_path: Path) -> None:
    output = tmp_path / "stories.tsv"
    output.write_text("the old one\n")
    source = tmp_path / "pipe.jsonl"
    os.mkfifo(source)
    process = subprocess.Popen(
        [sys.executable, "-m", "copydesk.pipeline.cli.main", "dedup", str(source), "-o", str(output)],
        cwd=ROOT, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        with source.open("w") as feed:
            feed.write('{"id": "1", "title": "T", "body": "B"}\n')
            feed.flush()
            deadline = time.monotonic() + 60
            while not list(tmp_path.glob(".stories.tsv.*.partial")) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert list(tmp_path.glob(".stories.tsv.*.partial"))
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert process.returncode == 143
    assert b"Traceback" not in errors
    assert output.read_text() == "the old one\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe.jsonl", "stories.tsv"]

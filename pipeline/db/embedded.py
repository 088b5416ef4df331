"""The embedded PostgreSQL: version 18 from the wheel, socket only, one data folder, started on demand.

The server has a session of its own, so it outlives the process that started it and ends only by ``stop_server``. It
recovers from ``kill -9`` of anything: a stale PID file is recognized, an incomplete data folder is never used.
PostgreSQL refuses to run as root; started by root, it runs as the system user ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from copydesk.pipeline.core.errors import DatabaseUnreachable, DataFolderInaccessible
from copydesk.pipeline.core.file_lock import file_lock
from copydesk.pipeline.core.private_folder import claim_private_folder, make_private_folder
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import queries
from copydesk.pipeline.db.connect_errors import is_too_many_connections, make_connect_error
from copydesk.pipeline.db.programs import POSTGRES_VERSION, ensure_programs_accessible
from copydesk.pipeline.db.rows import fetch_values

DATABASE = "copydesk"
START_TIMEOUT_SECONDS = 120
logger = logging.getLogger(__name__)
_MAX_SOCKET_PATH_BYTES = 100  # sun_path holds 107 bytes, the socket's own name included
_SERVER_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
}


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """Where the embedded server has its data and listens."""

    data_folder: Path
    socket_folder: Path
    log_path: Path
    user: str | None
    """The system user that it runs as, if the caller is root; else None: the caller."""

    def url(self, database: str) -> str:
        """Return the address of one of its databases, for psycopg and libpq."""
        address = f"postgresql://postgres@/{database}?host={quote(str(self.socket_folder), safe='/')}"
        if self.socket_folder.parent == self.log_path.parent:
            return address
        # Everyone may create that folder while the server is down, so libpq checks which user runs the server.
        return f"{address}&requirepeer={quote(self.user or pwd.getpwuid(os.geteuid()).pw_name)}"


def locate_server(settings: Settings) -> EmbeddedServer:
    """Return where the server of these settings is, running or not. Nothing is created."""
    data = settings.database_folder
    socket = settings.home / "socket"
    # To PostgreSQL, a comma ends the name of a folder.
    if len(os.fsencode(socket)) + len("/.s.PGSQL.5432") > _MAX_SOCKET_PATH_BYTES or "," in str(socket):
        digest = hashlib.sha256(str(data).encode()).hexdigest()[:12]
        socket = Path(tempfile.gettempdir()) / f"copydesk-{digest}"
    return EmbeddedServer(data, socket, settings.home / "postgres.log", _choose_user())


def ensure_running(settings: Settings, database: str = DATABASE) -> EmbeddedServer:
    """Start the server unless it runs, and return where it is. Any number of callers at once start one server.

    Copydesk's own database exists afterwards, and so does ``database``.

    Raises:
        DataFolderInaccessible: The data folder can't be created or used.
        DatabaseUnreachable: The server did not start; the message quotes its log.
        TooManyConnections: The server runs, and accepts no more connections.
    """
    server = locate_server(settings)
    if not _is_ready(server, database):
        make_private_folder(settings.home)
        with _server_lock(settings.home / "postgres.lock"):
            if not _wait_until_ready(server):
                _prepare_folders(server)
                _init_data_folder(server)
                _start_server(server)
            _create_databases(server, (DATABASE, database))
    return server


def stop_server(settings: Settings) -> bool:
    """Stop the server, if it runs, and return whether it ran. Open transactions are rolled back."""
    server = locate_server(settings)
    if find_pid(server) is None:
        return False
    with _server_lock(settings.home / "postgres.lock"):
        _run_program(server, "pg_ctl", "-D", str(server.data_folder), "-m", "fast", "-w", "-t", "60", "stop")
    return True


def find_pid(server: EmbeddedServer) -> int | None:
    """Return the process ID of the running server, or None."""
    try:
        lines = (server.data_folder / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        named = "postgres" in process.name()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process.pid if named and process.status() != psutil.STATUS_ZOMBIE else None


def _choose_user() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise DataFolderInaccessible("PostgreSQL can't run as root, and there is no user postgres or nobody.", "Add one.")


def _wait_until_ready(server: EmbeddedServer) -> bool:
    """Wait while there is a server process that does not answer (starting, recovering, stopping).

    Returns:
        Whether it answers; False if there is no process, or not after ``START_TIMEOUT_SECONDS``.
    """
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while find_pid(server) is not None and time.monotonic() < deadline:
        if _is_ready(server, "postgres"):
            return True
        time.sleep(0.1)  # PostgreSQL has no event that another process could wait for
    return False


def _is_ready(server: EmbeddedServer, database: str) -> bool:
    """Return whether the server runs and has the database.

    Raises:
        TooManyConnections: The server runs, so there is nothing to start or to wait for.
    """
    if find_pid(server) is None:
        return False
    try:
        with psycopg.connect(server.url(database), connect_timeout=5):
            return True
    except psycopg.Error as error:
        if is_too_many_connections(error):
            raise make_connect_error(server.url(database), error) from None
        return False


@contextmanager
def _server_lock(path: Path) -> Iterator[None]:
    try:
        with file_lock(path):
            yield
    except OSError as error:
        if not isinstance(error, PermissionError) and error.filename != str(path):
            raise
        raise DataFolderInaccessible.from_os_error(path.parent, error) from None


def _prepare_folders(server: EmbeddedServer) -> None:
    try:
        entry = pwd.getpwnam(server.user) if server.user else None
        if entry is None:
            claim_private_folder(server.socket_folder)
        else:
            claim_private_folder(server.socket_folder, entry.pw_uid, entry.pw_gid)
        log = os.open(server.log_path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if entry is None:
                return
            os.fchown(log, entry.pw_uid, entry.pw_gid)
        finally:
            os.close(log)
        # The server's user needs the right to pass through the parent folders, but not to list them.
        for parent in server.data_folder.resolve().parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                parent.chmod(mode | stat.S_IXOTH)
                logger.warning(
                    "PostgreSQL cannot run as root and runs as the user %s. To let this user reach the data, "
                    "all users can now pass through %s, but not list it.", server.user, parent,
                )  # fmt: skip
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(server.data_folder.parent, error) from None


def _run_program(server: EmbeddedServer, program: str, *arguments: str) -> None:
    command = [str(ensure_programs_accessible(server.user, server.data_folder.parent) / program), *arguments]
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=server.user,
            group=pwd.getpwnam(server.user).pw_gid if server.user else None,
            extra_groups=[] if server.user else None,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            check=False,
        )
        if done.returncode:
            output.seek(0)
            reason = " ".join(output.read().split())[-300:]
            log = server.log_path.read_text(errors="replace") if server.log_path.exists() else ""
            tail = " / ".join(log.splitlines()[-3:])
            raise DatabaseUnreachable(
                f"PostgreSQL's {program} failed: {reason} {tail}".strip() + ".",
                f"Read {server.log_path}; `copydesk doctor` reports what else is wrong.",
            )


def _init_data_folder(server: EmbeddedServer) -> None:
    if (server.data_folder / "PG_VERSION").exists():
        found = (server.data_folder / "PG_VERSION").read_text().strip()
        if found != str(POSTGRES_VERSION):
            raise DataFolderInaccessible(
                f"{server.data_folder} was created by PostgreSQL {found}, this is {POSTGRES_VERSION}.",
                "Dump it with that version and load it here, or set COPYDESK_HOME to another folder.",
            )
        return
    # Created under another name and then renamed, so that an interrupted start leaves no incomplete data folder.
    fresh = server.data_folder.with_name("postgres.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if server.user:
            entry = pwd.getpwnam(server.user)
            os.chown(fresh, entry.pw_uid, entry.pw_gid)
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(server.data_folder.parent, error) from None
    sync = ["--sync-method=syncfs"] if os.uname().sysname == "Linux" else []  # one call for a thousand files
    _run_program(
        server, "initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions", *sync,
    )  # fmt: skip
    fresh.rename(server.data_folder)


def _start_server(server: EmbeddedServer) -> None:
    if find_pid(server) is None:
        # Left by a killed server: another program may have its process ID by now, and PostgreSQL would then refuse to
        # start. Its orphaned children are killed first, because two servers must not share the data.
        _kill_orphans(server)
        for path in (server.data_folder / "postmaster.pid", *server.socket_folder.glob(".s.PGSQL.5432*")):
            path.unlink(missing_ok=True)
    # pg_ctl passes these to a shell.
    settings = {**_SERVER_OPTIONS, "shared_buffers": f"{_choose_shared_buffers_mb()}MB"}
    options = shlex.join(["-k", str(server.socket_folder), *(f"--{name}={value}" for name, value in settings.items())])
    _run_program(
        server, "pg_ctl", "-D", str(server.data_folder), "-l", str(server.log_path), "-w",
        "-t", str(START_TIMEOUT_SECONDS), "-o", options, "start",
    )  # fmt: skip


def _choose_shared_buffers_mb() -> int:
    """Return the size of the server's page cache in MiB: an eighth of the memory, from 128 to 1,024.

    The keys of a month of copy take some gigabytes, of which mostly those of the last days are read.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_048_576
    return max(128, min(memory // 8, 1024))


def _kill_orphans(server: EmbeddedServer) -> None:
    orphans = []
    for process in psutil.process_iter(["name", "cwd", "status"]):
        seen = process.info
        running = seen["name"] == "postgres" and seen["status"] != psutil.STATUS_ZOMBIE
        if running and seen["cwd"] == str(server.data_folder.resolve()):
            process.kill()
            orphans.append(process)
    psutil.wait_procs(orphans, timeout=10)


def _create_databases(server: EmbeddedServer, names: Iterable[str]) -> None:
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        present = fetch_values(connection, str, queries.embedded.list_databases)
        for name in dict.fromkeys(name for name in names if name not in present):
            query = psycopg.sql.SQL(queries.embedded.create_database)
            connection.execute(query.format(psycopg.sql.Identifier(name)))

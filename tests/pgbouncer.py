"""PgBouncer in front of the embedded server: transaction mode, two server connections, on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from copydesk.pipeline.db.embedded import EmbeddedServer

POOL_SIZE = 2
CONFIG = """
[databases]
* = host={socket_folder}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
admin_users = postgres
pool_mode = transaction
default_pool_size = {pool_size}
"""


@contextmanager
def running_pgbouncer(server: EmbeddedServer) -> Iterator[int]:
    """Yield PgBouncer's port. Skip the test if PgBouncer is not installed; in CI, fail it."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None:
        missing = "PgBouncer is not installed (Debian: apt-get install pgbouncer)."
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="copydesk-pgbouncer-"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    values = {"socket_folder": server.socket_folder, "port": port, "folder": folder, "pool_size": POOL_SIZE}
    (folder / "pgbouncer.ini").write_text(CONFIG.format(**values))
    (folder / "users.txt").write_text('"postgres" ""\n')
    group = pwd.getpwnam(server.user).pw_gid if server.user else None
    if server.user:  # as root: PgBouncer does not run as root, and only the server's user can access the socket
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, server.user, group)
    process = subprocess.Popen(
        [str(program), str(folder / "pgbouncer.ini")],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/",
        user=server.user, group=group, extra_groups=None if group is None else [],
    )  # fmt: skip
    assert process.stderr is not None
    with process, process.stderr as log:
        rest = threading.Thread(
            target=deque, args=(log, 0)
        )  # keeps reading, because PgBouncer would block on a full pipe
        try:
            lines = [""]
            while "process up" not in lines[-1] and (line := log.readline()):
                lines.append(line)
            assert "process up" in lines[-1], "".join(lines)
            rest.start()
            yield port
        finally:
            process.terminate()
            process.wait(30)
            if rest.ident is not None:
                rest.join(30)
            shutil.rmtree(folder)

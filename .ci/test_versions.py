"""Run the unit tests on the newest Python and the database tests on the oldest PostgreSQL that the project claims.

``NEWEST_PYTHON`` and ``POSTGRES_BIN`` say where they are. Otherwise PATH and pyenv are searched for the one, Debian's
folder for the other; a missing PostgreSQL is installed by apt when root runs this.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST_POSTGRES = 15
STOP_SECONDS = 60


def find_newest_python() -> Path:
    """Find an interpreter of the highest version among the classifiers of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    minors = [re.fullmatch(r"Programming Language :: Python :: 3\.(\d+)", line) for line in project["classifiers"]]
    version = f"3.{max(int(minor[1]) for minor in minors if minor)}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in (
        os.environ.get("NEWEST_PYTHON"),
        shutil.which(f"python{version}"),
        *sorted(pyenv.glob(f"{version}.*/bin/python{version}")),
    ):
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return Path(candidate)
    sys.exit(f"Python {version} is not installed; install it or set NEWEST_PYTHON to its path.")


def make_environment(python: Path) -> Path:
    """Install what requirements.lock pins for that Python into a folder of its own; its interpreter."""
    version = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2], sep='.')"], capture_output=True, text=True, check=True
    ).stdout.strip()
    folder, lock = ROOT / f".venv-{version}", ROOT / "requirements.lock"
    own, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists() or ready.stat().st_mtime < lock.stat().st_mtime:
        print(f"Installing the packages in requirements.lock for Python {version} ...", flush=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--no-compile", "--require-hashes", "-r", lock], check=True)
        subprocess.run([*pip, "--no-build-isolation", "-e", ROOT], check=True)
        ready.touch()
    return own


def find_postgres() -> Path:
    """Find the programs of the oldest PostgreSQL, or install them."""
    folder = Path(os.environ.get("POSTGRES_BIN", f"/usr/lib/postgresql/{OLDEST_POSTGRES}/bin"))
    if not (folder / "initdb").exists() and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(
            ["apt-get", "install", "-qq", "-y", "--no-install-recommends", f"postgresql-{OLDEST_POSTGRES}"], check=True
        )
    if not (folder / "initdb").exists():
        sys.exit(f"PostgreSQL {OLDEST_POSTGRES} is not in {folder}; install it or set POSTGRES_BIN to its programs.")
    return folder


@contextmanager
def running_postgres(programs: Path) -> Iterator[Path]:
    """Run a server of our own, with a socket alone; the folder of the socket."""
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="copydesk-postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
            check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        options = {"listen_addresses": "", "unix_socket_directories": folder, "max_connections": 200, "timezone": "UTC"}
        asked = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *asked], user=user, cwd=folder, stdout=log, stderr=log
            )
        try:
            while not (folder / ".s.PGSQL.5432").exists():
                if server.poll() is not None:
                    sys.exit(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
                time.sleep(0.1)
            yield folder
        finally:
            server.terminate()  # waits for nobody's connections: all were closed by the tests
            server.wait(STOP_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_pytest(python: Path, *arguments: str | Path) -> int:
    command = [python, "-m", "pytest", "-n", "2", *arguments]
    print("$", *command, flush=True)
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    failed = run_pytest(make_environment(find_newest_python()), "tests/unit")
    with running_postgres(find_postgres()) as socket:
        failed |= run_pytest(Path(sys.executable), f"--server={socket}")
    sys.exit(failed)

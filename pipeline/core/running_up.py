"""Find what a running `copydesk up` was started with, so that every shell sees the same without its variables.

`up` writes a record into its data folder, and the path of a data folder other than the default one into the user's
state folder. A record counts only while a process of that `up` is running.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import platformdirs
import psutil

RUN_FOLDER = "run"
"""The folder of the data folder with the pid files and the record of `up`."""

RECORD_NAME = "started.json"

SAMPLE_KEY = "sample"
"""The key of the record that says whether the sample wires were started."""

FIXED_AT_START = ("ui_port", "parallelism", "sources", "sample_port", "sample_seed", "sample_per_day")
"""The settings that a running `up` does not read again. Another shell uses its values of them."""


def get_record_path(home: Path) -> Path:
    """Return the path of the record of `up` in a data folder."""
    return home / RUN_FOLDER / RECORD_NAME


def make_pid_record(pid: int) -> dict[str, Any]:
    """Return what a pid file says of a running process: its pid, and when it was created.

    Args:
        pid: The process.

    Raises:
        psutil.NoSuchProcess: It has ended.
    """
    return {"pid": pid, "created": psutil.Process(pid).create_time(), "boot": _read_boot_id(), "tick": _read_tick(pid)}


def find_live_process(pid_file: Path) -> psutil.Process | None:
    """Return the process that a pid file names if it is running, else None.

    The creation is compared too, because the pid may have been reused by another program. Linux counts it in ticks
    since booting, which do not change when the clock is set; elsewhere the time of day has to do.
    """
    try:
        recorded = json.loads(pid_file.read_text())
        process = psutil.Process(recorded["pid"])
        tick = _read_tick(process.pid)
        if tick is None or recorded.get("tick") is None:
            same = abs(process.create_time() - recorded["created"]) < 3.0
        else:
            same = (recorded["boot"], recorded["tick"]) == (_read_boot_id(), tick)
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def _read_boot_id() -> str | None:
    """Return the kernel's mark of this boot; None outside Linux."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None


def _read_tick(pid: int) -> int | None:
    """Return when a process was created, in ticks since booting; None outside Linux, or if it has ended."""
    try:
        # The name, in brackets, may contain anything. The start is field 22 (proc_pid_stat(5)).
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def read_running_record(home: Path) -> dict[str, Any]:
    """Return the record of the `up` that is running in a data folder; empty if none is."""
    try:
        recorded = json.loads(get_record_path(home).read_text())
        pid_files = list((home / RUN_FOLDER).glob("*.pid"))
    except (OSError, ValueError):
        return {}
    if not isinstance(recorded, dict) or not any(find_live_process(path) for path in pid_files):
        return {}
    return recorded


def read_fixed_settings(home: Path) -> dict[str, str]:
    """Return the values of ``FIXED_AT_START`` of the `up` that is running in a data folder, as texts; empty if none
    is.
    """
    recorded = read_running_record(home)
    values = {name: recorded.get(f"COPYDESK_{name.upper()}") for name in FIXED_AT_START}
    if recorded.get(SAMPLE_KEY):
        values["sources"] = str(home / "sample" / "sources")
    return {name: value for name, value in values.items() if isinstance(value, str) and value}


def resolve_default_home() -> Path:
    """Return the data folder for callers that set none.

    It is that of the `up` that is running; of two, the one in the default folder. If none is, it is the default folder.
    """
    default = get_default_home()
    if read_running_record(default):
        return default
    try:
        running = Path(_get_pointer().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return default
    return running if running.is_absolute() and read_running_record(running) else default


def remember_home(home: Path) -> None:
    """Record the data folder of an `up`. A failure is ignored: other shells then need ``COPYDESK_HOME``."""
    if home == get_default_home():
        return
    pointer = _get_pointer()
    partial = pointer.with_suffix(f".{os.getpid()}")
    try:
        pointer.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.write_text(str(home), encoding="utf-8")
        partial.rename(pointer)
    except OSError:
        return


def get_default_home() -> Path:
    """Return the data folder without any setting, and without an `up` that is running elsewhere."""
    # PostgreSQL refuses to run as root, and other users cannot read root's home.
    return Path("/var/lib/copydesk") if os.geteuid() == 0 else Path(platformdirs.user_data_dir("copydesk"))


def _get_pointer() -> Path:
    return Path(platformdirs.user_state_dir("copydesk")) / "running-home"

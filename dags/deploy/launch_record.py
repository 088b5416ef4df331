"""What the running Airflow was started with: it keeps its environment, whatever a later `up` asks for."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.settings import Settings

_SAMPLE_KEY = "sample"
_RECORDED_SETTINGS = (
    "ui_port", "parallelism", "extract_seconds", "extract_megabytes", "max_page_bytes", "late_minutes",
    "approval_hours", "notifier", "keep_page_days", "keep_quarantine_days",
)  # fmt: skip
_SECRET_VARIABLES = {"COPYDESK_DATABASE_URL", "COPYDESK_NOTIFIER_ARGUMENTS"}
"""They may hold a password."""
_RECORDED_SAMPLE_SETTINGS = ("sample_port", "sample_seed", "sample_per_day")


def save_launch_record(settings: Settings, *, sample: bool) -> None:
    """Note what `up` was asked for, before it starts anything."""
    path = _get_record_path(settings)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(_make_launch_record(settings, sample=sample)))
    partial.rename(path)


def assert_same_launch(settings: Settings, *, sample: bool) -> None:
    """Make sure that what runs is what is asked for.

    Raises:
        Permanent: it was started with something else.
    """
    try:
        recorded: dict[str, object] = json.loads(_get_record_path(settings).read_text())
    except (OSError, ValueError):
        return  # nothing is known of it
    for name, requested in _make_launch_record(settings, sample=sample).items():
        if recorded.get(name, requested) == requested:
            continue
        if name == _SAMPLE_KEY:
            difference = f"{'with' if recorded[name] else 'without'} the sample wires"
        elif name in _SECRET_VARIABLES:
            difference = f"with another {name}"
        elif recorded[name] in ("", None):
            difference = f"without {name}"
        else:
            difference = f"with {name}={recorded[name]}"
        raise Permanent(f"Airflow runs already, {difference};", "`copydesk down` first.")


def _get_record_path(settings: Settings) -> Path:
    return settings.home / "run" / "started.json"


def _make_launch_record(settings: Settings, *, sample: bool) -> dict[str, object]:
    """What `up` was asked for, in JSON's own types; of what may hold a password only whether it is the same."""
    names = (
        (*_RECORDED_SETTINGS, *_RECORDED_SAMPLE_SETTINGS) if sample else (*_RECORDED_SETTINGS, "sources")
    )  # the sample wires bring their own sources
    record: dict[str, object] = {f"COPYDESK_{name.upper()}": getattr(settings, name) for name in names}
    if not sample:
        record["COPYDESK_SOURCES"] = os.pathsep.join(map(str, settings.sources))
    secret = settings.database_url.get_secret_value() if settings.database_url else ""
    arguments = json.dumps(settings.notifier_arguments, sort_keys=True)
    for name, value in (("COPYDESK_DATABASE_URL", secret), ("COPYDESK_NOTIFIER_ARGUMENTS", arguments)):
        record[name] = hashlib.sha256(value.encode()).hexdigest()
    return {_SAMPLE_KEY: sample, **record}

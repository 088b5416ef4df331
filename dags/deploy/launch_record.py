"""Record the settings with which Airflow was started, because a running Airflow keeps its environment.

A later `up` with other settings must fail instead of being ignored.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.settings import Settings

_SAMPLE_KEY = "sample"
_SECRET_VARIABLES = {"COPYDESK_DATABASE_URL", "COPYDESK_NOTIFIER_ARGUMENTS"}
"""Variables that may contain a password; only their hash is recorded."""

_SAMPLE_VARIABLES = {"COPYDESK_SAMPLE_PORT", "COPYDESK_SAMPLE_SEED", "COPYDESK_SAMPLE_PER_DAY"}


def save_launch_record(settings: Settings, *, sample: bool) -> None:
    """Record the settings of `up`, before it starts anything.

    Args:
        settings: The settings.
        sample: Whether the sample wires are started.
    """
    path = _get_record_path(settings)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(_make_launch_record(settings, sample=sample)))
    partial.rename(path)


def assert_same_launch(settings: Settings, *, sample: bool) -> None:
    """Check that the running Airflow was started with the same settings.

    Args:
        settings: The settings of this `up`.
        sample: Whether the sample wires are requested.

    Raises:
        Permanent: It was started with other settings.
    """
    try:
        recorded: dict[str, object] = json.loads(_get_record_path(settings).read_text())
    except (OSError, ValueError):
        return  # no record
    for name, requested in _make_launch_record(settings, sample=sample).items():
        if recorded.get(name, requested) == requested:
            continue
        if name == _SAMPLE_KEY:
            difference = f"{'with' if recorded[name] else 'without'} the sample wires"
        elif name in _SECRET_VARIABLES:
            difference = f"with a different {name}"
        elif recorded[name] in ("", None):
            difference = f"without {name}"
        else:
            difference = f"with {name}={recorded[name]}"
        raise Permanent(f"Airflow is already running, {difference}.", "Run `copydesk down` first.")


def _get_record_path(settings: Settings) -> Path:
    return settings.home / "run" / "started.json"


def _make_launch_record(settings: Settings, *, sample: bool) -> dict[str, object]:
    """Return the settings as JSON types, and hashes of those that may contain a password."""
    # The sample network has its own sources.
    left_out = {"COPYDESK_HOME", *({"COPYDESK_SOURCES"} if sample else _SAMPLE_VARIABLES)}
    record = {name: value for name, value in settings.to_environment().items() if name not in left_out}
    for name in _SECRET_VARIABLES:
        record[name] = hashlib.sha256(record[name].encode()).hexdigest()
    return {_SAMPLE_KEY: sample, **record}

"""What the running Airflow was started with: it keeps its environment, whatever a later `up` asks for."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.settings import Settings

_SAMPLE = "sample"
_KEPT = (
    "ui_port", "parallelism", "extract_seconds", "extract_megabytes", "max_page_bytes", "late_minutes",
    "approval_hours", "notifier", "keep_page_days", "keep_quarantine_days",
)  # fmt: skip
_SECRET = {"COPYDESK_DATABASE_URL", "COPYDESK_NOTIFIER_ARGUMENTS"}
"""They may hold a password."""
_KEPT_OF_SAMPLE = ("sample_port", "sample_seed", "sample_per_day")


def write_note(settings: Settings, *, sample: bool) -> None:
    """Note what `up` was asked for, before it starts anything."""
    path = _locate(settings)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(_describe(settings, sample=sample)))
    partial.rename(path)


def check_note(settings: Settings, *, sample: bool) -> None:
    """Make sure that what runs is what is asked for.

    Raises:
        Permanent: it was started with something else.
    """
    try:
        noted: dict[str, object] = json.loads(_locate(settings).read_text())
    except (OSError, ValueError):
        return  # nothing is known of it
    for name, asked in _describe(settings, sample=sample).items():
        if noted.get(name, asked) == asked:
            continue
        if name == _SAMPLE:
            how = f"{'with' if noted[name] else 'without'} the sample wires"
        elif name in _SECRET:
            how = f"with another {name}"
        elif noted[name] in ("", None):
            how = f"without {name}"
        else:
            how = f"with {name}={noted[name]}"
        raise Permanent(f"Airflow runs already, {how};", "`copydesk down` first.")


def _locate(settings: Settings) -> Path:
    return settings.home / "run" / "started.json"


def _describe(settings: Settings, *, sample: bool) -> dict[str, object]:
    """What `up` was asked for, in JSON's own types; of what may hold a password only whether it is the same."""
    kept = (*_KEPT, *_KEPT_OF_SAMPLE) if sample else (*_KEPT, "sources")  # the sample wires bring their own sources
    asked: dict[str, object] = {f"COPYDESK_{name.upper()}": getattr(settings, name) for name in kept}
    if not sample:
        asked["COPYDESK_SOURCES"] = os.pathsep.join(map(str, settings.sources))
    secret = settings.database_url.get_secret_value() if settings.database_url else ""
    arguments = json.dumps(settings.notifier_arguments, sort_keys=True)
    for name, value in (("COPYDESK_DATABASE_URL", secret), ("COPYDESK_NOTIFIER_ARGUMENTS", arguments)):
        asked[name] = hashlib.sha256(value.encode()).hexdigest()
    return {_SAMPLE: sample, **asked}

"""Record the settings with which Airflow was started, because a running Airflow keeps its environment.

Other shells use the record (``copydesk.pipeline.core.running_up``), and a later `up` with other settings must fail
instead of being ignored. Settings that are left to the file are not recorded: a change of them takes effect at once.
"""

from __future__ import annotations

import hashlib
import json

from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.running_up import SAMPLE_KEY, get_record_path, remember_home
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.settings_file import CONFIG_VARIABLE, get_field, get_variable, list_keys
from copydesk.pipeline.core.settings_tables import may_hold_secret

_SECRET_VARIABLES = {
    get_variable(key) for key in list_keys(Settings) if may_hold_secret(get_field(key, Settings).annotation)
}
"""Variables that may contain a password; only their hash is recorded."""

_SAMPLE_VARIABLES = {"COPYDESK_SAMPLE_PORT", "COPYDESK_SAMPLE_SEED", "COPYDESK_SAMPLE_PER_DAY"}


def save_launch_record(settings: Settings, *, sample: bool) -> None:
    """Record the settings of `up`, before it starts anything.

    Args:
        settings: The settings.
        sample: Whether the sample wires are started.
    """
    path = get_record_path(settings.home)
    partial = path.with_suffix(".partial")
    recorded = {SAMPLE_KEY: sample, **_redact(settings.to_service_environment())}
    partial.write_text(json.dumps(recorded))
    partial.rename(path)
    remember_home(settings.home)


def assert_same_launch(settings: Settings, *, sample: bool) -> None:
    """Check that the running Airflow was started with the same settings.

    Args:
        settings: The settings of this `up`.
        sample: Whether the sample wires are requested.

    Raises:
        Permanent: It was started with other settings.
    """
    try:
        recorded: dict[str, object] = json.loads(get_record_path(settings.home).read_text())
    except (OSError, ValueError):
        return  # no record
    if recorded.get(SAMPLE_KEY, sample) != sample:
        raise _make_difference_error(f"{'with' if recorded[SAMPLE_KEY] else 'without'} the sample wires")
    # The sample network has its own sources.
    left_out = {"COPYDESK_HOME", CONFIG_VARIABLE, *({"COPYDESK_SOURCES"} if sample else _SAMPLE_VARIABLES)}
    requested = _redact(settings.to_environment())
    explicit = settings.to_service_environment()
    for name in sorted(requested.keys() - left_out):
        if name not in recorded and name not in explicit:
            continue  # both leave it to the file
        if recorded.get(name) == requested[name]:
            continue
        if name in _SECRET_VARIABLES:
            difference = f"with a different {name}"
        elif not recorded.get(name):
            difference = f"without {name}"
        else:
            difference = f"with {name}={recorded[name]}"
        raise _make_difference_error(difference)


def _make_difference_error(difference: str) -> Permanent:
    return Permanent(f"Airflow is already running, {difference}.", "Run `copydesk down` first.")


def _redact(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables with hashes instead of what may contain a password."""
    return {
        name: hashlib.sha256(value.encode()).hexdigest() if name in _SECRET_VARIABLES else value
        for name, value in environment.items()
    }

"""The DAG parameters that select wires and a time: the form suggests the wires, and Airflow refuses other values."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

from copydesk.pipeline.core import settings, source_files


def make_wires_param(description: str) -> Param:
    """Return a parameter with a list of wires, empty by default.

    Airflow accepts only the names of source files when a run or a backfill is created. Only these names are read, so
    that an invalid file does not break the DAG.

    Args:
        description: The help text of the form.

    Raises:
        BadSettings: A setting in the environment is invalid; Airflow's UI shows it as an import error.
    """
    names = list(source_files.list_source_files(settings.load_settings_without_database().source_folders))
    # The form suggests ``examples``; with an empty list it would accept no input.
    suggestions: dict[str, Any] = {"examples": names} if names else {}
    items = {"type": "string", "enum": names} if names else {"type": "string"}
    # With null, which the form sends when the field is cleared, the field is not marked as required.
    return Param([], type=["null", "array"], items=items, description=description, **suggestions)


def make_time_param(description: str, section: str | None = None) -> Param:
    """Return an optional parameter with a time; Airflow refuses what does not begin with a date.

    Args:
        description: The help text of the form.
        section: The heading in the form below which the field is, if any.
    """
    return Param(
        None,
        type=["null", "string"],
        format="date-time",
        pattern=r"^\d{4}-?\d{2}-?\d{2}",  # Airflow does not check the format when it creates a run
        description=description,
        section=section,
    )

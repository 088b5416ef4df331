"""The DAG parameter that selects wires; the trigger form suggests the configured ones."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

from copydesk.pipeline.core import settings, source_files


def make_wires_param(description: str) -> Param:
    """Return a parameter with a list of wires, empty by default.

    Any name is accepted; the run checks whether the wire exists. Only the names of the source files are read, so that
    an invalid file does not break the DAG.

    Args:
        description: The help text of the form.

    Raises:
        BadSettings: A setting in the environment is invalid; Airflow's UI shows it as an import error.
    """
    names = list(source_files.list_source_files(settings.load_settings_without_database().source_folders))
    # The form suggests ``examples``; with an empty list it would accept no input.
    suggestions: dict[str, Any] = {"examples": names} if names else {}
    return Param([], type="array", items={"type": "string"}, description=description, **suggestions)

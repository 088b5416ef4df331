"""The parameter by which a person picks wires: the trigger form offers those that there are."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

from copydesk.pipeline.core import settings


def make_wires_param(description: str) -> Param:
    """A list of wires, empty by default. Any name may be given: whether there is such a wire, the run finds out.

    Only the names of the files are read, so that one wire's mistake hides no DAG.

    Raises:
        BadSettings: a setting in the environment can't be used; the UI shows it as an import error.
    """
    names = sorted(
        {
            path.stem
            for folder in settings.load_settings_without_database().source_folders
            for path in folder.glob("*.toml")
        }
    )
    # ``examples`` are what the form offers; an empty list of them would offer nothing, and take nothing.
    offered: dict[str, Any] = {"examples": names} if names else {}
    return Param([], type="array", items={"type": "string"}, description=description, **offered)

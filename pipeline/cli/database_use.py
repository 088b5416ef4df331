"""Commands that use the database while they run."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db.session import database_session

Parameters = ParamSpec("Parameters")


def uses_database(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Let a command run in a ``database_session``: it fails if there is no data yet, and leaves no server running."""

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        with database_session(load_settings()):
            command(*args, **kwargs)

    return run

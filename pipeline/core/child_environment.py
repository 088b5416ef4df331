"""The environment of child processes, without passwords and other settings that they do not need."""

from __future__ import annotations

import os

_LIBPQ_PREFIX = "PG"
_OWN_PREFIXES = ("COPYDESK_", "AIRFLOW", "_AIRFLOW", _LIBPQ_PREFIX)
"""Prefixes of the settings of Copydesk, Airflow and libpq, which may contain passwords."""


def make_child_environment(*, with_libpq: bool = False) -> dict[str, str]:
    """Return this process's environment without the settings of Copydesk, Airflow and libpq.

    Args:
        with_libpq: Keep what libpq reads (``PGPASSFILE``, ``PGSSLROOTCERT``), for a child that opens connections.
    """
    left_out = tuple(prefix for prefix in _OWN_PREFIXES if not (with_libpq and prefix == _LIBPQ_PREFIX))
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}

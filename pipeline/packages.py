"""That our packages are ours where they are imported: a site's own may have the name of one, and come first."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import BadSettings

PACKAGES = ("pipeline", "crawler", "dags")
HERE = Path(__file__).resolve().parents[1]


def check_packages() -> None:
    """Make sure that all of ours are this installation's.

    Raises:
        BadSettings: another's package of that name comes first.
    """
    found = []
    for name in PACKAGES:
        spec = find_spec(name)
        place = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if place != HERE / name:
            found.append(f"`{name}` is found {f'in {place}' if place else 'nowhere'}")
    if found:
        raise BadSettings(
            f"Not this installation's, which is in {HERE}: {', '.join(found)}.",
            "Take that folder off PYTHONPATH, for Airflow's components too, or give Copydesk's package an environment "
            "in which no other has its name.",
        )

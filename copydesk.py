"""The command `copydesk`: that the packages it is about to use are ours is looked at before the first is loaded."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

PACKAGES = ("pipeline", "crawler", "dags")
HERE = Path(__file__).resolve().parent
REMEDY = (
    "Take that folder off PYTHONPATH, for Airflow's components too, or give Copydesk's package an environment in which "
    "no other has its name."
)


def run() -> NoReturn:
    """Open the front door, unless another's package would stand there."""
    told = tell_shadow("pipeline")
    if told:
        sys.stderr.write(f"copydesk: {told} {REMEDY}\n")
        sys.exit(78)
    from pipeline.cli.main import run as open_door

    open_door()


def tell_shadow(*names: str) -> str:
    """Which of our packages are another's when they are imported here, in a sentence; empty where none is."""
    found = []
    for name in names or PACKAGES:
        spec = find_spec(name)
        place = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if place != HERE / name:
            found.append(f"`{name}` is found {f'in {place}' if place else 'nowhere'}")
    return f"Not this installation's, which is in {HERE}: {', '.join(found)}." if found else ""

"""Keys of the runs that tests open."""

from __future__ import annotations

from uuid import UUID

from copydesk.pipeline.core.ids import make_run_key

DAG_ID = "newswire"


def run_key_for(run_id: str, dag_id: str = DAG_ID) -> UUID:
    """Return the key of a run."""
    return make_run_key(dag_id, run_id)

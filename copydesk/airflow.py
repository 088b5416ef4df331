"""DAGs of your own for Airflow: ``newswire_dag``, ``reprocess_dag``, ``refold_dag`` and ``maintain_dag``.

In a file in Airflow's DAGs folder::

    from copydesk.airflow import newswire_dag

    fast = newswire_dag("fast", schedule="*/15 * * * *", wires=["alpha", "beta"], pool="crawls")
    rest = newswire_dag("rest", schedule="@hourly", wires=["language=de"], tags=["germany"])

docs/runbook.md explains the arguments in the section on your own DAGs.
"""

from __future__ import annotations

from copydesk.dags.factories.dag_options import Limits
from copydesk.dags.factories.maintain_dag import maintain_dag
from copydesk.dags.factories.newswire_dag import newswire_dag
from copydesk.dags.factories.refold_dag import refold_dag
from copydesk.dags.factories.reprocess_dag import reprocess_dag

__all__ = ["Limits", "maintain_dag", "newswire_dag", "refold_dag", "reprocess_dag"]

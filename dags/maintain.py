"""The DAG for daily housekeeping in Airflow, as the settings table `[maintain]` describes it."""

from __future__ import annotations

from copydesk.dags.factories.dag_settings import read_maintain_options
from copydesk.dags.factories.maintain_dag import maintain_dag

dag = maintain_dag(**read_maintain_options())

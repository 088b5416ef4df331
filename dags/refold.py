"""The DAG that computes a generation on Spark in Airflow, as the settings table `[refold]` describes it."""

from __future__ import annotations

from copydesk.dags.factories.dag_settings import read_refold_options
from copydesk.dags.factories.refold_dag import refold_dag

dag = refold_dag(**read_refold_options())

"""The DAG that processes what is stored again in Airflow, as the settings table `[reprocess]` describes it."""

from __future__ import annotations

from copydesk.dags.factories.dag_settings import read_reprocess_options
from copydesk.dags.factories.reprocess_dag import reprocess_dag

dag = reprocess_dag(**read_reprocess_options())

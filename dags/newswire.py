"""The DAG that crawls wires and folds stories in Airflow, as the settings table `[newswire]` describes it."""

from __future__ import annotations

from copydesk.dags.factories.dag_settings import read_newswire_options
from copydesk.dags.factories.newswire_dag import newswire_dag

dag = newswire_dag(**read_newswire_options())

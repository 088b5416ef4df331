"""Scheduling: the DAG files, what their tasks call, and the Airflow that `copydesk up` runs."""

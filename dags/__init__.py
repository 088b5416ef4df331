"""The DAG files, and in subpackages what their tasks, alerts and pages are made of."""
